package org.expirytracker;

import java.math.BigDecimal;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.expirytracker.db.DatabaseUrl;
import org.expirytracker.kernel.InventoryId;
import org.expirytracker.kernel.RowIds;
import org.expirytracker.kernel.UserId;
import org.jspecify.annotations.Nullable;

/** Users and what they hold, put straight into the tables of one database. */
public final class Stock {

    private final DatabaseUrl url;

    /** Writes into the database that {@code url} names. */
    public Stock(DatabaseUrl url) {
        this.url = url;
    }

    /** Whose own inventory it is. */
    public static UserId ownerOf(InventoryId inventory) {
        return new UserId(inventory.value());
    }

    /** A new user of a time zone, whose day turns at midnight and is not due for a while. */
    public InventoryId user(String timeZone) {
        InventoryId user = new InventoryId(newId());
        run(
                "INSERT INTO users (id, username, email, password_hash, time_zone, next_day_at)"
                        + " VALUES (?, ?, ?, '-', ?, now() + interval '1 day')",
                user.value(),
                "user-" + user.value(),
                user.value() + "@example.org",
                timeZone);
        run("INSERT INTO feeds (user_id) VALUES (?)", user.value());
        return user;
    }

    /** A new user in UTC. */
    public InventoryId user() {
        return user("UTC");
    }

    /** A new category. */
    public UUID category(InventoryId user, String name) {
        UUID id = newId();
        run("INSERT INTO categories (user_id, id, name) VALUES (?, ?, ?)", user.value(), id, name);
        return id;
    }

    /** Two litres of something in the fridge that cost 1.5 a litre, in no category. */
    public UUID item(InventoryId user, String name, @Nullable LocalDate expiryDate, int leadDays) {
        return item(user, null, name, expiryDate, leadDays);
    }

    /** The same, in a category. */
    public UUID item(
            InventoryId user, @Nullable UUID categoryId, String name, @Nullable LocalDate expiryDate, int leadDays) {
        UUID id = newId();
        run(
                "INSERT INTO items (user_id, id, category_id, name, quantity, unit, cost_price, expiry_date, location,"
                        + " effective_lead_days) VALUES (?, ?, ?, ?, 2, 'l', 1.5, ?, 'Fridge', ?)",
                user.value(),
                id,
                categoryId,
                name,
                expiryDate,
                leadDays);
        uncount(user);
        return id;
    }

    /** Has what is in stock counted anew, after items were put into their table past the program; of a schema that counts. */
    public void uncount(InventoryId user) {
        if (!column("SELECT 1 FROM pg_attribute WHERE attrelid = 'feeds'::regclass AND attname = 'counted_seq'")
                .isEmpty()) {
            run("UPDATE feeds SET counted_seq = -1 WHERE user_id = ?", user.value());
        }
    }

    /** Records that something worth {@code value} was taken out of an item just now. */
    public void takeOut(InventoryId user, UUID itemId, String outcome, String value) {
        run(
                "INSERT INTO take_outs (user_id, id, item_id, quantity, unit, value, outcome) VALUES (?, ?, ?, 1, 'l', ?, ?)",
                user.value(),
                newId(),
                itemId,
                new BigDecimal(value),
                outcome);
    }

    /** Runs a statement that writes. */
    public void run(String sql, @Nullable Object... parameters) {
        try (Connection connection = TestDatabase.connect(url);
                PreparedStatement statement = prepare(connection, sql, parameters)) {
            statement.execute();
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
    }

    /** The first column of every row, as text; null stays null. */
    public List<@Nullable String> column(String sql, @Nullable Object... parameters) {
        try (Connection connection = TestDatabase.connect(url);
                PreparedStatement statement = prepare(connection, sql, parameters);
                ResultSet rows = statement.executeQuery()) {
            List<@Nullable String> values = new ArrayList<>();
            while (rows.next()) {
                values.add(rows.getString(1));
            }
            return values;
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
    }

    private static PreparedStatement prepare(Connection connection, String sql, @Nullable Object... parameters)
            throws SQLException {
        PreparedStatement statement = connection.prepareStatement(sql);
        for (int at = 0; at < parameters.length; at++) {
            statement.setObject(at + 1, parameters[at]);
        }
        return statement;
    }

    private static UUID newId() {
        return RowIds.next();
    }
}
