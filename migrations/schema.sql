-- The declared schema of Expiry Tracker at head: what a developer reads first and edits first.
-- The migrations beside this file build exactly this; a test compares the two.
--
-- Every tenant-owned table begins its primary, unique and foreign keys with user_id, the inventory's id: the database
-- itself refuses a reference across tenants, and the tables can be distributed by user_id.

-- Words inside words, looked up by index and together with the tenant.
CREATE EXTENSION IF NOT EXISTS pg_trgm;
CREATE EXTENSION IF NOT EXISTS btree_gin;

-- What tells texts apart. It is spelled out here, from Unicode 14, so that no locale has a say in it: docs/text.md has it
-- in words, and the class Text its Java form. Each of these functions calls none but PostgreSQL's own, whatever the
-- search_path; what is composed of them is plain SQL.

-- Text without case: decomposed (NFKD), without what is never seen (Default_Ignorable_Code_Point), in full case folding.
CREATE FUNCTION caseless(value text) RETURNS text
    LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
DECLARE
    v text COLLATE "C" := value;
BEGIN
    IF octet_length(v) = char_length(v) THEN
        RETURN lower(v);
    END IF;
    v := lower(regexp_replace(normalize(v, NFKD),
        '[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f'
        '\ufe00-\ufe0f\ufeff\ufff0-\ufff8\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff]', '', 'g'));
    IF octet_length(v) = char_length(v) THEN
        RETURN v;
    END IF;
    v := replace(v, chr(837), 'ι');
    IF v ~ '[\u10a0-\u10cd\u13f8-\u13fd\u1c80-\u1cbf\u1e9e\u1efa-\u1efe\u2132\u2183\u2c00-\u2c2f\u2c60-\u2cf2'
        '\ua640-\ua69a\ua722-\ua7f5\uab70-\uabbf\U00010400-\U00010427\U000104b0-\U000104d3'
        '\U00010570-\U00010595\U00010c80-\U00010cb2\U000118a0-\U000118bf\U00016e40-\U00016e5f'
        '\U0001e900-\U0001e921]' THEN
        v := translate(v,
            'ႠႡႢႣႤႥႦႧႨႩႪႫႬႭႮႯႰႱႲႳႴႵႶႷႸႹႺႻႼႽႾႿჀჁჂჃჄჅჇჍᏸᏹᏺᏻᏼᏽᲀᲁᲂᲃᲄᲅᲆᲇᲈᲐᲑᲒᲓᲔᲕᲖᲗᲘᲙᲚᲛᲜᲝᲞᲟᲠᲡᲢᲣᲤᲥᲦᲧᲨᲩᲪᲫᲬᲭᲮᲯᲰᲱᲲᲳᲴᲵᲶᲷᲸᲹᲺᲽᲾ'
            'ᲿẞỺỼỾℲↃⰀⰁⰂⰃⰄⰅⰆⰇⰈⰉⰊⰋⰌⰍⰎⰏⰐⰑⰒⰓⰔⰕⰖⰗⰘⰙⰚⰛⰜⰝⰞⰟⰠⰡⰢⰣⰤⰥⰦⰧⰨⰩⰪⰫⰬⰭⰮⰯⱠⱢⱣⱤⱧⱩⱫⱭⱮⱯⱰⱲⱵⱾⱿⲀⲂⲄⲆⲈⲊⲌⲎⲐⲒⲔⲖⲘⲚⲜⲞⲠⲢⲤⲦⲨⲪⲬⲮⲰⲲⲴⲶⲸⲺ'
            'ⲼⲾⳀⳂⳄⳆⳈⳊⳌⳎⳐⳒⳔⳖⳘⳚⳜⳞⳠⳢⳫⳭⳲꙀꙂꙄꙆꙈꙊꙌꙎꙐꙒꙔꙖꙘꙚꙜꙞꙠꙢꙤꙦꙨꙪꙬꚀꚂꚄꚆꚈꚊꚌꚎꚐꚒꚔꚖꚘꚚꜢꜤꜦꜨꜪꜬꜮꜲꜴꜶꜸꜺꜼꜾꝀꝂꝄꝆꝈꝊꝌꝎꝐꝒꝔꝖꝘꝚꝜꝞꝠꝢꝤꝦꝨꝪꝬꝮꝹꝻ'
            'ꝽꝾꞀꞂꞄꞆꞋꞍꞐꞒꞖꞘꞚꞜꞞꞠꞢꞤꞦꞨꞪꞫꞬꞭꞮꞰꞱꞲꞳꞴꞶꞸꞺꞼꞾꟀꟂꟄꟅꟆꟇꟉꟐꟖꟘꟵꭰꭱꭲꭳꭴꭵꭶꭷꭸꭹꭺꭻꭼꭽꭾꭿꮀꮁꮂꮃꮄꮅꮆꮇꮈꮉꮊꮋꮌꮍꮎꮏꮐꮑꮒꮓꮔꮕꮖꮗꮘꮙꮚꮛꮜꮝꮞꮟꮠꮡꮢꮣꮤꮥ'
            'ꮦꮧꮨꮩꮪꮫꮬꮭꮮꮯꮰꮱꮲꮳꮴꮵꮶꮷꮸꮹꮺꮻꮼꮽꮾꮿ𐐀𐐁𐐂𐐃𐐄𐐅𐐆𐐇𐐈𐐉𐐊𐐋𐐌𐐍𐐎𐐏𐐐𐐑𐐒𐐓𐐔𐐕𐐖𐐗𐐘𐐙𐐚𐐛𐐜𐐝𐐞𐐟𐐠𐐡𐐢𐐣𐐤𐐥𐐦𐐧𐒰𐒱𐒲𐒳𐒴𐒵𐒶𐒷𐒸𐒹𐒺𐒻𐒼𐒽𐒾𐒿𐓀𐓁𐓂𐓃𐓄𐓅𐓆𐓇𐓈𐓉𐓊𐓋𐓌𐓍𐓎𐓏𐓐𐓑'
            '𐓒𐓓𐕰𐕱𐕲𐕳𐕴𐕵𐕶𐕷𐕸𐕹𐕺𐕼𐕽𐕾𐕿𐖀𐖁𐖂𐖃𐖄𐖅𐖆𐖇𐖈𐖉𐖊𐖌𐖍𐖎𐖏𐖐𐖑𐖒𐖔𐖕𐲀𐲁𐲂𐲃𐲄𐲅𐲆𐲇𐲈𐲉𐲊𐲋𐲌𐲍𐲎𐲏𐲐𐲑𐲒𐲓𐲔𐲕𐲖𐲗𐲘𐲙𐲚𐲛𐲜𐲝𐲞𐲟𐲠𐲡𐲢𐲣𐲤𐲥𐲦𐲧𐲨𐲩𐲪𐲫𐲬𐲭𐲮𐲯𐲰𐲱𐲲𑢠𑢡𑢢𑢣𑢤𑢥𑢦𑢧𑢨𑢩𑢪𑢫'
            '𑢬𑢭𑢮𑢯𑢰𑢱𑢲𑢳𑢴𑢵𑢶𑢷𑢸𑢹𑢺𑢻𑢼𑢽𑢾𑢿𖹀𖹁𖹂𖹃𖹄𖹅𖹆𖹇𖹈𖹉𖹊𖹋𖹌𖹍𖹎𖹏𖹐𖹑𖹒𖹓𖹔𖹕𖹖𖹗𖹘𖹙𖹚𖹛𖹜𖹝𖹞𖹟𞤀𞤁𞤂𞤃𞤄𞤅𞤆𞤇𞤈𞤉𞤊𞤋𞤌𞤍𞤎𞤏𞤐𞤑𞤒𞤓𞤔𞤕𞤖𞤗𞤘𞤙𞤚𞤛𞤜𞤝𞤞𞤟𞤠𞤡',
            'ⴀⴁⴂⴃⴄⴅⴆⴇⴈⴉⴊⴋⴌⴍⴎⴏⴐⴑⴒⴓⴔⴕⴖⴗⴘⴙⴚⴛⴜⴝⴞⴟⴠⴡⴢⴣⴤⴥⴧⴭᏰᏱᏲᏳᏴᏵвдосттъѣꙋაბგდევზთიკლმნოპჟრსტუფქღყშჩცძწჭხჯჰჱჲჳჴჵჶჷჸჹჺჽჾ'
            'ჿßỻỽỿⅎↄⰰⰱⰲⰳⰴⰵⰶⰷⰸⰹⰺⰻⰼⰽⰾⰿⱀⱁⱂⱃⱄⱅⱆⱇⱈⱉⱊⱋⱌⱍⱎⱏⱐⱑⱒⱓⱔⱕⱖⱗⱘⱙⱚⱛⱜⱝⱞⱟⱡɫᵽɽⱨⱪⱬɑɱɐɒⱳⱶȿɀⲁⲃⲅⲇⲉⲋⲍⲏⲑⲓⲕⲗⲙⲛⲝⲟⲡⲣⲥⲧⲩⲫⲭⲯⲱⲳⲵⲷⲹⲻ'
            'ⲽⲿⳁⳃⳅⳇⳉⳋⳍⳏⳑⳓⳕⳗⳙⳛⳝⳟⳡⳣⳬⳮⳳꙁꙃꙅꙇꙉꙋꙍꙏꙑꙓꙕꙗꙙꙛꙝꙟꙡꙣꙥꙧꙩꙫꙭꚁꚃꚅꚇꚉꚋꚍꚏꚑꚓꚕꚗꚙꚛꜣꜥꜧꜩꜫꜭꜯꜳꜵꜷꜹꜻꜽꜿꝁꝃꝅꝇꝉꝋꝍꝏꝑꝓꝕꝗꝙꝛꝝꝟꝡꝣꝥꝧꝩꝫꝭꝯꝺꝼ'
            'ᵹꝿꞁꞃꞅꞇꞌɥꞑꞓꞗꞙꞛꞝꞟꞡꞣꞥꞧꞩɦɜɡɬɪʞʇʝꭓꞵꞷꞹꞻꞽꞿꟁꟃꞔʂᶎꟈꟊꟑꟗꟙꟶᎠᎡᎢᎣᎤᎥᎦᎧᎨᎩᎪᎫᎬᎭᎮᎯᎰᎱᎲᎳᎴᎵᎶᎷᎸᎹᎺᎻᎼᎽᎾᎿᏀᏁᏂᏃᏄᏅᏆᏇᏈᏉᏊᏋᏌᏍᏎᏏᏐᏑᏒᏓᏔᏕ'
            'ᏖᏗᏘᏙᏚᏛᏜᏝᏞᏟᏠᏡᏢᏣᏤᏥᏦᏧᏨᏩᏪᏫᏬᏭᏮᏯ𐐨𐐩𐐪𐐫𐐬𐐭𐐮𐐯𐐰𐐱𐐲𐐳𐐴𐐵𐐶𐐷𐐸𐐹𐐺𐐻𐐼𐐽𐐾𐐿𐑀𐑁𐑂𐑃𐑄𐑅𐑆𐑇𐑈𐑉𐑊𐑋𐑌𐑍𐑎𐑏𐓘𐓙𐓚𐓛𐓜𐓝𐓞𐓟𐓠𐓡𐓢𐓣𐓤𐓥𐓦𐓧𐓨𐓩𐓪𐓫𐓬𐓭𐓮𐓯𐓰𐓱𐓲𐓳𐓴𐓵𐓶𐓷𐓸𐓹'
            '𐓺𐓻𐖗𐖘𐖙𐖚𐖛𐖜𐖝𐖞𐖟𐖠𐖡𐖣𐖤𐖥𐖦𐖧𐖨𐖩𐖪𐖫𐖬𐖭𐖮𐖯𐖰𐖱𐖳𐖴𐖵𐖶𐖷𐖸𐖹𐖻𐖼𐳀𐳁𐳂𐳃𐳄𐳅𐳆𐳇𐳈𐳉𐳊𐳋𐳌𐳍𐳎𐳏𐳐𐳑𐳒𐳓𐳔𐳕𐳖𐳗𐳘𐳙𐳚𐳛𐳜𐳝𐳞𐳟𐳠𐳡𐳢𐳣𐳤𐳥𐳦𐳧𐳨𐳩𐳪𐳫𐳬𐳭𐳮𐳯𐳰𐳱𐳲𑣀𑣁𑣂𑣃𑣄𑣅𑣆𑣇𑣈𑣉𑣊𑣋'
            '𑣌𑣍𑣎𑣏𑣐𑣑𑣒𑣓𑣔𑣕𑣖𑣗𑣘𑣙𑣚𑣛𑣜𑣝𑣞𑣟𖹠𖹡𖹢𖹣𖹤𖹥𖹦𖹧𖹨𖹩𖹪𖹫𖹬𖹭𖹮𖹯𖹰𖹱𖹲𖹳𖹴𖹵𖹶𖹷𖹸𖹹𖹺𖹻𖹼𖹽𖹾𖹿𞤢𞤣𞤤𞤥𞤦𞤧𞤨𞤩𞤪𞤫𞤬𞤭𞤮𞤯𞤰𞤱𞤲𞤳𞤴𞤵𞤶𞤷𞤸𞤹𞤺𞤻𞤼𞤽𞤾𞤿𞥀𞥁𞥂𞥃');
    END IF;
    IF v ~ '[\u0460-\u052e]' THEN
        v := translate(v, 'ѠѢѤѦѨѪѬѮѰѲѴѸѺѼѾҀҊҌҎҐҒҔҖҘҚҜҞҠҢҤҦҨҪҬҮҰҲҴҶҸҺҼҾӀӃӅӇӉӋӍӔӘӠӨӶӺӼӾԀԂԄԆԈԊԌԎԐԒԔԖԘԚԜԞԠԢԤԦԨԪԬԮ',
                          'ѡѣѥѧѩѫѭѯѱѳѵѹѻѽѿҁҋҍҏґғҕҗҙқҝҟҡңҥҧҩҫҭүұҳҵҷҹһҽҿӏӄӆӈӊӌӎӕәӡөӷӻӽӿԁԃԅԇԉԋԍԏԑԓԕԗԙԛԝԟԡԣԥԧԩԫԭԯ');
    END IF;
    IF v ~ '[\u0531-\u0556]' THEN
        v := translate(v, 'ԱԲԳԴԵԶԷԸԹԺԻԼԽԾԿՀՁՂՃՄՅՆՇՈՉՊՋՌՍՎՏՐՑՒՓՔՕՖ',
                          'աբգդեզէըթժիլխծկհձղճմյնշոչպջռսվտրցւփքօֆ');
    END IF;
    IF v ~ '[\u0402-\u042f]' THEN
        v := translate(v, 'ЂЄЅІЈЉЊЋЏАБВГДЕЖЗИКЛМНОПРСТУФХЦЧШЩЪЫЬЭЮЯ',
                          'ђєѕіјљњћџабвгдежзиклмнопрстуфхцчшщъыьэюя');
    END IF;
    IF v ~ '[\u0370-\u0376\u037f\u0391-\u03a9\u03c2\u03cf\u03d8-\u03ee\u03f7-\u03ff]' THEN
        v := translate(v, 'ͰͲͶͿΑΒΓΔΕΖΗΘΙΚΛΜΝΞΟΠΡΣΤΥΦΧΨΩςϏϘϚϜϞϠϢϤϦϨϪϬϮϷϺϽϾϿ',
                          'ͱͳͷϳαβγδεζηθικλμνξοπρστυφχψωσϗϙϛϝϟϡϣϥϧϩϫϭϯϸϻͻͼͽ');
    END IF;
    IF v ~ '[\u00c6-\u00df\u0110-\u024e]' THEN
        v := replace(translate(v, 'ÆÐØÞĐĦŁŊŒŦƁƂƄƆƇƉƊƋƎƏƐƑƓƔƖƗƘƜƝƟƢƤƦƧƩƬƮƱƲƳƵƷƸƼǤǶǷȜȠȢȤȺȻȽȾɁɃɄɅɆɈɊɌɎ',
                                  'æðøþđħłŋœŧɓƃƅɔƈɖɗƌǝəɛƒɠɣɩɨƙɯɲɵƣƥʀƨʃƭʈʊʋƴƶʒƹƽǥƕƿȝƞȣȥⱥȼƚⱦɂƀʉʌɇɉɋɍɏ'), 'ß', 'ss');
    END IF;
    RETURN v;
