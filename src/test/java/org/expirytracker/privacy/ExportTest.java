package org.expirytracker.privacy;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.json.JsonObject;
import java.util.List;
import java.util.UUID;
import org.expirytracker.Noon;
import org.expirytracker.Stock;
import org.expirytracker.TestApi;
import org.expirytracker.TestApi.User;
import org.expirytracker.TestDatabase;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;

class ExportTest {

    private static final String EXPORT = "{ exportMyData }";
    private static final Stock STOCK = new Stock(TestDatabase.migrated());

    private final User user = TestApi.node().newUser(Noon.ZONE);

    private JsonObject export() {
        return user.query(EXPORT).getJsonObject("exportMyData");
    }

    private UUID id() {
        return UUID.fromString(String.valueOf(STOCK.column("SELECT id FROM users WHERE username = ?", user.name())
                .getFirst()));
    }

    /** What a person can write down, with a word in each place that nobody else has. */
    static String fill(User user, String canary) {
        user.mutate(
                "updateProfile",
                "viewer { id }",
                JsonObject.of("email", canary + "@example.org", "password", TestApi.PASSWORD));
        String category = user.mutate(
                        "createCategory",
                        "category { id }",
                        JsonObject.of("name", canary + "-name", "description", canary + "-about"))
                .getJsonObject("category")
                .getString("id");
        JsonObject input = JsonObject.of("name", canary + "-thing", "expiryDate", Noon.inDays(1), "quantity", "12.345")
                .put("categoryId", category)
                .put("description", canary + "-description")
                .put("unit", canary + "-u")
                .put("location", canary + "-location")
                .put("barcode", canary + "-barcode")
                .put("lotNumber", canary + "-lot");
        String item = user.attempt("createItem", "@idempotent(key: \"" + canary + "-key\")", "item { id }", input)
                .getJsonObject("item")
                .getString("id");
        user.mutate(
                "takeOut",
                "item { id }",
                JsonObject.of("itemId", item, "quantity", 1, "outcome", "USED", "note", canary + "-note"));
        user.mutate("generateReport", "report { id }", new JsonObject());
        return canary;
    }

    static String canary() {
        return "c" + UUID.randomUUID().toString().substring(0, 12);
    }

    @Test
    void holds_every_word_the_user_wrote_and_none_of_anybody_else() {
        String mine = fill(user, canary());
        User other = TestApi.node().newUser();
        String theirs = fill(other, canary());

        String export = export().encode();

        assertThat(List.of(
                        "@example.org",
                        "-name",
                        "-about",
                        "-thing",
                        "-description",
                        "-u",
                        "-location",
                        "-barcode",
                        "-lot",
                        "-key",
                        "-note"))
                .allSatisfy(place -> assertThat(export).contains(mine + place));
        assertThat(export).contains(user.name()).doesNotContain(theirs, other.name());
    }

    @Test
    void names_tables_and_columns_as_the_api_does_and_keeps_numbers_exact() {
        String canary = fill(user, canary());

        JsonObject item = export().getJsonArray("items").getJsonObject(0);

        assertThat(item.getString("lotNumber")).isEqualTo(canary + "-lot");
        assertThat(item.getValue("quantity")).hasToString("11.345");
        assertThat(item.getValue("sellingPrice")).isNull();
    }

    /** Whatever table a later migration adds; but of those who left no more is kept than an id, and directories say what users do. */
    @Test
    void reads_every_table_that_has_rows_of_users() {
        List<String> tables = STOCK
                .column("SELECT DISTINCT table_name FROM information_schema.columns WHERE table_schema = 'public'"
                        + " AND (column_name IN ('user_id', 'subject_id') OR table_name = 'users')"
                        // Of the pieces of a file only how many bytes they have.
                        + " AND table_name NOT IN ('erasures', 'user_names', 'email_addresses', 'import_chunks')")
                .stream()
                .map(String::valueOf)
                .toList();

        assertThat(tables)
                .hasSizeGreaterThan(15)
                .allSatisfy(table -> assertThat(Export.ROWS)
                        .contains("SELECT '" + camelCase(table) + "', to_json(t) FROM " + table + " AS t WHERE "));
    }

