package org.expirytracker.login;

import io.vertx.core.Future;
import io.vertx.sqlclient.SqlClient;
import io.vertx.sqlclient.SqlConnection;
import io.vertx.sqlclient.Tuple;
import java.time.ZoneId;
import java.util.Optional;
import org.expirytracker.db.Rows;
import org.expirytracker.inventories.OwnInventory;
import org.expirytracker.kernel.UserId;
import org.expirytracker.users.User;
import org.expirytracker.users.UserDirectory;
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

    private final UserDirectory directory = new UserDirectory();
    private final UserRepository users = new UserRepository();

    /** Whose an e-mail address is, in any spelling that counts as the same. */
    Future<Optional<User>> findOwner(SqlClient client, String email) {
        return directory
                .find(client, email)
                .compose(named -> users.find(client, UserDirectory.orNobody(named.byAddress())));
    }

    private static final String GIVE_WAY = """
            WITH gone AS (
                DELETE FROM users
                 WHERE id = $1 AND awaits_verification AND created_at < now() - interval '1 day'
             RETURNING id, username, email
            )
            """ + UserDirectory.OF_GONE + OwnInventory.OF_GONE + """
            DELETE FROM jobs
             USING gone
             WHERE jobs.tenant_id = gone.id
            """;

    /** Deletes whoever has registered with this name or address more than a day ago, but never proven the address. */
    Future<?> giveWay(SqlConnection transaction, Newcomer newcomer) {
        return directory
                .find(transaction, newcomer.username())
                .compose(named -> giveWay(transaction, named.byUsername()))
                .compose(gone -> directory.find(transaction, newcomer.email()))
                .compose(named -> giveWay(transaction, named.byAddress()));
    }

    private static Future<?> giveWay(SqlConnection transaction, Optional<UserId> who) {
        return Rows.change(
                transaction, GIVE_WAY, Tuple.of(UserDirectory.orNobody(who).value()));
    }

    private static final String INSERT_AWAITING = UserDirectory.ENTER_IF_FREE + """
            , newcomer AS (
                INSERT INTO users (id, username, email, password_hash, time_zone, next_day_at, awaits_verification)
                SELECT entered.user_id, $2, $3, $4, $5, min(begins), true
                  FROM entered, generate_series(0, 2) AS days,
                       day_begins_at((now() AT TIME ZONE $5::text)::date + days, 0::smallint, $5) AS begins
                 WHERE begins > now()
                 GROUP BY entered.user_id
                ON CONFLICT DO NOTHING
             RETURNING *
            )
            """ + OwnInventory.OF_NEWCOMER
            + "SELECT " + UserRepository.COLUMNS + "FROM newcomer";

    /** As {@link UserRepository#insert}, for a user who cannot log in yet; empty when the username or the address is taken. */
    Future<Optional<User>> insertAwaiting(SqlConnection transaction, Newcomer newcomer) {
        Tuple parameters = Tuple.of(
                newcomer.userId().value(),
                newcomer.username(),
                newcomer.email(),
                newcomer.passwordHash(),
                newcomer.timeZone().getId());
        return Rows.first(transaction, INSERT_AWAITING, parameters, UserRepository::toUser)
                .compose(added -> directory
                        .leave(transaction, newcomer.userId(), newcomer.username(), newcomer.email(), added.isEmpty())
                        .map(added));
    }
}
