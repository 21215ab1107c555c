package org.expirytracker.migrations;

import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Collectors;
import org.expirytracker.db.DatabaseUrl;
import org.expirytracker.db.Reachability;
import org.expirytracker.migrations.Progress.Step;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Takes one database from revision to revision. Blocking: never call it on an event loop.
 *
 * <p>Of several programs that change the schema at once, one does; the others wait for it. A step that meets a table
 * in use gives way to the traffic behind it and comes again. Whatever ends the program in the middle, the same command
 * brings the database to the end.
 */
public final class Migrations {

    /**
     * Asks, with the version of {@link #head()} as {@code $1}, whether the schema is ready for this program. It still
     * is when a newer program has migrated further: each migration keeps the former release's statements working.
     */
    public static final String IS_CURRENT =
            "SELECT EXISTS (SELECT FROM flyway_schema_history WHERE version = $1 AND success) AS current";

    /** The advisory lock of whoever changes the schema; its number has no meaning of its own. */
    public static final long LOCK = 0x65787069727964L;

    /**
     * The advisory lock that the sessions of whoever changes the schema share besides. The server notices that a
     * program was killed only when the statement it was at is done; until then this lock tells that it still runs.
     */
    static final long AT_WORK = LOCK + 1;

    private static final Logger LOG = LoggerFactory.getLogger(Migrations.class);
    private static final Duration POLL = Duration.ofMillis(200);
    private static final Duration PATIENCE = Duration.ofMinutes(5);

    private final DatabaseUrl url;
    private final MigrationFiles files;
    private final Progress progress;
    private final Duration patience;

    /** For the database at {@code url}, with these files. */
    public Migrations(DatabaseUrl url, MigrationFiles files, Progress progress) {
        this(url, files, progress, PATIENCE);
    }

    Migrations(DatabaseUrl url, MigrationFiles files, Progress progress, Duration patience) {
        this.url = url;
        this.files = files;
        this.progress = progress;
        this.patience = patience;
    }

    /**
     * What a rehearsal showed; the database is as it was before.
     *
     * @param steps that ran
     * @param losses data that would be gone for good; empty going up
     * @param left revisions that were not tried, from the first one on that runs outside a transaction
     */
    public record Rehearsal(List<Step> steps, List<Loss> losses, List<Revision> left) {}

    /** The revision that this program needs. */
    public static Revision head() {
        return MigrationFiles.ofProgram().head();
    }

    /**
     * Brings a database to this program's revision, as a node does when it starts. When there is nothing to do, a few
     * milliseconds say so.
     *
     * @return the steps just taken; empty when there was nothing to do
     * @throws MigrationFailure as {@link #upgrade}
     */
    public static List<Step> migrate(DatabaseUrl url) {
        return new Migrations(url, MigrationFiles.ofProgram(), new LoggedProgress(url)).upgrade(head());
    }

    /**
     * Where the database stands.
     *
     * @throws MigrationFailure when it cannot be reached, is older than PostgreSQL 15 or has another encoding than UTF8
     */
    public SchemaState state() {
        return connected(this::state);
    }

    /**
     * Makes the history table in an empty database.
     *
     * @return false when there was one already
     * @throws MigrationFailure when the database holds something else
     */
    public boolean initialize() {
        return locked(connection -> {
            if (SchemaHistory.exists(connection)) {
                return false;
            }
            if (new MigrationSession(connection).holdsTables()) {
                throw Upgrade.holdsSomethingElse(url);
            }
            SchemaHistory.create(connection);
            return true;
        });
    }

    /**
     * Applies every migration up to a revision, each in a transaction of its own together with its row of the history.
     *
     * @return the steps just taken; empty when the database is there or further
     * @throws MigrationFailure when the database cannot be reached, holds something else, is newer than these files,
     *     or was built by files that are missing or altered, and when a migration fails; the failed step changed
     *     nothing then, and the steps before it stay
     */
    public List<Step> upgrade(Revision target) {
        if (connected(this::state).isExactlyAt(target)) {
            return List.of();
        }
        return locked(connection -> {
            SchemaState state = state(connection);
            state.requireNoConflict();
            List<Revision> pending = pending(state, target);
            if (pending.isEmpty()) {
                return List.of();
            }
            Preconditions.requireExtensions(connection, url, files, pending);
            // A migration outside a transaction that failed is run again.
            for (Revision failed : state.toBeRunAgain()) {
                SchemaHistory.delete(connection, failed.version());
            }
            return new Upgrade(url, files, progress).run(pending);
        });
    }

    /** As {@link #upgrade}, but takes everything back. Stops before a migration that runs outside a transaction. */
    public Rehearsal rehearseUpgrade(Revision target) {
        return locked(connection -> {
            SchemaState state = state(connection);
            state.requireNoConflict();
            List<Revision> pending = pending(state, target);
            List<Revision> possible = pending.stream()
                    .takeWhile(revision -> !files.runsOutsideTransaction(revision.up()))
                    .toList();
            Preconditions.requireExtensions(connection, url, files, pending);
            try {
                List<Step> steps =
                        possible.isEmpty() ? List.of() : new Upgrade(url, files, progress).rehearse(possible);
                return new Rehearsal(steps, List.of(), pending.subList(possible.size(), pending.size()));
            } finally {
                if (!state.initialized()) {
                    dropHistory(connection);
                }
            }
        });
    }

