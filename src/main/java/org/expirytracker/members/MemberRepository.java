package org.expirytracker.members;

import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.SqlClient;
import io.vertx.sqlclient.Tuple;
import java.time.Duration;
import java.time.OffsetDateTime;
import java.time.ZoneId;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.expirytracker.backups.AfterRestore;
import org.expirytracker.db.Rows;
import org.expirytracker.db.SqlFailures;
import org.expirytracker.inventories.Membership;
import org.expirytracker.inventories.OwnInventory;
import org.expirytracker.jobs.Job;
import org.expirytracker.kernel.InventoryId;
import org.expirytracker.kernel.Problem;
import org.expirytracker.kernel.Role;
import org.expirytracker.kernel.UserId;
import org.jspecify.annotations.Nullable;

/** SQL of the tables {@code inventories}, {@code members} and {@code invitations}. */
final class MemberRepository {

    private static final String COLUMNS = """
            inventories.id, inventories.owner_id, inventories.name, inventories.currency, inventories.time_zone,
            inventories.lead_days, inventories.turn_hour, inventories.version, inventories.created_at, inventories.updated_at
            """;

    private static final String LIST = "SELECT " + COLUMNS + """
              FROM members
              JOIN inventories ON inventories.id = members.inventory_id
             WHERE members.user_id = $1
             ORDER BY inventories.id <> $1, inventories.name COLLATE "C", inventories.id
             LIMIT $2
            """;

    /** The inventories of which the user is a member, their own first, then by name. */
    Future<List<InventoryAccount>> list(SqlClient client, UserId userId, int most) {
        return Rows.list(client, LIST, Tuple.of(userId.value(), most), MemberRepository::toInventory);
    }

    private static final String FIND = "SELECT " + COLUMNS + """
              FROM members
              JOIN inventories ON inventories.id = members.inventory_id
             WHERE members.user_id = $1 AND members.inventory_id = ANY ($2)
            """;

    /** Inventories by id; one of which the user is no member is left out. */
    Future<Map<UUID, InventoryAccount>> find(SqlClient client, UserId userId, Collection<UUID> ids) {
        Tuple parameters = Tuple.of(userId.value()).addArrayOfUUID(ids.toArray(UUID[]::new));
        return Rows.map(client, FIND, parameters, row -> row.getUUID("id"), MemberRepository::toInventory);
    }

    private static final String MEMBERSHIP =
            """
            WITH asked AS (
                SELECT $1::uuid AS inventory_id, $2::uuid AS user_id
            )
            """ + Membership.SEATS + "SELECT " + Membership.COLUMNS + "FROM asked\n" + Membership.JOIN;

    /** As what a user may use an inventory; empty when they are no member, or there is none. */
    Future<Optional<Membership>> membership(SqlClient client, InventoryId inventoryId, UserId userId) {
        return Rows.first(client, MEMBERSHIP, Tuple.of(inventoryId.value(), userId.value()), row -> Membership.of(row))
                .map(found -> found.flatMap(membership -> membership));
    }

    private static final String ROLES = """
            SELECT inventory_id, role
              FROM members
             WHERE user_id = $1 AND inventory_id = ANY ($2)
            """;

    /** As what a user may use each of many inventories. */
    Future<Map<UUID, Role>> roles(SqlClient client, UserId userId, Collection<UUID> inventories) {
        Tuple parameters = Tuple.of(userId.value()).addArrayOfUUID(inventories.toArray(UUID[]::new));
        return Rows.map(
                client,
                ROLES,
                parameters,
                row -> row.getUUID("inventory_id"),
                row -> Role.valueOf(row.getString("role")));
    }

    private static final String COUNT_OWNED = """
            SELECT count(*)::integer AS amount
              FROM inventories
             WHERE owner_id = $1
            """;

    /** How many inventories are a user's. */
    Future<Integer> countOwned(SqlClient client, UserId userId) {
        return Rows.first(client, COUNT_OWNED, Tuple.of(userId.value()), row -> row.getInteger("amount"))
                .map(found -> found.orElse(0));
    }

