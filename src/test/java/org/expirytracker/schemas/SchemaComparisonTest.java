package org.expirytracker.schemas;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assumptions.assumeThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.expirytracker.ProvenRoom;
import org.expirytracker.TestDatabase;
import org.expirytracker.db.DatabaseUrl;
import org.expirytracker.db.EmbeddedDatabase;
import org.expirytracker.migrations.MigrationFailure;
import org.expirytracker.migrations.Migrations;
import org.expirytracker.migrations.SqlStatements;
import org.expirytracker.schemas.SchemaComparison.Change;
import org.expirytracker.schemas.SchemaComparison.Difference;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

@ProvenRoom("schemas")
@Timeout(120)
class SchemaComparisonTest {

    /** What every database here begins with. */
    private static final String BASE = """
            CREATE TABLE shelves (id integer PRIMARY KEY, place text NOT NULL);
            CREATE TABLE things (
                id       integer PRIMARY KEY,
                shelf_id integer,
                name     text NOT NULL,
                amount   numeric(15, 3) DEFAULT 1,
                doubled  numeric GENERATED ALWAYS AS (amount * 2) STORED,
                CONSTRAINT things_shelf_fkey FOREIGN KEY (shelf_id) REFERENCES shelves (id),
                CONSTRAINT things_amount_range CHECK (amount >= 0)
            );
            CREATE INDEX things_by_name ON things (name);
            CREATE FUNCTION things_stamp() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NEW; END $$;
            CREATE TRIGGER things_stamp BEFORE INSERT ON things FOR EACH ROW EXECUTE FUNCTION things_stamp();
            """;

    @Nested
    class Equality {

        @Test
        void holds_between_postgresql_15_and_the_embedded_18(@TempDir Path directory) throws SQLException, IOException {
            assumeTrue(System.getenv("TEST_DATABASE_URL") != null, "no PostgreSQL 15: TEST_DATABASE_URL is not set");
            try (EmbeddedDatabase embedded = EmbeddedDatabase.start(directory)) {
                DatabaseUrl newer = DatabaseUrl.parse(embedded.url());
                Migrations.migrate(newer);
                assertThat(SchemaComparison.between(TestDatabase.migrated(), newer)
                                .differences())
                        .isEmpty();
            }
        }

        /** What stands before the semicolons comes to one side only, or to both in different ways. */
        @ParameterizedTest
        @CsvSource(
                delimiter = '|',
                quoteCharacter = '`',
                value = {
                    "CREATE TABLE t (a integer, b text)| CREATE TABLE t (b text, a integer)",
                    "CREATE TABLE t (a integer NOT NULL)| CREATE TABLE t (b integer NOT NULL); ALTER TABLE t RENAME COLUMN b TO a",
                    "GRANT SELECT ON things TO PUBLIC; ALTER TABLE things OWNER TO pg_monitor| SELECT 1",
                    "CREATE TABLE flyway_schema_history (installed_rank integer PRIMARY KEY, version text UNIQUE)| SELECT 1",
                    "CREATE SCHEMA parked; CREATE TABLE parked.t (id integer REFERENCES shelves (id))| SELECT 1",
                    "CREATE EXTENSION citext; COMMENT ON EXTENSION citext IS 'ours'| CREATE EXTENSION citext",
                    "CREATE TABLE t (a integer CHECK (a > 0))| CREATE TABLE t (a integer); ALTER TABLE t ADD CHECK (0 < a); ALTER TABLE t DROP CONSTRAINT t_a_check; ALTER TABLE t ADD CHECK (a > 0)",
                    "UPDATE pg_attribute SET attoptions = '{pg_attver=3}' WHERE attrelid = 'things'::regclass AND attnum > 0| SELECT 1",
                    "UPDATE pg_attribute SET attoptions = '{build=a,n_distinct=5}' WHERE attrelid = 'things'::regclass AND attname = 'name'| ALTER TABLE things ALTER COLUMN name SET (n_distinct = 5)",
                    "UPDATE pg_class SET reloptions = '{pg_relver=7}' WHERE relname = 'things'| SELECT 1",
                    "CREATE SCHEMA other; CREATE TABLE other.shelves (a integer)| SELECT 1",
                })
        void does_not_mind(String one, String other) throws SQLException {
            assertThat(SchemaComparison.between(with(BASE + one), with(BASE + other))
                            .differences())
                    .isEmpty();
        }

