package org.expirytracker.kernel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.text.Normalizer;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.expirytracker.ProvenRoom;
import org.expirytracker.TestDatabase;
import org.expirytracker.db.DatabaseUrl;
import org.expirytracker.migrations.Migrations;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

@ProvenRoom("product")
class TextTest {

    @Nested
    class Identity {

        @ParameterizedTest
        @CsvSource({
            "ΚΑΦΕΣ, καφές",
            "ΚΑΦΕΣ, ΚΑΦΕσ",
            "ΜΑΪΟΥ, Μαΐου",
            "ᾼ, αι",
            "Straße, STRASSE",
            "GROẞ, groß",
            "ﬁg, FIG",
            "Ｍｉｌｋ, milk",
            "cafe\u0301, CAFÉ",
            "ΛΆΔΙ, λαδι",
            "МОЛОКО, молоко",
            "ՀԱՑ, հաց",
            "ꮎ, Ꮎ",
            "soft\u00adener, softener",
            "می\u200cخواهم, میخواهم",
            "☕\ufe0f, ☕",
            "①, 1",
            "が, か\u3099",
            "한, \u1112\u1161\u11ab"
        })
        void is_one_for_texts_that_only_differ_in_case_or_form(String one, String other) {
            assertThat(Text.identity(one)).isEqualTo(Text.identity(other));
        }

        @ParameterizedTest
        @CsvSource({"cafe, café", "ano, año", "ı, i", "İ, i", "Müller, Mueller", "か, が", "μ, m", "и, й", "O, 0"})
        void keeps_apart_what_people_write_differently(String one, String other) {
            assertThat(Text.identity(one)).isNotEqualTo(Text.identity(other));
        }

        @ParameterizedTest
        @ValueSource(
                strings = {
                    "top shelf ",
                    "\u00a0top\u3000shelf",
                    "top \t\u2009 shelf\r\n",
                    "top\u2028shelf\u0085",
                    "\u1680top\u202f\u205f shelf",
                    "top\u200b shelf"
                })
        void has_one_space_for_blanks_of_every_kind_and_none_at_the_ends(String text) {
            assertThat(Text.identity(text)).isEqualTo("top shelf");
        }

        @Test
        void of_an_identity_is_the_same() {
            for (String text : randomTexts(2_000)) {
                String once = Text.identity(text);
                assertThat(Text.identity(once)).as(escaped(text)).isEqualTo(once);
            }
        }
    }

    @Nested
    class Fold {

        @ParameterizedTest
        @CsvSource({
            "Crème Brûlée, creme brulee",
            "Łódź, lodz",
            "Smørrebrød, smorrebrod",
            "Æbleskiver, aebleskiver",
            "Þorskur, thorskur",
            "ÇIĞIR, cigir",
            "ışık, isik",
            "Ёлка, елка",
            "أرز, ارز",
            "שָׁלוֹם, שלום",
            "ή, η"
        })
        void leaves_accents_out(String text, String folded) {
            assertThat(Text.fold(text)).isEqualTo(folded);
        }

        @ParameterizedTest
        @CsvSource({"が, か", "हि, ह", "한, 하"})
        void keeps_what_makes_another_letter(String text, String other) {
            assertThat(Text.fold(text)).isNotEqualTo(Text.fold(other));
        }
    }

    @Nested
    class Patterns {

        @ParameterizedTest
        @CsvSource({"100％, 100\\%", "a＿b, a\\_b", "％, \\%", "\\, \\\\", "﹪, \\%", "50%, 50\\%", "﹨, \\\\"})
        void stand_for_every_character_itself(String word, String inside) {
            assertThat(Text.pattern(word)).isEqualTo("%" + inside + "%");
        }
    }

    @Nested
    class Words {

        @Test
        void are_parted_by_blanks_of_every_kind() {
            assertThat(Text.words("\u3000whole\u00a0milk\u2003\t3.5\u2028% "))
                    .containsExactly("whole", "milk", "3.5", "%");
        }
    }

    @Nested
    class Codes {

        @ParameterizedTest
        @CsvSource({
            "123 456, 123456",
            "١٢٣٤٥٦, 123456",
            "۱۲۳-۴۵۶, 123456",
            "१२३४५६, 123456",
            "１２３　４５６, 123456",
            "𝟏𝟐𝟑𝟒𝟓𝟔, 123456",
            "12–34—56, 123456",
            "12−34‑5﹣6, 123456",
            "\u200e123\u00a0456\u200f, 123456",
            "abcd-efgh, ABCDEFGH",
            "ａｂｃｄ２３, ABCD23"
        })
        void are_plain_digits_and_capitals_however_they_are_typed(String typed, String code) {
            assertThat(Text.code(typed)).isEqualTo(code);
        }
    }

    @Nested
    class Visibility {

        @ParameterizedTest
        @ValueSource(
                strings = {
                    "\u200b",
                    "\u2060\ufeff",
                    "\u3164",
                    "\u2800 \u2800",
                    "\u00ad",
                    "\ufe0f",
                    "\u202e",
                    " \u3000",
                    "\u034f"
                })
        void is_none_without_a_glyph(String text) {
            assertThat(Text.isVisible(text)).isFalse();
        }

        @ParameterizedTest
        @ValueSource(strings = {"a", ".", "😀", "一", "\u200ba", "ـ"})
        void is_any_glyph(String text) {
            assertThat(Text.isVisible(text)).isTrue();
        }
    }

    @Nested
    class InTheDatabase {

        @Test
        void every_character_is_what_it_is_here() throws SQLException {
            List<String> characters = IntStream.rangeClosed(1, Character.MAX_CODE_POINT)
                    .filter(TextTest::isComparable)
                    .mapToObj(Character::toString)
                    .toList();
            assertThat(differences(TestDatabase.migrated(), characters)).isEmpty();
        }

