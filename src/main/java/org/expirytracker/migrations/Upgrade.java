package org.expirytracker.migrations;

import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.expirytracker.db.DatabaseUrl;
import org.expirytracker.distribution.Distributor;
import org.expirytracker.migrations.Progress.Step;
import org.flywaydb.core.Flyway;
import org.flywaydb.core.api.CoreErrorCode;
import org.flywaydb.core.api.FlywayException;
import org.flywaydb.core.api.callback.BaseCallback;
import org.flywaydb.core.api.callback.Callback;
import org.flywaydb.core.api.callback.Context;
import org.flywaydb.core.api.callback.Event;
import org.flywaydb.core.api.callback.Warning;
import org.flywaydb.core.api.configuration.FluentConfiguration;
import org.flywaydb.database.postgresql.PostgreSQLConfigurationExtension;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Goes up, by Flyway: each file and its row of the history in one transaction. */
final class Upgrade {

    private static final Logger LOG = LoggerFactory.getLogger(Upgrade.class);

    private final DatabaseUrl url;
    private final MigrationFiles files;
    private final Progress progress;

    Upgrade(DatabaseUrl url, MigrationFiles files, Progress progress) {
        this.url = url;
        this.files = files;
        this.progress = progress;
    }

    /**
     * Applies what is pending, a transaction for each.
     *
     * @param pending in order, without a gap to what is applied; not empty
     */
    List<Step> run(List<Revision> pending) {
        Watch watch = new Watch(pending, false);
        for (Revision revision : pending) {
            // One call for all that Flyway can do alike.
            boolean alone = files.runsOutsideTransaction(revision.up());
            boolean last = revision.equals(pending.getLast())
                    || files.runsOutsideTransaction(
                            pending.get(pending.indexOf(revision) + 1).up());
            if (alone || last) {
                run(revision, watch);
            }
        }
        return watch.steps;
    }

    private void run(Revision target, Watch watch) {
        boolean transaction = !files.runsOutsideTransaction(target.up());
        LockRetries retries = new LockRetries(progress);
        while (true) {
            int done = watch.steps.size();
            try {
                flyway(target, false, watch)
                        .executeInTransaction(transaction)
                        .load()
                        .migrate();
                watch.flush();
                return;
            } catch (FlywayException e) {
                watch.abandon();
                if (watch.steps.size() > done) {
                    retries = new LockRetries(progress);
                }
                SQLException cause = sqlCause(e);
                if (cause == null || !retries.mayGoOn(cause, watch.file())) {
                    throw explain(e, watch.file());
                }
            }
        }
    }

    /**
     * Applies what is pending in one transaction and takes it back.
     *
     * @param pending in order, none of which runs outside a transaction; not empty
     */
    List<Step> rehearse(List<Revision> pending) {
        LockRetries retries = new LockRetries(progress);
        while (true) {
            Watch watch = new Watch(pending, true);
            try {
                flyway(pending.getLast(), true, watch).load().migrate();
                throw new IllegalStateException("The rehearsal was not taken back");
            } catch (FlywayException e) {
                if (watch.steps.size() == pending.size()) {
                    return watch.steps;
                }
                SQLException cause = sqlCause(e);
                if (cause == null || !retries.mayGoOn(cause, watch.file())) {
                    throw explain(e, watch.file());
                }
            }
        }
    }

    /** Writes the history rows of what is pending without running it; not empty. */
    void record(List<Revision> pending) {
        try {
            flyway(pending.getLast(), false, new AtWork())
                    .skipExecutingMigrations(true)
                    // What is older than the newest row is to be recorded too.
                    .outOfOrder(true)
                    .load()
                    .migrate();
        } catch (FlywayException e) {
            throw explain(e, "");
        }
    }

    private FluentConfiguration flyway(Revision target, boolean group, Callback callback) {
        FluentConfiguration configuration = Flyway.configure(Upgrade.class.getClassLoader())
                .dataSource(MigrationSession.source(url))
                .locations(files.location())
                .failOnMissingLocations(true)
                .defaultSchema("public")
                .callbacks(callback)
                .target(target.version())
                .loggers("slf4j")
                // The down files and the declared schema lie in the same folder; SchemaState checks all names.
                .validateMigrationNaming(false)
                // SchemaState has judged the history; here an upgrade to the middle would count as a missing file.
                .validateOnMigrate(false)
                .placeholderReplacement(false)
                .group(group);
        // With the transactional lock an index could never be built concurrently.
        configuration
                .getConfigurationExtension(PostgreSQLConfigurationExtension.class)
                .setTransactionalLock(false);
        return configuration;
    }

    /** The refusal of a database with tables of which no history tells. */
    static MigrationFailure holdsSomethingElse(DatabaseUrl url) {
        return new MigrationFailure("The database at " + url.address()
                + " holds tables but no migration history, so it belongs to something else. Point DATABASE_URL at an"
                + " empty database; or, if these tables are a revision of this program's, say which:"
                + " expiry db stamp <revision>.");
    }

