package org.expirytracker.backups;

import static java.time.ZoneOffset.UTC;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import org.expirytracker.backups.BackupFile.Writer;
import org.expirytracker.backups.Manifest.HistoryRow;
import org.expirytracker.backups.Manifest.Sequence;
import org.expirytracker.backups.Manifest.Table;
import org.expirytracker.db.DatabaseUrl;
import org.expirytracker.distribution.Citus;
import org.expirytracker.migrations.Revision;
import org.jspecify.annotations.Nullable;
import org.postgresql.copy.CopyOut;

/**
 * Writes the data of a database into one file, as it was at one moment, while everyone goes on working. Needs no
 * programs of PostgreSQL and little memory, however much there is to write. Blocking.
 *
 * <p>The file holds the rows of every table in {@code public} and {@code parked}. Definitions of tables are in it only
 * for those that no migration makes; the others come from the migration files of the program that restores it. What
 * people added by hand besides tables (views, functions, grants, comments) is not in it.
 *
 * <p>A database that is distributed over servers has such a moment only while nobody else is connected; with anybody there it
 * is not backed up.
 *
 * <p>Migrations wait for a backup and a backup waits for them, so the schema stays as it is. Until the file is whole
 * and on disk it has another name, which ends in {@code .unfinished}; what a killed program left of one goes with the next
 * backup in that folder. It can be read by its owner only: it holds personal data.
 */
public final class Backup {

    static final Duration PATIENCE = Duration.ofSeconds(30);
    private static final DateTimeFormatter STAMP =
            DateTimeFormatter.ofPattern("yyyyMMdd'T'HHmmss'Z'").withZone(UTC);

    private final DatabaseUrl url;
    private final CopyProgress progress;
    private final Duration patience;

    /** Of the database at {@code url}. */
    public Backup(DatabaseUrl url, CopyProgress progress) {
        this(url, progress, PATIENCE);
    }

    Backup(DatabaseUrl url, CopyProgress progress, Duration patience) {
        this.url = url;
        this.progress = progress;
        this.patience = patience;
    }

    /**
     * A backup that was written.
     *
     * @param revision of the schema
     * @param takenAt the moment of which it tells, by the database's clock
     * @param tables how many
     * @param rows in all tables together
     * @param bytes size of the file
     */
    public record Written(Path file, Revision revision, Instant takenAt, int tables, long rows, long bytes) {}

    /**
     * Writes a backup into a folder, named {@code expiry-<version of the revision>-<moment in UTC>.backup}.
     *
     * @throws BackupFailure as {@link #write}
     */
    public Written writeInto(Path folder) {
        return write(snapshot -> folder.resolve("expiry-"
                + (snapshot.revision.equals(Revision.BASE) ? snapshot.revision.name() : snapshot.revision.version())
                + "-" + STAMP.format(snapshot.takenAt) + ".backup"));
    }

    /**
     * Writes a backup.
     *
     * @param file that does not exist, in a folder that does
     * @throws BackupFailure when the file exists or cannot be written, and when the database cannot be reached or read,
     *     is none of this program's, or is being migrated or restored for longer than half a minute
     */
    public Written write(Path file) {
        requireAbsent(file);
        return write(snapshot -> file);
    }

    /** How the file is called, once it is known what it will hold. */
    private interface Naming {
        Path of(Snapshot snapshot);
    }

    private Written write(Naming naming) {
        try (DatabaseSession session = DatabaseSession.open(url, patience)) {
            Snapshot snapshot = snapshot(session);
            Path file = naming.of(snapshot);
            requireAbsent(file);
            UnfinishedFile.sweep(file.toAbsolutePath().resolveSibling(""));
            try {
                return write(session, snapshot, file);
            } catch (IOException e) {
                throw new BackupFailure(
                        "The backup cannot be written to " + file + ": " + reason(e)
                                + ". Nothing is left of it. Give a file in a folder where there is room and that may be"
                                + " written.",
                        e);
            }
        } catch (SQLException e) {
            throw new BackupFailure(
                    "The database at " + url.address() + " cannot be backed up: " + Refusal.text(e)
                            + ". Nothing is left of the file. Try again when this is repaired.",
                    Refusal.cause(e));
        }
    }

    private static void requireAbsent(Path file) {
        if (Files.exists(file, LinkOption.NOFOLLOW_LINKS)) {
            throw new BackupFailure(
                    "There is a file " + file + " already, and it is not overwritten. Give another name.");
        }
    }

    private static String reason(IOException e) {
        return switch (e) {
            case NoSuchFileException missing -> "there is no such folder";
            case AccessDeniedException denied -> "permission denied";
            case FileSystemException failed when failed.getReason() != null -> failed.getReason();
            default -> String.valueOf(e.getMessage());
        };
    }

    /** What there is to write, at one moment. */
    private record Snapshot(
            Revision revision,
            Instant takenAt,
            List<Table> tables,
            List<HistoryRow> history,
            List<Sequence> sequences) {}

