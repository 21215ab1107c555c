-- Gives text that people compare one identity, whatever the locale of the database: usernames, e-mail addresses, names of
-- categories, places, what is searched (docs/text.md). Names that are the same by it, and were not before, are changed and
-- reported, the older one keeps its own. Barcodes may have 200 characters, and the numbers of GS1 are found in any length.
-- squawk-ignore-file constraint-missing-not-valid, require-concurrent-index-creation, require-concurrent-index-deletion, ban-drop-column -- all or nothing in one transaction, under locks it holds anyway; search_text is made again at once
-- squawk-ignore-file adding-field-with-default -- derived columns rewrite the table: all in one statement, so once
SET LOCAL lock_timeout = '130ms';
SET LOCAL client_min_messages = warning;

LOCK TABLE users, feeds, activities, categories, items IN ACCESS EXCLUSIVE MODE;

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
CREATE OR REPLACE FUNCTION fold(value text) RETURNS text
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

-- The release before goes on to look users up by lower(); these indexes are the only ones it asks for that are not unique.
DROP INDEX users_username_key;
DROP INDEX users_email_key;
DROP INDEX categories_name_key;
DROP INDEX categories_by_name;
CREATE INDEX users_by_lower_username ON users (lower(username));
CREATE INDEX users_by_lower_email ON users (lower(email));

-- Whoever was first keeps the name. Of addresses it is whoever has proven theirs; the others get one that no mail is sent
-- to, so that an administrator can give them another: expiry user --help.
DO $$
DECLARE
    same record;
    fresh text;
    number integer;
    seq bigint;
BEGIN
    FOR same IN
        SELECT id, username, keeper
          FROM (SELECT id, username, first_value(id) OVER namesakes AS keeper
                  FROM users
                WINDOW namesakes AS (PARTITION BY text_identity(username) ORDER BY created_at, id)) AS named
         WHERE id <> keeper
    LOOP
        number := 2;
        LOOP
            fresh := left(same.username, 50) || '-' || number;
            EXIT WHEN NOT EXISTS (SELECT FROM users WHERE text_identity(username) = text_identity(fresh));
            number := number + 1;
        END LOOP;
        UPDATE users SET username = fresh, version = version + 1, updated_at = now() WHERE id = same.id;
        RAISE WARNING 'Renamed: the username "%" of user % is the same as that of user % and is "%" now.',
            same.username, same.id, same.keeper, fresh;
    END LOOP;
    FOR same IN
        SELECT id, email, keeper
          FROM (SELECT id, email, first_value(id) OVER namesakes AS keeper
                  FROM users
                WINDOW namesakes AS (PARTITION BY text_identity(email)
                                         ORDER BY email_verified DESC, awaits_verification, created_at, id)) AS named
         WHERE id <> keeper
    LOOP
        fresh := same.id || '@renamed.invalid';
        UPDATE users SET email = fresh, email_verified = false, version = version + 1, updated_at = now()
         WHERE id = same.id;
        RAISE WARNING 'Renamed: the e-mail address "%" of user % is the same as that of user % and is "%" now.',
            same.email, same.id, same.keeper, fresh;
    END LOOP;
    FOR same IN
        SELECT user_id, id, name, keeper, description, color, lead_days, version, created_at, updated_at
          FROM (SELECT categories.*, first_value(id) OVER namesakes AS keeper
                  FROM categories
                WINDOW namesakes AS (PARTITION BY user_id, text_identity(name) ORDER BY created_at, id)) AS named
         WHERE id <> keeper
    LOOP
        number := 2;
        LOOP
            fresh := left(same.name, 190) || ' (' || number || ')';
            EXIT WHEN NOT EXISTS (SELECT FROM categories WHERE user_id = same.user_id
                                     AND text_identity(name) = text_identity(fresh));
            number := number + 1;
        END LOOP;
        UPDATE categories SET name = fresh, version = version + 1, updated_at = now()
         WHERE user_id = same.user_id AND id = same.id;
        -- In the log of the user as well, from which whoever follows it learns of the name.
        INSERT INTO feeds (user_id, last_seq) VALUES (same.user_id, 1)
            ON CONFLICT (user_id) DO UPDATE SET last_seq = feeds.last_seq + 1
            RETURNING last_seq INTO seq;
        INSERT INTO activities (user_id, seq, kind, subject_id, actor, before, after)
        SELECT same.user_id, seq, 'CATEGORY_UPDATED', same.id, 'SYSTEM', state || before, state || after
          FROM (SELECT jsonb_strip_nulls(jsonb_build_object('id', same.id, 'description', same.description,
                           'color', same.color, 'leadDays', same.lead_days, 'createdAt',
                           to_char(same.created_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'))) AS state,
                       jsonb_build_object('name', same.name, 'version', same.version, 'updatedAt',
                           to_char(same.updated_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')) AS before,
                       jsonb_build_object('name', fresh, 'version', same.version + 1, 'updatedAt',
                           to_char(now() AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')) AS after) AS states;
        RAISE WARNING 'Renamed: the category "%" (%) of user % is the same as their category % and is "%" now.',
            same.name, same.id, same.user_id, same.keeper, fresh;
    END LOOP;
END $$;

CREATE UNIQUE INDEX users_username_key ON users (text_identity(username) COLLATE "C");
CREATE UNIQUE INDEX users_email_key ON users (text_identity(email) COLLATE "C");
CREATE UNIQUE INDEX categories_name_key ON categories (user_id, text_identity(name) COLLATE "C");
CREATE INDEX categories_by_name ON categories (user_id, fold(name) COLLATE "C", id);

-- The derived columns rewrite the table: together, so once. Everything that is stored of fold() is made again.
DROP INDEX items_by_barcode;
DROP INDEX items_by_name;
ALTER TABLE items
    DROP COLUMN search_text,
    DROP CONSTRAINT items_barcode_length,
    ADD COLUMN search_text       text GENERATED ALWAYS AS (searchable(name || ' ' || coalesce(description, '') || ' '
                                     || coalesce(location, '') || ' ' || coalesce(barcode, '') || ' '
                                     || coalesce(code_identity(barcode), '') || ' ' || coalesce(lot_number, ''))) STORED,
    ADD COLUMN location_identity text GENERATED ALWAYS AS (text_identity(location)) STORED,
    ADD COLUMN barcode_identity  text GENERATED ALWAYS AS (code_identity(barcode)) STORED,
    ADD CONSTRAINT items_barcode_length CHECK (char_length(barcode) BETWEEN 1 AND 200);
CREATE INDEX items_by_name ON items (user_id, used_up, fold(name) COLLATE "C", id);
CREATE INDEX items_by_barcode ON items (user_id, barcode_identity) WHERE barcode_identity IS NOT NULL;
CREATE INDEX items_by_search_text ON items USING gin (user_id, search_text gin_trgm_ops);

-- Barcodes that its U file cut off.
DO $$ BEGIN
    IF to_regclass('parked.u20261128_items') IS NOT NULL THEN
        UPDATE items i SET barcode = p.barcode
        FROM parked.u20261128_items p
        WHERE p.user_id = i.user_id AND p.id = i.id AND i.barcode = left(p.barcode, 64);
        DROP TABLE parked.u20261128_items;
    END IF;
END $$;

-- Nothing parked any more: nothing kept.
DO $$ BEGIN
    DROP SCHEMA IF EXISTS parked;
EXCEPTION WHEN dependent_objects_still_exist THEN NULL;
END $$;