    private static final String INSERT = """
            WITH fresh AS (
                INSERT INTO inventories (id, owner_id, name, currency, time_zone, lead_days, turn_hour, next_day_at)
                SELECT $1::uuid, $2::uuid, $3, $4, $5, $6, $7, min(begins)
                  FROM generate_series(0, 2) AS days,
                       day_begins_at((now() AT TIME ZONE $5::text)::date + days, $7::smallint, $5) AS begins
                 WHERE begins > now()
             RETURNING *
            ), owner AS (
                INSERT INTO members (inventory_id, user_id, role)
                SELECT id, owner_id, 'OWNER'
                  FROM fresh
            ), log AS (
                INSERT INTO feeds (user_id, last_at, counted_seq)
                SELECT id, date_trunc('milliseconds', clock_timestamp()), 0
                  FROM fresh
            )
            SELECT\s""" + COLUMNS + """
              FROM fresh AS inventories
            """;

    /**
     * Adds an inventory with its owner and its log; its first day turns at its next midnight and hour.
     *
     * @return fails with {@code INVALID} when PostgreSQL does not know the time zone
     */
    Future<InventoryAccount> insert(
            SqlClient client,
            UUID id,
            UserId owner,
            String name,
            @Nullable String currency,
            ZoneId timeZone,
            int leadDays,
            int turnHour) {
        Tuple parameters = Tuple.of(id, owner.value(), name, currency, timeZone.getId())
                .addInteger(leadDays)
                .addInteger(turnHour);
        return Rows.first(client, INSERT, parameters, MemberRepository::toInventory)
                .map(Optional::orElseThrow)
                .recover(MemberRepository::reword);
    }

    private static final String UPDATE = "WITH days AS (" + OwnInventory.SET_DAYS + """
            ), profile AS (
                -- What holds for a user's own inventory is what their profile says.
                UPDATE users
                   SET time_zone = $2, lead_days = $3, turn_hour = $4, version = version + 1, updated_at = now()
                 WHERE id = $1 AND (time_zone, lead_days, turn_hour) IS DISTINCT FROM ($2, $3, $4)
            )
            SELECT 1 AS done
            """;

    private static final String RENAME = """
            UPDATE inventories
               SET name = $2, currency = $3, version = $4 + 1, updated_at = now()
             WHERE id = $1
            RETURNING\s""" + COLUMNS;

    /**
     * Changes an inventory's settings to what is given, and counts the version up by one.
     *
     * @return fails as {@link #insert} does
     */
    Future<InventoryAccount> update(SqlClient client, InventoryAccount changed) {
        Tuple days = Tuple.of(changed.id(), changed.timeZone().getId(), changed.leadDays(), changed.turnHour());
        Tuple names = Tuple.of(changed.id(), changed.name(), changed.currency(), changed.version());
        return Rows.first(client, UPDATE, days, row -> row.getInteger("done"))
                .compose(set -> Rows.first(client, RENAME, names, MemberRepository::toInventory))
                .map(Optional::orElseThrow)
                .recover(MemberRepository::reword);
    }

    private static Future<InventoryAccount> reword(Throwable failure) {
        return Future.failedFuture(
                SqlFailures.isInvalidParameter(failure)
                        ? Problem.at(
                                Problem.Code.INVALID,
                                List.of("input", "timeZone"),
                                "The database does not know this time zone. Name one by its continent and city, such as Europe/Paris.")
                        : failure);
    }

    // The tokens by name: where a database is distributed, no foreign key leads from a user's rows to an inventory's.
    private static final String DELETE = """
            WITH revoked AS (
                DELETE FROM api_tokens
                 WHERE inventory_id = $1
            )
            DELETE FROM inventories
             WHERE id = $1
            """;

    /** Deletes an inventory and everything that refers to it. */
    Future<Integer> delete(SqlClient client, InventoryId inventoryId) {
        return Rows.change(client, DELETE, Tuple.of(inventoryId.value()));
    }

    private static final String NAMES = """
            SELECT id, username
              FROM users
             WHERE id = ANY ($1)
            """;