END $$;

-- Of caseless text: Greek without accents, which its capitals do not bear; composed (NFC); blanks of every kind as one
-- space, and none at the ends.
CREATE FUNCTION composed(value text) RETURNS text
    LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
DECLARE
    v text COLLATE "C" := value;
BEGIN
    IF octet_length(v) <> char_length(v) THEN
        v := btrim(normalize(
            regexp_replace(v, '([\u0370-\u03ff]\u0308?)[\u0300\u0301\u0313\u0314\u0342]+', '\1', 'g'), NFC));
    END IF;
    IF v ~ '[\t-\r\u0085\u1680\u2028\u2029]|  |^ | $' THEN
        v := btrim(regexp_replace(v, '[\t-\r \u0085\u1680\u2028\u2029]+', ' ', 'g'));
    END IF;
    RETURN v;
END $$;

-- Of caseless text: without accents and other marks, letters with strokes as plain ones; composed (NFC).
CREATE FUNCTION unaccented(value text) RETURNS text
    LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
DECLARE
    v text COLLATE "C" := value;
BEGIN
    IF octet_length(v) = char_length(v) THEN
        RETURN v;
    END IF;
    v := translate(regexp_replace(v,
        '[\u0300-\u036f\u0483-\u0487\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u05c7\u0610-\u061a'
        '\u064b-\u065f\u0670\u06d6-\u06dc\u06df-\u06e4\u06e7\u06e8\u06ea-\u06ed\u1ab0-\u1aff\u1dc0-\u1dff'
        '\u20d0-\u20ff\ufe20-\ufe2f]', '', 'g'), 'øłđıħŧð', 'oldihtd');
    RETURN replace(normalize(replace(replace(v, 'æ', 'ae'), 'œ', 'oe'), NFC), 'þ', 'th');
END $$;

-- Followed by the other spelling of its words that have umlauts (ü: ue; å: aa) or what may stand for them (ue: u).
CREATE FUNCTION spelled_both_ways(value text) RETURNS text
    LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
DECLARE
    v text COLLATE "C" := value;
    word text COLLATE "C";
BEGIN
    IF octet_length(v) <> char_length(v) THEN
        v := rtrim(normalize(v, NFC));
    END IF;
    IF v ~ '[AOUaou][Ee]|[Aa][Aa]|[ÄÖÜäöüØøÅå]' THEN
        FOREACH word IN ARRAY string_to_array(v, ' ') LOOP
            IF word ~ '[AOUaou][Ee]|[Aa][Aa]' THEN
                v := v || ' ' || regexp_replace(word, '([AOUaou])[Ee]|([Aa])[Aa]', '\1\2', 'g');
            END IF;
            IF word ~ '[ÄÖÜäöüØøÅå]' THEN
                v := v || ' ' || replace(replace(replace(replace(replace(translate(word, 'ÄÖÜØÅ', 'äöüøå'),
                    'ä', 'ae'), 'ö', 'oe'), 'ü', 'ue'), 'ø', 'oe'), 'å', 'aa');
            END IF;
        END LOOP;
    END IF;
    RETURN v;
END $$;

-- What counts as the same text: names, addresses, places.
CREATE FUNCTION text_identity(value text) RETURNS text
    LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    RETURN composed(caseless(value));

-- Text as ordering and what is searched see it: the same, without accents.
CREATE FUNCTION fold(value text) RETURNS text
    LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    RETURN unaccented(caseless(value));

-- Text to be searched: folded, with its words in both spellings.
CREATE FUNCTION searchable(value text) RETURNS text
    LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    RETURN unaccented(caseless(spelled_both_ways(value)));