    /**
     * Undoes every migration above a revision, newest first, each in a transaction of its own together with its row of
     * the history.
     *
     * @param allowDataLoss whether data may go for good that the U files do not keep
     * @return the steps just taken; empty when the database is there or below
     * @throws MigrationFailure as {@link #upgrade}; when a U file is missing; and, naming tables, columns and numbers
     *     of rows, when data would be lost that may not be: nothing has changed then
     */
    public List<Step> downgrade(Revision target, boolean allowDataLoss) {
        return locked(connection -> {
            List<Revision> undone = undone(state(connection), target);
            if (undone.isEmpty()) {
                return List.of();
            }
            // A single step refuses by itself, in its own transaction.
            if (!allowDataLoss && undone.size() > 1) {
                List<Loss> losses = new Downgrade(connection, files, Progress.SILENT)
                        .rehearse(undone)
                        .losses();
                if (!losses.isEmpty()) {
                    throw Loss.refusal(losses);
                }
            }
            return new Downgrade(connection, files, progress).run(undone, allowDataLoss);
        });
    }

    /** As {@link #downgrade}, but takes everything back, and reports the losses instead of refusing them. */
    public Rehearsal rehearseDowngrade(Revision target) {
        return locked(connection -> {
            List<Revision> undone = undone(state(connection), target);
            List<Revision> possible = undone.stream()
                    .takeWhile(revision -> !files.runsOutsideTransaction(revision.down()))
                    .toList();
            List<Revision> left = undone.subList(possible.size(), undone.size());
            if (possible.isEmpty()) {
                return new Rehearsal(List.of(), List.of(), left);
            }
            Downgrade.Rehearsal rehearsal = new Downgrade(connection, files, progress).rehearse(possible);
            return new Rehearsal(rehearsal.steps(), rehearsal.losses(), left);
        });
    }

    /**
     * The script that goes from where the database is to a revision, for those who run it themselves: each step in a
     * transaction with its row of the history. Going down it asks nobody whether data is lost.
     *
     * @throws MigrationFailure as {@link #upgrade} and {@link #downgrade}, before anything is printed
     */
    public String script(Revision target) {
        return connected(connection -> {
            SchemaState state = state(connection);
            state.requireNoConflict();
            if (!state.initialized() && new MigrationSession(connection).holdsTables()) {
                throw Upgrade.holdsSomethingElse(url);
            }
            return target.compareTo(state.current()) >= 0
                    ? MigrationScript.up(files, pending(state, target), !state.initialized(), state.toBeRunAgain())
                    : MigrationScript.down(files, undone(state, target));
        });
    }

    /**
     * The script from one revision to another, without asking a database.
     *
     * @throws MigrationFailure when a U file on the way down is missing
     */
    public static String script(MigrationFiles files, Revision from, Revision to) {
        if (to.compareTo(from) >= 0) {
            return MigrationScript.up(files, between(files, from, to), from.equals(Revision.BASE), List.of());
        }
        List<Revision> undone = between(files, to, from).reversed();
        undone.forEach(revision -> requireDown(files, revision));
        return MigrationScript.down(files, undone);
    }

    private static List<Revision> between(MigrationFiles files, Revision after, Revision last) {
        return files.revisions().stream()
                .filter(revision -> revision.compareTo(after) > 0 && revision.compareTo(last) <= 0)
                .toList();
    }

    /**
     * How far the server is with what a session runs, when it tells: of an index that is being built.
     *
     * @param backend as given to {@link Progress#runs}
     */
    public Optional<String> phase(int backend) {
        return connected(connection -> MigrationSession.phase(connection, backend));
    }

    /**
     * Makes the history say that the database is at a revision, everything before it included, without running
     * anything. Rows of files that are altered, renamed or missing stay as they are.
     *
     * @throws MigrationFailure when the database cannot be reached
     */
    public void stamp(Revision target) {
        locked(connection -> {
            if (!SchemaHistory.exists(connection)) {
                SchemaHistory.create(connection);
            }
            for (AppliedMigration entry : SchemaHistory.read(connection)) {
                if (entry.revision().compareTo(target) > 0 || !entry.success()) {
                    SchemaHistory.delete(connection, entry.version());
                }
            }
            List<Revision> pending = pending(state(connection), target);
            if (!pending.isEmpty()) {
                new Upgrade(url, files, progress).record(pending);
            }
            return Optional.empty();
        });
    }

    /**
     * Settles what a change of the history alone can settle: forgets a migration that is missing or failed, accepts a
     * file's new text or name. Nothing else changes.
     *
     * @param finding of {@link SchemaState#conflicts}, of a kind that {@link Finding.Kind#isRepairable is repairable}
     * @throws MigrationFailure when it is open which of several files is the renamed one
     */
    public void repair(Finding finding) {
        locked(connection -> {
            for (AppliedMigration entry : SchemaHistory.read(connection)) {
                if (entry.script().equals(finding.subject())) {
                    repair(connection, finding.kind(), entry);
                }
            }
            return Optional.empty();
        });
    }