    /** The usernames of users; one who is gone is left out. */
    Future<Map<UUID, String>> names(SqlClient client, Collection<UUID> users) {
        return Rows.map(
                client,
                NAMES,
                Tuple.tuple().addArrayOfUUID(users.toArray(UUID[]::new)),
                row -> row.getUUID("id"),
                row -> row.getString("username"));
    }

    private static final String MEMBERS = """
            WITH member AS MATERIALIZED (
                SELECT inventory_id, user_id, role, joined_at
                  FROM members
                 WHERE inventory_id = ANY ($1)
            )
            SELECT member.inventory_id, member.user_id, users.username, member.role, member.joined_at
              FROM member
              JOIN users ON users.id = member.user_id
             ORDER BY member.joined_at, member.user_id
            """;

    /** The members of inventories, the longest first. */
    Future<List<Map.Entry<UUID, InventoryMember>>> members(SqlClient client, Collection<UUID> inventories) {
        return Rows.list(
                client,
                MEMBERS,
                Tuple.tuple().addArrayOfUUID(inventories.toArray(UUID[]::new)),
                row -> Map.entry(row.getUUID("inventory_id"), toMember(row)));
    }

    private static final String MEMBER = """
            WITH member AS MATERIALIZED (
                SELECT user_id, role, joined_at
                  FROM members
                 WHERE inventory_id = $1 AND user_id = $2
            )
            SELECT member.user_id, users.username, member.role, member.joined_at
              FROM member
              JOIN users ON users.id = $2
            """;

    /** One member; empty when the user is none. */
    Future<Optional<InventoryMember>> member(SqlClient client, InventoryId inventoryId, UserId userId) {
        return Rows.first(client, MEMBER, Tuple.of(inventoryId.value(), userId.value()), MemberRepository::toMember);
    }

    private static final String ADD_MEMBER = """
            INSERT INTO members (inventory_id, user_id, role)
            SELECT $1, $2, $3
             WHERE $4 > (SELECT count(*) FROM members WHERE inventory_id = $1)
            """;

    /** Makes a user a member; 0 when there are as many as may be. */
    Future<Integer> addMember(SqlClient client, InventoryId inventoryId, UserId userId, Role role, int most) {
        return Rows.change(
                client,
                ADD_MEMBER,
                Tuple.of(inventoryId.value(), userId.value(), role.name()).addLong((long) most));
    }

    private static final String SET_ROLE = """
            UPDATE members
               SET role = $3
             WHERE inventory_id = $1 AND user_id = $2
            """;

    Future<Integer> setRole(SqlClient client, InventoryId inventoryId, UserId userId, Role role) {
        return Rows.change(client, SET_ROLE, Tuple.of(inventoryId.value(), userId.value(), role.name()));
    }

    private static final String REMOVE_MEMBER = """
            WITH revoked AS (
                DELETE FROM api_tokens
                 WHERE user_id = $2 AND inventory_id = $1
            )
            DELETE FROM members
             WHERE inventory_id = $1 AND user_id = $2
            """;

    /** Ends a membership, and with it the user's API tokens for the inventory. */
    Future<Integer> removeMember(SqlClient client, InventoryId inventoryId, UserId userId) {
        return Rows.change(client, REMOVE_MEMBER, Tuple.of(inventoryId.value(), userId.value()));
    }

    private static final String SET_OWNER = """
            WITH former AS (
                UPDATE members
                   SET role = CASE WHEN user_id = $2 THEN 'OWNER' ELSE 'EDITOR' END
                 WHERE inventory_id = $1 AND (user_id = $2 OR role = 'OWNER')
            )
            UPDATE inventories
               SET owner_id = $2, active = (SELECT active FROM users WHERE users.id = $2), version = version + 1,
                   updated_at = now()
             WHERE id = $1
            RETURNING\s""" + COLUMNS;

    /** Makes a member the owner, and the former owner an editor. */
    Future<InventoryAccount> setOwner(SqlClient client, InventoryId inventoryId, UserId owner) {
        return Rows.first(
                        client, SET_OWNER, Tuple.of(inventoryId.value(), owner.value()), MemberRepository::toInventory)
                .map(Optional::orElseThrow);
    }