-- A number of GS1 (GTIN-8, -12, -13, -14) with a right check digit as GTIN-14; any other code as it is.
CREATE FUNCTION code_identity(value text) RETURNS text
    LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
DECLARE
    digits text COLLATE "C" := value;
    total integer := 0;
BEGIN
    IF digits !~ '^([0-9]{8}|[0-9]{12,14})$' THEN
        RETURN value;
    END IF;
    digits := lpad(digits, 14, '0');
    FOR place IN 1..14 LOOP
        total := total + substr(digits, place, 1)::integer * CASE WHEN place % 2 = 1 THEN 3 ELSE 1 END;
    END LOOP;
    RETURN CASE WHEN total % 10 = 0 THEN digits ELSE value END;
END $$;

-- A time-ordered id (UUID version 7, RFC 9562 section 5.7) for rows that a statement makes by itself.
CREATE FUNCTION new_id() RETURNS uuid
    LANGUAGE sql VOLATILE PARALLEL SAFE
    RETURN encode(set_bit(set_bit(overlay(uuid_send(gen_random_uuid())
        PLACING substring(int8send((extract(epoch FROM clock_timestamp()) * 1000)::bigint) FROM 3)
        FROM 1 FOR 6), 52, 1), 53, 1), 'hex')::uuid;

-- The one SQL form of an item's status (its Java form: ItemStatus). A thing is good through its printed day.
CREATE FUNCTION item_status(expiry_date date, expiring_from date, today date) RETURNS text
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN CASE
        WHEN expiry_date IS NULL THEN 'UNDATED'
        WHEN expiry_date < today THEN 'EXPIRED'
        WHEN expiring_from <= today THEN 'EXPIRING_SOON'
        ELSE 'ACTIVE'
    END;

-- The instant at which a local day begins for its owner: midnight plus the hour of choice.
-- All due times come from here, so one time-zone database decides.
CREATE FUNCTION day_begins_at(day date, turn_hour smallint, time_zone text) RETURNS timestamptz
    LANGUAGE sql STABLE STRICT PARALLEL SAFE
    RETURN (day + make_interval(hours => turn_hour)) AT TIME ZONE time_zone;

-- jobs ----------------------------------------------------------------------------------------------

-- Work that is due, of which one node at a time claims a part: at due_at, at infinity by an operator alone.
CREATE TABLE jobs (
    -- Whose data it is about, and what of theirs; the nil id for the whole.
    tenant_id       uuid NOT NULL,
    kind            text NOT NULL,
    object_id       uuid NOT NULL,
    due_at          timestamptz NOT NULL,
    -- Of the claim of a node, which ends at due_at; null while nobody does it.
    claim_id        uuid,
    -- Since it was last done.
    tries           smallint NOT NULL DEFAULT 0,
    error           text,
    first_failed_at timestamptz,
    last_failed_at  timestamptz,
    done_at         timestamptz,
    -- Whether it was added while it is under way, and so runs once more.
    again           boolean NOT NULL DEFAULT false,
    PRIMARY KEY (tenant_id, kind, object_id),
    CONSTRAINT jobs_kind_length CHECK (char_length(kind) BETWEEN 1 AND 60),
    CONSTRAINT jobs_tries_range CHECK (tries >= 0),
    CONSTRAINT jobs_error_length CHECK (char_length(error) <= 2000)
);
CREATE INDEX jobs_due_of_kind ON jobs (kind, due_at);

-- accounts ------------------------------------------------------------------------------------------

CREATE TABLE users (
    id                    uuid PRIMARY KEY,
    username              text NOT NULL,
    email                 text NOT NULL,
    password_hash         text NOT NULL,
    created_at            timestamptz NOT NULL DEFAULT now(),
    security_question     text,
    security_answer_hash  text,
    two_factor_enabled    boolean NOT NULL DEFAULT false,
    two_factor_secret     bytea,
    -- By an administrator: until then nobody acts for this user.
    locked_until          timestamptz,
    role                  text NOT NULL DEFAULT 'USER',
    active                boolean NOT NULL DEFAULT true,
    email_verified        boolean NOT NULL DEFAULT false,
    last_login_at         timestamptz,
    updated_at            timestamptz NOT NULL DEFAULT now(),
    time_zone             text NOT NULL DEFAULT 'UTC',
    lead_days             smallint NOT NULL DEFAULT 30,
    turn_hour             smallint NOT NULL DEFAULT 0,
    -- For the release before 20261129: the next turn of this user's day, and the last local date that was turned.
    next_day_at           timestamptz NOT NULL DEFAULT now(),
    last_day              date,
    version               integer NOT NULL DEFAULT 1,
    -- The time step of the last code that was taken: no code works twice, and none after a newer one.
    two_factor_last_step  bigint,
    -- Registered by e-mail, and the address is not proven yet: nobody can log in before.
    awaits_verification   boolean NOT NULL DEFAULT false,
    CONSTRAINT users_username_length CHECK (char_length(username) BETWEEN 3 AND 60),
    CONSTRAINT users_email_form CHECK (char_length(email) BETWEEN 3 AND 320 AND position('@' IN email) > 1),
    CONSTRAINT users_security_question_answered CHECK ((security_question IS NULL) = (security_answer_hash IS NULL)),
    CONSTRAINT users_two_factor_has_secret CHECK (NOT two_factor_enabled OR two_factor_secret IS NOT NULL),
    CONSTRAINT users_role_known CHECK (role IN ('USER', 'ADMIN')),
    CONSTRAINT users_time_zone_length CHECK (char_length(time_zone) BETWEEN 1 AND 64),
    CONSTRAINT users_lead_days_range CHECK (lead_days BETWEEN 0 AND 3650),
    CONSTRAINT users_turn_hour_range CHECK (turn_hour BETWEEN 0 AND 23)
);
-- These two go with the next release: the directories make names and addresses unique.
CREATE UNIQUE INDEX users_username_key ON users (text_identity(username) COLLATE "C");
CREATE UNIQUE INDEX users_email_key ON users (text_identity(email) COLLATE "C");
-- For the release before 20261128, which looks users up in this way.
CREATE INDEX users_by_lower_username ON users (lower(username));
CREATE INDEX users_by_lower_email ON users (lower(email));
CREATE INDEX users_due ON users (next_day_at) WHERE active;

-- Whose a username is and whose an e-mail address, by what counts as the same: where a database is distributed, users are by
-- their id, and these by the text. So they refer to nobody, and what a user is called is written in both places at once.
CREATE TABLE user_names (
    identity text COLLATE "C" PRIMARY KEY,
    user_id  uuid NOT NULL
);
CREATE TABLE email_addresses (
    identity text COLLATE "C" PRIMARY KEY,
    user_id  uuid NOT NULL
);

-- For nodes of the release before 20261129.9, which write users alone. Where the directories are right, it writes nothing.
CREATE FUNCTION keep_directories() RETURNS trigger
    LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.username IS DISTINCT FROM OLD.username THEN
        DELETE FROM user_names
         WHERE identity = text_identity(OLD.username) AND identity IS DISTINCT FROM text_identity(NEW.username)
           AND user_id = OLD.id;
        INSERT INTO user_names (identity, user_id)
        SELECT text_identity(NEW.username), NEW.id
         WHERE NEW.id IS NOT NULL
           AND NOT EXISTS (SELECT FROM user_names WHERE identity = text_identity(NEW.username) AND user_id = NEW.id);
    END IF;
    IF NEW.email IS DISTINCT FROM OLD.email THEN
        DELETE FROM email_addresses
         WHERE identity = text_identity(OLD.email) AND identity IS DISTINCT FROM text_identity(NEW.email)
           AND user_id = OLD.id;
        INSERT INTO email_addresses (identity, user_id)
        SELECT text_identity(NEW.email), NEW.id
         WHERE NEW.id IS NOT NULL
           AND NOT EXISTS (SELECT FROM email_addresses WHERE identity = text_identity(NEW.email) AND user_id = NEW.id);
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER keep_directories
    AFTER INSERT OR DELETE OR UPDATE OF username, email ON users
    FOR EACH ROW EXECUTE FUNCTION keep_directories();

CREATE TABLE sessions (
    user_id      uuid NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    id           uuid NOT NULL,
    created_at   timestamptz NOT NULL DEFAULT now(),
    last_used_at timestamptz NOT NULL DEFAULT now(),
    expires_at   timestamptz NOT NULL,
    revoked_at   timestamptz,
    user_agent   text,
    address      text,
    PRIMARY KEY (user_id, id),
    CONSTRAINT sessions_user_agent_length CHECK (char_length(user_agent) <= 400),
    CONSTRAINT sessions_address_length CHECK (char_length(address) <= 64)
);

-- One row for each refresh token ever issued to a session; only its SHA-256 is kept. A second use
-- more than 30 seconds after the first revokes the session (RFC 9700 section 4.14.2).
CREATE TABLE refresh_tokens (
    user_id    uuid NOT NULL,
    hash       bytea NOT NULL,
    session_id uuid NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    spent_at   timestamptz,
    PRIMARY KEY (user_id, hash),
    FOREIGN KEY (user_id, session_id) REFERENCES sessions (user_id, id) ON DELETE CASCADE
);
CREATE INDEX refresh_tokens_session ON refresh_tokens (user_id, session_id);

-- How often a password, code or answer was wrong in a row, and until when no other is looked at. The subject is a user,
-- or stands for a name that nobody has, so that both are treated alike.
CREATE TABLE credential_guards (
    subject_id    uuid NOT NULL,
    kind          text NOT NULL,
    user_id       uuid REFERENCES users (id) ON DELETE CASCADE,
    failures      integer NOT NULL DEFAULT 0,
    last_tried_at timestamptz NOT NULL DEFAULT now(),
    blocked_until timestamptz,
    PRIMARY KEY (subject_id, kind),
    CONSTRAINT credential_guards_kind_known CHECK (kind IN ('LOGIN', 'TWO_FACTOR', 'ANSWER', 'CONFIRMATION')),
    CONSTRAINT credential_guards_failures_range CHECK (failures >= 0)
);
CREATE INDEX credential_guards_outdated ON credential_guards (last_tried_at);
CREATE INDEX credential_guards_of_user ON credential_guards (user_id) WHERE user_id IS NOT NULL;

