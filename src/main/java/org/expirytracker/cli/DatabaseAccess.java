package org.expirytracker.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.util.Optional;
import org.expirytracker.db.DatabaseUrl;
import org.expirytracker.db.EmbeddedDatabase;
import org.jspecify.annotations.Nullable;

/**
 * The database that a command works on: that of {@code DATABASE_URL}; else the embedded one, which is started for as
 * long as the command takes, unless a running server has it: then it is used beside the server.
 */
final class DatabaseAccess implements AutoCloseable {

    private final DatabaseUrl url;
    private final @Nullable EmbeddedDatabase started;

    private DatabaseAccess(DatabaseUrl url, @Nullable EmbeddedDatabase started) {
        this.url = url;
        this.started = started;
    }

    /**
     * Opens it.
     *
     * @throws IOException with a message for the operator, when the embedded one does not start
     */
    static DatabaseAccess open(Config config) throws IOException {
        if (config.databaseUrl().isPresent()) {
            return new DatabaseAccess(config.databaseUrl().get(), null);
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

    @Override
    public void close() throws IOException {
        if (started != null) {
            started.close();
        }
    }
}
