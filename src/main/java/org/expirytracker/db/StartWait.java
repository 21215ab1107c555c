package org.expirytracker.db;

import java.io.IOException;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Waits for a database that does not answer yet, with longer and longer pauses, and says what for. What the database
 * refuses for good ends the wait at once. Blocking.
 */
public final class StartWait {

    private static final Logger LOG = LoggerFactory.getLogger(StartWait.class);
    private static final Duration FIRST_PAUSE = Duration.ofMillis(100);
    private static final Duration LONGEST_PAUSE = Duration.ofSeconds(2);
    private static final Duration LOG_AGAIN = Duration.ofSeconds(10);

    private final Duration patience;
    private @Nullable Thread waiting;
    private boolean stopped;

    /**
     * Waits whose length has a limit.
     *
     * @param patience of each wait; zero to wait for nothing
     */
    public StartWait(Duration patience) {
        this.patience = patience;
    }

    /** Something that needs the database and may be tried again. */
    @FunctionalInterface
    public interface Attempt<T> {
        T run() throws IOException;
    }

    /** Waits until the database takes a connection. */
    public void untilAnswers(DatabaseUrl url) throws IOException {
        until("the database at " + url.address(), () -> answers(url, false));
    }

    /** Waits until the database takes changes: a standby may be about to become the primary. */
    public void untilWritable(DatabaseUrl url) throws IOException {
        until("the database at " + url.address(), () -> answers(url, true));
    }

    /**
     * Waits until the database answers whether its sessions last.
     *
     * @throws IOException as well when they do not, as a {@link Pooler} is between
     */
    public void untilSessionsLast(DatabaseUrl url) throws IOException {
        until("the database at " + url.address(), () -> {
            Pooler.requireSessions(url);
            return true;
        });
    }

    private static boolean answers(DatabaseUrl url, boolean writable) throws IOException {
        try (Connection connection = url.dataSource().getConnection();
                Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery("SELECT pg_is_in_recovery()")) {
            if (row.next() && row.getBoolean(1) && writable) {
                throw new SQLException("it is in recovery.", "25006");
            }
            return true;
        } catch (SQLException e) {
            throw new IOException(Reachability.explain(url, e), e);
        }
    }

    /**
     * Tries until it succeeds.
     *
     * @param what the wait is for, to be read after "Waiting for"
     * @return what the attempt answers
     * @throws IOException the attempt's, when the database refuses for good or the time is over; or that
     *     {@link #stop} was called
     */
    public <T> T until(String what, Attempt<T> attempt) throws IOException {
        begin();
        try {
            return tryAgain(what, attempt);
        } finally {
            end();
        }
    }

    private <T> T tryAgain(String what, Attempt<T> attempt) throws IOException {
        long begun = System.nanoTime();
        Duration pause = FIRST_PAUSE;
        Duration lastLogged = LOG_AGAIN.negated();
        while (true) {
            try {
                return attempt.run();
            } catch (IOException | RuntimeException failure) {
                Duration waited = Duration.ofNanos(System.nanoTime() - begun);
                if (isStopped()) {
                    throw new IOException("Stopped while waiting for " + what, failure);
                }
                if (!Reachability.mayPass(failure) || waited.plus(pause).compareTo(patience) > 0) {
                    throw failure;
                }
                if (waited.minus(lastLogged).compareTo(LOG_AGAIN) >= 0) {
                    lastLogged = waited;
                    LOG.warn(
                            "Waiting for {}, up to {} s more: {}",
                            what,
                            patience.minus(waited).toSeconds(),
                            reason(failure));
                }
                pause(what, pause);
                pause = pause.multipliedBy(2).compareTo(LONGEST_PAUSE) < 0 ? pause.multipliedBy(2) : LONGEST_PAUSE;
            }
        }
    }

    private static String reason(Throwable failure) {
        Throwable deepest = failure;
        while (deepest.getCause() != null) {
            deepest = deepest.getCause();
        }
        return String.valueOf(deepest.getMessage()).strip();
    }

    private static void pause(String what, Duration pause) throws IOException {
        try {
            TimeUnit.NANOSECONDS.sleep(pause.toNanos());
        } catch (InterruptedException stop) {
            throw new IOException("Stopped while waiting for " + what, stop);
        }
    }

    /** Ends a wait that is under way, and every one that would begin. From any thread. */
    public synchronized void stop() {
        stopped = true;
        if (waiting != null) {
            waiting.interrupt();
        }
    }

    private synchronized boolean isStopped() {
        return stopped;
    }

    private synchronized void begin() throws IOException {
        if (stopped) {
            throw new IOException("Stopped before it had started");
        }
        waiting = Thread.currentThread();
    }

    private synchronized void end() {
        waiting = null;
        if (stopped) {
            // It was for the wait; whoever called goes on to close what it has opened.
            Thread.interrupted();
        }
    }
}
