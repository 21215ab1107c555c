package org.expirytracker.users;

import io.vertx.core.Future;
import java.util.List;
import org.expirytracker.activities.ActivityLog;
import org.expirytracker.activities.Change;
import org.expirytracker.credentials.AccessTokens;
import org.expirytracker.db.Database;
import org.expirytracker.kernel.Caller;
import org.expirytracker.kernel.Problem;

/** Proves that an address is a user's own, by a token that is mailed there. */
public final class EmailVerification {

    private final Database database;
    private final ActivityLog log;
    private final Letters letters;
    private final UserRepository users = new UserRepository();
    private final OneTimeTokens oneTimeTokens = new OneTimeTokens();

    /** Over one event loop's connections; letters are the process's. */
    public EmailVerification(Database database, ActivityLog log, Letters letters) {
        this.database = database;
        this.log = log;
        this.letters = letters;
    }

    /**
     * Mails the caller a token, unless one was mailed within the last minute.
     *
     * @return fails with {@code CONFLICT} when the address is verified already, {@code UNAVAILABLE}
     */
    Future<Void> send(Caller caller) {
        return users.find(database.reads(), caller.userId())
                .map(found -> found.orElseThrow(AccessTokens::unauthenticated))
                .compose(user -> user.emailVerified()
                        ? Future.failedFuture(Problem.of(
                                Problem.Code.CONFLICT, "Your address is verified already; nothing was sent."))
                        : database.transaction(connection -> oneTimeTokens.issueForMail(
                                        connection, caller.userId(), OneTimeTokens.Purpose.EMAIL_VERIFICATION))
                                .map(issued -> {
                                    issued.ifPresent(token ->
                                            letters.verification(user.email(), user.username(), token.token()));
                                    return null;
                                }));
    }

    /**
     * Takes the token for proof of the address that it was mailed to. Whoever waits for that can log in from now on.
     *
     * @return the address; fails with {@code WRONG_CREDENTIALS} when the token is not good or the address is another one
     *     by now, {@code UNAVAILABLE}
     */
    Future<String> verify(String token) {
        return oneTimeTokens
                .find(database.reads(), token, OneTimeTokens.Purpose.EMAIL_VERIFICATION)
                .map(found -> found.orElseThrow(EmailVerification::wrongToken))
                .compose(proof -> log.change(proof.userId(), null, change -> verify(change, token)))
                .map(User::email);
    }

    private Future<User> verify(Change change, String token) {
        return users.find(change.connection(), change.userId())
                .map(found -> found.orElseThrow(EmailVerification::wrongToken))
                .compose(before -> oneTimeTokens
                        .use(change.connection(), token, OneTimeTokens.Purpose.EMAIL_VERIFICATION)
                        .map(found -> found.orElseThrow(EmailVerification::wrongToken))
                        .compose(proof -> users.verifyEmail(change.connection(), proof))
                        .map(found -> found.orElseThrow(EmailVerification::wrongToken))
                        .onSuccess(after -> change.record(UserActivities.ACCOUNT_UPDATED, after.id(), before, after)));
    }

    private static Problem wrongToken() {
        return Problem.at(
                Problem.Code.WRONG_CREDENTIALS,
                List.of("input", "token"),
                "This token does not work, or not any more. Ask for a new one.");
    }
}
