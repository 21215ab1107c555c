package org.expirytracker.login;

import io.vertx.core.Future;
import io.vertx.sqlclient.SqlClient;
import io.vertx.sqlclient.Tuple;
import java.util.Optional;
import org.expirytracker.db.Rows;
import org.expirytracker.kernel.UserId;
import org.expirytracker.users.User;
import org.expirytracker.users.UserRepository;

/** SQL of the table {@code users}, for logins. $1 is always the user. */
final class LoginRepository {

    private static final String LOGGED_IN = """
            UPDATE users
               SET last_login_at = now()
             WHERE id = $1 AND password_hash = $2 AND active AND NOT awaits_verification AND NOT two_factor_enabled
               AND (locked_until IS NULL OR locked_until <= now())
            RETURNING\s""" + UserRepository.COLUMNS;

    /**
     * Notes a login, unless the password or the account has changed since it was checked.
     *
     * @param passwordHash the hash that the password was checked against
     */
    Future<Optional<User>> loggedIn(SqlClient client, UserId userId, String passwordHash) {
        return Rows.first(client, LOGGED_IN, Tuple.of(userId.value(), passwordHash), UserRepository::toUser);
    }

    private static final String COMPLETED_LOGIN = """
            UPDATE users
               SET last_login_at = now()
             WHERE id = $1 AND two_factor_enabled AND active AND NOT awaits_verification
               AND (locked_until IS NULL OR locked_until <= now())
            RETURNING\s""" + UserRepository.COLUMNS;

    /** Notes a login that was completed by a second factor, unless the account has changed since it began. */
    Future<Optional<User>> completedLogin(SqlClient client, UserId userId) {
        return Rows.first(client, COMPLETED_LOGIN, Tuple.of(userId.value()), UserRepository::toUser);
    }
}
