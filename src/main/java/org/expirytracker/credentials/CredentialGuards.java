package org.expirytracker.credentials;

import io.vertx.core.Future;
import io.vertx.sqlclient.SqlClient;
import io.vertx.sqlclient.SqlConnection;
import java.time.Instant;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.Supplier;
import org.expirytracker.db.Database;
import org.expirytracker.db.Erasure;
import org.expirytracker.jobs.Job;
import org.expirytracker.kernel.Problem;

/**
 * Limits how often a password, code or answer can be guessed, over all nodes together. A try is taken before anything
 * is looked at: three in a row are free, then each waits longer (1, 2, 4 … 64 s), and from the tenth failure on nothing
 * is looked at for 15 minutes, twice as long after each further one, up to 24 hours. What is right sets the count back.
 * Live sessions are not concerned.
 */
public final class CredentialGuards {

    /** What is guessed; each kind is counted apart. */
    public enum Kind {
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
    private final KnownDevices devices = new KnownDevices();

    /** Guards over one event loop's connections. */
    public CredentialGuards(Database database) {
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
    public <T> Future<T> guard(Kind kind, Subject subject, Supplier<Future<T>> work) {
        return take(kind, subject)
                .compose(blocked -> blocked.isPresent()
                        ? Future.failedFuture(locked(blocked.get()))
                        : attempt(
                                work,
                                connection -> guards.reset(connection, kind, subject),
                                connection -> guards.giveBack(connection, kind, subject)));
    }

    /**
     * As above, but for a device that is known as this user's it takes one of the device's own tries: whoever has used
     * up those of everybody does not keep its owner out. What is right does not set the device's count back: it has ten
     * tries for all steps of a login together, and gets a new token at the end of it.
     *
     * @param device what the client sent to be known by; looked up for a name that nobody has as well
     */
    public <T> Future<T> guard(Kind kind, Subject subject, Optional<OpaqueToken> device, Supplier<Future<T>> work) {
        if (device.isEmpty()) {
            return guard(kind, subject, work);
        }
        OpaqueToken presented = device.get();
        return database.transaction(connection -> devices.take(connection, subject.id(), presented))
                .compose(known -> known
                        ? attempt(
                                work,
                                connection -> devices.giveBack(connection, subject.id(), presented),
                                connection -> devices.giveBack(connection, subject.id(), presented))
                        : guard(kind, subject, work));
    }

    private Future<Optional<Instant>> take(Kind kind, Subject subject) {
        return database.transaction(connection -> guards.take(connection, kind, subject))
                .recover(failure -> CredentialGuardRepository.isGone(failure)
                        ? guards.blockedUntil(database.reads(), kind, subject)
                        : Future.failedFuture(failure));
    }

    // A count that could not be set back or given back delays the next try and does no other harm.
    private <T> Future<T> attempt(
            Supplier<Future<T>> work,
            Function<SqlConnection, Future<Integer>> reset,
            Function<SqlConnection, Future<Integer>> giveBack) {
        return Future.succeededFuture()
                .compose(taken -> work.get())
                .compose(
                        right -> database.transaction(reset).transform(done -> Future.succeededFuture(right)),
                        failure -> isWrong(failure)
                                ? Future.failedFuture(failure)
                                : database.transaction(giveBack).transform(done -> Future.failedFuture(failure)));
    }

    private static boolean isWrong(Throwable failure) {
        return failure instanceof Problem problem && problem.code() == Problem.Code.WRONG_CREDENTIALS;
    }

    private static Problem locked(Instant until) {
        return Problem.until(
                Problem.Code.ACCOUNT_LOCKED,
                until,
                "Too many tries were wrong. Nothing is looked at for a while; try again at the time given in retryAt.");
    }

    /** Sets the count back, for somebody who has proven in another way who they are. */
    public Future<?> reset(SqlClient client, Kind kind, Subject subject) {
        return guards.reset(client, kind, subject);
    }

    /** What goes with a user who leaves. */
    public static final Erasure ERASURE = CredentialGuardRepository.ERASURE;

    /** Forgets the failures of whomever that are older than any block. */
    public static final Job JANITOR = CredentialGuardRepository.JANITOR;
}
