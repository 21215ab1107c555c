package org.expirytracker.users;

import io.vertx.core.Future;
import java.util.List;
import org.expirytracker.activities.Change;
import org.expirytracker.credentials.AccessTokens;
import org.expirytracker.credentials.CredentialGuards;
import org.expirytracker.credentials.Passwords;
import org.expirytracker.credentials.Subject;
import org.expirytracker.db.Database;
import org.expirytracker.kernel.Caller;
import org.expirytracker.kernel.Problem;

/** Checks the password of somebody who is logged in already, before what a stolen session alone must not do. */
public final class PasswordConfirmation {

    private final Database database;
    private final Passwords passwords;
    private final CredentialGuards guards;
    private final UserRepository users = new UserRepository();

    /**
     * Over one event loop's connections.
     *
     * @param passwords one for the process
     */
    public PasswordConfirmation(Database database, Passwords passwords) {
        this.database = database;
        this.passwords = passwords;
        this.guards = new CredentialGuards(database);
    }

    /**
     * Checks the password.
     *
     * @param input that the password came in, for the refusal
     * @return what was confirmed, for {@link #requireStill}; fails with {@code WRONG_CREDENTIALS}, {@code ACCOUNT_LOCKED}
     *     after too many wrong ones, {@code UNAVAILABLE}
     */
    public Future<UserRepository.Credentials> confirm(Caller caller, String password, String input) {
        return guards.guard(
                CredentialGuards.Kind.CONFIRMATION,
                Subject.of(caller.userId()),
                () -> users.findCredentials(database.reads(), caller.userId())
                        .map(found -> found.orElseThrow(AccessTokens::unauthenticated))
                        .compose(credentials -> passwords
                                .matches(password, credentials.passwordHash())
                                .map(matches -> {
                                    if (!matches) {
                                        throw wrongPassword(input);
                                    }
                                    return credentials;
                                })));
    }

    /**
     * Looks in the transaction of a change, where the password can change no more, whether it is still the one that was
     * confirmed.
     *
     * @return fails with {@code WRONG_CREDENTIALS} when it is not
     */
    public Future<?> requireStill(Change change, UserRepository.Credentials confirmed) {
        return users.hasPassword(change.connection(), change.userId(), confirmed.passwordHash())
                .map(still -> {
                    if (!still) {
                        throw wrongPassword("password");
                    }
                    return true;
                });
    }

    /** What is answered to a wrong password, and to one that has changed meanwhile: {@code WRONG_CREDENTIALS} at its input. */
    public static Problem wrongPassword(String input) {
        return Problem.at(Problem.Code.WRONG_CREDENTIALS, List.of("input", input), "The password is not right.");
    }
}
