package org.expirytracker.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.net.URI;
import java.util.concurrent.CountDownLatch;
import org.expirytracker.db.EmbeddedDatabase;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A node: its database, when that is the embedded one, and what serves from it. Started once, closed once. */
final class Server implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(Server.class);
    /** For migrations, the listener and an operator, besides the pool. */
    private static final int SPARE_CONNECTIONS = 20;

    private final Config config;
    private final CountDownLatch closed = new CountDownLatch(1);
    private @Nullable EmbeddedDatabase embedded;

    Server(Config config) {
        this.config = config;
    }

    /**
     * Starts everything in order and returns when the node serves. Blocking.
     *
     * @param demo whether to add the demo user
     * @param out where to tell the operator what to open next
     * @throws IOException with a message for the operator
     */
    synchronized void start(boolean demo, PrintWriter out) throws IOException {
        if (closed.getCount() == 0) {
            throw new IOException("Stopped before it had started");
        }
        LOG.atInfo().addKeyValue("config", config).addKeyValue("demo", demo).log("Starting");
        String database = databaseUrl();
        out.println("Database: " + withoutPassword(database));
        out.flush();
    }

    /** Waits until {@link #close} has finished, which is when the process was asked to stop. */
    void awaitClose() throws InterruptedException {
        closed.await();
    }

    /** Stops in the reverse order, the database last. Calling it again does nothing. Blocking. */
    @Override
    public synchronized void close() throws IOException {
        try {
            if (embedded != null) {
                embedded.close();
                embedded = null;
            }
        } finally {
            closed.countDown();
        }
    }

    private String databaseUrl() throws IOException {
        if (config.databaseUrl().isPresent()) {
            return config.databaseUrl().get();
        }
        EmbeddedDatabase started =
                EmbeddedDatabase.start(config.data(), config.databaseConnections() + SPARE_CONNECTIONS);
        embedded = started;
        return started.url();
    }

    private static String withoutPassword(String url) {
        URI uri = URI.create(url);
        return "postgresql://" + uri.getHost() + ":" + uri.getPort() + uri.getPath();
    }
}
