package org.expirytracker.items;

import static org.assertj.core.api.Assertions.assertThat;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.LocalDate;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.lifecycle.AfterContainer;
import net.jqwik.api.lifecycle.BeforeContainer;
import org.expirytracker.TestDatabase;
import org.jspecify.annotations.Nullable;

/** The status of an item: one definition, in Java and in SQL. */
class ItemStatusTest {

    private static @Nullable Connection database;

    @BeforeContainer
    static void connect() throws SQLException {
        database = TestDatabase.connect(TestDatabase.migrated());
    }

    @AfterContainer
    static void disconnect() throws SQLException {
        if (database != null) {
            database.close();
        }
    }

    @Property(tries = 2_000)
    void is_the_same_in_java_and_in_sql(
            @ForAll("days") LocalDate today,
            @ForAll @IntRange(min = -4_000, max = 4_000) int distance,
            @ForAll @IntRange(min = 0, max = 3_650) int leadDays,
            @ForAll boolean dated)
            throws SQLException {
        LocalDate expiryDate = dated ? today.plusDays(distance) : null;

        assertThat(ItemStatus.on(today, expiryDate, leadDays).name()).isEqualTo(inSql(today, expiryDate, leadDays));
    }

    @Property(tries = 500)
    void is_the_same_in_java_and_in_sql_at_every_border(
            @ForAll("days") LocalDate today,
            @ForAll @IntRange(min = -1, max = 1) int offset,
            @ForAll @IntRange(min = 0, max = 40) int leadDays,
            @ForAll boolean atLead)
            throws SQLException {
        LocalDate expiryDate = today.plusDays(offset).plusDays(atLead ? leadDays : 0);

        assertThat(ItemStatus.on(today, expiryDate, leadDays).name()).isEqualTo(inSql(today, expiryDate, leadDays));
    }

    @Provide
    Arbitrary<LocalDate> days() {
        return Arbitraries.longs()
                .between(
                        LocalDate.of(1900, 1, 1).toEpochDay(),
                        LocalDate.of(2200, 1, 1).toEpochDay())
                .map(LocalDate::ofEpochDay);
    }

    private static String inSql(LocalDate today, @Nullable LocalDate expiryDate, int leadDays) throws SQLException {
        String sql = "SELECT item_status(?::date, ?::date - ?::integer, ?::date)";
        if (database == null) {
            throw new IllegalStateException("not connected");
        }
        try (PreparedStatement statement = database.prepareStatement(sql)) {
            statement.setObject(1, expiryDate);
            statement.setObject(2, expiryDate);
            statement.setInt(3, leadDays);
            statement.setObject(4, today);
            try (ResultSet row = statement.executeQuery()) {
                row.next();
                return row.getString(1);
            }
        }
    }
}
