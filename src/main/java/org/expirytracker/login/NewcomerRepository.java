package org.expirytracker.login;

import io.vertx.core.Future;
import io.vertx.sqlclient.SqlClient;
import io.vertx.sqlclient.Tuple;
import java.time.ZoneId;
import java.util.Optional;
import org.expirytracker.db.Rows;
import org.expirytracker.inventories.OwnInventory;
import org.expirytracker.kernel.UserId;
import org.expirytracker.users.User;
import org.expirytracker.users.UserRepository;

/** SQL of the table {@code users}, for those who are not in it yet. */
final class NewcomerRepository {

    /**
     * Somebody who registers.
     *
     * @param passwordHash in PHC string format
     */
    record Newcomer(UserId userId, String username, String email, String passwordHash, ZoneId timeZone) {

        /** Without the hash: it may end up in a log. */
        @Override
        public String toString() {
            return "Newcomer[userId=" + userId + "]";
        }
    }

    private static final String FIND_OWNER = "SELECT " + UserRepository.COLUMNS + """
              FROM users
             WHERE text_identity(email) COLLATE "C" = text_identity($1)
            """;

    /** Whose an e-mail address is, in any spelling that counts as the same. */
    Future<Optional<User>> findOwner(SqlClient client, String email) {
        return Rows.first(client, FIND_OWNER, Tuple.of(email), UserRepository::toUser);
    }

    private static final String GIVE_WAY = """
            WITH gone AS (
                DELETE FROM users
                 WHERE (text_identity(username) COLLATE "C" = text_identity($1) OR text_identity(email) COLLATE "C" = text_identity($2))
                   AND awaits_verification AND created_at < now() - interval '1 day'
             RETURNING id
            )
            DELETE FROM jobs
             USING gone
             WHERE jobs.tenant_id = gone.id
            """;

    /**
     * Deletes whoever has registered with this name or address more than a day ago, but never proven the address.
     *
     * @return how many jobs of theirs there were
     */
    Future<Integer> giveWay(SqlClient client, Newcomer newcomer) {
        return Rows.change(client, GIVE_WAY, Tuple.of(newcomer.username(), newcomer.email()));
    }

    private static final String INSERT_AWAITING =
            """
            WITH newcomer AS (
                INSERT INTO users (id, username, email, password_hash, time_zone, next_day_at, awaits_verification)
                SELECT $1::uuid, $2, $3, $4, $5, min(begins), true
                  FROM generate_series(0, 2) AS days,
                       day_begins_at((now() AT TIME ZONE $5::text)::date + days, 0::smallint, $5) AS begins
                 WHERE begins > now()
                ON CONFLICT DO NOTHING
             RETURNING *
            )
            """ + OwnInventory.OF_NEWCOMER + "SELECT " + UserRepository.COLUMNS + "FROM newcomer";

    /** As {@link UserRepository#insert}, for a user who cannot log in yet; empty when the username or the address is taken. */
    Future<Optional<User>> insertAwaiting(SqlClient client, Newcomer newcomer) {
        Tuple parameters = Tuple.of(
                newcomer.userId().value(),
                newcomer.username(),
                newcomer.email(),
                newcomer.passwordHash(),
                newcomer.timeZone().getId());
        return Rows.first(client, INSERT_AWAITING, parameters, UserRepository::toUser);
    }
}