    private static String camelCase(String table) {
        StringBuilder name = new StringBuilder();
        for (String word : table.split("_", -1)) {
            name.append(name.isEmpty() ? word : Character.toUpperCase(word.charAt(0)) + word.substring(1));
        }
        return name.toString();
    }

    @Nested
    class Secrets {

        @Test
        void are_not_shown_but_said_to_be_kept() {
            STOCK.run(
                    "INSERT INTO api_tokens (user_id, id, name, hash, scopes)"
                            + " VALUES (?, gen_random_uuid(), 'token', '\\x0123456789abcdef', '{account}')",
                    id());
            String hash = String.valueOf(STOCK.column("SELECT password_hash FROM users WHERE id = ?", id())
                    .getFirst());

            JsonObject export = export();

            assertThat(export.getJsonArray("users").getJsonObject(0).getString("passwordHash"))
                    .isEqualTo("(kept, not shown)");
            assertThat(export.getJsonArray("users").getJsonObject(0).getValue("twoFactorSecret"))
                    .isNull();
            assertThat(export.getJsonArray("apiTokens").getJsonObject(0).getString("hash"))
                    .isEqualTo("(kept, not shown)");
            assertThat(export.encode()).doesNotContain(hash, "0123456789abcdef", "$argon2");
        }

        /** The names by which a secret is told: whatever is kept as bytes is a hash or encrypted, or a compressed file. */
        @Test
        void are_in_columns_whose_names_say_so() {
            assertThat(STOCK.column("SELECT table_name || '.' || column_name FROM information_schema.columns"
                            + " WHERE table_schema = 'public' AND data_type = 'bytea'"
                            + " AND column_name !~ '(hash|secret)$'"))
                    .containsExactlyInAnyOrder("bulk_export_chunks.lines", "import_chunks.data");
        }
    }

    @Nested
    class Refuses {

        private String refusal() {
            return user.answer(EXPORT, new JsonObject())
                    .getJsonArray("errors")
                    .getJsonObject(0)
                    .getJsonObject("extensions")
                    .getString("code");
        }

        @Test
        void more_rows_than_it_gives_at_once() {
            STOCK.run(
                    "INSERT INTO categories (user_id, id, name)"
                            + " SELECT ?, gen_random_uuid(), 'c' || place FROM generate_series(1, ?) AS place",
                    id(),
                    Export.MOST_ROWS - 10);
            assertThat(export().getJsonArray("categories")).hasSize(Export.MOST_ROWS - 10);

            STOCK.run(
                    "INSERT INTO categories (user_id, id, name)"
                            + " SELECT ?, gen_random_uuid(), 'd' || place FROM generate_series(1, 10) AS place",
                    id());

            assertThat(refusal()).isEqualTo("LIMIT_REACHED");
        }

        @Test
        void more_text_than_it_gives_at_once() {
            STOCK.run(
                    "INSERT INTO categories (user_id, id, name, description)"
                            + " SELECT ?, gen_random_uuid(), 'c' || place, repeat('x', 2000)"
                            + "   FROM generate_series(1, 4500) AS place",
                    id());

            assertThat(refusal()).isEqualTo("LIMIT_REACHED");
        }

        @Test
        void nobody_in_particular() {
            assertThat(new User(TestApi.node(), "", "")
                            .answer(EXPORT, new JsonObject())
                            .getJsonArray("errors")
                            .getJsonObject(0)
                            .getJsonObject("extensions")
                            .getString("code"))
                    .isEqualTo("UNAUTHENTICATED");
        }
    }

    @Test
    void costs_so_much_that_an_operation_holds_two_of_them() {
        JsonObject answer = user.answer("{ a: exportMyData b: exportMyData c: exportMyData }", new JsonObject());

        assertThat(answer.encode()).contains("LIMIT_REACHED").doesNotContain(user.name());
    }
}
