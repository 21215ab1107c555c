package org.expirytracker.migrations;

import java.sql.SQLException;
import java.time.Duration;
import java.util.concurrent.ThreadLocalRandom;

/**
 * How often a migration that meets a lock gives way to the traffic behind it and comes again: thirty times for each
 * step, after a random pause that grows. The files' {@code lock_timeout} bounds each wait.
 */
final class LockRetries {

    private static final int ATTEMPTS = 30;
    private static final String LOCK_NOT_AVAILABLE = "55P03";
    private static final String DEADLOCK_DETECTED = "40P01";

    private final Progress progress;
    private int attempt = 1;

    LockRetries(Progress progress) {
        this.progress = progress;
    }

    /** Whether the step shall begin anew; has waited a moment then. */
    boolean mayGoOn(SQLException cause, String file) {
        if (!isInTheWay(cause) || attempt == ATTEMPTS) {
            return false;
        }
        attempt++;
        progress.waits(
                file + " found a table in use and gave way; attempt " + attempt + " of " + ATTEMPTS + " follows");
        pause(Duration.ofMillis(ThreadLocalRandom.current().nextLong(100, 200L + 100L * attempt)));
        return true;
    }

    /** What to tell about a step that failed for good. */
    static MigrationFailure explain(SQLException cause, String file, boolean outsideTransaction) {
        if (isInTheWay(cause)) {
            return new MigrationFailure(
                    file + " found a table in use " + ATTEMPTS + " times and gave way each time; "
                            + (outsideTransaction
                                    ? "what it did outside a transaction before stays. End"
                                    : "nothing has changed. End")
                            + " the long transaction that holds it (pg_stat_activity names it) and"
                            + " start again.",
                    cause);
        }
        String rolledBack = outsideTransaction
                ? " failed outside a transaction; what it did before stays, and it is run again from its beginning."
                : " failed and was rolled back; nothing has changed.";
        return new MigrationFailure(
                file + rolledBack + " PostgreSQL says: " + cause.getMessage() + " (SQLSTATE " + cause.getSQLState()
                        + "). Correct the data, or the file if it was never applied anywhere, and start again.",
                cause);
    }

    static void pause(Duration duration) {
        try {
            Thread.sleep(duration);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new MigrationFailure("Interrupted while waiting to migrate; nothing has changed. Start again.", e);
        }
    }

    private static boolean isInTheWay(SQLException cause) {
        return LOCK_NOT_AVAILABLE.equals(cause.getSQLState()) || DEADLOCK_DETECTED.equals(cause.getSQLState());
    }
}
