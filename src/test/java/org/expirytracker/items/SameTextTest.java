package org.expirytracker.items;

import static org.assertj.core.api.Assertions.assertThat;
import static org.expirytracker.TestApi.each;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.List;
import java.util.Objects;
import org.expirytracker.Noon;
import org.expirytracker.TestApi;
import org.expirytracker.TestApi.User;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What people write in several ways is one thing wherever items are asked for: docs/text.md. */
@Timeout(60)
class SameTextTest {

    private static final TestApi NODE = TestApi.node();

    private final User user = NODE.newUser(Noon.ZONE);

    private List<Object> found(String filter, String value) {
        return each(
                user.query(
                                "query ($filter: ItemFilter) { items(filter: $filter, orderBy: {field: CREATED_AT, direction: ASC}) { nodes { name } } }",
                                JsonObject.of("filter", JsonObject.of(filter, value)))
                        .getJsonObject("items")
                        .getJsonArray("nodes"),
                "name");
    }

    private JsonObject create(JsonObject input) {
        return user.mutate("createItem", "item { name unit location barcode lotNumber }", input)
                .getJsonObject("item");
    }

    @Nested
    @TestInstance(TestInstance.Lifecycle.PER_CLASS)
    class Search {

        @BeforeAll
        void fill() {
            for (String name : List.of(
                    "καφές Ελληνικός",
                    "Müller Milch",
                    "Mueller Käse",
                    "Muller Corn",
                    "100% juice",
                    "100 juices",
                    "under_score",
                    "underXscore",
                    "back\\slash",
                    "Grüße aus Århus",
                    "がんもどき",
                    "かんぱち",
                    "Blue cheese",
                    "Quark",
                    "한국 김치")) {
                user.createItem(JsonObject.of("name", name));
            }
        }

        @ParameterizedTest
        @CsvSource(delimiter = '|', textBlock = """
                ΚΑΦΕΣ           | καφές Ελληνικός
                ΚΑΦΕσ           | καφές Ελληνικός
                ελληνικοσ       | καφές Ελληνικός
                Müller          | Müller Milch,Mueller Käse,Muller Corn
                MULLER          | Müller Milch,Mueller Käse,Muller Corn
                mueller         | Müller Milch,Mueller Käse
                kaese           | Mueller Käse
                gruesse aarhus  | Grüße aus Århus
                GRÜSSE          | Grüße aus Århus
                100%            | 100% juice
                100％           | 100% juice
                under_          | under_score
                under＿score    | under_score
                back\\          | back\\slash
                ＭＩＬＣＨ      | Müller Milch
                が              | がんもどき
                か              | かんぱち
                한국            | 한국 김치
                que             |
                """)
        void is_literal_and_without_regard_to_case_width_and_accents(String search, String expected) {
            assertThat(found("search", search.replace("\\\\", "\\")))
                    .containsExactlyInAnyOrder(
                            expected == null
                                    ? new Object[0]
                                    : expected.replace("\\\\", "\\").split(","));
        }

        @ParameterizedTest
        @ValueSource(
                strings = {
                    "\u3000blue\u00a0cheese",
                    "blue\u2003cheese\u2028",
                    "\u0085blue\u202f\u1680cheese",
                    "blue\u200b cheese"
                })
        void parts_words_at_blanks_of_every_kind(String search) {
            assertThat(found("search", search)).containsExactly("Blue cheese");
        }
    }

    @Nested
    class Place {

        @Test
        void is_one_in_filters_however_it_is_spelled() {
            user.createItems(
                    JsonObject.of("name", "Milk", "location", "Top  Shelf"),
                    JsonObject.of("name", "Jam", "location", "\u3000TOP\u00a0SHELF "),
                    JsonObject.of("name", "Ice", "location", "Tóp shelf"));

            for (String spelling : List.of("top shelf", "\u2003Top\u202fShelf", "ｔｏｐ　ｓｈｅｌｆ", "TOP   SHELF")) {
                assertThat(found("location", spelling)).as(spelling).containsExactlyInAnyOrder("Milk", "Jam");
            }
        }

        @Test
        void is_counted_as_one_and_told_in_the_spelling_that_sorts_first() {
            user.createItems(
                    JsonObject.of("name", "Milk", "location", "fridge"),
                    JsonObject.of("name", "Jam", "location", "FRIDGE"),
                    JsonObject.of("name", "Ham", "location", "Fridge "),
                    JsonObject.of("name", "Rice", "location", "Cellar"),
                    JsonObject.of("name", "Salt"));

            JsonArray places = user.query("{ inventory { byLocation { location totalItems } } }")
                    .getJsonObject("inventory")
                    .getJsonArray("byLocation");
            assertThat(each(places, "location")).containsExactly("Cellar", "FRIDGE", null);
            assertThat(each(places, "totalItems")).containsExactly(1, 3, 1);
            JsonObject report = user.mutate(
                            "generateReport", "report { byLocation { location totalItems } }", new JsonObject())
                    .getJsonObject("report");
            assertThat(report.getJsonArray("byLocation")).isEqualTo(places);
        }
    }

