package org.expirytracker.cli;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.sqlclient.Tuple;
import java.io.IOException;
import java.nio.file.Files;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import org.expirytracker.db.Database;
import org.expirytracker.db.DatabaseUrl;
import org.expirytracker.db.EmbeddedDatabase;
import org.expirytracker.db.Rows;
import org.expirytracker.db.StartWait;
import org.expirytracker.kernel.Problem;
import org.expirytracker.migrations.Migrations;
import org.jspecify.annotations.Nullable;

/**
 * The database that a command works on: that of {@code DATABASE_DIRECT_URL} or {@code DATABASE_URL}; else the embedded one, which is started for as
 * long as the command takes, unless a running server has it: then it is used beside the server.
 */
final class DatabaseAccess implements AutoCloseable {

    private static final int CONNECTIONS = 3;

    private final DatabaseUrl url;
    private final @Nullable EmbeddedDatabase started;

    private DatabaseAccess(DatabaseUrl url, @Nullable EmbeddedDatabase started) {
        this.url = url;
        this.started = started;
    }

    /**
     * Opens it.
     *
     * @throws IOException with a message for the operator, when the embedded one does not start, or the other does not
     *     take a connection in time
     */
    static DatabaseAccess open(Config config) throws IOException {
        TemporaryFiles.require();
        if (config.poolerAlone()) {
            throw new IOException("This command needs PostgreSQL itself, past the pooler of DATABASE_URL. Run it where"
                    + " DATABASE_DIRECT_URL can name it.");
        }
        if (config.postgres().isPresent()) {
            DatabaseUrl url = config.postgres().get();
            StartWait waiting = new StartWait(config.startTimeout());
            waiting.untilAnswers(url);
            waiting.untilSessionsLast(url);
            return new DatabaseAccess(url, null);
        }
        if (Files.exists(config.data())) {
            Optional<String> running = EmbeddedDatabase.running(config.data());
            if (running.isPresent()) {
                return new DatabaseAccess(DatabaseUrl.parse(running.get()), null);
            }
        }
        EmbeddedDatabase started = EmbeddedDatabase.start(config.data());
        return new DatabaseAccess(DatabaseUrl.parse(started.url()), started);
    }

    DatabaseUrl url() {
        return url;
    }

    /** What a command does, on connections that are closed afterwards. */
    @FunctionalInterface
    interface Work<T> {
        Future<T> on(Vertx vertx, Database database);
    }

    /**
     * Does something, if the database is at the revision of this program. Blocking.
     *
     * @throws IOException with a message for the operator
     */
    <T> T run(Work<T> work) throws IOException {
        Vertx vertx = Vertx.vertx();
        try {
            Database database = new Database(vertx, url.connectOptions(), CONNECTIONS);
            return await(requireCurrent(database).compose(current -> work.on(vertx, database)));
        } finally {
            await(vertx.close());
        }
    }

    private static final String HAS_HISTORY = """
            SELECT to_regclass('flyway_schema_history') IS NOT NULL AS prepared
            """;

    /** Fails with a message for the operator unless the database is at the revision of this program. */
    static Future<?> requireCurrent(Database database) {
        return Rows.first(database.reads(), HAS_HISTORY, Tuple.tuple(), row -> row.getBoolean("prepared"))
                .compose(prepared -> prepared.orElse(false)
                        ? Rows.first(
                                database.reads(),
                                Migrations.IS_CURRENT,
                                Tuple.of(Migrations.head().version()),
                                row -> row.getBoolean("current"))
                        : Future.succeededFuture(Optional.of(false)))
                .compose(current -> current.orElse(false)
                        ? Future.succeededFuture()
                        : Future.failedFuture(new IOException(
                                "The database is not at the revision of this program. Next, where PostgreSQL itself can be"
                                        + " reached: expiry db upgrade")));
    }

    static <T> T await(Future<T> future) throws IOException {
        try {
            return future.toCompletionStage().toCompletableFuture().get();
        } catch (ExecutionException failed) {
            Throwable cause = failed.getCause();
            if (cause instanceof Problem refused) {
                throw new IOException(refused.getMessage(), refused);
            }
            throw cause instanceof IOException expected ? expected : new IOException(String.valueOf(cause), cause);
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            throw new IOException("Interrupted", interrupted);
        }
    }

    @Override
    public void close() throws IOException {
        if (started != null) {
            started.close();
        }
    }
}