        @Test
        void does_not_mind_an_extension_that_another_role_installed() throws SQLException {
            String role = "plain_" + UUID.randomUUID().toString().replace('-', '_');
            DatabaseUrl one = with("CREATE EXTENSION btree_gin; CREATE ROLE " + role + " LOGIN PASSWORD 'plain'");
            DatabaseUrl other = with("SELECT 1");
            try {
                assertThat(SchemaComparison.between(one, other).same()).isFalse();
                assertThat(SchemaComparison.between(as(one, role), as(other, role))
                                .differences())
                        .isEmpty();
            } finally {
                execute(other, "DROP ROLE " + role);
            }
        }
    }

    @Nested
    class Differences {

        @Test
        void are_missing_and_the_other_way_round_unexpected() throws SQLException {
            DatabaseUrl one = with(BASE);
            DatabaseUrl other = with(BASE + "ALTER TABLE things ADD COLUMN notes text DEFAULT 'none'");
            assertThat(SchemaComparison.between(one, other).differences())
                    .containsExactly(new Difference(
                            "COLUMN",
                            "things.notes",
                            Change.MISSING,
                            "is missing",
                            "ALTER TABLE things\n    ADD COLUMN notes text DEFAULT 'none'::text;\n"));
            assertThat(SchemaComparison.between(other, one).differences())
                    .containsExactly(new Difference(
                            "COLUMN",
                            "things.notes",
                            Change.UNEXPECTED,
                            "is not expected",
                            "ALTER TABLE things\n    DROP COLUMN notes;\n"));
        }

        @ParameterizedTest
        @CsvSource(
                delimiter = '|',
                quoteCharacter = '`',
                value = {
                    "CREATE TABLE bins (id integer PRIMARY KEY, shelf_id integer REFERENCES shelves (id)); CREATE INDEX bins_shelf ON bins (shelf_id)| TABLE bins",
                    "CREATE UNIQUE INDEX things_unique ON things (name)| INDEX things_unique",
                    "ALTER TABLE things ADD CONSTRAINT things_name_length CHECK (char_length(name) < 9)| CONSTRAINT things.things_name_length",
                    "ALTER TABLE things ADD CONSTRAINT things_once UNIQUE (name, id)| CONSTRAINT things.things_once",
                    "CREATE FUNCTION twice(a integer) RETURNS integer LANGUAGE sql RETURN a * 2| FUNCTION twice(integer)",
                    "CREATE PROCEDURE nothing() LANGUAGE sql AS 'SELECT 1'| PROCEDURE nothing()",
                    "CREATE TRIGGER things_again AFTER UPDATE ON things FOR EACH ROW EXECUTE FUNCTION things_stamp()| TRIGGER things.things_again",
                    "CREATE EXTENSION btree_gin| EXTENSION btree_gin",
                    "CREATE VIEW names AS SELECT name FROM things| VIEW names",
                    "CREATE TYPE mood AS ENUM ('good', 'bad')| TYPE mood",
                    "CREATE DOMAIN short AS text CHECK (char_length(VALUE) < 9)| DOMAIN short",
                    "CREATE SEQUENCE numbers| SEQUENCE numbers",
                    "CREATE POLICY own ON things USING (true)| POLICY things.own",
                    "CREATE CAST (things AS text) WITH INOUT| CAST public.things AS text",
                    "CREATE EXTENSION citext| EXTENSION citext",
                    "CREATE PUBLICATION feed FOR ALL TABLES| PUBLICATION feed",
                    "CREATE PUBLICATION feed FOR TABLE things (id, name) WHERE (id > 1) WITH (publish = 'insert')| PUBLICATION feed",
                    "CREATE PUBLICATION feed FOR TABLES IN SCHEMA public| PUBLICATION feed",
                    "ALTER TABLE things REPLICA IDENTITY FULL| REPLICA IDENTITY things",
                    "ALTER TABLE things REPLICA IDENTITY USING INDEX things_pkey| REPLICA IDENTITY things",
                })
        void name_an_object_on_one_side(String sql, String named) throws SQLException {
            DatabaseUrl without = with(BASE);
            DatabaseUrl with = with(BASE + sql);
            BothWays ways = bothWays(without, with);
            assertThat(ways.there.differences()).singleElement().asString().startsWith(named + " is missing");
            assertThat(ways.back.differences()).singleElement().asString().startsWith(named + " is not expected");
        }