    private MigrationFailure explain(FlywayException e, String file) {
        if (e.getErrorCode() == CoreErrorCode.NON_EMPTY_SCHEMA_WITHOUT_SCHEMA_HISTORY_TABLE) {
            return holdsSomethingElse(url);
        }
        SQLException cause = sqlCause(e);
        if (cause == null || file.isEmpty()) {
            return new MigrationFailure(
                    "The database at " + url.address() + " cannot be migrated: " + e.getMessage(), e);
        }
        return LockRetries.explain(cause, file, hasFailed(file));
    }

    /** Flyway records a failure when it was not taken back, because something could not run in a transaction. */
    private boolean hasFailed(String file) {
        try (Connection connection = MigrationSession.open(url)) {
            return SchemaHistory.read(connection).stream()
                    .anyMatch(entry -> !entry.success() && entry.script().equals(file));
        } catch (SQLException e) {
            LOG.debug("Whether {} left something behind is not known", file, e);
            return false;
        }
    }

    private static @Nullable SQLException sqlCause(Throwable e) {
        for (Throwable cause = e; cause != null; cause = cause.getCause()) {
            if (cause instanceof SQLException sql) {
                return sql;
            }
        }
        return null;
    }

    /** Marks each of Flyway's connections as at work, so that whoever comes after a killed program waits for them. */
    private static final class AtWork extends BaseCallback {

        @Override
        public boolean supports(Event event, Context context) {
            return event == Event.AFTER_CONNECT;
        }

        @Override
        public void handle(Event event, Context context) {
            try {
                new MigrationSession(context.getConnection()).joinWork();
            } catch (SQLException e) {
                throw new FlywayException(e.getMessage(), e);
            }
        }
    }

    /** Follows Flyway from statement to statement, on its own connection and inside its transaction. */
    private final class Watch extends BaseCallback {

        private final List<Revision> pending;
        private final boolean rehearsal;
        private final List<Step> steps = new ArrayList<>();
        private @Nullable Revision running;
        private @Nullable Step finished;
        private long begun;
        private long rowsBefore;
        private int backend;

        Watch(List<Revision> pending, boolean rehearsal) {
            this.pending = pending;
            this.rehearsal = rehearsal;
        }

        /** The file that is running or ran last; empty before the first. */
        String file() {
            return running == null ? "" : running.up();
        }

        @Override
        public boolean supports(Event event, Context context) {
            return event == Event.AFTER_CONNECT
                    || event == Event.BEFORE_EACH_MIGRATE
                    || event == Event.BEFORE_EACH_MIGRATE_STATEMENT
                    || event == Event.AFTER_EACH_MIGRATE_STATEMENT
                    || event == Event.AFTER_EACH_MIGRATE;
        }

        @Override
        public void handle(Event event, Context context) {
            try {
                switch (event) {
                    case AFTER_CONNECT -> new MigrationSession(context.getConnection()).joinWork();
                    case BEFORE_EACH_MIGRATE -> begin(context);
                    case BEFORE_EACH_MIGRATE_STATEMENT ->
                        run(context.getConnection(), context.getStatement().getSql());
                    case AFTER_EACH_MIGRATE_STATEMENT -> warn(context.getStatement());
                    case AFTER_EACH_MIGRATE -> end(context.getConnection());
                    default -> throw new IllegalArgumentException(event.name());
                }
            } catch (SQLException e) {
                throw new FlywayException(e.getMessage(), e);
            }
        }

        private void begin(Context context) throws SQLException {
            flush();
            String version = context.getMigrationInfo().getVersion().getVersion();
            Revision revision = pending.stream()
                    .filter(each -> each.version().equals(version))
                    .findFirst()
                    .orElseThrow();
            running = revision;
            progress.begins(revision, true, steps.size() + 1, pending.size());
            begun = System.nanoTime();
            MigrationSession session = new MigrationSession(context.getConnection());
            backend = session.backend();
            rowsBefore = session.touchedRows();
            if (files.runsOutsideTransaction(revision.up())) {
                session.dropInvalidIndexes(files.text(revision.up()));
            }
        }

        private void run(Connection connection, String statement) throws SQLException {
            if (!files.runsOutsideTransaction(file())) {
                new MigrationSession(connection).awaitChangesBefore(statement);
            }
            progress.runs(statement, backend);
        }

        private void warn(org.flywaydb.core.api.callback.Statement done) {
            for (Warning warning : done.getWarnings()) {
                // A notice, such as of an object that is there already, is of the success class.
                if (!"00000".equals(warning.getState())) {
                    progress.warns(warning.getMessage());
                }
            }
        }

        private void end(Connection connection) throws SQLException {
            Revision revision = running;
            if (revision == null) {
                throw new IllegalStateException("A migration ended that had not begun");
            }
            // Where tables are spread over servers, one that has just come is to be as well, before others refer to it.
            Distributor.follow(connection);
            finished = new Step(
                    revision,
                    true,
                    Duration.ofNanos(System.nanoTime() - begun),
                    new MigrationSession(connection).touchedRows() - rowsBefore);
            if (rehearsal) {
                flush();
                if (steps.size() == pending.size()) {
                    throw new FlywayException("The rehearsal is over");
                }
            }
        }

        /** Only now, when Flyway has gone on, is the finished step durable. */
        void flush() {
            Step step = finished;
            if (step != null) {
                steps.add(step);
                progress.ends(step);
                finished = null;
            }
        }

        void abandon() {
            finished = null;
        }
    }
}
