package org.expirytracker.tokens;

import io.vertx.core.Future;
import io.vertx.sqlclient.SqlClient;
import io.vertx.sqlclient.Tuple;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.expirytracker.db.Rows;
import org.expirytracker.inventories.Membership;
import org.expirytracker.kernel.Access;
import org.expirytracker.kernel.Caller;
import org.expirytracker.kernel.Holdings;
import org.expirytracker.kernel.InventoryId;
import org.expirytracker.kernel.UserId;
import org.jspecify.annotations.Nullable;

/**
 * Who somebody is now for whom something is done while they are away: with the rights that they have at this moment, and no
 * more than the API token by which they asked for it.
 */
public final class AbsentCallers {

    private static final UUID NO_SESSION = new UUID(0, 0);

    private static final String FIND = """
            WITH asked AS (
                SELECT $2::uuid AS user_id, $1::uuid AS inventory_id
            )
            """ + Membership.SEATS + """
            SELECT api_tokens.scopes,
            """ + Membership.COLUMNS + """
              FROM users
              JOIN asked ON asked.user_id = users.id
            """ + Membership.JOIN + """
              LEFT JOIN api_tokens ON api_tokens.user_id = users.id AND api_tokens.id = $3
                                  AND coalesce(api_tokens.inventory_id, api_tokens.user_id) = $1
                                  AND api_tokens.revoked_at IS NULL AND coalesce(api_tokens.expires_at > now(), true)
             WHERE users.id = $2 AND users.active AND coalesce(users.locked_until <= now(), true)
               AND ($3::uuid IS NULL OR api_tokens.id IS NOT NULL)
            """;

    /**
     * Looks somebody up.
     *
     * @param token by which they asked; null for a session, which need not last as long. Nobody is an administrator
     * @return empty when they may not act in the inventory any more, or the token does not work any more
     */
    public Future<Optional<Caller>> find(
            SqlClient client, InventoryId inventoryId, UserId userId, @Nullable UUID token) {
        return Rows.first(client, FIND, Tuple.of(inventoryId.value(), userId.value(), token), row -> {
                    String[] scopes = row.getArrayOfStrings("scopes");
                    Holdings holds = token == null || scopes == null
                            ? new Holdings.OfSession(false)
                            : new Holdings.OfToken(accesses(scopes));
                    return Membership.of(row)
                            .map(member -> member.caller(userId, token == null ? NO_SESSION : token, holds));
                })
                .map(found -> found.flatMap(caller -> caller));
    }

    private static Set<Access> accesses(String[] scopes) {
        return Stream.of(scopes).map(Access::ofScope).collect(Collectors.toUnmodifiableSet());
    }
}
