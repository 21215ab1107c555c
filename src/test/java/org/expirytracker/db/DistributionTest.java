package org.expirytracker.db;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.Vertx;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import org.expirytracker.TestDatabase;
import org.junit.jupiter.api.Test;

class DistributionTest {

    @Test
    void is_known_by_the_extension_that_spreads_tables() throws SQLException {
        DatabaseUrl url = TestDatabase.fresh();
        Vertx vertx = Vertx.vertx();
        Database database = new Database(vertx, url.connectOptions(), 3);
        assertThat(database.transaction(Distribution::isOf).await()).isFalse();

        // The catalog's entry alone: the extension itself is not to be had here.
        try (Connection connection = TestDatabase.connect(url);
                Statement statement = connection.createStatement()) {
            statement.execute("SET allow_system_table_mods = on");
            statement.execute(
                    "INSERT INTO pg_extension SELECT oid, 'citus', extowner, extnamespace, false, '12.1', NULL, NULL"
                            + " FROM (SELECT 99999::oid AS oid, extowner, extnamespace FROM pg_extension LIMIT 1) AS entry");
        }

        assertThat(database.transaction(Distribution::isOf).await()).isTrue();
        database.close().await();
        vertx.close().await();
    }

    @Test
    void binds_the_key_of_each_table_to_the_one_tenant() {
        assertThat(Distribution.ofOne("""
                        WITH due (user_id) AS (SELECT user_id FROM unnest($1::uuid[]) AS asked (user_id))
                        INSERT INTO reports (user_id, id)
                        SELECT due.user_id, items.id
                          FROM due JOIN items ON items.user_id = due.user_id
                        """)).isEqualTo("""
                        WITH due (user_id) AS (SELECT user_id FROM unnest(ARRAY[$1::uuid]) AS asked (user_id))
                        INSERT INTO reports (user_id, id)
                        SELECT $1, items.id
                          FROM due JOIN items ON items.user_id = $1
                        """);
    }
}
