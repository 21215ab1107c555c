package org.expirytracker.distribution;

import static org.expirytracker.distribution.Omission.Kind.FOREIGN_KEY;
import static org.expirytracker.distribution.Omission.Kind.INDEX;
import static org.expirytracker.distribution.Omission.Kind.TRIGGER;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Of each table of the program, where its rows are when the database is distributed. Whoever adds a table adds it here; a
 * test holds this against the schema.
 */
public final class Placements {

    /** With an inventory or a user: both have ids of one kind, and the own inventory of a user bears the user's. */
    private static final String WITH_USERS = "users";

    /** With a name or an address. */
    private static final String WITH_NAMES = "user_names";

    /** All that is distributed; within a group what others refer to comes first. */
    public static final List<Placement> ALL = Stream.of(
                    of(WITH_USERS, "id", "users", "inventories"),
                    of(
                            WITH_USERS,
                            "user_id",
                            "sessions",
                            "refresh_tokens",
                            "known_devices",
                            "one_time_tokens",
                            "recovery_codes",
                            "erasures",
                            "idempotency_keys",
                            "api_tokens",
                            "reminder_settings",
                            "channels",
                            "channel_places",
                            "channel_deliveries"),
                    of(WITH_USERS, "subject_id", "credential_guards", "login_attempts"),
                    of(WITH_USERS, "tenant_id", "jobs"),
                    of(WITH_USERS, "inventory_id", "members", "invitations", "bulk_exports", "bulk_export_chunks"),
                    // In these the inventory's id is called user_id.
                    of(WITH_USERS, "user_id", "feeds", "activities", "categories"),
                    of(WITH_USERS, "inventory_id", "products", "product_barcodes"),
                    of(
                            WITH_USERS,
                            "user_id",
                            "items",
                            "stock_days",
                            "take_outs",
                            "notifications",
                            "notification_marks",
                            "acknowledgements",
                            "category_reminders",
                            "percent_reminders",
                            "stuck_items",
                            "reports",
                            "stuck_turns",
                            "webhooks",
                            "webhook_deliveries",
                            "imports",
                            "import_chunks",
                            "import_refusals",
                            "import_mappings"),
                    of(WITH_NAMES, "identity", "user_names", "email_addresses"))
            .flatMap(List::stream)
            .toList();

    /** What stays whole, on the coordinator: who has spent what, by any key, and the history of migrations. */
    public static final Set<String> ON_COORDINATOR = Set.of("budgets", "flyway_schema_history");

    /** What a distributed database does without. */
    public static final List<Omission> OMISSIONS = List.of(
            new Omission(TRIGGER, "users", "keep_directories", "it serves nodes of the release before"),
            new Omission(TRIGGER, "users", "keep_own_inventory", "it serves nodes of the release before"),
            new Omission(INDEX, "users", "users_username_key", "user_names makes usernames unique"),
            new Omission(INDEX, "users", "users_email_key", "email_addresses makes addresses unique"),
            new Omission(
                    FOREIGN_KEY,
                    "inventories",
                    "inventories_owner_id_fkey",
                    "whoever deletes a user deletes their inventories"),
            new Omission(
                    FOREIGN_KEY, "members", "members_user_id_fkey", "whoever deletes a user deletes their memberships"),
            new Omission(
                    FOREIGN_KEY,
                    "api_tokens",
                    "api_tokens_member_fkey",
                    "whoever ends a membership deletes its tokens"),
            new Omission(
                    FOREIGN_KEY,
                    "credential_guards",
                    "credential_guards_user_id_fkey",
                    "whoever deletes a user deletes them, and the rest goes after a month"),
            new Omission(
                    FOREIGN_KEY,
                    "login_attempts",
                    "login_attempts_user_id_fkey",
                    "whoever deletes a user deletes them, and the rest goes after three months"),
            new Omission(FOREIGN_KEY, "budgets", "budgets_user_id_fkey", "a budget goes by itself once it is full"));

    private static final Map<String, Placement> BY_TABLE =
            ALL.stream().collect(Collectors.toUnmodifiableMap(Placement::table, each -> each));

    private Placements() {}

    /** Of a table; empty for what is not distributed. */
    public static Optional<Placement> of(String table) {
        return Optional.ofNullable(BY_TABLE.get(table));
    }

    private static List<Placement> of(String group, String key, String... tables) {
        return Stream.of(tables).map(table -> new Placement(table, key, group)).toList();
    }

    /** The table of which every change of an inventory locks a row before it does anything else; a revision may have none. */
    public static String lockedFirst() {
        return "feeds";
    }
}