        @ParameterizedTest
        @CsvSource(
                delimiter = '|',
                quoteCharacter = '`',
                value = {
                    "ALTER TABLE things ALTER COLUMN name TYPE varchar(40)| COLUMN things.name is name text NOT NULL, and should be name character varying(40) NOT NULL",
                    "ALTER TABLE things ALTER COLUMN amount SET DEFAULT 2| COLUMN things.amount is amount numeric(15,3) DEFAULT 1, and should be amount numeric(15,3) DEFAULT 2",
                    "ALTER TABLE things ALTER COLUMN amount DROP DEFAULT| COLUMN things.amount is amount numeric(15,3) DEFAULT 1, and should be amount numeric(15,3)",
                    "ALTER TABLE things ALTER COLUMN name DROP NOT NULL| COLUMN things.name is name text NOT NULL, and should be name text",
                    "ALTER TABLE things ALTER COLUMN shelf_id SET NOT NULL| COLUMN things.shelf_id is shelf_id integer, and should be shelf_id integer NOT NULL",
                    "ALTER TABLE things DROP COLUMN doubled, ADD COLUMN doubled numeric GENERATED ALWAYS AS (amount * 3) STORED| COLUMN things.doubled is doubled numeric GENERATED ALWAYS AS (amount * 2::numeric) STORED, and should be doubled numeric GENERATED ALWAYS AS (amount * 3::numeric) STORED",
                    "ALTER TABLE things ALTER COLUMN name TYPE text COLLATE \"C\"| COLUMN things.name is name text COLLATE \"default\" NOT NULL, and should be name text COLLATE \"C\" NOT NULL",
                    "ALTER TABLE things DROP CONSTRAINT things_amount_range, ADD CONSTRAINT things_amount_range CHECK (amount > 0)| CONSTRAINT things.things_amount_range is CHECK (amount >= 0::numeric), and should be CHECK (amount > 0::numeric)",
                    "ALTER TABLE things DROP CONSTRAINT things_shelf_fkey, ADD CONSTRAINT things_shelf_fkey FOREIGN KEY (shelf_id) REFERENCES shelves (id) ON DELETE CASCADE| CONSTRAINT things.things_shelf_fkey is FOREIGN KEY (shelf_id) REFERENCES shelves(id), and should be FOREIGN KEY (shelf_id) REFERENCES shelves(id) ON DELETE CASCADE",
                    "ALTER TABLE things DROP CONSTRAINT things_amount_range, ADD CONSTRAINT things_amount_range CHECK (amount >= 0) NOT VALID| CONSTRAINT things.things_amount_range is CHECK (amount >= 0::numeric), and should be CHECK (amount >= 0::numeric) NOT VALID",
                    "ALTER TABLE things DROP CONSTRAINT things_shelf_fkey, ADD CONSTRAINT things_shelf_fkey FOREIGN KEY (shelf_id) REFERENCES shelves (id) NOT VALID| CONSTRAINT things.things_shelf_fkey is FOREIGN KEY (shelf_id) REFERENCES shelves(id), and should be FOREIGN KEY (shelf_id) REFERENCES shelves(id) NOT VALID",
                    "DROP INDEX things_by_name; CREATE INDEX things_by_name ON things (lower(name))| INDEX things_by_name is CREATE INDEX things_by_name ON things (name), and should be CREATE INDEX things_by_name ON things (lower(name))",
                    "DROP INDEX things_by_name; CREATE INDEX things_by_name ON things (name) WHERE amount > 0| INDEX things_by_name is CREATE INDEX things_by_name ON things (name), and should be CREATE INDEX things_by_name ON things (name) WHERE amount > 0::numeric",
                    "CREATE OR REPLACE FUNCTION things_stamp() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NULL; END $$| FUNCTION things_stamp() is ",
                    "CREATE OR REPLACE TRIGGER things_stamp BEFORE UPDATE ON things FOR EACH ROW EXECUTE FUNCTION things_stamp()| TRIGGER things.things_stamp is ",
                    "COMMENT ON TABLE things IS 'What there is'| TABLE things is defined otherwise",
                    "COMMENT ON COLUMN things.name IS 'What it is called'| COLUMN things.name is defined otherwise",
                    "ALTER TABLE things ALTER COLUMN name SET STORAGE EXTERNAL| COLUMN things.name is ",
                    "ALTER TABLE things ALTER COLUMN name SET (n_distinct = 5)| COLUMN things.name is ",
                    "ALTER TABLE things DISABLE TRIGGER things_stamp| TRIGGER things.things_stamp is ",
                    "ALTER TABLE things SET (fillfactor = 70)| TABLE things is defined otherwise",
                    "ALTER TABLE things ENABLE ROW LEVEL SECURITY| TABLE things is defined otherwise",
                })
        void name_an_altered_object(String sql, String expected) throws SQLException {
            DatabaseUrl plain = with(BASE);
            DatabaseUrl altered = with(BASE + sql);
            assertThat(bothWays(plain, altered).there.differences())
                    .singleElement()
                    .satisfies(difference -> {
                        assertThat(difference.change()).isEqualTo(Change.ALTERED);
                        assertThat(difference).asString().startsWith(expected);
                        assertThat(difference.sql()).isNotEmpty();
                    });
        }

