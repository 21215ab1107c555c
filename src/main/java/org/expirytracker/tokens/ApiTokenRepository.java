package org.expirytracker.tokens;

import io.vertx.core.Future;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.SqlClient;
import io.vertx.sqlclient.Tuple;
import java.time.Instant;
import java.time.LocalDate;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Stream;
import org.expirytracker.backups.AfterRestore;
import org.expirytracker.credentials.OpaqueToken;
import org.expirytracker.db.Rows;
import org.expirytracker.inventories.Membership;
import org.expirytracker.jobs.Outdated;
import org.expirytracker.kernel.Access;
import org.expirytracker.kernel.Caller;
import org.expirytracker.kernel.Holdings;
import org.expirytracker.kernel.InventoryId;
import org.expirytracker.kernel.NodeId;
import org.expirytracker.kernel.Page;
import org.expirytracker.kernel.UserId;
import org.expirytracker.tokens.CallerParticulars.CallerToken;
import org.expirytracker.users.User;
import org.jspecify.annotations.Nullable;

/** SQL of the table {@code api_tokens}. $1 is always the user, but for what notes that tokens were used. */
public final class ApiTokenRepository {

    private static final String COLUMNS = "id, name, scopes, created_at, expires_at, last_used_at, revoked_at";

    /**
     * Who may come in with a token.
     *
     * @param unnoted whether it is time to note that it is used
     */
    record Live(Caller caller, boolean unnoted) {}

    private static final String FIND_LIVE = """
            WITH asked AS MATERIALIZED (
                SELECT api_tokens.user_id, coalesce(api_tokens.inventory_id, api_tokens.user_id) AS inventory_id,
                       api_tokens.scopes, coalesce(api_tokens.last_used_at < now() - interval '1 minute', true) AS unnoted
                  FROM api_tokens
                  JOIN users ON users.id = api_tokens.user_id
                 WHERE api_tokens.user_id = $1 AND api_tokens.id = $2 AND api_tokens.hash = $3
                   AND api_tokens.revoked_at IS NULL AND coalesce(api_tokens.expires_at > now(), true)
                   AND users.active AND coalesce(users.locked_until <= now(), true)
            )
            """ + Membership.SEATS + """
            SELECT asked.scopes, asked.unnoted,
            """ + Membership.COLUMNS + """
              FROM asked
            """ + Membership.JOIN;

    /** The caller behind a token; empty when it proves nothing, or not any more, or nobody may act for the user. */
    Future<Optional<Live>> findLive(SqlClient client, OpaqueToken token) {
        return Rows.first(client, FIND_LIVE, Tuple.of(token.userId().value(), token.id(), token.hash()), row -> row)
                .map(found -> found.flatMap(row -> Membership.of(row)
                        .map(member -> new Live(
                                member.caller(
                                        token.userId(), token.id(), new Holdings.OfToken(Set.copyOf(scopes(row)))),
                                row.getBoolean("unnoted")))));
    }

    private static final String CALLER = """
            SELECT users.username, api_tokens.name, api_tokens.scopes, api_tokens.expires_at
              FROM users
              LEFT JOIN api_tokens ON api_tokens.user_id = $1 AND api_tokens.id = $2
             WHERE users.id = $1
            """;

    /** Who calls, and with which API token; empty when the user is gone meanwhile. */
    Future<Optional<CallerParticulars>> caller(SqlClient client, Caller caller, LocalDate today, List<Access> all) {
        return Rows.first(
                client,
                CALLER,
                Tuple.of(caller.userId().value(), caller.sessionId()),
                row -> new CallerParticulars(
                        new NodeId(User.TYPE, caller.userId().value()).encoded(),
                        row.getString("username"),
                        caller.zone(),
                        today,
                        all.stream().filter(caller.holds()::contains).toList(),
                        row.getString("name") == null
                                ? null
                                : new CallerToken(row.getString("name"), scopes(row), instant(row, "expires_at"))));
    }

    private static final String USED = """
            UPDATE api_tokens
               SET last_used_at = now()
              FROM unnest($1::uuid[], $2::uuid[]) AS used (user_id, id)
             WHERE api_tokens.user_id = used.user_id AND api_tokens.id = used.id
               AND (api_tokens.last_used_at IS NULL OR api_tokens.last_used_at < now() - interval '1 minute')
            """;

    /** Notes that tokens are used, each at most once a minute. */
    Future<Integer> used(SqlClient client, Set<Caller> callers) {
        return Rows.change(
                client,
                USED,
                Tuple.tuple()
                        .addArrayOfUUID(callers.stream()
                                .map(caller -> caller.userId().value())
                                .toArray(UUID[]::new))
                        .addArrayOfUUID(callers.stream().map(Caller::sessionId).toArray(UUID[]::new)));
    }

    private static final String INSERT = """
            INSERT INTO api_tokens (user_id, id, name, hash, scopes, expires_at, inventory_id)
            SELECT $1, $2, $3, $4, $5, $6, nullif($8::uuid, $1)
             WHERE $7 > (
                   SELECT count(*)
                     FROM api_tokens
                    WHERE user_id = $1 AND revoked_at IS NULL AND (expires_at IS NULL OR expires_at > now()))
            RETURNING\s""" + COLUMNS;

