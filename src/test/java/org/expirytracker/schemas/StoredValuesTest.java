package org.expirytracker.schemas;

import static org.assertj.core.api.Assertions.assertThat;

import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.expirytracker.TestDatabase;
import org.expirytracker.db.DatabaseUrl;
import org.expirytracker.migrations.MigrationSession;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Shelves of widths 1, 1, nothing and 10, of which the first is written by the function as it is in the end, the others by
 * another body.
 */
@Timeout(60)
class StoredValuesTest {

    private final DatabaseUrl url = TestDatabase.fresh();

    @Nested
    class Index {

        @ParameterizedTest
        @ValueSource(
                strings = {
                    "(twice(width))",
                    "(twice(width) DESC NULLS LAST) INCLUDE (name)",
                    "(id, (twice(width) + 1), name)",
                    "((twice(width)::text) text_pattern_ops)",
                    "((twice(width)::text) COLLATE \"C\") WHERE width > 0",
                    "((twice(shelves)))",
                    "((nullif(twice(width), 2)), (nullif(twice(width), 20)), (twice(width) IS NULL))"
                })
        void is_stale_whatever_its_keys_are_until_it_is_built_anew(String keys) throws SQLException {
            store("CREATE INDEX by_twice ON shelves " + keys, "value * 3");
            assertThat(stale()).containsExactly("index by_twice 2 of 4");

            execute("REINDEX INDEX CONCURRENTLY by_twice");
            assertThat(stale()).isEmpty();
        }

        @Test
        void is_stale_by_keys_that_were_null() throws SQLException {
            store("CREATE UNIQUE INDEX by_twice ON shelves (twice(width), name)", "nullif(value, 1)");
            assertThat(stale()).containsExactly("index by_twice 2 of 4");
        }

        /** The one with the least rows is what PostgreSQL would search if it had the choice. */
        @Test
        void is_stale_beside_others_that_hold_the_same_rows() throws SQLException {
            store("""
                    CREATE INDEX by_width ON shelves (width, id);
                    CREATE INDEX by_name ON shelves (name);
                    CREATE INDEX by_place ON shelves (name, width, twice(width), id)
                    """, "value * 3");
            assertThat(stale()).containsExactly("index by_place 2 of 4");
        }

        @ParameterizedTest
        @ValueSource(strings = {"value * 0", "value * 100"})
        void that_is_partial_is_stale_by_a_row_that_it_lacks_and_by_one_that_it_should_not_hold(String before)
                throws SQLException {
            store("CREATE INDEX by_twice ON shelves (name) WHERE twice(width) > 10", before);
            assertThat(stale()).containsExactly("index by_twice 1 of 4");
        }

        @Test
        void is_stale_by_rows_after_the_first_ten_thousand_when_all_are_looked_at() throws SQLException {
            store("CREATE INDEX by_twice ON shelves (twice(width))", "value * 2");
            execute("INSERT INTO shelves SELECT n, 'name ' || n, n % 3 + 1 FROM generate_series(5, 12000) n");
            assertThat(stale(true)).isEmpty();

            execute(twice("value * 3"));
            execute("INSERT INTO shelves VALUES (13000, 'last', 1)");
            execute(twice("value * 2"));
            assertThat(stale(false)).isEmpty();
            assertThat(stale(true)).containsExactly("index by_twice 1 of 12001");
        }
    }

    @Nested
    class Constraint {

        @Test
        void is_stale_by_rows_that_break_it_now() throws SQLException {
            store("ALTER TABLE shelves ADD CONSTRAINT few CHECK (twice(width) < 10)", "1");
            assertThat(stale()).containsExactly("constraint shelves.few 1 of 4");
        }
    }

    @Nested
    class Refresh {

        /** A session that has used an index goes on with the body that its function had then. */
        @Test
        void computes_anew_whatever_the_session_has_done_before() throws SQLException {
            execute("""
                    CREATE EXTENSION btree_gist;
                    CREATE FUNCTION twice(value integer) RETURNS integer LANGUAGE sql IMMUTABLE RETURN value * 3;
                    CREATE TABLE shelves (
                        id integer PRIMARY KEY, name text NOT NULL, width integer,
                        doubled integer GENERATED ALWAYS AS (twice(width)) STORED,
                        CONSTRAINT few CHECK (twice(width) < 10),
                        CONSTRAINT apart EXCLUDE USING gist (twice(-width) WITH =)
                    );
                    CREATE INDEX by_twice ON shelves (twice(width)) WITH (fillfactor = 80);
                    COMMENT ON INDEX by_twice IS 'it''s twice';
                    CREATE UNIQUE INDEX by_name ON shelves (name) WHERE twice(width) > 1;
                    ALTER TABLE shelves CLUSTER ON by_twice;
                    CREATE MATERIALIZED VIEW widths AS SELECT twice(width) AS twice FROM shelves;
                    """);
            List<String> before = schema();
            try (Connection session = MigrationSession.open(url);
                    Statement statement = session.createStatement()) {
                statement.execute("INSERT INTO shelves VALUES (1, 'one', 1), (2, 'two', 2)");
                statement.execute("REFRESH MATERIALIZED VIEW widths");
                statement.execute(twice("value * 2"));
                assertThat(stale()).containsExactly("column shelves.doubled 2 of 2", "index by_twice 2 of 2");
                for (StoredValues.Stored stored : StoredValues.of(session, Set.of("twice"))) {
                    statement.execute(stored.refresh());
                }
            }
            assertThat(stale()).isEmpty();
            assertThat(schema()).isEqualTo(before);
            try (Connection connection = TestDatabase.connect(url)) {
                assertThat(TestDatabase.strings(connection, "SELECT twice FROM widths ORDER BY 1"))
                        .containsExactly("2", "4");
            }
        }