        @Test
        void include_an_invalid_index() throws SQLException {
            DatabaseUrl valid = with(BASE + "CREATE UNIQUE INDEX things_unique ON things (name)");
            DatabaseUrl invalid = with(BASE + "INSERT INTO things (id, name) VALUES (1, 'a'), (2, 'a')");
            assertThatExceptionOfType(SQLException.class)
                    .isThrownBy(
                            () -> execute(invalid, "CREATE UNIQUE INDEX CONCURRENTLY things_unique ON things (name)"));
            assertThat(SchemaComparison.between(invalid, valid).differences())
                    .containsExactly(new Difference(
                            "INDEX",
                            "things_unique",
                            Change.ALTERED,
                            "is invalid: it was not built to its end, and speeds up nothing",
                            "REINDEX INDEX things_unique;\n"));
            assertThat(SchemaComparison.between(valid, invalid).same()).isFalse();
            execute(
                    invalid,
                    "DELETE FROM things;"
                            + SchemaComparison.between(invalid, valid).script());
            assertThat(SchemaComparison.between(invalid, valid).same()).isTrue();
        }

        /** DISABLE TRIGGER ALL is what people say before a load; without the triggers behind it no key is enforced. */
        @Test
        void include_a_foreign_key_that_is_not_enforced() throws SQLException {
            DatabaseUrl enforced = with(BASE);
            DatabaseUrl loose = with(BASE + "ALTER TABLE things DISABLE TRIGGER ALL");
            assertThat(SchemaComparison.between(loose, enforced).differences())
                    .extracting(Difference::toString)
                    .contains(
                            "CONSTRAINT things.things_shelf_fkey is not enforced: triggers of PostgreSQL behind it are"
                                    + " switched off");
            execute(loose, SchemaComparison.between(loose, enforced).script());
            assertThat(SchemaComparison.between(loose, enforced).same()).isTrue();
            assertThatExceptionOfType(SQLException.class)
                    .isThrownBy(() -> execute(loose, "INSERT INTO things (id, shelf_id, name) VALUES (1, 7, 'a')"))
                    .withMessageContaining("things_shelf_fkey");
        }

        /** As after a new release of the operating system under a database. */
        @Test
        void include_a_collation_whose_order_has_changed() throws SQLException {
            DatabaseUrl now = with(BASE);
            DatabaseUrl then = with(BASE);
            assumeThat(version(now))
                    .as("the version of the default collation, which C has not before 17")
                    .isNotNull();
            execute(then, "UPDATE pg_database SET datcollversion = '0.1' WHERE datname = current_database()");
            List<Difference> found = SchemaComparison.between(then, now).differences();
            execute(then, "ALTER DATABASE \"" + then.database() + "\" REFRESH COLLATION VERSION");
            assertThat(found).singleElement().satisfies(difference -> {
                assertThat(difference).asString().startsWith("COLLATION default sorted as version 0.1 when indexes");
                assertThat(difference.sql()).contains("REINDEX DATABASE", "REFRESH COLLATION VERSION");
            });
            assertThat(SchemaComparison.between(then, now).same()).isTrue();
        }

