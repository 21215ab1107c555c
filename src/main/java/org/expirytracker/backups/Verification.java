package org.expirytracker.backups;

import java.nio.file.Path;
import java.sql.SQLException;
import java.util.List;
import org.expirytracker.db.DatabaseUrl;
import org.expirytracker.db.Reachability;
import org.expirytracker.migrations.MigrationFiles;
import org.expirytracker.schemas.ScratchDatabase;

/**
 * Proves that a backup is good for what it is made for: by restoring it, into a database that is thrown away. Blocking.
 */
public final class Verification {

    private static final String MAY_CREATE = """
            SELECT rolcreatedb OR rolsuper FROM pg_catalog.pg_roles WHERE rolname = current_user
            """;

    private final DatabaseUrl server;
    private final List<AfterRestore> afterRestore;
    private final CopyProgress progress;

    /**
     * On the server of a database, beside it.
     *
     * @param afterRestore what the rooms have registered, in any order
     */
    public Verification(DatabaseUrl server, List<AfterRestore> afterRestore, CopyProgress progress) {
        this.server = server;
        this.afterRestore = afterRestore;
        this.progress = progress;
    }

    /**
     * Whether the role may make a scratch database on its server.
     *
     * @throws BackupFailure when the server does not answer
     */
    public boolean isPossible() {
        try (DatabaseSession session = DatabaseSession.open(server, Backup.PATIENCE)) {
            return session.strings(MAY_CREATE).equals(List.of("t"));
        } catch (SQLException e) {
            throw new BackupFailure(Reachability.explain(server, e), e);
        }
    }

    /**
     * Restores a backup into a scratch database, which has room for all of it then, and compares what came out with what
     * was written.
     *
     * @param identities with which an encrypted one is read
     * @throws BackupFailure when it cannot be restored, or holds something else
     * @throws org.expirytracker.migrations.MigrationFailure when no scratch database can be made
     */
    public void restore(Path file, List<String> identities, Backup.Written written) {
        try (OpenedBackup opened = OpenedBackup.of(file, identities)) {
            ScratchDatabase scratch = ScratchDatabase.like(server);
            try {
                Restore restore = new Restore(scratch.url(), MigrationFiles.ofProgram(), afterRestore, progress);
                requireSame(
                        file,
                        written,
                        restore.load(opened.file(), false, Erasures.NONE).contents());
            } finally {
                // An interrupt was for what is over, and would break off the dropping.
                boolean interrupted = Thread.interrupted();
                scratch.close();
                if (interrupted) {
                    Thread.currentThread().interrupt();
                }
            }
        }
    }

    /**
     * Reads a backup from its first byte to its last, where it cannot be restored.
     *
     * @param identities with which an encrypted one is read
     * @throws BackupFailure when it is damaged, or holds something else than was written
     */
    public void read(Path file, List<String> identities, Backup.Written written) {
        try (OpenedBackup opened = OpenedBackup.of(file, identities)) {
            Restore restore = new Restore(server, MigrationFiles.ofProgram(), afterRestore, progress);
            requireSame(file, written, restore.check(opened.file()));
        }
    }

    private static void requireSame(Path file, Backup.Written written, Restore.Contents found) {
        if (found.rows() != written.rows()
                || found.tables() != written.tables()
                || !found.revision().equals(written.revision())) {
            throw new BackupFailure("The backup " + file + " holds " + found.rows() + " rows in " + found.tables()
                    + " tables at " + found.revision() + ", and what was written are " + written.rows() + " rows in "
                    + written.tables() + " tables at " + written.revision() + ". Please report it.");
        }
    }
}