        private List<String> schema() throws SQLException {
            try (Connection connection = TestDatabase.connect(url)) {
                return TestDatabase.strings(connection, """
                        SELECT pg_get_indexdef(i.indexrelid) || ' ' || i.indisclustered || ' '
                               || coalesce(obj_description(i.indexrelid, 'pg_class'), '-')
                        FROM pg_index i WHERE i.indrelid = 'shelves'::regclass
                        UNION ALL
                        SELECT pg_get_constraintdef(oid) FROM pg_constraint WHERE conrelid = 'shelves'::regclass
                        ORDER BY 1
                        """);
            }
        }
    }

    @Test
    void are_all_that_our_own_database_holds_of_texts() throws SQLException {
        DatabaseUrl migrated = TestDatabase.freshMigrated();
        List<String> own = new ArrayList<>();
        try (Connection connection = TestDatabase.connect(migrated)) {
            for (String function : List.of("fold", "text_identity", "searchable", "code_identity")) {
                own.addAll(TestDatabase.strings(
                        connection, "SELECT pg_get_functiondef('" + function + "(text)'::regprocedure)"));
                execute(
                        migrated,
                        "CREATE OR REPLACE FUNCTION " + function + "(value text) RETURNS text LANGUAGE sql IMMUTABLE"
                                + " STRICT PARALLEL SAFE RETURN value || '!'");
            }
        }
        execute(migrated, """
                INSERT INTO users (id, username, email, password_hash)
                VALUES ('%1$s', 'Anna', 'anna@example.org', '-');
                INSERT INTO categories (user_id, id, name) VALUES ('%1$s', '%1$s', 'Cheese');
                INSERT INTO products (inventory_id, id, name, unit, created_at, updated_at)
                VALUES ('%1$s', '%1$s', 'Milk', 'l', now(), now());
                INSERT INTO product_barcodes (inventory_id, product_id, place, code) VALUES ('%1$s', '%1$s', 1, 'M-1');
                INSERT INTO items (user_id, id, name, location, barcode, lot_number)
                VALUES ('%1$s', '%1$s', 'Milk', 'Cellar', '4006381333931', 'L 1');
                """.formatted("00000000-0000-7000-8000-000000000001"));
        for (String function : own) {
            execute(migrated, function);
        }
        assertThat(stale(migrated, false))
                .containsExactly(
                        "column items.barcode_identity 1 of 1",
                        "column items.location_identity 1 of 1",
                        "column items.search_text 1 of 1",
                        "index categories_by_name 1 of 1",
                        "index categories_name_key 1 of 1",
                        "index items_by_lot_number 1 of 1",
                        "index items_by_name 1 of 1",
                        "index product_barcodes_code_key 1 of 1",
                        "index products_by_name 1 of 1",
                        "index products_name_key 1 of 1",
                        "index users_email_key 1 of 1",
                        "index users_username_key 1 of 1");
    }

    private void store(String stored, String before) throws SQLException {
        execute("CREATE TABLE shelves (id integer PRIMARY KEY, name text NOT NULL, width integer)");
        execute(twice("value * 2"));
        execute(
                "CREATE FUNCTION twice(shelf shelves) RETURNS integer LANGUAGE sql IMMUTABLE RETURN twice(shelf.width)");
        execute(stored);
        execute("INSERT INTO shelves VALUES (1, 'one', 1)");
        execute(twice(before));
        execute("INSERT INTO shelves VALUES (2, 'two', 1), (3, 'three', NULL), (4, 'four', 10)");
        execute(twice("value * 2"));
    }

    private static String twice(String body) {
        return "CREATE OR REPLACE FUNCTION twice(value integer) RETURNS integer LANGUAGE sql IMMUTABLE RETURN " + body;
    }

    private List<String> stale() throws SQLException {
        return stale(false);
    }

    private List<String> stale(boolean deep) throws SQLException {
        return stale(url, deep);
    }

    private static List<String> stale(DatabaseUrl database, boolean deep) throws SQLException {
        try (Connection connection = MigrationSession.open(database)) {
            return StoredValues.stale(connection, deep).stream()
                    .map(stale -> stale.stored().words() + " " + stale.looked().stale() + " of "
                            + stale.looked().rows())
                    .toList();
        }
    }

    private void execute(String sql) throws SQLException {
        execute(url, sql);
    }

    /** In a session of its own: one that has seen an index goes on with the body that its function had then. */
    private static void execute(DatabaseUrl database, String sql) throws SQLException {
        try (Connection connection = TestDatabase.connect(database);
                Statement statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }
}
