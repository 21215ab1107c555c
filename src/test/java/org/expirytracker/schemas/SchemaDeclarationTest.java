package org.expirytracker.schemas;

import static org.assertj.core.api.Assertions.assertThat;

import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import org.expirytracker.TestDatabase;
import org.expirytracker.db.DatabaseUrl;
import org.expirytracker.migrations.Catalog;
import org.expirytracker.migrations.MigrationFiles;
import org.junit.jupiter.api.Test;

class SchemaDeclarationTest {

    @Test
    void the_migrations_build_exactly_what_schema_sql_declares() throws SQLException {
        DatabaseUrl declared = TestDatabase.fresh();
        DatabaseUrl migrated = TestDatabase.freshMigrated();
        try (Connection connection = TestDatabase.connect(declared);
                Statement statement = connection.createStatement()) {
            statement.execute(MigrationFiles.ofProgram().text("schema.sql"));
        }
        assertThat(SchemaComparison.between(migrated, declared).differences()).isEmpty();
        try (Connection connection = TestDatabase.connect(migrated)) {
            assertThat(Catalog.parked(connection)).isEmpty();
        }
    }

    @Test
    void finds_by_index_what_refers_to_a_row_that_is_deleted() throws SQLException {
        try (Connection connection = TestDatabase.connect(TestDatabase.migrated())) {
            assertThat(TestDatabase.strings(connection, """
                            SELECT conrelid::regclass || ' ' || pg_get_constraintdef(k.oid)
                              FROM pg_constraint k
                             WHERE contype = 'f' AND connamespace = 'public'::regnamespace
                               AND NOT EXISTS (
                                       SELECT FROM pg_index
                                        WHERE indrelid = conrelid
                                          AND (indkey::smallint[])[0:cardinality(conkey) - 1] @> conkey
                                          AND (indpred IS NULL
                                               OR pg_get_expr(indpred, conrelid) IN (
                                                      SELECT '(' || attname || ' IS NOT NULL)'
                                                        FROM pg_attribute
                                                       WHERE attrelid = conrelid AND attnum = ANY (conkey))))
                            """)).isEmpty();
        }
    }
}