    private static final String INVITE = """
            INSERT INTO invitations (inventory_id, id, hash, role, email, invited_by, expires_at)
            SELECT $1, $2, $3, $4, $5, $6, now() + interval '7 days'
             WHERE $7 > (SELECT count(*) FROM invitations WHERE inventory_id = $1 AND expires_at > now())
            RETURNING id, role, email, created_at, expires_at
            """;

    /** Adds an invitation; empty when as many wait as may. */
    Future<Optional<InventoryInvitation>> invite(
            SqlClient client,
            InventoryId inventoryId,
            UUID id,
            Buffer hash,
            Role role,
            @Nullable String email,
            UserId invitedBy,
            int most) {
        Tuple parameters = Tuple.of(inventoryId.value(), id, hash, role.name(), email, invitedBy.value())
                .addLong((long) most);
        return Rows.first(client, INVITE, parameters, MemberRepository::toInvitation);
    }

    private static final String INVITATIONS = """
            SELECT id, role, email, created_at, expires_at
              FROM invitations
             WHERE inventory_id = $1 AND expires_at > now()
             ORDER BY id DESC
            """;

    /** The invitations that wait, the newest first. */
    Future<List<InventoryInvitation>> invitations(SqlClient client, InventoryId inventoryId) {
        return Rows.list(client, INVITATIONS, Tuple.of(inventoryId.value()), MemberRepository::toInvitation);
    }

    private static final String INVITATION = """
            SELECT id, role, email, created_at, expires_at
              FROM invitations
             WHERE inventory_id = $1 AND id = $2 AND hash = $3 AND expires_at > now()
            """;

    /** The invitation that a code is of; empty when it is of none, or not any more. */
    Future<Optional<InventoryInvitation>> invitation(SqlClient client, InventoryId inventoryId, UUID id, Buffer hash) {
        return Rows.first(client, INVITATION, Tuple.of(inventoryId.value(), id, hash), MemberRepository::toInvitation);
    }

    private static final String WITHDRAW = """
            DELETE FROM invitations
             WHERE inventory_id = $1 AND id = $2
            """;

    /** Takes an invitation back, or out of use; 0 when it is gone already. */
    Future<Integer> withdraw(SqlClient client, InventoryId inventoryId, UUID id) {
        return Rows.change(client, WITHDRAW, Tuple.of(inventoryId.value(), id));
    }

    private static InventoryAccount toInventory(Row row) {
        return new InventoryAccount(
                row.getUUID("id"),
                row.getUUID("owner_id"),
                row.getString("name"),
                row.getString("currency"),
                ZoneId.of(row.getString("time_zone")),
                row.getInteger("lead_days"),
                row.getInteger("turn_hour"),
                row.getInteger("version"),
                row.get(OffsetDateTime.class, "created_at").toInstant(),
                row.get(OffsetDateTime.class, "updated_at").toInstant());
    }

    private static InventoryMember toMember(Row row) {
        return new InventoryMember(
                row.getUUID("user_id"),
                row.getString("username"),
                Role.valueOf(row.getString("role")),
                row.get(OffsetDateTime.class, "joined_at").toInstant());
    }

    private static InventoryInvitation toInvitation(Row row) {
        return new InventoryInvitation(
                row.getUUID("id"),
                Role.valueOf(row.getString("role")),
                row.getString("email"),
                row.get(OffsetDateTime.class, "created_at").toInstant(),
                row.get(OffsetDateTime.class, "expires_at").toInstant());
    }

    private static final String FORGET_OUTDATED = """
            DELETE FROM invitations
             WHERE (inventory_id, id) IN (
                   SELECT inventory_id, id
                     FROM invitations
                    WHERE expires_at <= now()
                    ORDER BY expires_at
                    LIMIT $1)
            """;

    /** Forgets invitations that have run out. */
    static final Job JANITOR = Job.deleting("forget-invitations", Duration.ofHours(1), FORGET_OUTDATED);

    private static final String END_EVERY = """
            UPDATE public.invitations
               SET expires_at = now()
             WHERE expires_at > now()
            """;

    /** An invitation may have been accepted or withdrawn since. */
    static final AfterRestore AFTER_RESTORE = new AfterRestore("invitations", "expires_at", END_EVERY);
}