        private static @Nullable String version(DatabaseUrl url) throws SQLException {
            try (Connection connection = TestDatabase.connect(url)) {
                return TestDatabase.strings(
                                connection,
                                "SELECT pg_database_collation_actual_version(oid) FROM pg_database"
                                        + " WHERE datname = current_database()")
                        .getFirst();
            }
        }

        @Test
        void include_a_function_whose_body_the_library_cannot_parse() throws SQLException {
            String function = "CREATE FUNCTION plain(value text) RETURNS text LANGUAGE sql IMMUTABLE RETURN ";
            DatabaseUrl one = with(function + "normalize(value, NFKD)");
            DatabaseUrl other = with(function + "normalize(value, NFC)");
            assertThat(bothWays(one, other).there.differences())
                    .singleElement()
                    .extracting(Difference::name)
                    .isEqualTo("plain(text)");
        }

        @Test
        void tell_a_function_and_a_table_of_one_name_apart() throws SQLException {
            DatabaseUrl one = with("CREATE TABLE a (id integer)");
            DatabaseUrl other =
                    with("CREATE TABLE a (id integer); CREATE FUNCTION a() RETURNS integer LANGUAGE sql RETURN 1");
            assertThat(SchemaComparison.between(one, other).differences())
                    .singleElement()
                    .hasToString("FUNCTION a() is missing");
        }
    }

    @Nested
    class Script {

        @Test
        void is_empty_between_equal_schemas() throws SQLException {
            SchemaComparison comparison = SchemaComparison.between(with(BASE), with(BASE));
            assertThat(comparison.same()).isTrue();
            assertThat(comparison.script()).isEmpty();
            assertThat(comparison.destructive()).isEmpty();
        }

        @Test
        void builds_this_programs_whole_schema_and_takes_it_down() throws SQLException {
            BothWays ways = bothWays(with("SELECT 1"), TestDatabase.migrated());
            assertThat(ways.back.destructive())
                    .contains("drops table items and its rows", "drops table users and its rows")
                    .allMatch(line -> line.startsWith("drops table "));
        }

        @Test
        void names_what_it_loses() throws SQLException {
            SchemaComparison comparison = SchemaComparison.between(with(BASE), with("""
                    CREATE TABLE things (
                        id      bigint PRIMARY KEY,
                        name    varchar(40) NOT NULL,
                        amount  numeric(15, 3) DEFAULT 1,
                        CONSTRAINT things_amount_range CHECK (amount >= 0)
                    );
                    """));
            assertThat(comparison.destructive())
                    .containsExactlyInAnyOrder(
                            "drops table shelves and its rows",
                            "drops column things.shelf_id and its data",
                            "changes column things.name from text to character varying(40): values that do not fit"
                                    + " are cut, rounded or refused");
        }

        @ParameterizedTest
        @CsvSource({
            "smallint, integer, true",
            "integer, bigint, true",
            "bigint, integer, false",
            "integer, numeric, true",
            "text, character varying, true",
            "text, character varying(9), false",
            "character varying(9), character varying(10), true",
            "character varying(10), character varying(9), false",
            "character varying(9), text, true",
            "'numeric(15,3)', 'numeric(16,4)', true",
            "'numeric(15,3)', 'numeric(15,4)', false",
            "'numeric(15,3)', 'numeric(15,2)', false",
            "'numeric(15,3)', numeric, true",
            "numeric(15), 'numeric(15,3)', false",
            "date, timestamp with time zone, true",
            "timestamp with time zone, date, false",
            "text, integer, false",
            "boolean, text, false",
        })
        void knows_which_changes_of_type_lose_nothing(String before, String after, boolean widens) {
            assertThat(SchemaScript.widens(before, after)).isEqualTo(widens);
        }

        @ParameterizedTest
        @ValueSource(
                strings = {
                    "'public.' || \"public.a\" public.b",
                    "$$ public.a\t $$ public.b",
                    "$x$ public.a $$ $x$ public.b",
                    "'it''s public.a' public.b"
                })
        void drops_the_schema_outside_of_literals_only(String sql) {
            assertThat(SchemaScript.normalized(sql)).isEqualTo(sql.replace("public.b", "b"));
        }
    }

