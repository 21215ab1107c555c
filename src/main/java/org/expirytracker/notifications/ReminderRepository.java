package org.expirytracker.notifications;

import io.vertx.core.Future;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.SqlClient;
import io.vertx.sqlclient.Tuple;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.expirytracker.db.Rows;
import org.expirytracker.kernel.InventoryId;
import org.expirytracker.kernel.UserId;
import org.jspecify.annotations.Nullable;

/** SQL of the tables {@code reminder_settings} and {@code category_reminders}. */
final class ReminderRepository {

    private static final String FIND = """
            SELECT days, percents, quiet_from, quiet_to, digest
              FROM reminder_settings
             WHERE user_id = $1
            """;

    /** A user's settings; the usual ones when they have chosen nothing. */
    Future<ReminderSettings> find(SqlClient client, UserId userId) {
        return Rows.first(client, FIND, Tuple.of(userId.value()), ReminderRepository::toReminders)
                .map(found -> found.orElse(ReminderSettings.USUAL));
    }

    private static final String OF_USERS = """
            SELECT wanted.id, days, percents, quiet_from, quiet_to, digest
              FROM unnest($1::uuid[]) AS wanted (id)
              LEFT JOIN reminder_settings ON user_id = wanted.id
            """;

    /** Settings of users, by id; the usual ones of those who have chosen nothing. */
    Future<Map<UUID, ReminderSettings>> ofUsers(SqlClient client, Collection<UUID> ids) {
        return Rows.map(
                client,
                OF_USERS,
                Tuple.tuple().addArrayOfUUID(ids.toArray(UUID[]::new)),
                row -> row.getUUID("id"),
                row -> row.getValue("days") == null ? ReminderSettings.USUAL : toReminders(row));
    }

    private static final String SAVE = """
            INSERT INTO reminder_settings (user_id, days, percents, quiet_from, quiet_to, digest, digested_to)
            VALUES ($1, $2, $3, $4, $5, $6, (SELECT last_at FROM feeds WHERE user_id = $1))
                ON CONFLICT (user_id) DO UPDATE
               SET days = excluded.days, percents = excluded.percents, quiet_from = excluded.quiet_from,
                   quiet_to = excluded.quiet_to, digest = excluded.digest,
                   digested_to = CASE WHEN reminder_settings.digest THEN reminder_settings.digested_to
                                      ELSE excluded.digested_to END
            """;

    /** Keeps a user's settings. A digest is of what is notified from now on, when it was not wanted before. */
    Future<Integer> save(SqlClient client, UserId userId, ReminderSettings reminders) {
        ReminderSettings.QuietHours quiet = reminders.quietHours();
        Tuple parameters = Tuple.of(userId.value())
                .addArrayOfShort(shorts(reminders.days()))
                .addArrayOfShort(shorts(reminders.percents()))
                .addValue(quiet == null ? null : (short) quiet.from())
                .addValue(quiet == null ? null : (short) quiet.to())
                .addBoolean(reminders.digest());
        return Rows.change(client, SAVE, parameters);
    }

    private static final String OTHER_INVENTORIES = """
            SELECT inventory_id
              FROM members
             WHERE user_id = $1 AND inventory_id <> $1
             ORDER BY inventory_id
            """;

    /** The inventories besides their own in which a user is reminded. */
    Future<List<InventoryId>> otherInventories(SqlClient client, UserId userId) {
        return Rows.list(
                client,
                OTHER_INVENTORIES,
                Tuple.of(userId.value()),
                row -> new InventoryId(row.getUUID("inventory_id")));
    }

    private static final String OF_CATEGORIES = """
            SELECT category_id, days, percents
              FROM category_reminders
             WHERE user_id = $1 AND category_id = ANY ($2)
            """;

    /** Reminders of categories, by id; a category for which the user's hold is left out. */
    Future<Map<UUID, CategoryReminders>> ofCategories(SqlClient client, InventoryId inventoryId, Collection<UUID> ids) {
        Tuple parameters = Tuple.of(inventoryId.value()).addArrayOfUUID(ids.toArray(UUID[]::new));
        return Rows.map(
                client,
                OF_CATEGORIES,
                parameters,
                row -> row.getUUID("category_id"),
                row -> new CategoryReminders(
                        integers(row.getArrayOfShorts("days")), integers(row.getArrayOfShorts("percents"))));
    }

    private static final String SAVE_OF_CATEGORY = """
            INSERT INTO category_reminders (user_id, category_id, days, percents)
            VALUES ($1, $2, $3, $4)
                ON CONFLICT (user_id, category_id) DO UPDATE
               SET days = excluded.days, percents = excluded.percents
            """;

    private static final String REMOVE_OF_CATEGORY = """
            DELETE FROM category_reminders
             WHERE user_id = $1 AND category_id = $2
            """;

    /** Keeps the reminders of a category; null lets the user's hold again. */
    Future<Integer> save(
            SqlClient client, InventoryId inventoryId, UUID categoryId, @Nullable CategoryReminders reminders) {
        return reminders == null
                ? Rows.change(client, REMOVE_OF_CATEGORY, Tuple.of(inventoryId.value(), categoryId))
                : Rows.change(
                        client,
                        SAVE_OF_CATEGORY,
                        Tuple.of(inventoryId.value(), categoryId)
                                .addArrayOfShort(shorts(reminders.days()))
                                .addArrayOfShort(shorts(reminders.percents())));
    }

    private static ReminderSettings toReminders(Row row) {
        Short from = row.getShort("quiet_from");
        Short to = row.getShort("quiet_to");
        return new ReminderSettings(
                integers(row.getArrayOfShorts("days")),
                integers(row.getArrayOfShorts("percents")),
                from == null || to == null ? null : new ReminderSettings.QuietHours(from, to),
                row.getBoolean("digest"));
    }

    private static Short[] shorts(List<Integer> numbers) {
        return numbers.stream().map(Integer::shortValue).toArray(Short[]::new);
    }

    private static List<Integer> integers(Short[] numbers) {
        return Arrays.stream(numbers).map(Short::intValue).toList();
    }
}