-- Every attempt to log in: when, from where, and what came of it.
CREATE TABLE login_attempts (
    subject_id uuid NOT NULL,
    id         uuid NOT NULL,
    user_id    uuid REFERENCES users (id) ON DELETE CASCADE,
    outcome    text NOT NULL,
    user_agent text,
    address    text,
    created_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (subject_id, id),
    CONSTRAINT login_attempts_outcome_known CHECK (outcome IN ('SUCCEEDED', 'CODE_ASKED', 'WRONG_PASSWORD', 'WRONG_CODE', 'REFUSED', 'BLOCKED')),
    CONSTRAINT login_attempts_user_agent_length CHECK (char_length(user_agent) <= 400),
    CONSTRAINT login_attempts_address_length CHECK (char_length(address) <= 64)
);
CREATE INDEX login_attempts_by_time ON login_attempts (subject_id, created_at, id);
CREATE INDEX login_attempts_outdated ON login_attempts (created_at);
CREATE INDEX login_attempts_of_user ON login_attempts (user_id) WHERE user_id IS NOT NULL;

-- A device that has logged in before: it has tries of its own, which no stranger can use up. Only SHA-256 is kept.
CREATE TABLE known_devices (
    user_id      uuid NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    hash         bytea NOT NULL,
    failures     integer NOT NULL DEFAULT 0,
    created_at   timestamptz NOT NULL DEFAULT now(),
    last_used_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (user_id, hash),
    CONSTRAINT known_devices_failures_range CHECK (failures >= 0)
);

-- Tokens that work once and not for long; only their SHA-256 is kept.
CREATE TABLE one_time_tokens (
    user_id    uuid NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    hash       bytea NOT NULL,
    purpose    text NOT NULL,
    -- The address that the token proves, for EMAIL_VERIFICATION.
    email      text,
    created_at timestamptz NOT NULL DEFAULT now(),
    expires_at timestamptz NOT NULL,
    PRIMARY KEY (user_id, hash),
    CONSTRAINT one_time_tokens_purpose_known CHECK (purpose IN ('EMAIL_VERIFICATION', 'PASSWORD_RESET', 'TWO_FACTOR_CHALLENGE'))
);
-- A new one replaces the former, except that several logins may wait at once.
CREATE UNIQUE INDEX one_time_tokens_latest ON one_time_tokens (user_id, purpose) WHERE purpose <> 'TWO_FACTOR_CHALLENGE';

-- Codes for whoever has lost their second factor, each good once; only their SHA-256 is kept.
CREATE TABLE recovery_codes (
    user_id    uuid NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    hash       bytea NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (user_id, hash)
);

-- Accounts that were deleted: restoring an older backup deletes them again.
CREATE TABLE erasures (
    user_id   uuid PRIMARY KEY,
    erased_at timestamptz NOT NULL DEFAULT now()
);

-- inventories ---------------------------------------------------------------------------------------

-- What is held together, by one or several people: the tenant. A user's own bears their id. The tables of what is in an
-- inventory name it user_id, from when each user had one: nodes of the former release write there under that name.
CREATE TABLE inventories (
    id          uuid PRIMARY KEY,
    owner_id    uuid NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    name        text NOT NULL,
    -- ISO 4217; null when nobody said.
    currency    text,
    time_zone   text NOT NULL DEFAULT 'UTC',
    lead_days   smallint NOT NULL DEFAULT 30,
    turn_hour   smallint NOT NULL DEFAULT 0,
    -- The next turn of the inventory's day, and the last local date that was turned.
    next_day_at timestamptz NOT NULL DEFAULT now(),
    last_day    date,
    -- Whether its owner is.
    active      boolean NOT NULL DEFAULT true,
    version     integer NOT NULL DEFAULT 1,
    created_at  timestamptz NOT NULL DEFAULT now(),
    updated_at  timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT inventories_name_length CHECK (char_length(name) BETWEEN 1 AND 200),
    CONSTRAINT inventories_currency_form CHECK (currency ~ '^[A-Z]{3}$'),
    CONSTRAINT inventories_time_zone_length CHECK (char_length(time_zone) BETWEEN 1 AND 64),
    CONSTRAINT inventories_lead_days_range CHECK (lead_days BETWEEN 0 AND 3650),
    CONSTRAINT inventories_turn_hour_range CHECK (turn_hour BETWEEN 0 AND 23)
);
CREATE INDEX inventories_of_owner ON inventories (owner_id);
CREATE INDEX inventories_due ON inventories (next_day_at) WHERE active;

-- Who may do what in an inventory.
CREATE TABLE members (
    inventory_id uuid NOT NULL REFERENCES inventories (id) ON DELETE CASCADE,
    user_id      uuid NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    role         text NOT NULL,
    joined_at    timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (inventory_id, user_id),
    CONSTRAINT members_role_known CHECK (role IN ('OWNER', 'EDITOR', 'VIEWER'))
);
CREATE INDEX members_of_user ON members (user_id);