        @Test
        void texts_of_any_characters_are_what_they_are_here() throws SQLException {
            assertThat(differences(TestDatabase.migrated(), randomTexts(20_000)))
                    .isEmpty();
        }

        @ParameterizedTest
        @ValueSource(
                strings = {
                    "LC_COLLATE 'C' LC_CTYPE 'C' LOCALE_PROVIDER libc",
                    "LC_COLLATE 'C' LC_CTYPE 'C' LOCALE_PROVIDER icu ICU_LOCALE 'tr'",
                    "LC_COLLATE 'C' LC_CTYPE 'C' LOCALE_PROVIDER builtin BUILTIN_LOCALE 'C.UTF-8'"
                })
        void no_locale_changes_them(String locale) throws Exception {
            DatabaseUrl url = madeWith(locale);
            Migrations.migrate(url);
            List<String> texts = new ArrayList<>(randomTexts(3_000));
            texts.addAll(List.of("I", "ı", "İ", "i", "ISPANAK", "Iğdır", "ΚΑΦΕΣ", "ÄÖÜẞ"));
            assertThat(differences(url, texts)).isEmpty();
            TestDatabase.drop(url);
        }

        private DatabaseUrl madeWith(String locale) throws SQLException {
            DatabaseUrl any = TestDatabase.migrated();
            String name = "test_" + RowIds.next().toString().replace('-', '_');
            try (Connection connection = TestDatabase.connect(any);
                    Statement statement = connection.createStatement()) {
                assumeThat(supports(connection, locale)).isTrue();
                statement.execute("CREATE DATABASE " + name + " TEMPLATE template0 ENCODING 'UTF8' " + locale);
            }
            return any.withDatabase(name);
        }

        private boolean supports(Connection connection, String locale) throws SQLException {
            return locale.contains("libc")
                    || !TestDatabase.strings(
                                    connection,
                                    locale.contains("icu")
                                            ? "SELECT collname FROM pg_collation WHERE collprovider = 'i' LIMIT 1"
                                            : "SELECT collname FROM pg_collation WHERE collprovider = 'b' LIMIT 1")
                            .isEmpty();
        }

        private List<String> differences(DatabaseUrl url, List<String> texts) throws SQLException {
            List<String> differences = new ArrayList<>();
            try (Connection connection = TestDatabase.connect(url);
                    PreparedStatement statement = connection.prepareStatement(
                            "SELECT text, text_identity(text), fold(text) FROM unnest(?::text[]) AS text")) {
                for (int from = 0; from < texts.size(); from += 50_000) {
                    List<String> some = texts.subList(from, Math.min(from + 50_000, texts.size()));
                    statement.setArray(1, connection.createArrayOf("text", some.toArray()));
                    try (ResultSet row = statement.executeQuery()) {
                        while (row.next()) {
                            String text = row.getString(1);
                            if (!row.getString(2).equals(Text.identity(text))
                                    || !row.getString(3).equals(Text.fold(text))) {
                                differences.add("%s: %s, here %s; %s, here %s"
                                        .formatted(
                                                escaped(text),
                                                escaped(row.getString(2)),
                                                escaped(Text.identity(text)),
                                                escaped(row.getString(3)),
                                                escaped(Text.fold(text))));
                            }
                        }
                    }
                }
            }
            return differences;
        }
    }

    /** What has a meaning since Unicode 14 at least: PostgreSQL 15 knows no later one. */
    private static boolean isComparable(int character) {
        return !(character >= Character.MIN_SURROGATE && character <= Character.MAX_SURROGATE)
                && Character.isDefined(character)
                && SINCE_UNICODE_14.stream().noneMatch(range -> character >= range[0] && character <= range[1]);
    }

    /** Characters with a decomposition that came later. */
    private static final List<int[]> SINCE_UNICODE_14 = List.of(
            new int[] {0x105c9, 0x105c9}, new int[] {0x105e4, 0x105e4}, new int[] {0x1ccd6, 0x1ccf9}, new int[] {
                0x1e030, 0x1e06d
            });

    /** Texts of characters of all kinds, those that compose, fold and vanish more often than others. */
    private static List<String> randomTexts(int count) {
        Random random = new Random(20_261_128);
        List<int[]> ranges = List.of(
                new int[] {0x20, 0x7e},
                new int[] {0x09, 0x0d},
                new int[] {0xa0, 0x24f},
                new int[] {0x300, 0x36f},
                new int[] {0x370, 0x3ff},
                new int[] {0x400, 0x52f},
                new int[] {0x531, 0x6ff},
                new int[] {0x1e00, 0x1fff},
                new int[] {0x2000, 0x206f},
                new int[] {0x2c00, 0x2dff},
                new int[] {0x3041, 0x30ff},
                new int[] {0xa640, 0xa7ff},
                new int[] {0xac00, 0xd7a3},
                new int[] {0xf900, 0xffef},
                new int[] {0x1, 0x1ffff});
        List<String> texts = new ArrayList<>();
        while (texts.size() < count) {
            StringBuilder text = new StringBuilder();
            int length = random.nextInt(1, 12);
            while (text.codePointCount(0, text.length()) < length) {
                int[] range = ranges.get(random.nextInt(ranges.size()));
                int character = random.nextInt(range[0], range[1] + 1);
                if (isComparable(character)) {
                    text.appendCodePoint(character);
                }
            }
            texts.add(random.nextBoolean() ? text.toString() : Normalizer.normalize(text, Normalizer.Form.NFC));
        }
        return texts;
    }

    private static String escaped(String text) {
        StringBuilder escaped = new StringBuilder();
        text.codePoints().forEach(character -> escaped.append("U+%04X ".formatted(character)));
        return escaped.toString().strip();
    }
}