    private Snapshot snapshot(DatabaseSession session) throws SQLException {
        if (!session.lockSchema(
                true,
                () -> progress.waits("The schema of " + url.address() + " is being changed; waiting for it, up to "
                        + patience.toSeconds() + " s"))) {
            throw new BackupFailure("Another program has been migrating or restoring the database at " + url.address()
                    + " for more than " + patience.toSeconds() + " s. Start again when it is done.");
        }
        requireOneMoment(session);
        SchemaCatalog catalog = new SchemaCatalog(session);
        List<Table> before = catalog.tables();
        if (before.stream().noneMatch(Backup::isHistory)) {
            throw new BackupFailure(
                    "The database at " + url.address() + " has no migration history, so there is nothing"
                            + " of Expiry Tracker's to back up. Point DATABASE_URL at its database.");
        }
        Connection connection = session.connection();
        connection.setReadOnly(true);
        connection.setTransactionIsolation(Connection.TRANSACTION_REPEATABLE_READ);
        connection.setAutoCommit(false);
        // Before the snapshot: a table that someone rewrote by hand in between would look empty in it.
        session.execute("LOCK TABLE " + before.stream().map(Table::quoted).collect(Collectors.joining(", "))
                + " IN ACCESS SHARE MODE");
        Instant takenAt = session.rows("SELECT now()", row -> row.getObject(1, OffsetDateTime.class))
                .getFirst()
                .toInstant();
        List<HistoryRow> history = catalog.history();
        return new Snapshot(Manifest.newest(history), takenAt, catalog.tables(), history, catalog.sequences());
    }

    /** Workers of a cluster have no common moment while somebody writes. */
    private void requireOneMoment(DatabaseSession session) throws SQLException {
        if (!Citus.hasDistributed(session.connection())) {
            return;
        }
        List<String> others = Citus.otherSessions(session.connection());
        if (!others.isEmpty()) {
            throw new BackupFailure(
                    "The database at " + url.address() + " is distributed, and its servers have no moment in"
                            + " common while somebody works with it. Connected are:\n  " + String.join("\n  ", others)
                            + "\nStop these and start again; or let every server archive its log, which stops nobody:"
                            + " docs/distribution.md.");
        }
    }

    static boolean isHistory(Table table) {
        return table.schema().equals("public") && table.name().equals(SchemaCatalog.HISTORY);
    }

    private Written write(DatabaseSession session, Snapshot snapshot, Path file) throws SQLException, IOException {
        try (UnfinishedFile unfinished = UnfinishedFile.create(file)) {
            List<Table> tables = new ArrayList<>();
            try (Writer writer = new Writer(unfinished.channel(), snapshot.takenAt)) {
                for (Table table : snapshot.tables) {
                    tables.add(
                            isHistory(table)
                                    ? table.copied(null, snapshot.history.size(), 0, "")
                                    : copy(session, writer, table, tables.size() + 1));
                }
                writer.finish(manifest(session, snapshot, tables));
                // While it is still held, so that nobody takes it for one that was left behind.
                requireAbsent(file);
                unfinished.finish();
            }
            return new Written(
                    file,
                    snapshot.revision,
                    snapshot.takenAt,
                    tables.size(),
                    tables.stream().mapToLong(Table::rows).sum(),
                    Files.size(file));
        }
    }

    private Table copy(DatabaseSession session, Writer writer, Table table, int number)
            throws SQLException, IOException {
        String entry = "tables/%03d-%s.copy".formatted(number, table.label().replaceAll("[^A-Za-z0-9_.-]", "_"));
        MessageDigest digest = BackupFile.sha256();
        progress.copies(table.label(), 0, table.rows(), 0);
        CopyOut copy = session.copy()
                .copyOut("COPY " + table.quoted() + " " + table.quotedColumns()
                        + " TO STDOUT (FORMAT text, ENCODING 'UTF8')");
        long rows = 0;
        long bytes = 0;
        long shown = 0;
        try (OutputStream out = writer.entry(entry, digest)) {
            byte @Nullable [] row;
            while ((row = copy.readFromCopy()) != null) {
                out.write(row);
                rows++;
                bytes += row.length;
                if (bytes - shown >= BackupFile.SHOW_EVERY_BYTES) {
                    progress.copies(table.label(), rows, Math.max(rows, table.rows()), bytes);
                    shown = bytes;
                }
            }
        } finally {
            if (copy.isActive()) {
                copy.cancelCopy();
            }
        }
        progress.copies(table.label(), rows, rows, bytes);
        return table.copied(entry, rows, bytes, BackupFile.hex(digest));
    }

    private static Manifest manifest(DatabaseSession session, Snapshot snapshot, List<Table> tables)
            throws SQLException {
        return new Manifest(
                Manifest.FORMAT,
                snapshot.revision.label(),
                Optional.ofNullable(Backup.class.getPackage().getImplementationVersion())
                        .orElse("built from sources"),
                session.connection().getMetaData().getDatabaseProductVersion(),
                snapshot.takenAt,
                snapshot.history,
                tables,
                snapshot.sequences);
    }
}
