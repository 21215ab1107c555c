package org.expirytracker.migrations;

import static org.assertj.core.api.Assertions.assertThat;

import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import org.expirytracker.TestDatabase;
import org.expirytracker.db.DatabaseUrl;
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
}