    @Nested
    class Split {

        @ParameterizedTest
        @ValueSource(
                strings = {
                    "SELECT ';' || \"a;b\" || 'it''s;' || E'it\\';' || $$;$$ || $x$ $$;$x$ -- ;\n/* ; */",
                    "CREATE FUNCTION f() RETURNS int BEGIN ATOMIC SELECT CASE WHEN true THEN 1 END; SELECT 2; END",
                    "SELECT CASE WHEN a THEN b END",
                })
        void finds_the_end_of_a_statement(String statement) {
            assertThat(SqlStatements.split(statement + ";\n-- next\nSELECT 1;\n"))
                    .containsExactly(statement, "\n-- next\nSELECT 1");
        }

        @Test
        void bears_long_literals() {
            String literal = "'" + "''x".repeat(100_000) + "'";
            assertThat(SqlStatements.split("SELECT " + literal + ";SELECT 2"))
                    .containsExactly("SELECT " + literal, "SELECT 2");
            assertThat(SchemaScript.normalized(literal + " public.a")).isEqualTo(literal + " a");
        }
    }

    @Nested
    class Between {

        @Test
        void says_that_a_database_cannot_be_read() {
            DatabaseUrl nowhere = DatabaseUrl.parse("postgresql://someone@127.0.0.1:1/nothing");
            assertThatExceptionOfType(MigrationFailure.class)
                    .isThrownBy(() -> SchemaComparison.between(nowhere, nowhere))
                    .withMessageStartingWith("The schema of the database at 127.0.0.1:1/nothing cannot be read: ");
        }

        @ParameterizedTest
        @ValueSource(
                strings = {
                    "CREATE TABLE t (a text CHECK (normalize(a, NFC) = a))",
                    "CREATE TABLE t (a text); CREATE INDEX t_a ON t (normalize(a, NFC))"
                })
        void refuses_what_it_would_only_half_understand(String sql) throws SQLException {
            DatabaseUrl url = with(sql);
            assertThatExceptionOfType(MigrationFailure.class)
                    .isThrownBy(() -> SchemaComparison.between(url, url))
                    .withMessageContaining(" cannot be compared: t")
                    .withMessageEndingWith("Put the expression that is named there into a SQL function, and use that.");
        }
    }

    /** The comparisons in both directions, once the script of each has been seen to do what it says. */
    private record BothWays(SchemaComparison there, SchemaComparison back) {}

    private static BothWays bothWays(DatabaseUrl one, DatabaseUrl other) throws SQLException {
        SchemaComparison there = SchemaComparison.between(one, other);
        SchemaComparison back = SchemaComparison.between(other, one);
        execute(one, there.script());
        assertThat(SchemaComparison.between(one, other).differences())
                .as(there.script())
                .isEmpty();
        execute(one, back.script());
        assertThat(SchemaComparison.between(one, other).differences())
                .as(back.script())
                .containsExactlyInAnyOrderElementsOf(there.differences());
        return new BothWays(there, back);
    }

    private static final List<ScratchDatabase> DATABASES = new ArrayList<>();
    private int used;

    /** One of a few databases, emptied for each test: making one takes longer than most tests here. */
    private DatabaseUrl with(String sql) throws SQLException {
        if (used == DATABASES.size()) {
            DATABASES.add(ScratchDatabase.like(TestDatabase.migrated()));
        }
        DatabaseUrl url = DATABASES.get(used++).url();
        execute(url, """
                SET client_min_messages = warning;
                DROP PUBLICATION IF EXISTS feed;
                DROP SCHEMA IF EXISTS public, parked, other CASCADE;
                CREATE SCHEMA public;
                GRANT ALL ON SCHEMA public TO PUBLIC;
                """ + sql);
        return url;
    }

    @AfterAll
    static void drop() {
        DATABASES.forEach(ScratchDatabase::close);
    }

    private static void execute(DatabaseUrl url, String sql) throws SQLException {
        try (Connection connection = TestDatabase.connect(url);
                Statement statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }

    private static DatabaseUrl as(DatabaseUrl url, String role) {
        return new DatabaseUrl(
                url.host(),
                url.port(),
                url.database(),
                role,
                "plain",
                url.sslMode(),
                url.sslRootCert(),
                url.applicationName());
    }
}
