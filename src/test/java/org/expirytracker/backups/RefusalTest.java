package org.expirytracker.backups;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import org.expirytracker.TestDatabase;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What is told of rows that PostgreSQL refuses. */
class RefusalTest {

    private static final String TABLES = """
            CREATE TEMPORARY TABLE shelves (name text CONSTRAINT one_name PRIMARY KEY CONSTRAINT short_name CHECK (length(name) < 9));
            CREATE TEMPORARY TABLE jars (shelf text NOT NULL CONSTRAINT on_a_shelf REFERENCES shelves, opened date);
            INSERT INTO shelves VALUES ('jam-22')
            """;

    private static SQLException refused(String sql) throws SQLException {
        try (Connection connection = TestDatabase.connect(TestDatabase.migrated());
                Statement statement = connection.createStatement()) {
            statement.execute(TABLES);
            return catchThrowableOfType(SQLException.class, () -> statement.execute(sql));
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "INSERT INTO shelves VALUES ('jam-22')          | one_name   | shelves | 23505",
                "INSERT INTO shelves VALUES ('jam-22 in May')   | short_name | shelves | 23514",
                "INSERT INTO jars VALUES ('jam-22-b')           | on_a_shelf | jars    | 23503",
                "INSERT INTO jars VALUES (NULL, '2022-05-01')   | shelf      | jars    | 23502",
                "INSERT INTO jars VALUES ('a', 'jam-22'::date)  | value      | not     | 22007",
                "SELECT 'jam-22'::uuid                          | value      | not     | 22P02"
            })
    void names_the_constraint_and_the_table_and_no_value_of_a_row(
            String sql, String constraint, String table, String state) throws SQLException {
        SQLException refusal = refused(sql);

        assertThat(Refusal.text(refusal))
                .contains(constraint, table, "(SQLSTATE " + state + ")")
                .doesNotContain("jam-22", "2022", "Detail", "Where");
        assertThat((Throwable) Refusal.cause(refusal))
                .hasMessage(Refusal.text(refusal))
                .hasNoCause()
                .satisfies(told -> assertThat(told.getStackTrace()).isEqualTo(refusal.getStackTrace()));
    }

    @Test
    void tells_of_a_connection_as_it_is() {
        assertThat(Refusal.text(new SQLException("The connection broke", "08006")))
                .isEqualTo("The connection broke (SQLSTATE 08006)");
    }
}