    private void repair(Connection connection, Finding.Kind kind, AppliedMigration entry) throws SQLException {
        switch (kind) {
            case MISSING, FAILED -> SchemaHistory.delete(connection, entry.version());
            case ALTERED -> correct(connection, entry.revision());
            case RENAMED -> correct(connection, renamed(entry));
            case MISNAMED,
                    SAME_VERSION,
                    OUT_OF_ORDER,
                    UNMARKED,
                    UNFIT,
                    NEWER,
                    IRREVERSIBLE,
                    UNDECLARED,
                    DRIFT,
                    STALE,
                    MISCOUNTED ->
                throw new IllegalArgumentException(kind + " is not settled by a change of the history");
        }
    }

    private void correct(Connection connection, Revision now) throws SQLException {
        SchemaHistory.correct(connection, now, files.checksum(now.up()));
    }

    /** Of several files with its version the one with its text. */
    private Revision renamed(AppliedMigration entry) {
        List<Revision> here = files.versioned(entry.version());
        List<Revision> same = here.size() == 1
                ? here
                : here.stream()
                        .filter(revision -> Objects.equals(entry.checksum(), files.checksum(revision.up())))
                        .toList();
        if (same.size() != 1) {
            throw new MigrationFailure("It is open which of "
                    + here.stream().map(Revision::up).collect(Collectors.joining(" and ")) + " was " + entry.script()
                    + "; nothing has changed. Move the others out of the folder, and run this again.");
        }
        return same.getFirst();
    }

    /** Work on a database that nobody migrates meanwhile. */
    @FunctionalInterface
    public interface Exclusive<T> {

        /**
         * Does it.
         *
         * @param connection for scripts, which is closed afterwards
         */
        T on(Connection connection) throws SQLException;
    }

    /**
     * Does something with the database that no migration may come into, nor another one of its kind.
     *
     * @throws MigrationFailure when the database cannot be reached, or is being migrated for longer than five minutes
     */
    public <T> T exclusively(Exclusive<T> work) {
        return locked(work::on);
    }

    private static List<Revision> pending(SchemaState state, Revision target) {
        return state.pending().stream()
                .filter(revision -> revision.compareTo(target) <= 0)
                .toList();
    }

    private List<Revision> undone(SchemaState state, Revision target) {
        state.requireNoConflict();
        List<Revision> undone = state.applied().reversed().stream()
                .filter(revision -> revision.compareTo(target) > 0)
                .toList();
        undone.forEach(revision -> requireDown(files, revision));
        return undone;
    }

    private static void requireDown(MigrationFiles files, Revision revision) {
        if (!files.has(revision.down())) {
            throw new MigrationFailure(revision.down() + " is missing, so " + revision
                    + " cannot be undone; nothing has changed. Write it, or restore a backup from before.");
        }
    }

    private SchemaState state(Connection connection) throws SQLException {
        return SchemaState.read(connection, files, url.address());
    }

    private static void dropHistory(Connection connection) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            statement.execute("DROP TABLE IF EXISTS public.flyway_schema_history");
        }
    }

    private <T> T locked(Work<T> work) {
        return connected(connection -> {
            lock(connection);
            return work.on(connection);
        });
    }

    private <T> T connected(Work<T> work) {
        try (Connection connection = MigrationSession.open(url)) {
            Preconditions.require(connection, url);
            return work.on(connection);
        } catch (SQLException e) {
            throw new MigrationFailure(Reachability.explain(url, e), e);
        }
    }

    /** Polls instead of waiting inside the server, where a waiting session would block concurrent index builds. */
    private void lock(Connection connection) throws SQLException {
        long deadline = System.nanoTime() + patience.toNanos();
        int polls = 0;
        while (!new MigrationSession(connection).tryLock()) {
            if (System.nanoTime() > deadline) {
                throw new MigrationFailure("Another program has been migrating the database at " + url.address()
                        + " for more than " + patience.toSeconds() + " s. Start again when it is done; if it hangs,"
                        + " end its session (pg_locks, locktype advisory, names it).");
            }
            polls++;
            // The first time, it may be a session of this very program that the server has not ended yet.
            if (polls == 2) {
                progress.waits("Another program is migrating " + url.address() + ", or the last statement of one that"
                        + " was killed still runs there; waiting for it, up to " + patience.toSeconds() + " s");
            }
            LockRetries.pause(POLL);
        }
    }

    @FunctionalInterface
    private interface Work<T> {
        T on(Connection connection) throws SQLException;
    }

    /** What a node that starts writes into its log. */
    private record LoggedProgress(DatabaseUrl url) implements Progress {

        @Override
        public void ends(Step step) {
            LOG.info(
                    "Migrated {} to {} in {} ms",
                    url.address(),
                    step.revision(),
                    step.took().toMillis());
        }

        @Override
        public void warns(String message) {
            LOG.warn("{}", message);
        }

        @Override
        public void waits(String reason) {
            LOG.info("{}", reason);
        }
    }
}
