package org.expirytracker.db;

import io.vertx.core.VertxException;
import io.vertx.pgclient.PgException;
import java.io.IOException;
import java.util.Set;
import java.util.concurrent.TimeoutException;
import java.util.regex.Pattern;
import org.expirytracker.kernel.OutOfMemory;
import org.expirytracker.kernel.Problem;
import org.expirytracker.kernel.Problem.Code;

/**
 * The one place where a failure of the database becomes something a client may read: by SQLSTATE
 * (PostgreSQL documentation, Appendix A). What a violated constraint means, the room that owns the table says: see
 * {@link Conflict}.
 */
public final class SqlFailures {

    private static final String READ_ONLY = "The database takes no changes just now. Try again in a few seconds.";

    private static final String TOO_LONG =
            "The database did not finish this in time. Ask for less, or try again in a few seconds.";

    // A foreign key, a unique one, and what a distributed database makes of either.
    private static final Set<String> VIOLATIONS = Set.of("23503", "23505", "XX000");

    private SqlFailures() {}

    /** The failure as a {@link Problem}, or the failure itself when it is a bug. */
    public static Throwable asProblem(Throwable failure) {
        OutOfMemory.endProcessIf(failure);
        return switch (failure) {
            case Problem problem -> problem;
            case PgException refused -> ofSqlState(refused);
            // Out of reach, connection lost, no connection in time, or no answer in time.
            case IOException lost -> unavailable();
            case TimeoutException late -> unavailable();
            case VertxException closed -> unavailable();
            case RuntimeException bug -> isPoolWait(bug) ? unavailable() : bug;
            default -> failure;
        };
    }

    /** The database cannot answer now; the same request may succeed later. */
    public static Problem unavailable() {
        return Problem.of(Code.UNAVAILABLE, "The database does not answer just now. Try again in a few seconds.");
    }

    /**
     * Whether a statement ran so long that the database stopped it. Where what was asked for decides how long it takes, that
     * is too much to ask; anywhere else the database is slow just now.
     */
    public static boolean ranTooLong(Throwable failure) {
        return failure instanceof Problem problem && TOO_LONG.equals(problem.getMessage());
    }

    /** Whether a parameter was of a form that its function does not take, such as the name of a time zone. */
    public static boolean isInvalidParameter(Throwable failure) {
        return failure instanceof PgException refused && "22023".equals(refused.getSqlState());
    }

    /**
     * Whether a constraint of this name was violated. A distributed database may say so in the message alone, with the
     * number of a shard behind the name, such as {@code users_email_key_102008}, and with the SQLSTATE of an internal
     * error when the rows came from a query.
     *
     * @param constraint of a unique or foreign key, or the name of a unique index
     */
    public static boolean violates(Throwable failure, String constraint) {
        if (!(failure instanceof PgException refused) || !VIOLATIONS.contains(refused.getSqlState())) {
            return false;
        }
        String text = refused.getConstraint() == null ? refused.getErrorMessage() : refused.getConstraint();
        return Pattern.compile("(?<!\\w)" + Pattern.quote(constraint) + "(?:_[0-9]+)?(?!\\w)")
                .matcher(text)
                .find();
    }

    static boolean isWorthAnotherTry(Throwable failure) {
        return failure instanceof PgException refused
                && ("40001".equals(refused.getSqlState()) || "40P01".equals(refused.getSqlState()));
    }

    /** Whether the server only lets itself be read, as a standby does. */
    static boolean isReadOnly(Throwable failure) {
        return failure instanceof Problem problem
                ? READ_ONLY.equals(problem.getMessage())
                : failure instanceof PgException refused && "25006".equals(refused.getSqlState());
    }

    /** Whether the server does not know a statement at all, as one may that only speaks as PostgreSQL does. */
    public static boolean isUnsupported(Throwable failure) {
        return failure instanceof PgException refused
                && ("0A000".equals(refused.getSqlState()) || "42601".equals(refused.getSqlState()));
    }

    static boolean isStalePlan(Throwable failure) {
        return failure instanceof PgException refused
                && "0A000".equals(refused.getSqlState())
                // The message is in the language of the server.
                && "RevalidateCachedQuery".equals(refused.getRoutine());
    }

    private static Throwable ofSqlState(PgException refused) {
        String state = refused.getSqlState() == null ? "" : refused.getSqlState();
        return switch (state) {
            // Text that PostgreSQL cannot store; readers of input refuse it earlier.
            case "22021", "22P05" -> Problem.of(Code.INVALID, "A text contains a character that cannot be stored.");
            case "57014" -> Problem.of(Code.UNAVAILABLE, TOO_LONG);
            // Lock and deadlock limits; a server that stops or starts.
            case "55P03", "40001", "40P01", "57P01", "57P02", "57P03", "25P03" -> unavailable();
            case "25006" -> Problem.of(Code.UNAVAILABLE, READ_ONLY);
            // No connection; no disk, memory or room for another one; trouble with its disk.
            default ->
                state.startsWith("08") || state.startsWith("53") || state.startsWith("58") ? unavailable() : refused;
        };
    }

    private static boolean isPoolWait(RuntimeException failure) {
        String message = failure.getMessage();
        return message != null
                && (message.startsWith("Timeout")
                        || message.contains("max wait queue")
                        || message.contains("Pool closed"));
    }
}