-- For nodes of the release before 20261129, which know users alone: what they write of a user holds for their own inventory.
CREATE FUNCTION keep_own_inventory() RETURNS trigger
    LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO inventories AS own (id, owner_id, name, time_zone, lead_days, turn_hour, next_day_at, last_day, active)
    VALUES (NEW.id, NEW.id, NEW.username || '''s inventory', NEW.time_zone, NEW.lead_days, NEW.turn_hour, NEW.next_day_at,
            NEW.last_day, NEW.active)
    ON CONFLICT (id) DO UPDATE
       SET time_zone = excluded.time_zone, lead_days = excluded.lead_days, turn_hour = excluded.turn_hour,
           active = excluded.active, version = own.version + 1, updated_at = now(),
           next_day_at = CASE WHEN own.time_zone = excluded.time_zone AND own.turn_hour = excluded.turn_hour
                              THEN own.next_day_at
                              ELSE coalesce(
                                  day_begins_at(own.last_day + 1, excluded.turn_hour, excluded.time_zone),
                                  excluded.next_day_at) END
     WHERE (own.time_zone, own.lead_days, own.turn_hour, own.active)
           IS DISTINCT FROM (excluded.time_zone, excluded.lead_days, excluded.turn_hour, excluded.active);
    INSERT INTO members (inventory_id, user_id, role)
    VALUES (NEW.id, NEW.id, 'OWNER')
    ON CONFLICT DO NOTHING;
    RETURN NULL;
END $$;
CREATE TRIGGER keep_own_inventory
    AFTER INSERT OR UPDATE OF time_zone, lead_days, turn_hour, active ON users
    FOR EACH ROW EXECUTE FUNCTION keep_own_inventory();

-- activities ----------------------------------------------------------------------------------------

-- The counter of each user's log. Its row is locked until commit, so seq is gapless and in commit order, and last_at, the
-- moment of the last change, is later than that of every former one. There is room in its pages to change it in place.
CREATE TABLE feeds (
    user_id  uuid PRIMARY KEY CONSTRAINT feeds_inventory_fkey
        REFERENCES inventories (id) ON DELETE CASCADE,
    last_seq bigint NOT NULL DEFAULT 0,
    last_at  timestamptz NOT NULL DEFAULT now(),
    -- The activity up to which what is counted stands for the inventory; not for all of it where it is not last_seq.
    counted_seq bigint NOT NULL DEFAULT -1
) WITH (fillfactor = 70);

CREATE TABLE activities (
    user_id    uuid NOT NULL CONSTRAINT activities_inventory_fkey
        REFERENCES inventories (id) ON DELETE CASCADE,
    seq        bigint NOT NULL,
    kind       text NOT NULL,
    subject_id uuid NOT NULL,
    actor      text NOT NULL,
    session_id uuid,
    before     jsonb,
    after      jsonb,
    created_at timestamptz NOT NULL DEFAULT now(),
    -- The member of an inventory that is not their own, or the administrator, who did it; null for the inventory's owner, for
    -- the system, and when it was done on the server's command line.
    actor_id   uuid,
    PRIMARY KEY (user_id, seq),
    CONSTRAINT activities_kind_form CHECK (kind ~ '^[A-Z][A-Z_]{2,39}$'),
    CONSTRAINT activities_actor_known CHECK (actor IN ('USER', 'SYSTEM', 'ADMIN'))
);
CREATE INDEX activities_by_subject ON activities (user_id, subject_id, seq);
CREATE INDEX activities_by_kind ON activities (user_id, kind, seq);

-- The first answer of a mutation under a key, written with its effect and kept for a day.
CREATE TABLE idempotency_keys (
    user_id      uuid NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    key          text NOT NULL,
    request_hash bytea NOT NULL,
    answer       jsonb NOT NULL,
    created_at   timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (user_id, key),
    CONSTRAINT idempotency_keys_key_length CHECK (char_length(key) BETWEEN 1 AND 255)
);

-- tokens --------------------------------------------------------------------------------------------

-- Tokens with which programs act for a user, within their scopes; only their SHA-256 is kept.
CREATE TABLE api_tokens (
    user_id      uuid NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    id           uuid NOT NULL,
    name         text NOT NULL,
    hash         bytea NOT NULL,
    scopes       text[] NOT NULL,
    created_at   timestamptz NOT NULL DEFAULT now(),
    expires_at   timestamptz,
    last_used_at timestamptz,
    revoked_at   timestamptz,
    -- In which it works; null for the user's own.
    inventory_id uuid,
    PRIMARY KEY (user_id, id),
    CONSTRAINT api_tokens_inventory_not_own CHECK (inventory_id <> user_id),
    CONSTRAINT api_tokens_member_fkey FOREIGN KEY (inventory_id, user_id) REFERENCES members (inventory_id, user_id)
        ON DELETE CASCADE,
    CONSTRAINT api_tokens_name_length CHECK (char_length(name) BETWEEN 1 AND 100),
    CONSTRAINT api_tokens_scopes_known CHECK (cardinality(scopes) > 0 AND scopes <@ ARRAY['items:read', 'items:write', 'notifications:read', 'notifications:write', 'reports:read', 'reports:write', 'webhooks:read', 'webhooks:write', 'account'])
);

CREATE INDEX api_tokens_of_member ON api_tokens (inventory_id, user_id) WHERE inventory_id IS NOT NULL;

-- members -------------------------------------------------------------------------------------------

-- Codes by which somebody becomes a member, each good once; only their SHA-256 is kept.
CREATE TABLE invitations (
    inventory_id uuid NOT NULL REFERENCES inventories (id) ON DELETE CASCADE,
    id           uuid NOT NULL,
    hash         bytea NOT NULL,
    role         text NOT NULL,
    email        text,
    invited_by   uuid NOT NULL,
    created_at   timestamptz NOT NULL DEFAULT now(),
    expires_at   timestamptz NOT NULL,
    PRIMARY KEY (inventory_id, id),
    CONSTRAINT invitations_role_known CHECK (role IN ('EDITOR', 'VIEWER')),
    CONSTRAINT invitations_email_length CHECK (char_length(email) BETWEEN 3 AND 320)
);
CREATE INDEX invitations_outdated ON invitations (expires_at);

-- categories ----------------------------------------------------------------------------------------

CREATE TABLE categories (
    user_id     uuid NOT NULL CONSTRAINT categories_inventory_fkey
        REFERENCES inventories (id) ON DELETE CASCADE,
    id          uuid NOT NULL,
    name        text NOT NULL,
    description text,
    created_at  timestamptz NOT NULL DEFAULT now(),
    color       text,
    lead_days   smallint,
    version     integer NOT NULL DEFAULT 1,
    updated_at  timestamptz NOT NULL DEFAULT now(),
    -- What another program calls it.
    external_id text COLLATE "C",
    PRIMARY KEY (user_id, id),
    CONSTRAINT categories_name_length CHECK (char_length(name) BETWEEN 1 AND 200),
    CONSTRAINT categories_description_length CHECK (char_length(description) <= 2000),
    CONSTRAINT categories_color_form CHECK (color ~ '^#[0-9a-f]{6}$'),
    CONSTRAINT categories_lead_days_range CHECK (lead_days BETWEEN 0 AND 3650),
    CONSTRAINT categories_external_id_length CHECK (char_length(external_id) BETWEEN 1 AND 200)
);
CREATE UNIQUE INDEX categories_name_key ON categories (user_id, text_identity(name) COLLATE "C");
CREATE UNIQUE INDEX categories_external_id_key ON categories (user_id, external_id) WHERE external_id IS NOT NULL;
CREATE INDEX categories_by_name ON categories (user_id, fold(name) COLLATE "C", id);

-- products ------------------------------------------------------------------------------------------

-- What lots of the same thing have in common.
CREATE TABLE products (
    inventory_id     uuid NOT NULL CONSTRAINT products_inventory_fkey
        REFERENCES inventories (id) ON DELETE CASCADE,
    id               uuid NOT NULL,
    name             text NOT NULL,
    unit             text NOT NULL,
    category_id      uuid,
    location         text,
    shelf_life_days  integer,
    minimum_quantity numeric(15, 3),
    notes            text,
    -- What another program calls it.
    external_id      text COLLATE "C",
    version          integer NOT NULL DEFAULT 1,
    created_at       timestamptz NOT NULL,
    updated_at       timestamptz NOT NULL,
    PRIMARY KEY (inventory_id, id),
    CONSTRAINT products_category_fkey FOREIGN KEY (inventory_id, category_id) REFERENCES categories (user_id, id),
    CONSTRAINT products_name_length CHECK (char_length(name) BETWEEN 1 AND 200),
    CONSTRAINT products_unit_length CHECK (char_length(unit) BETWEEN 1 AND 32),
    CONSTRAINT products_location_length CHECK (char_length(location) BETWEEN 1 AND 200),
    CONSTRAINT products_shelf_life_days_range CHECK (shelf_life_days BETWEEN 0 AND 36500),
    CONSTRAINT products_minimum_quantity_range CHECK (minimum_quantity BETWEEN 0 AND 999999999.999),
    CONSTRAINT products_notes_length CHECK (char_length(notes) <= 2000),
    CONSTRAINT products_external_id_length CHECK (char_length(external_id) BETWEEN 1 AND 200)
);
CREATE UNIQUE INDEX products_name_key ON products (inventory_id, text_identity(name) COLLATE "C");
CREATE UNIQUE INDEX products_external_id_key ON products (inventory_id, external_id) WHERE external_id IS NOT NULL;
CREATE INDEX products_by_name ON products (inventory_id, fold(name) COLLATE "C", id);
CREATE INDEX products_by_category ON products (inventory_id, category_id) WHERE category_id IS NOT NULL;

-- What packages of a product say to a scanner, in the order in which people gave them.
CREATE TABLE product_barcodes (
    inventory_id uuid NOT NULL,
    product_id   uuid NOT NULL,
    place        integer NOT NULL,
    code         text NOT NULL,
    PRIMARY KEY (inventory_id, product_id, place),
    CONSTRAINT product_barcodes_product_fkey FOREIGN KEY (inventory_id, product_id)
        REFERENCES products (inventory_id, id) ON DELETE CASCADE,
    CONSTRAINT product_barcodes_place_range CHECK (place BETWEEN 1 AND 50),
    CONSTRAINT product_barcodes_code_length CHECK (char_length(code) BETWEEN 1 AND 200)
);
CREATE UNIQUE INDEX product_barcodes_code_key ON product_barcodes (inventory_id, code_identity(code) COLLATE "C");

-- items ---------------------------------------------------------------------------------------------

CREATE TABLE items (
    user_id             uuid NOT NULL CONSTRAINT items_inventory_fkey
        REFERENCES inventories (id) ON DELETE CASCADE,
    id                  uuid NOT NULL,
    category_id         uuid,
    name                text NOT NULL,
    description         text,
    quantity            numeric(15, 3) NOT NULL DEFAULT 1,
    unit                text NOT NULL DEFAULT 'pcs',
    cost_price          numeric(15, 4),
    selling_price       numeric(15, 4),
    expiry_date         date,
    created_at          timestamptz NOT NULL DEFAULT now(),
    updated_at          timestamptz NOT NULL DEFAULT now(),
    location            text,
    barcode             text,
    lot_number          text,
    -- The item's own lead days, and those in force: the item's, else its category's, else the user's.
    lead_days           smallint,
    effective_lead_days smallint NOT NULL DEFAULT 30,
    version             integer NOT NULL DEFAULT 1,
    purchase_date       date,
    expiring_from       date GENERATED ALWAYS AS (expiry_date - effective_lead_days::integer) STORED,
    used_up             boolean GENERATED ALWAYS AS (quantity = 0) STORED,
    search_text         text GENERATED ALWAYS AS (searchable(name || ' ' || coalesce(description, '') || ' '
                            || coalesce(location, '') || ' ' || coalesce(barcode, '') || ' '
                            || coalesce(code_identity(barcode), '') || ' ' || coalesce(lot_number, ''))) STORED,
    -- What filters compare, and what counts as one place.
    location_identity   text GENERATED ALWAYS AS (text_identity(location)) STORED,
    barcode_identity    text GENERATED ALWAYS AS (code_identity(barcode)) STORED,
    -- What another program calls it.
    external_id         text COLLATE "C",
    -- Of which product it is a lot.
    product_id          uuid,
    PRIMARY KEY (user_id, id),
    CONSTRAINT items_category_fkey FOREIGN KEY (user_id, category_id) REFERENCES categories (user_id, id),
    CONSTRAINT items_product_fkey FOREIGN KEY (user_id, product_id) REFERENCES products (inventory_id, id),
    CONSTRAINT items_name_length CHECK (char_length(name) BETWEEN 1 AND 200),
    CONSTRAINT items_description_length CHECK (char_length(description) <= 2000),
    CONSTRAINT items_unit_length CHECK (char_length(unit) BETWEEN 1 AND 32),
    CONSTRAINT items_quantity_range CHECK (quantity BETWEEN 0 AND 999999999.999),
    CONSTRAINT items_cost_price_range CHECK (cost_price BETWEEN 0 AND 999999999.9999),
    CONSTRAINT items_selling_price_range CHECK (selling_price BETWEEN 0 AND 999999999.9999),
    CONSTRAINT items_expiry_date_range CHECK (expiry_date BETWEEN '0001-01-01' AND '9999-12-31'),
    CONSTRAINT items_purchase_date_range CHECK (purchase_date BETWEEN '0001-01-01' AND '9999-12-31'),
    CONSTRAINT items_location_length CHECK (char_length(location) BETWEEN 1 AND 200),
    CONSTRAINT items_barcode_length CHECK (char_length(barcode) BETWEEN 1 AND 200),
    CONSTRAINT items_lot_number_length CHECK (char_length(lot_number) BETWEEN 1 AND 64),
    CONSTRAINT items_lead_days_range CHECK (lead_days BETWEEN 0 AND 3650),
    CONSTRAINT items_effective_lead_days_range CHECK (effective_lead_days BETWEEN 0 AND 3650),
    CONSTRAINT items_external_id_length CHECK (char_length(external_id) BETWEEN 1 AND 200)
);
-- One index for each ordering; an undated item counts as later than any date.
CREATE INDEX items_by_expiry_date ON items (user_id, used_up, COALESCE(expiry_date, 'infinity'), id);
CREATE INDEX items_by_name ON items (user_id, used_up, fold(name) COLLATE "C", id);
CREATE INDEX items_by_created_at ON items (user_id, used_up, created_at, id);
CREATE INDEX items_by_updated_at ON items (user_id, used_up, updated_at, id);
CREATE INDEX items_by_category ON items (user_id, category_id, used_up, COALESCE(expiry_date, 'infinity'), id);
CREATE INDEX items_by_product ON items (user_id, product_id, used_up, COALESCE(expiry_date, 'infinity'), id)
    WHERE product_id IS NOT NULL;
CREATE INDEX items_by_expiring_from ON items (user_id, expiring_from) WHERE NOT used_up;
CREATE INDEX items_by_barcode ON items (user_id, barcode_identity) WHERE barcode_identity IS NOT NULL;
CREATE INDEX items_by_location ON items (user_id, used_up, location_identity) WHERE location_identity IS NOT NULL;
CREATE INDEX items_by_lot_number ON items (user_id, text_identity(lot_number)) WHERE lot_number IS NOT NULL;
CREATE UNIQUE INDEX items_external_id_key ON items (user_id, external_id) WHERE external_id IS NOT NULL;
CREATE INDEX items_by_search_text ON items USING gin (user_id, search_text gin_trgm_ops);

-- What is in stock, counted: of the whole, of each category and of each place (as it is spelled, '' for none), by date and
-- by the day from which it expires; 'infinity' is no date. What an inventory holds as of any day is a sum of these rows.
CREATE TABLE stock_days (
    user_id       uuid NOT NULL CONSTRAINT stock_days_inventory_fkey
        REFERENCES inventories (id) ON DELETE CASCADE,
    part          text NOT NULL,
    part_key      text COLLATE "C" NOT NULL,
    expiry_date   date NOT NULL,
    expiring_from date NOT NULL,
    item_count    integer NOT NULL,
    value         numeric NOT NULL,
    PRIMARY KEY (user_id, part, part_key, expiry_date, expiring_from),
    CONSTRAINT stock_days_part_known CHECK (part IN ('WHOLE', 'CATEGORY', 'LOCATION'))
) WITH (fillfactor = 80);

-- What left the stock, and why. It outlives the item it came from.
CREATE TABLE take_outs (
    user_id     uuid NOT NULL CONSTRAINT take_outs_inventory_fkey
        REFERENCES inventories (id) ON DELETE CASCADE,
    id          uuid NOT NULL,
    item_id     uuid NOT NULL,
    category_id uuid,
    quantity    numeric(15, 3) NOT NULL,
    unit        text NOT NULL,
    value       numeric(30, 7) NOT NULL,
    outcome     text NOT NULL,
    note        text,
    created_at  timestamptz NOT NULL DEFAULT now(),
    -- What it was called at the time; null when it left before names were kept and its item is gone.
    name        text,
    PRIMARY KEY (user_id, id),
    CONSTRAINT take_outs_quantity_range CHECK (quantity > 0),
    CONSTRAINT take_outs_value_range CHECK (value >= 0),
    CONSTRAINT take_outs_outcome_known CHECK (outcome IN ('USED', 'SOLD', 'DONATED', 'DISCARDED')),
    CONSTRAINT take_outs_note_length CHECK (char_length(note) <= 500)
);
CREATE INDEX take_outs_by_time ON take_outs (user_id, created_at);

-- notifications -------------------------------------------------------------------------------------

CREATE TABLE notifications (
    user_id     uuid NOT NULL CONSTRAINT notifications_inventory_fkey
        REFERENCES inventories (id) ON DELETE CASCADE,
    id          uuid NOT NULL,
    -- Of the same user. No reference, which would lock, and so write, the row of each item that is told of.
    item_id     uuid,
    kind        text NOT NULL,
    title       text NOT NULL,
    message     text NOT NULL,
    -- What the owner of the inventory has read.
    status      text NOT NULL DEFAULT 'UNREAD',
    read_at     timestamptz,
    created_at  timestamptz NOT NULL DEFAULT now(),
    -- The date the item bore when this was said: once per item, kind, date and reminder, until the date is set anew. The
    -- reminder is D and the days before, P and the percentage left, or S and the day until which it was snoozed.
    expiry_date date,
    reminder      text NOT NULL DEFAULT '',
    snoozed_until date,
    resolution    text,
    resolved_at   timestamptz,
    -- How often before the date of the item had become the same anew, or its stock had been filled up again.
    renewal       integer NOT NULL DEFAULT 0,
    -- The members who are notified by none of their own reminders; null for none.
    not_for       uuid[],
    PRIMARY KEY (user_id, id),
    CONSTRAINT notifications_once UNIQUE (user_id, item_id, kind, expiry_date, reminder, renewal),
    CONSTRAINT notifications_kind_known CHECK (kind IN ('EXPIRING_SOON', 'EXPIRED', 'SYSTEM')),
    CONSTRAINT notifications_title_length CHECK (char_length(title) BETWEEN 1 AND 300),
    CONSTRAINT notifications_message_length CHECK (char_length(message) <= 2000),
    CONSTRAINT notifications_status_known CHECK (status IN ('UNREAD', 'READ')),
    CONSTRAINT notifications_read_at_matches_status CHECK ((status = 'READ') = (read_at IS NOT NULL)),
    CONSTRAINT notifications_reminder_form CHECK (reminder ~ '^([DP][0-9]{1,4}|S[0-9]{8})?$'),
    CONSTRAINT notifications_resolution_known CHECK (resolution IN ('ACKNOWLEDGED', 'SUPERSEDED', 'USED_UP', 'REDATED')),
    CONSTRAINT notifications_resolved_at_matches_resolution CHECK ((resolution IS NULL) = (resolved_at IS NULL))
);
CREATE INDEX notifications_by_time ON notifications (user_id, created_at, id);
CREATE INDEX notifications_unread ON notifications (user_id, created_at, id) WHERE status = 'UNREAD';
CREATE INDEX notifications_snoozed ON notifications (user_id, snoozed_until) WHERE snoozed_until IS NOT NULL;

-- What members other than the owner have marked as read or unread.
CREATE TABLE notification_marks (
    user_id         uuid NOT NULL,
    notification_id uuid NOT NULL,
    member_id       uuid NOT NULL,
    status          text NOT NULL,
    marked_at       timestamptz NOT NULL,
    PRIMARY KEY (user_id, notification_id, member_id),
    CONSTRAINT notification_marks_notification_fkey FOREIGN KEY (user_id, notification_id)
        REFERENCES notifications (user_id, id) ON DELETE CASCADE,
    CONSTRAINT notification_marks_member_fkey FOREIGN KEY (user_id, member_id)
        REFERENCES members (inventory_id, user_id) ON DELETE CASCADE,
    CONSTRAINT notification_marks_status_known CHECK (status IN ('UNREAD', 'READ'))
);
CREATE INDEX notification_marks_of_member ON notification_marks (user_id, member_id);

-- What is not told again of an item and its date: one reminder, or * for all.
CREATE TABLE acknowledgements (
    user_id     uuid NOT NULL CONSTRAINT acknowledgements_inventory_fkey
        REFERENCES inventories (id) ON DELETE CASCADE,
    item_id     uuid NOT NULL,
    expiry_date date NOT NULL,
    reminder    text NOT NULL,
    created_at  timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (user_id, item_id, expiry_date, reminder)
);

-- When and how a user is told; without a row the defaults hold.
CREATE TABLE reminder_settings (
    user_id        uuid PRIMARY KEY REFERENCES users (id) ON DELETE CASCADE,
    days           smallint[] NOT NULL DEFAULT '{30,7,1,0}',
    percents       smallint[] NOT NULL DEFAULT '{}',
    quiet_from     smallint,
    quiet_to       smallint,
    digest         boolean NOT NULL DEFAULT false,
    -- When the next digest is to be sent, how often it was tried, and up to when notifications were in one.
    digest_due_at  timestamptz,
    digest_tries   smallint NOT NULL DEFAULT 0,
    digested_to    timestamptz,
    CONSTRAINT reminder_settings_days_range CHECK (cardinality(days) <= 20 AND 0 <= ALL (days) AND 3650 >= ALL (days)),
    CONSTRAINT reminder_settings_percents_range
        CHECK (cardinality(percents) <= 20 AND 1 <= ALL (percents) AND 99 >= ALL (percents)),
    CONSTRAINT reminder_settings_quiet_from_range CHECK (quiet_from BETWEEN 0 AND 23),
    CONSTRAINT reminder_settings_quiet_to_range CHECK (quiet_to BETWEEN 0 AND 23),
    CONSTRAINT reminder_settings_quiet_both CHECK ((quiet_from IS NULL) = (quiet_to IS NULL))
);
CREATE INDEX reminder_settings_digest_due ON reminder_settings (digest_due_at) WHERE digest_due_at IS NOT NULL;

-- Reminders of a category's items instead of the user's.
CREATE TABLE category_reminders (
    user_id     uuid NOT NULL CONSTRAINT category_reminders_inventory_fkey
        REFERENCES inventories (id) ON DELETE CASCADE,
    category_id uuid NOT NULL,
    days        smallint[] NOT NULL,
    percents    smallint[] NOT NULL,
    PRIMARY KEY (user_id, category_id),
    CONSTRAINT category_reminders_days_range CHECK (cardinality(days) <= 20 AND 0 <= ALL (days) AND 3650 >= ALL (days)),
    CONSTRAINT category_reminders_percents_range
        CHECK (cardinality(percents) <= 20 AND 1 <= ALL (percents) AND 99 >= ALL (percents))
);

-- The days on which only so much is left of the life of an item, worked out when it changes: found by index when due.
CREATE TABLE percent_reminders (
    user_id uuid NOT NULL,
    item_id uuid NOT NULL,
    percent smallint NOT NULL,
    due_on  date NOT NULL,
    PRIMARY KEY (user_id, item_id, percent),
    FOREIGN KEY (user_id, item_id) REFERENCES items (user_id, id) ON DELETE CASCADE,
    CONSTRAINT percent_reminders_percent_range CHECK (percent BETWEEN 1 AND 99)
);
CREATE INDEX percent_reminders_due ON percent_reminders (user_id, due_on);

-- Of nodes of the release before, whose rows become jobs; goes with the next release, and so do stuck_turns and digest_due_at.
-- Items of which it could not be told: tried again at retry_at, at infinity by an operator alone.
CREATE TABLE stuck_items (
    user_id         uuid NOT NULL,
    item_id         uuid NOT NULL,
    tries           smallint NOT NULL DEFAULT 1,
    error           text NOT NULL,
    first_failed_at timestamptz NOT NULL DEFAULT now(),
    last_failed_at  timestamptz NOT NULL DEFAULT now(),
    retry_at        timestamptz NOT NULL,
    PRIMARY KEY (user_id, item_id),
    FOREIGN KEY (user_id, item_id) REFERENCES items (user_id, id) ON DELETE CASCADE,
    CONSTRAINT stuck_items_tries_positive CHECK (tries > 0),
    CONSTRAINT stuck_items_error_length CHECK (length(error) <= 2000)
);
CREATE INDEX stuck_items_retry ON stuck_items (retry_at);

-- reports -------------------------------------------------------------------------------------------

CREATE TABLE reports (
    user_id         uuid NOT NULL CONSTRAINT reports_inventory_fkey
        REFERENCES inventories (id) ON DELETE CASCADE,
    id              uuid NOT NULL,
    date            date NOT NULL,
    total_items     integer NOT NULL DEFAULT 0,
    active_items    integer NOT NULL DEFAULT 0,
    expiring_items  integer NOT NULL DEFAULT 0,
    expired_items   integer NOT NULL DEFAULT 0,
    total_value     numeric(30, 7) NOT NULL DEFAULT 0,
    active_value    numeric(30, 7) NOT NULL DEFAULT 0,
    expiring_value  numeric(30, 7) NOT NULL DEFAULT 0,
    expired_value   numeric(30, 7) NOT NULL DEFAULT 0,
    created_at      timestamptz NOT NULL DEFAULT now(),
    undated_items   integer NOT NULL DEFAULT 0,
    undated_value   numeric(30, 7) NOT NULL DEFAULT 0,
    discarded_value numeric(30, 7) NOT NULL DEFAULT 0,
    -- The same counts and values for each category, as they were: a snapshot that later renames do not touch.
    by_category     jsonb NOT NULL DEFAULT '[]',
    generated_at    timestamptz NOT NULL DEFAULT now(),
    -- The same for each place.
    by_location     jsonb NOT NULL DEFAULT '[]',
    -- Counts and values by the time to the expiry date, and of what left the stock since the report before by what became
    -- of it; only where there was any, and null in reports from before they were counted.
    aging           jsonb,
    outcomes        jsonb,
    PRIMARY KEY (user_id, id),
    CONSTRAINT reports_user_id_date_key UNIQUE (user_id, date),
    CONSTRAINT reports_counts_range CHECK (least(total_items, active_items, expiring_items, expired_items, undated_items) >= 0),
    CONSTRAINT reports_values_range CHECK (least(total_value, active_value, expiring_value, expired_value, undated_value, discarded_value) >= 0)
);

-- daily ---------------------------------------------------------------------------------------------

-- Users whose day could not be turned: tried again at retry_at, at infinity by an operator alone.
CREATE TABLE stuck_turns (
    user_id         uuid PRIMARY KEY CONSTRAINT stuck_turns_inventory_fkey
        REFERENCES inventories (id) ON DELETE CASCADE,
    tries           smallint NOT NULL DEFAULT 1,
    error           text NOT NULL,
    first_failed_at timestamptz NOT NULL DEFAULT now(),
    last_failed_at  timestamptz NOT NULL DEFAULT now(),
    retry_at        timestamptz NOT NULL,
    CONSTRAINT stuck_turns_tries_positive CHECK (tries > 0),
    CONSTRAINT stuck_turns_error_length CHECK (length(error) <= 2000)
);
CREATE INDEX stuck_turns_retry ON stuck_turns (retry_at);

-- webhooks ------------------------------------------------------------------------------------------

-- Where the program of somebody else is told of what happens in an inventory, how it knows that this comes from here, and
-- how far it has been told.
CREATE TABLE webhooks (
    user_id       uuid NOT NULL CONSTRAINT webhooks_inventory_fkey
        REFERENCES inventories (id) ON DELETE CASCADE,
    id            uuid NOT NULL,
    url           text NOT NULL,
    description   text,
    events        text[] NOT NULL,
    -- Of which items; null for any.
    category_ids  uuid[],
    locations     text[],
    statuses      text[],
    -- Encrypted. The one before still signs as well, for a while.
    secret        bytea NOT NULL,
    former_secret bytea,
    former_until  timestamptz,
    -- The member who made it.
    maker_id      uuid,
    -- Null while it is on.
    off_because   text,
    -- The place in the log up to which deliveries were made of it, and that of the latest delivery.
    after_seq     bigint NOT NULL,
    last_place    bigint NOT NULL DEFAULT 0,
    -- Since when, and how often, nothing was taken; when the next try is due.
    failing_since timestamptz,
    failures      integer NOT NULL DEFAULT 0,
    retry_at      timestamptz,
    version       integer NOT NULL DEFAULT 1,
    created_at    timestamptz NOT NULL DEFAULT now(),
    updated_at    timestamptz NOT NULL DEFAULT now(),
    -- The query of GraphQL that is its payload, and whose rights count each time that it is asked: of which member, and by
    -- which API token; null for a session.
    query          text,
    query_maker_id uuid,
    query_token_id uuid,
    PRIMARY KEY (user_id, id),
    CONSTRAINT webhooks_url_length CHECK (char_length(url) BETWEEN 1 AND 2000),
    CONSTRAINT webhooks_description_length CHECK (char_length(description) <= 500),
    CONSTRAINT webhooks_former_secret_ends CHECK ((former_secret IS NULL) = (former_until IS NULL)),
    CONSTRAINT webhooks_off_known CHECK (off_because IN ('MEMBER', 'FAILED', 'GONE', 'QUERY')),
    CONSTRAINT webhooks_after_range CHECK (after_seq >= 0),
    CONSTRAINT webhooks_place_range CHECK (last_place >= 0),
    CONSTRAINT webhooks_failures_range CHECK (failures >= 0),
    CONSTRAINT webhooks_version_range CHECK (version > 0),
    CONSTRAINT webhooks_query_length CHECK (char_length(query) BETWEEN 1 AND 10000),
    CONSTRAINT webhooks_query_made CHECK ((query IS NULL) = (query_maker_id IS NULL)),
    CONSTRAINT webhooks_query_token CHECK (query_token_id IS NULL OR query_maker_id IS NOT NULL)
);

-- What a webhook was told, or is to be told, in the order of their places.
CREATE TABLE webhook_deliveries (
    user_id      uuid NOT NULL,
    id           uuid NOT NULL,
    webhook_id   uuid NOT NULL,
    place        bigint NOT NULL,
    event        text NOT NULL,
    -- By which the receiver knows it when it comes once more.
    event_id     text NOT NULL,
    body         text NOT NULL,
    -- Whether a member asks for it: tried once, it holds up nothing.
    once         boolean NOT NULL,
    state        text NOT NULL DEFAULT 'PENDING',
    attempts     integer NOT NULL DEFAULT 0,
    -- Of the last attempt.
    status_code  integer,
    answer       text,
    millis       integer,
    attempted_at timestamptz,
    created_at   timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (user_id, id),
    CONSTRAINT webhook_deliveries_webhook_fkey FOREIGN KEY (user_id, webhook_id)
        REFERENCES webhooks (user_id, id) ON DELETE CASCADE,
    CONSTRAINT webhook_deliveries_place_key UNIQUE (user_id, webhook_id, place),
    CONSTRAINT webhook_deliveries_state_known CHECK (state IN ('PENDING', 'DELIVERED', 'FAILED')),
    CONSTRAINT webhook_deliveries_event_length CHECK (char_length(event) BETWEEN 1 AND 60),
    CONSTRAINT webhook_deliveries_event_id_length CHECK (char_length(event_id) BETWEEN 1 AND 100),
    CONSTRAINT webhook_deliveries_answer_length CHECK (char_length(answer) <= 2000),
    CONSTRAINT webhook_deliveries_attempts_range CHECK (attempts >= 0)
);
CREATE INDEX webhook_deliveries_pending ON webhook_deliveries (user_id, webhook_id, place) WHERE state = 'PENDING';
CREATE INDEX webhook_deliveries_by_time ON webhook_deliveries (created_at);

-- channels ------------------------------------------------------------------------------------------

-- By which way a user is notified besides mail, and of what.
CREATE TABLE channels (
    user_id            uuid NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    id                 uuid NOT NULL,
    name               text NOT NULL,
    kind               text NOT NULL,
    -- Of the server's address: the rest may be secret.
    origin             text NOT NULL,
    -- Where and how it is sent, with all tokens. Encrypted.
    secret             bytea NOT NULL,
    notification_kinds text[] NOT NULL,
    rhythm             text NOT NULL,
    -- Null while it is on.
    off_because        text,
    -- Nothing is sent of what was notified before.
    since              timestamptz NOT NULL,
    -- Up to which day of the user's own inventory there were daily messages.
    day                date NOT NULL,
    -- That of the latest delivery.
    last_place         bigint NOT NULL DEFAULT 0,
    -- Since when, and how often, nothing was taken; when the next try is due; when the last one succeeded, and what was
    -- said to it when it did not.
    failing_since      timestamptz,
    failures           integer NOT NULL DEFAULT 0,
    retry_at           timestamptz,
    delivered_at       timestamptz,
    error              text,
    version            integer NOT NULL DEFAULT 1,
    created_at         timestamptz NOT NULL,
    updated_at         timestamptz NOT NULL,
    PRIMARY KEY (user_id, id),
    CONSTRAINT channels_name_length CHECK (char_length(name) BETWEEN 1 AND 100),
    CONSTRAINT channels_kind_known CHECK (kind IN ('NTFY', 'GOTIFY', 'TELEGRAM', 'TEMPLATE')),
    CONSTRAINT channels_origin_length CHECK (char_length(origin) BETWEEN 1 AND 500),
    CONSTRAINT channels_notification_kinds_known CHECK (cardinality(notification_kinds) > 0 AND notification_kinds <@ ARRAY['EXPIRING_SOON', 'EXPIRED', 'SYSTEM']),
    CONSTRAINT channels_rhythm_known CHECK (rhythm IN ('AT_ONCE', 'DAILY')),
    CONSTRAINT channels_off_known CHECK (off_because IN ('USER', 'FAILED')),
    CONSTRAINT channels_place_range CHECK (last_place >= 0),
    CONSTRAINT channels_failures_range CHECK (failures >= 0),
    CONSTRAINT channels_error_length CHECK (char_length(error) <= 2000),
    CONSTRAINT channels_version_range CHECK (version > 0)
);

-- Up to which notification of each inventory deliveries were made of a channel. None: since the channel, or the member, began.
CREATE TABLE channel_places (
    user_id         uuid NOT NULL,
    channel_id      uuid NOT NULL,
    inventory_id    uuid NOT NULL,
    notified_at     timestamptz NOT NULL,
    notification_id uuid NOT NULL,
    PRIMARY KEY (user_id, channel_id, inventory_id),
    CONSTRAINT channel_places_channel_fkey FOREIGN KEY (user_id, channel_id)
        REFERENCES channels (user_id, id) ON DELETE CASCADE
);

-- What a channel was sent, or is to be sent, in the order of their places.
CREATE TABLE channel_deliveries (
    user_id      uuid NOT NULL,
    -- By which the receiver can know it when it comes once more.
    id           uuid NOT NULL,
    channel_id   uuid NOT NULL,
    place        bigint NOT NULL,
    -- What it says: JSON.
    content      text NOT NULL,
    state        text NOT NULL DEFAULT 'PENDING',
    attempts     integer NOT NULL DEFAULT 0,
    -- Of the last attempt.
    status_code  integer,
    answer       text,
    attempted_at timestamptz,
    created_at   timestamptz NOT NULL,
    PRIMARY KEY (user_id, id),
    CONSTRAINT channel_deliveries_channel_fkey FOREIGN KEY (user_id, channel_id)
        REFERENCES channels (user_id, id) ON DELETE CASCADE,
    CONSTRAINT channel_deliveries_place_key UNIQUE (user_id, channel_id, place),
    CONSTRAINT channel_deliveries_state_known CHECK (state IN ('PENDING', 'DELIVERED', 'FAILED')),
    CONSTRAINT channel_deliveries_answer_length CHECK (char_length(answer) <= 2000),
    CONSTRAINT channel_deliveries_attempts_range CHECK (attempts >= 0)
);
CREATE INDEX channel_deliveries_pending ON channel_deliveries (user_id, channel_id, place) WHERE state = 'PENDING';
CREATE INDEX channel_deliveries_by_time ON channel_deliveries (created_at);

-- imports -------------------------------------------------------------------------------------------

-- A file that became items, or is to.
CREATE TABLE imports (
    user_id         uuid NOT NULL CONSTRAINT imports_inventory_fkey
        REFERENCES inventories (id) ON DELETE CASCADE,
    id              uuid NOT NULL,
    name            text NOT NULL,
    -- The member who brought it, and their session or API token.
    maker_id        uuid NOT NULL,
    session_id      uuid NOT NULL,
    state           text NOT NULL DEFAULT 'UPLOADING',
    bytes           bigint NOT NULL DEFAULT 0,
    utf8            boolean NOT NULL DEFAULT true,
    -- How it becomes items, as JSON; null until somebody has looked into it.
    options         text,
    -- Why nothing, or no more, was done.
    problem         text,
    -- Null until all rows were seen.
    row_count       integer,
    -- Up to which row all is done: what was written goes with it in one transaction.
    rows_done       integer NOT NULL DEFAULT 0,
    created_count   integer NOT NULL DEFAULT 0,
    updated_count   integer NOT NULL DEFAULT 0,
    unchanged_count integer NOT NULL DEFAULT 0,
    skipped_count   integer NOT NULL DEFAULT 0,
    refused_count   integer NOT NULL DEFAULT 0,
    -- Of the reasons why rows were refused; a row may have several.
    refusal_count   integer NOT NULL DEFAULT 0,
    begun_at        timestamptz,
    ended_at        timestamptz,
    created_at      timestamptz NOT NULL DEFAULT now(),
    updated_at      timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (user_id, id),
    CONSTRAINT imports_name_length CHECK (char_length(name) BETWEEN 1 AND 200),
    CONSTRAINT imports_state_known CHECK (state IN ('UPLOADING', 'PREVIEWING', 'READY', 'RUNNING', 'DONE', 'FAILED', 'CANCELLED')),
    CONSTRAINT imports_bytes_range CHECK (bytes >= 0),
    CONSTRAINT imports_problem_length CHECK (char_length(problem) <= 1000),
    CONSTRAINT imports_row_count_range CHECK (row_count >= 0),
    CONSTRAINT imports_rows_done_range CHECK (rows_done >= 0)
);

-- The file itself, in pieces, until the import has ended.
CREATE TABLE import_chunks (
    user_id   uuid NOT NULL,
    import_id uuid NOT NULL,
    place     integer NOT NULL,
    data      bytea NOT NULL,
    PRIMARY KEY (user_id, import_id, place),
    CONSTRAINT import_chunks_import_fkey FOREIGN KEY (user_id, import_id)
        REFERENCES imports (user_id, id) ON DELETE CASCADE,
    CONSTRAINT import_chunks_place_range CHECK (place >= 0),
    CONSTRAINT import_chunks_data_length CHECK (octet_length(data) BETWEEN 1 AND 1048576)
);

-- Why rows were refused, or would be: the first of them.
CREATE TABLE import_refusals (
    user_id     uuid NOT NULL,
    import_id   uuid NOT NULL,
    place       integer NOT NULL,
    -- By which people find the row: a line of a file of text, a row of a sheet.
    row_number  integer NOT NULL,
    column_name text,
    value       text,
    reason      text NOT NULL,
    PRIMARY KEY (user_id, import_id, place),
    CONSTRAINT import_refusals_import_fkey FOREIGN KEY (user_id, import_id)
        REFERENCES imports (user_id, id) ON DELETE CASCADE,
    CONSTRAINT import_refusals_place_range CHECK (place >= 0)
);

-- How files of the same columns were read the last time.
CREATE TABLE import_mappings (
    user_id     uuid NOT NULL CONSTRAINT import_mappings_inventory_fkey
        REFERENCES inventories (id) ON DELETE CASCADE,
    -- A hash of the names of the columns.
    columns_key text NOT NULL,
    options     text NOT NULL,
    used_at     timestamptz NOT NULL,
    PRIMARY KEY (user_id, columns_key),
    CONSTRAINT import_mappings_columns_key_length CHECK (char_length(columns_key) BETWEEN 1 AND 100)
);

-- exports -------------------------------------------------------------------------------------------

-- What a member asks of GraphQL for all that an inventory holds.
CREATE TABLE bulk_exports (
    inventory_id  uuid NOT NULL REFERENCES inventories (id) ON DELETE CASCADE,
    id            uuid NOT NULL,
    -- Whose rights count, each time that it goes on.
    maker_id      uuid NOT NULL,
    -- The API token by which they asked; null for a session.
    token_id      uuid,
    query         text NOT NULL,
    state         text NOT NULL DEFAULT 'RUNNING',
    -- Where it goes on: JSON of the program, null at the start.
    position      text,
    row_count     bigint NOT NULL DEFAULT 0,
    byte_count    bigint NOT NULL DEFAULT 0,
    chunk_count   integer NOT NULL DEFAULT 0,
    error         text,
    created_at    timestamptz NOT NULL,
    finished_at   timestamptz,
    PRIMARY KEY (inventory_id, id),
    CONSTRAINT bulk_exports_query_length CHECK (char_length(query) BETWEEN 1 AND 100000),
    CONSTRAINT bulk_exports_state_known CHECK (state IN ('RUNNING', 'COMPLETED', 'FAILED', 'CANCELED')),
    CONSTRAINT bulk_exports_finished CHECK ((state = 'RUNNING') = (finished_at IS NULL)),
    CONSTRAINT bulk_exports_error_length CHECK (char_length(error) <= 2000),
    CONSTRAINT bulk_exports_counts_range CHECK (row_count >= 0 AND byte_count >= 0 AND chunk_count >= 0)
);
CREATE UNIQUE INDEX bulk_exports_running_key ON bulk_exports (inventory_id) WHERE state = 'RUNNING';
CREATE INDEX bulk_exports_by_time ON bulk_exports (created_at);

-- Lines of JSON, compressed; in the order of their numbers they are one file.
CREATE TABLE bulk_export_chunks (
    inventory_id uuid NOT NULL,
    export_id    uuid NOT NULL,
    number       integer NOT NULL,
    -- Of the file, uncompressed.
    first_byte   bigint NOT NULL,
    byte_count   integer NOT NULL,
    lines        bytea NOT NULL,
    PRIMARY KEY (inventory_id, export_id, number),
    CONSTRAINT bulk_export_chunks_export_fkey FOREIGN KEY (inventory_id, export_id)
        REFERENCES bulk_exports (inventory_id, id) ON DELETE CASCADE,
    CONSTRAINT bulk_export_chunks_range CHECK (number >= 0 AND first_byte >= 0 AND byte_count > 0)
);

-- limits --------------------------------------------------------------------------------------------

-- What has been spent of each budget, by user, API token and network address, as the time that restores it.
CREATE TABLE budgets (
    key      text PRIMARY KEY,
    -- When nothing is missing any more; an instant that has passed means the same as no row.
    full_at  timestamptz NOT NULL,
    -- In seconds: how long an empty budget takes to restore; how much the last statement could use at least, and got.
    capacity double precision NOT NULL,
    useful   double precision NOT NULL,
    granted  double precision NOT NULL,
    -- Of a user or of one of their API tokens; null for an address.
    user_id  uuid REFERENCES users (id) ON DELETE CASCADE,
    CONSTRAINT budgets_key_length CHECK (char_length(key) BETWEEN 1 AND 100)
);
CREATE INDEX budgets_full ON budgets (full_at);
CREATE INDEX budgets_of_user ON budgets (user_id) WHERE user_id IS NOT NULL;
