package org.expirytracker.migrations;

import static org.assertj.core.api.Assertions.assertThat;

import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import org.expirytracker.TestDatabase;
import org.junit.jupiter.api.Test;

class SchemaDeclarationTest {

    @Test
    void the_migrations_build_exactly_what_schema_sql_declares() throws SQLException {
        try (Connection declared = TestDatabase.connect(TestDatabase.fresh());
                Connection migrated = TestDatabase.connect(TestDatabase.freshMigrated());
                Statement statement = declared.createStatement()) {
            statement.execute(MigrationFiles.ofProgram().text("schema.sql"));
            assertThat(Catalog.schema(migrated))
                    .hasSizeGreaterThan(100)
                    .containsExactlyElementsOf(Catalog.schema(declared));
            assertThat(Catalog.parked(migrated)).isEmpty();
        }
    }
}
