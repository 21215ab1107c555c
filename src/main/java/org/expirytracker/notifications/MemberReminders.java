package org.expirytracker.notifications;

import io.vertx.core.Future;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.SqlClient;
import io.vertx.sqlclient.Tuple;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.expirytracker.db.Rows;
import org.expirytracker.kernel.InventoryId;

/**
 * By which days and percentages the members of an inventory want to be reminded. They are kept by user and used by
 * inventory: so they are read first and handed to the statements that use them, which read what is of inventories alone.
 */
final class MemberReminders {

    /** Of a member who has set none. */
    private static final List<Short> USUAL_DAYS = List.of((short) 30, (short) 7, (short) 1, (short) 0);

    /** The days and percentages of a member. */
    private record Member(UUID userId, List<Short> days, List<Short> percents) {}

    private final InventoryId inventory;
    private final List<Member> members;

    private MemberReminders(InventoryId inventory, List<Member> members) {
        this.inventory = inventory;
        this.members = members;
    }

    private static final String OF_INVENTORIES = """
            WITH member AS MATERIALIZED (
                SELECT inventory_id, user_id
                  FROM members
                 WHERE inventory_id = ANY ($1)
            )
            SELECT inventory_id, user_id, NULL::smallint[] AS days, NULL::smallint[] AS percents
              FROM member
             UNION ALL
            SELECT member.inventory_id, member.user_id, reminder_settings.days, reminder_settings.percents
              FROM member
              JOIN reminder_settings ON reminder_settings.user_id = member.user_id
            """;

    /** A member, and where they have set any, their days and percentages. */
    private record Found(UUID inventoryId, UUID userId, Optional<Member> own) {

        static Found of(Row row) {
            UUID userId = row.getUUID("user_id");
            Short[] days = row.getArrayOfShorts("days");
            return new Found(
                    row.getUUID("inventory_id"),
                    userId,
                    days == null
                            ? Optional.empty()
                            : Optional.of(
                                    new Member(userId, List.of(days), List.of(row.getArrayOfShorts("percents")))));
        }
    }

    /** Those of one inventory. */
    static Future<MemberReminders> of(SqlClient client, InventoryId inventory) {
        return of(client, List.of(inventory)).map(found -> found.apply(inventory));
    }

    /** Those of many, each under its id; one statement. */
    static Future<Function<InventoryId, MemberReminders>> of(SqlClient client, Collection<InventoryId> inventories) {
        Tuple ids = Tuple.tuple()
                .addArrayOfUUID(inventories.stream().map(InventoryId::value).toArray(UUID[]::new));
        return Rows.list(client, OF_INVENTORIES, ids, Found::of).map(MemberReminders::byInventory);
    }

    private static Function<InventoryId, MemberReminders> byInventory(List<Found> found) {
        Map<UUID, Map<UUID, Member>> byInventory = new HashMap<>();
        for (Found each : found) {
            Map<UUID, Member> members = byInventory.computeIfAbsent(each.inventoryId, id -> new HashMap<>());
            each.own.ifPresentOrElse(
                    own -> members.put(each.userId, own),
                    () -> members.putIfAbsent(each.userId, new Member(each.userId, USUAL_DAYS, List.of())));
        }
        Map<InventoryId, MemberReminders> reminders = new HashMap<>();
        byInventory.forEach((id, members) -> reminders.put(
                new InventoryId(id), new MemberReminders(new InventoryId(id), List.copyOf(members.values()))));
        return inventory -> {
            MemberReminders ofMembers = reminders.get(inventory);
            // Of one that has ended meanwhile there is nobody left.
            return ofMembers == null ? new MemberReminders(inventory, List.of()) : ofMembers;
        };
    }

    /** Whether there are several. */
    boolean isShared() {
        return members.size() > 1;
    }

    /** The days that remind any of them, each once. */
    List<Short> days() {
        return each(Member::days);
    }

    /** The percentages that remind any of them, each once. */
    List<Short> percents() {
        return each(Member::percents);
    }

    private List<Short> each(Function<Member, List<Short>> part) {
        return members.stream()
                .map(part)
                .flatMap(List::stream)
                .distinct()
                .sorted()
                .toList();
    }

    /** Numbers as PostgreSQL writes an array of them. */
    static String text(List<Short> numbers) {
        return numbers.stream().map(Object::toString).collect(Collectors.joining(",", "{", "}"));
    }

    /**
     * Adds the members of those inventories that have several, as four arrays: the inventory, the member, and their days and
     * percentages as text.
     */
    static Tuple addMembers(Tuple parameters, List<MemberReminders> inventories) {
        List<UUID> ids = new ArrayList<>();
        List<Member> members = new ArrayList<>();
        for (MemberReminders each : inventories) {
            if (each.isShared()) {
                members.addAll(each.members);
                ids.addAll(Collections.nCopies(each.members.size(), each.inventory.value()));
            }
        }
        return parameters
                .addArrayOfUUID(ids.toArray(UUID[]::new))
                .addArrayOfUUID(members.stream().map(Member::userId).toArray(UUID[]::new))
                .addArrayOfString(texts(members, Member::days))
                .addArrayOfString(texts(members, Member::percents));
    }

    private static String[] texts(List<Member> members, Function<Member, List<Short>> part) {
        return members.stream().map(part).map(MemberReminders::text).toArray(String[]::new);
    }
}