    @Nested
    class Barcode {

        @ParameterizedTest
        @ValueSource(
                strings = {
                    "\u001d0104006381333931\u001d10LOT1\u001d",
                    "[)>\u001e06\u001dP123\u001d1T77\u001e\u0004",
                    "]C1 01 0400",
                    "０４００"
                })
        void is_kept_as_it_was_scanned(String barcode) {
            assertThat(create(JsonObject.of("name", "Scanned", "barcode", " \t" + barcode + "\r\n"))
                            .getString("barcode"))
                    .isEqualTo(barcode);
            assertThat(found("barcode", barcode)).containsExactly("Scanned");
        }

        @Test
        void may_have_two_hundred_characters() {
            String most = "7".repeat(200);

            assertThat(create(JsonObject.of("name", "Long", "barcode", most)).getString("barcode"))
                    .isEqualTo(most);
            assertThat(user.refusals("createItem", JsonObject.of("name", "Longer", "barcode", most + "7")))
                    .containsExactly("INVALID input.barcode");
        }

        @ParameterizedTest
        @ValueSource(strings = {"12\n34", "12\r34", "12\u008534", "12\u202834", "12\u000734", "12\u000034"})
        void with_a_line_break_or_another_control_character_is_refused(String barcode) {
            assertThat(user.refusals("createItem", JsonObject.of("name", "Broken", "barcode", barcode)))
                    .containsExactly("INVALID input.barcode");
        }

        @ParameterizedTest
        @CsvSource({
            "4006381333931, 04006381333931",
            "04006381333931, 4006381333931",
            "036000291452, 00036000291452",
            "0036000291452, 036000291452",
            "96385074, 00000096385074",
            "00000096385074, 96385074"
        })
        void of_gs1_is_found_in_any_length(String stored, String asked) {
            user.createItem(JsonObject.of("name", "Thing", "barcode", stored));

            assertThat(found("barcode", asked)).containsExactly("Thing");
            assertThat(found("search", asked)).containsExactly("Thing");
        }

        @ParameterizedTest
        @CsvSource({
            "4006381333930, 04006381333930",
            "1234567, 01234567",
            "abc, ABC",
            "12345, 012345",
            "４００６３８１３３３９３１, 4006381333931"
        })
        void of_any_other_kind_is_compared_byte_for_byte(String stored, String asked) {
            user.createItem(JsonObject.of("name", "Thing", "barcode", stored));

            assertThat(found("barcode", asked)).isEmpty();
            assertThat(found("barcode", stored)).containsExactly("Thing");
        }
    }

    @Nested
    class Name {

        @ParameterizedTest
        @ValueSource(
                strings = {
                    "",
                    " ",
                    "\u3000\u00a0",
                    "\u200b",
                    "\u2060\ufeff",
                    "\u3164",
                    "\u2800",
                    "\u202e\u202c",
                    "\u00ad"
                })
        void without_anything_to_be_seen_is_none(String name) {
            assertThat(user.refusals("createItem", JsonObject.of("name", name))).containsExactly("INVALID input.name");
            assertThat(user.refusals("createCategory", JsonObject.of("name", name)))
                    .containsExactly("INVALID input.name");
        }

        @ParameterizedTest
        @ValueSource(
                strings = {
                    "two\nlines",
                    "two\rlines",
                    "two\u2028lines",
                    "two\u2029lines",
                    "bell\u0007",
                    "tab\there",
                    "g\u001ds"
                })
        void with_a_line_break_or_a_control_character_is_refused(String name) {
            for (String field : List.of("name", "unit", "location", "lotNumber")) {
                assertThat(user.refusals(
                                "createItem", JsonObject.of("name", "Milk").put(field, name)))
                        .containsExactly("INVALID input." + field);
            }
        }

        @Test
        void is_stored_composed_and_without_blanks_at_its_ends_and_counted_then() {
            assertThat(create(JsonObject.of("name", "\u3000cafe\u0301\u00a0")).getString("name"))
                    .isEqualTo("café");
            assertThat(create(JsonObject.of("name", "e\u0301".repeat(200) + " "))
                            .getString("name"))
                    .isEqualTo("é".repeat(200));
            assertThat(user.refusals("createItem", JsonObject.of("name", "é".repeat(201))))
                    .containsExactly("INVALID input.name");
        }

        @Test
        void of_a_category_is_one_however_it_is_spelled() {
            Objects.requireNonNull(user.createCategory("Καφές  Ελληνικός"));

            for (String same : List.of("ΚΑΦΕΣ ΕΛΛΗΝΙΚΟΣ", "ΚΑΦΕσ\u00a0ελληνικός", "\u3000καφές Ελληνικός")) {
                assertThat(user.refusals("createCategory", JsonObject.of("name", same)))
                        .as(same)
                        .containsExactly("CONFLICT input.name");
            }
            Objects.requireNonNull(user.createCategory("Café"));
            Objects.requireNonNull(user.createCategory("Cafe"));
        }
    }
}
