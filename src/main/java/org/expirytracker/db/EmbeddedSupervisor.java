package org.expirytracker.db;

import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps an embedded database running: whenever its server ends by itself (killed, out of memory, its disk full), it is
 * started again on the same port, at once and then with growing pauses. As long as the disk is full that goes on until
 * there is space; for any other reason it is given up after two minutes. It watches on a thread of its own.
 */
public final class EmbeddedSupervisor implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(EmbeddedSupervisor.class);

    private static final Duration PATIENCE = Duration.ofMinutes(2);
    private static final long FIRST_PAUSE_MILLIS = 100;
    private static final long LONGEST_PAUSE_MILLIS = 5_000;
    private static final long LOOK_EVERY_MILLIS = 250;

    private final EmbeddedDatabase database;
    private final Duration patience;
    private final Consumer<IOException> givenUp;
    private final Thread thread;
    private volatile boolean closed;
    private volatile @Nullable Long awaySince;

    /**
     * Watches from now on.
     *
     * @param database which this closes in the end
     * @param givenUp called once, on the thread of this, why the server cannot be started again
     */
    public EmbeddedSupervisor(EmbeddedDatabase database, Consumer<IOException> givenUp) {
        this(database, PATIENCE, givenUp);
    }

    /** As {@link #EmbeddedSupervisor(EmbeddedDatabase, Consumer)}, with another patience than two minutes. */
    EmbeddedSupervisor(EmbeddedDatabase database, Duration patience, Consumer<IOException> givenUp) {
        this.database = database;
        this.patience = patience;
        this.givenUp = givenUp;
        this.thread = Thread.ofPlatform().name("embedded-postgresql").daemon().start(this::watch);
    }

    /** As {@link EmbeddedDatabase#url()}; it does not change. */
    public String url() {
        return database.url();
    }

    /** For how long the server has been away; zero while it runs. */
    public Duration away() {
        Long since = awaySince;
        return since == null ? Duration.ZERO : Duration.ofNanos(System.nanoTime() - since);
    }

    private void watch() {
        try {
            while (!closed) {
                awaitEnd();
                if (!closed) {
                    awaySince = System.nanoTime();
                    LOG.error(
                            "The embedded PostgreSQL has ended by itself and is started again. Its last words: {}",
                            database.lastWords());
                    startAgain();
                    awaySince = null;
                    LOG.info("The embedded PostgreSQL runs again");
                }
            }
        } catch (InterruptedException stopped) {
            Thread.currentThread().interrupt();
        } catch (IOException lost) {
            if (!closed) {
                givenUp.accept(lost);
            }
        }
    }

    private void awaitEnd() throws InterruptedException {
        ProcessHandle server;
        try {
            server = database.server();
        } catch (IOException | NumberFormatException ended) {
            return;
        }
        while (server.isAlive()) {
            try {
                // Of a process that is this one's child, and dead, isAlive would be true until somebody waits for it.
                server.onExit().get(LOOK_EVERY_MILLIS, TimeUnit.MILLISECONDS);
                return;
            } catch (TimeoutException running) {
                // It is looked at again: of another's child, Java learns the end late.
            } catch (ExecutionException unknown) {
                return;
            }
        }
    }

    private void startAgain() throws InterruptedException, IOException {
        long pause = FIRST_PAUSE_MILLIS;
        String reason = "";
        while (true) {
            try {
                database.restart();
                return;
            } catch (IOException failure) {
                boolean full = database.isDiskFull();
                if (closed || (!full && away().compareTo(patience) > 0)) {
                    throw failure;
                }
                String now = full ? "its disk is full; it starts when there is space again" : failure.toString();
                if (!now.equals(reason)) {
                    reason = now;
                    LOG.error("The embedded PostgreSQL cannot start just now: {}", reason);
                }
                Thread.sleep(pause);
                pause = Math.min(pause * 2, LONGEST_PAUSE_MILLIS);
            }
        }
    }

    /** Stops watching, and the server. Calling it again does nothing. Blocking. */
    @Override
    public void close() throws IOException {
        closed = true;
        thread.interrupt();
        database.close();
    }
}
