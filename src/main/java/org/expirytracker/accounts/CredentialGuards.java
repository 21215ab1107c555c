package org.expirytracker.accounts;

import io.vertx.core.Future;
import io.vertx.sqlclient.SqlClient;
import java.time.Instant;
import java.util.function.Supplier;
import org.expirytracker.db.Database;
import org.expirytracker.kernel.Problem;

/**
 * Limits how often a password, code or answer can be guessed, over all nodes together. A try is taken before anything
 * is looked at: three in a row are free, then each waits longer (1, 2, 4 … 64 s), and from the tenth failure on nothing
 * is looked at for 15 minutes, twice as long after each further one, up to 24 hours. What is right sets the count back.
 * Live sessions are not concerned.
 */
final class CredentialGuards {

    /** What is guessed; each kind is counted apart. */
    enum Kind {
        /** The password, of somebody who logs in. */
        LOGIN,
        /** The code of a second factor. */
        TWO_FACTOR,
        /** The answer to a security question. */
        ANSWER,
        /** The current password, of somebody who is logged in. */
        CONFIRMATION
    }

    private final Database database;
    private final CredentialGuardRepository guards = new CredentialGuardRepository();

    /** Guards over one event loop's connections. */
    CredentialGuards(Database database) {
        this.database = database;
    }

    /**
     * Does work that finds out whether a credential is right, unless too many were wrong. A try counts as failed from
     * its beginning, so that a thousand at once are as limited as a thousand in a row. It stays counted when the work
     * fails with {@code WRONG_CREDENTIALS}; success sets the count back; any other failure has found nothing out, and
     * gives the try back.
     *
     * @param work begins only when a try was left; must not look at the credential before it is called
     * @return as the work does; fails with {@code ACCOUNT_LOCKED} and the instant from which the next try is taken
     */
    <T> Future<T> guard(Kind kind, Subject subject, Supplier<Future<T>> work) {
        return database.transaction(connection -> guards.take(connection, kind, subject))
                .compose(blocked ->
                        blocked.isEmpty() ? attempt(kind, subject, work) : Future.failedFuture(locked(blocked.get())));
    }

    // A count that could not be set back or given back delays the next try and does no other harm.
    private <T> Future<T> attempt(Kind kind, Subject subject, Supplier<Future<T>> work) {
        return Future.succeededFuture()
                .compose(taken -> work.get())
                .compose(
                        right -> database.transaction(connection -> reset(connection, kind, subject))
                                .transform(reset -> Future.succeededFuture(right)),
                        failure -> isWrong(failure)
                                ? Future.failedFuture(failure)
                                : database.transaction(connection -> guards.giveBack(connection, kind, subject))
                                        .transform(givenBack -> Future.failedFuture(failure)));
    }

    private static boolean isWrong(Throwable failure) {
        return failure instanceof Problem problem && problem.code() == Problem.Code.WRONG_CREDENTIALS;
    }

    static Problem locked(Instant until) {
        return Problem.until(
                Problem.Code.ACCOUNT_LOCKED,
                until,
                "Too many tries were wrong. Nothing is looked at for a while; try again at the time given in retryAt.");
    }

    /** Sets the count back, for somebody who has proven in another way who they are. */
    Future<?> reset(SqlClient client, Kind kind, Subject subject) {
        return guards.reset(client, kind, subject);
    }
}