    /**
     * Adds a token, in a transaction that locks the user's log.
     *
     * @param inventory in which it works
     * @param most how many of a user's may work at once
     * @return empty when as many work already
     */
    Future<Optional<ApiToken>> insert(
            SqlClient client, OpaqueToken token, NewApiToken wanted, InventoryId inventory, int most) {
        Instant expiresAt = wanted.expiresAt();
        Tuple parameters = Tuple.of(token.userId().value(), token.id(), wanted.name(), token.hash())
                .addArrayOfString(wanted.scopes().stream()
                        .flatMap(scope -> scope.scope().stream())
                        .toArray(String[]::new))
                .addValue(expiresAt == null ? null : expiresAt.atOffset(ZoneOffset.UTC))
                .addLong((long) most)
                .addUUID(inventory.value());
        return Rows.first(client, INSERT, parameters, ApiTokenRepository::toApiToken);
    }

    private static final String REVOKE = """
            UPDATE api_tokens
               SET revoked_at = now()
             WHERE user_id = $1 AND id = $2 AND revoked_at IS NULL
            RETURNING\s""" + COLUMNS;

    /** Revokes a token; empty when it was revoked before. */
    Future<Optional<ApiToken>> revoke(SqlClient client, UserId userId, UUID id) {
        return Rows.first(client, REVOKE, Tuple.of(userId.value(), id), ApiTokenRepository::toApiToken);
    }

    private static final String REVOKE_ALL = """
            UPDATE api_tokens
               SET revoked_at = now()
             WHERE user_id = $1 AND revoked_at IS NULL AND (expires_at IS NULL OR expires_at > now())
            RETURNING\s""" + COLUMNS;

    /** Revokes every token that works; which. */
    Future<List<ApiToken>> revokeAll(SqlClient client, UserId userId) {
        return Rows.list(client, REVOKE_ALL, Tuple.of(userId.value()), ApiTokenRepository::toApiToken);
    }

    // Ids tell the time: the newest is the greatest.
    private static final String FIRST = "SELECT " + COLUMNS + """

              FROM api_tokens
             WHERE user_id = $1 AND ($2::uuid IS NULL OR id < $2)
             ORDER BY id DESC
             LIMIT $3
            """;

    private static final String LAST = "SELECT " + COLUMNS + """

              FROM api_tokens
             WHERE user_id = $1 AND ($2::uuid IS NULL OR id > $2)
             ORDER BY id
             LIMIT $3
            """;

    /** A page, newest first, in the direction of reading. */
    Future<List<ApiToken>> list(SqlClient client, UserId userId, Page page, @Nullable UUID place) {
        return Rows.list(
                client,
                page.forward() ? FIRST : LAST,
                Tuple.of(userId.value(), place, page.limit()),
                ApiTokenRepository::toApiToken);
    }

    private static final String COUNT = """
            SELECT count(*)::integer AS tokens
              FROM api_tokens
             WHERE user_id = $1
            """;

    /** How many tokens there are. */
    Future<Integer> count(SqlClient client, UserId userId) {
        return Rows.first(client, COUNT, Tuple.of(userId.value()), row -> row.getInteger("tokens"))
                .map(found -> found.orElse(0));
    }

    private static final String FIND = "SELECT " + COLUMNS + """

              FROM api_tokens
             WHERE user_id = $1 AND id = ANY ($2)
            """;

    /** Tokens by id; one that does not exist is left out. */
    Future<Map<UUID, ApiToken>> find(SqlClient client, UserId userId, Collection<UUID> ids) {
        Tuple parameters = Tuple.of(userId.value()).addArrayOfUUID(ids.toArray(UUID[]::new));
        return Rows.map(client, FIND, parameters, row -> row.getUUID("id"), ApiTokenRepository::toApiToken);
    }

    private static ApiToken toApiToken(Row row) {
        return new ApiToken(
                row.getUUID("id"),
                row.getString("name"),
                scopes(row),
                row.get(OffsetDateTime.class, "created_at").toInstant(),
                instant(row, "expires_at"),
                instant(row, "last_used_at"),
                instant(row, "revoked_at"));
    }

    private static List<Access> scopes(Row row) {
        return Stream.of(row.getArrayOfStrings("scopes")).map(Access::ofScope).toList();
    }

    private static @Nullable Instant instant(Row row, String column) {
        OffsetDateTime at = row.get(OffsetDateTime.class, column);
        return at == null ? null : at.toInstant();
    }

    private static final String REVOKE_EVERY = """
            UPDATE public.api_tokens
               SET revoked_at = now()
             WHERE revoked_at IS NULL
            """;

    /** A token may have been revoked since. */
    public static final AfterRestore AFTER_RESTORE = new AfterRestore("api_tokens", "revoked_at", REVOKE_EVERY);

    private static final String FORGET_OUTDATED = """
            DELETE FROM api_tokens
             WHERE (user_id, id) IN (
                   SELECT user_id, id
                     FROM api_tokens
                    WHERE user_id = ANY ($1) AND least(revoked_at, expires_at) < now() - interval '30 days'
                    LIMIT $2)
            """;

    /** Tokens that ended more than 30 days ago. */
    public static final Outdated OUTDATED = new Outdated(FORGET_OUTDATED);
}
