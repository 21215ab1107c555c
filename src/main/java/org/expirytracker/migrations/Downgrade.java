package org.expirytracker.migrations;

import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Savepoint;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.expirytracker.migrations.Progress.Step;

/**
 * Goes down, by the U files: each file and the deletion of its revision's row of the history in one transaction.
 * Flyway's open edition has no such command.
 */
final class Downgrade {

    private final Connection connection;
    private final MigrationFiles files;
    private final Progress progress;
    private final MigrationSession session;

    Downgrade(Connection connection, MigrationFiles files, Progress progress) {
        this.connection = connection;
        this.files = files;
        this.progress = progress;
        this.session = new MigrationSession(connection);
    }

    /**
     * What a rehearsal showed.
     *
     * @param losses data that would be gone for good
     */
    record Rehearsal(List<Step> steps, List<Loss> losses) {}

    /**
     * Undoes revisions, a transaction for each.
     *
     * @param revisions newest first, from the current one on, without a gap
     * @throws MigrationFailure when one would lose data and {@code allowDataLoss} is false; the steps before it
     *     stay undone
     */
    List<Step> run(List<Revision> revisions, boolean allowDataLoss) throws SQLException {
        List<Step> steps = new ArrayList<>();
        for (Revision revision : revisions) {
            LockRetries retries = new LockRetries(progress);
            Step step = null;
            while (step == null) {
                try {
                    progress.begins(revision, false, steps.size() + 1, revisions.size());
                    step = files.runsOutsideTransaction(revision.down())
                            ? undoOutsideTransaction(revision)
                            : undo(revision, allowDataLoss);
                } catch (SQLException e) {
                    rollBack();
                    if (!retries.mayGoOn(e, revision.down())) {
                        throw LockRetries.explain(e, revision.down(), files.runsOutsideTransaction(revision.down()));
                    }
                }
            }
            steps.add(step);
            progress.ends(step);
        }
        return steps;
    }

    /** Undoes revisions in one transaction and takes it back; those outside a transaction are left out. */
    Rehearsal rehearse(List<Revision> revisions) throws SQLException {
        LockRetries retries = new LockRetries(progress);
        while (true) {
            List<Step> steps = new ArrayList<>();
            List<Loss> losses = new ArrayList<>();
            String file = revisions.getFirst().down();
            connection.setAutoCommit(false);
            try {
                for (Revision revision : revisions) {
                    file = revision.down();
                    if (!files.runsOutsideTransaction(file)) {
                        progress.begins(revision, false, steps.size() + 1, revisions.size());
                        long begun = System.nanoTime();
                        long rows = session.touchedRows();
                        losses.addAll(executeAndCountLosses(revision));
                        steps.add(step(revision, begun, rows));
                        progress.ends(steps.getLast());
                    }
                }
                return new Rehearsal(steps, losses);
            } catch (SQLException e) {
                rollBack();
                if (!retries.mayGoOn(e, file)) {
                    throw LockRetries.explain(e, file, false);
                }
            } finally {
                rollBack();
            }
        }
    }

    private Step undo(Revision revision, boolean allowDataLoss) throws SQLException {
        connection.setAutoCommit(false);
        long begun = System.nanoTime();
        long rows = session.touchedRows();
        if (allowDataLoss) {
            execute(revision);
        } else {
            List<Loss> losses = executeAndCountLosses(revision);
            if (!losses.isEmpty()) {
                rollBack();
                throw Loss.refusal(losses);
            }
        }
        SchemaHistory.delete(connection, revision.version());
        Step step = step(revision, begun, rows);
        connection.commit();
        connection.setAutoCommit(true);
        return step;
    }

    /** The script runs again from its beginning if it broke off, so its row of the history goes last. */
    private Step undoOutsideTransaction(Revision revision) throws SQLException {
        long begun = System.nanoTime();
        long rows = session.touchedRows();
        session.dropInvalidIndexes(files.text(revision.down()));
        execute(revision);
        SchemaHistory.delete(connection, revision.version());
        return step(revision, begun, rows);
    }

    /**
     * Runs the script; if tables or columns are gone afterwards whose data nothing has kept, or columns were converted,
     * takes it back, locks and counts what they held, and runs it again.
     */
    private List<Loss> executeAndCountLosses(Revision revision) throws SQLException {
        DataShape before = DataShape.of(connection);
        Map<Long, Long> deletedBefore = session.deletedRows();
        Savepoint start = connection.setSavepoint();
        execute(revision);
        DataShape after = DataShape.of(connection);
        List<Loss> losses = new ArrayList<>();
        session.deletedRows().forEach((table, deleted) -> {
            long rows = deleted - deletedBefore.getOrDefault(table, 0L);
            if (rows > 0) {
                before.keptButNotParked(table, after)
                        .ifPresent(kept -> losses.add(new Loss(revision, "some of " + kept, rows)));
            }
        });
        Set<String> kept = files.kept(revision.down());
        List<DataShape.Column> gone = before.lostIn(after).stream()
                .filter(column -> !kept.contains(column.label()))
                .toList();
        List<DataShape.Converted> converted = before.convertedIn(after).stream()
                .filter(column -> !kept.contains(column.before().label()))
                .toList();
        if (!gone.isEmpty() || !converted.isEmpty()) {
            connection.rollback(start);
            losses.addAll(Loss.count(connection, revision, gone));
            Loss.remember(connection, converted);
            execute(revision);
            losses.addAll(Loss.compare(connection, revision, converted));
        }
        return losses;
    }

    /** Statement by statement, so that it can be told which one runs. */
    private void execute(Revision revision) throws SQLException {
        int backend = session.backend();
        boolean inTransaction = !files.runsOutsideTransaction(revision.down());
        try (Statement statement = connection.createStatement()) {
            for (String sql : SqlStatements.split(files.text(revision.down()))) {
                if (inTransaction) {
                    session.awaitChangesBefore(sql);
                }
                progress.runs(sql.strip(), backend);
                statement.execute(sql);
            }
        }
    }

    private Step step(Revision revision, long begun, long rowsBefore) throws SQLException {
        return new Step(
                revision, false, Duration.ofNanos(System.nanoTime() - begun), session.touchedRows() - rowsBefore);
    }

    private void rollBack() throws SQLException {
        if (!connection.getAutoCommit()) {
            connection.rollback();
            connection.setAutoCommit(true);
        }
    }
}
