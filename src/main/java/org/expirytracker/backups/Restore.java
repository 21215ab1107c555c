package org.expirytracker.backups;

import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.sql.Savepoint;
import java.sql.Types;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.expirytracker.backups.Manifest.Column;
import org.expirytracker.backups.Manifest.HistoryRow;
import org.expirytracker.backups.Manifest.Sequence;
import org.expirytracker.backups.Manifest.Table;
import org.expirytracker.backups.SchemaCatalog.Burden;
import org.expirytracker.backups.SchemaCatalog.SchemaObject;
import org.expirytracker.db.DatabaseUrl;
import org.expirytracker.distribution.Citus;
import org.expirytracker.migrations.MigrationFiles;
import org.expirytracker.migrations.Revision;

/**
 * Loads a backup into a database. Blocking.
 *
 * <p>The whole file is checked first. Everything after that happens in one transaction of one connection, in which
 * PostgreSQL allows changes of the schema too: what the database held is dropped, the migration files build the
 * revision of the backup, tables that no migration makes are made as they were, the rows are loaded and counted, the
 * history is written as it was, and the commit makes all of it true at once. So a restore that fails, for whatever
 * reason, leaves the old data as it was; when the program or the machine is killed the server rolls back by itself, and
 * the same command starts from the beginning. Nobody sees a half-loaded database: programs that are connected wait for
 * the dropped tables until the end, and those that start wait for the lock that migrations take. The disk must have
 * room for the old data and the new.
 *
 * <p>Foreign keys and indexes are put aside while rows are loaded and made again afterwards: that takes a third of the
 * time, loads in any order, and checks the references of all rows. Triggers do not fire: the rows are as they left them.
 *
 * <p>A backup can hold definitions of tables, and these statements are run: load only files that you trust.
 *
 * <p>Three things are not as they were.
 *
 * <p>Accounts that were deleted after the backup was taken are deleted again, before the commit: those that the replaced
 * database knows of, and those that are given besides. They are noted in the restored database too.
 *
 * <p>Nothing that lets someone in comes back to life, since the backup cannot tell what was revoked or used after it:
 * each room registers what becomes of its tables then, see {@link AfterRestore}. A token issued after the backup is
 * unknown anyway. Passwords and second factors are those of the backup.
 *
 * <p>And the counter of each user's activity log moves ahead, so that a cursor handed out after the backup was taken
 * still comes before whatever happens next; that is registered likewise.
 */
public final class Restore {

    private static final Duration PATIENCE = Duration.ofSeconds(30);
    private static final Pattern CONCURRENTLY = Pattern.compile("\\bCONCURRENTLY\\b", Pattern.CASE_INSENSITIVE);
    private static final String DEPENDENT_OBJECTS_STILL_EXIST = "2BP01";
    private static final String INSUFFICIENT_PRIVILEGE = "42501";
    private static final String LOCK_NOT_AVAILABLE = "55P03";
    private static final String DEADLOCK_DETECTED = "40P01";
    private static final int MOST_NAMED = 3;

    private final DatabaseUrl url;
    private final MigrationFiles files;
    private final CopyProgress progress;
    private final Duration patience;
    private final List<AfterRestore> afterRestore;

    /**
     * Into the database at {@code url}, whose schema these files build.
     *
     * @param afterRestore what the rooms have registered, in any order
     */
    public Restore(DatabaseUrl url, MigrationFiles files, List<AfterRestore> afterRestore, CopyProgress progress) {
        this(url, files, afterRestore, progress, PATIENCE);
    }

    Restore(
            DatabaseUrl url,
            MigrationFiles files,
            List<AfterRestore> afterRestore,
            CopyProgress progress,
            Duration patience) {
        this.url = url;
        this.files = files;
        this.afterRestore = afterRestore;
        this.progress = progress;
        this.patience = patience;
    }

    /**
     * What a backup holds.
     *
     * @param revision of its schema
     * @param takenAt the moment of which it tells
     * @param program the release that wrote it
     * @param tables how many
     * @param rows in all tables together
     */
    public record Contents(Revision revision, Instant takenAt, String program, int tables, long rows) {}

    /**
     * What was loaded.
     *
     * @param erased how many of the accounts in the backup were deleted again, as they had been deleted since
     */
    public record Loaded(Contents contents, int erased) {}

    /**
     * Checks a file from its first byte to its last, and whether these migration files can build its schema.
     *
     * @throws BackupFailure as {@link #load}, as far as it concerns the file
     */
    public Contents check(Path file) {
        try (BackupFile backup = BackupFile.open(file, progress)) {
            steps(file, backup.manifest());
            return contents(backup.manifest());
        } catch (IOException e) {
            throw unreadable(file, e);
        }
    }

    /**
     * Loads a backup; the database is at its revision afterwards.
     *
     * @param clean whether what the database holds is dropped; without, it must be empty but for a history table
     * @param erasures accounts that were deleted after the backup was taken, besides those that the replaced database
     *     knows of
     * @throws BackupFailure when the file is missing, no backup, damaged, or of a revision that these files do not
     *     build; when the database cannot be reached, is not empty, is in use, or is being migrated or backed up for
     *     longer than half a minute; and when the rows cannot be loaded. The database is as it was before then
     */
    public Loaded load(Path file, boolean clean, Erasures erasures) {
        try (BackupFile backup = BackupFile.open(file, progress)) {
            List<Revision> steps = steps(file, backup.manifest());
            try (DatabaseSession session = DatabaseSession.open(url, patience)) {
                lock(session);
                requireUndistributed(session);
                int erased = new Load(session, file, backup, erasures).run(steps, clean);
                return new Loaded(contents(backup.manifest()), erased);
            } catch (SQLException e) {
                // Closing a connection that is broken already.
                throw failed(file, "disconnecting", e);
            }
        } catch (IOException e) {
            throw unreadable(file, e);
        }
    }

    private static Contents contents(Manifest manifest) {
        return new Contents(
                Manifest.newest(manifest.history()),
                manifest.takenAt(),
                manifest.program(),
                manifest.tables().size(),
                manifest.rows());
    }

    private static BackupFailure unreadable(Path file, IOException e) {
        return new BackupFailure(
                "The backup " + file + " cannot be read: " + e.getMessage() + ". Nothing has changed in the database.",
                e);
    }

    private BackupFailure failed(Path file, String doing, SQLException e) {
        return new BackupFailure(
                "The backup " + file + " could not be loaded into " + url.address() + ", while " + doing + ": "
                        + Refusal.text(e) + ". Nothing has changed there.",
                Refusal.cause(e));
    }

    /** The way to the backup's revision, if these files know all of it. */
    private List<Revision> steps(Path file, Manifest manifest) {
        List<Revision> steps = new ArrayList<>();
        for (HistoryRow row : manifest.history()) {
            if (row.isMigration()) {
                requireSame(file, manifest, row);
                steps.add(row.revision());
            }
        }
        return steps;
    }

    private void requireSame(Path file, Manifest manifest, HistoryRow row) {
        String prefix = "The backup " + file + " is of revision " + manifest.revision();
        if (!files.has(row.script()) && row.revision().compareTo(files.head()) > 0) {
            throw new BackupFailure(prefix + ", and this program ends at " + files.head()
                    + ". Restore it with the release that has written it (" + manifest.program() + ") or a newer one.");
        }
        if (!files.has(row.script())) {
            throw new BackupFailure(prefix + ", and the file " + row.script() + " on the way there is missing from this"
                    + " program. Bring it back from version control and build again.");
        }
        if (row.checksum() == null || row.checksum() != files.checksum(row.script())) {
            throw new BackupFailure(prefix + ", and the file " + row.script() + " on the way there was altered since"
                    + " (checksum " + row.checksum() + " then, " + files.checksum(row.script())
                    + " now). Bring its former text back from version control and build again.");
        }
    }

    private void lock(DatabaseSession session) throws SQLException {
        if (!session.lockSchema(
                false,
                () -> progress.waits("Another program is migrating or backing up " + url.address()
                        + "; waiting for it, up to " + patience.toSeconds() + " s"))) {
            throw new BackupFailure("Another program has been migrating, backing up or restoring the database at "
                    + url.address() + " for more than " + patience.toSeconds()
                    + " s; nothing has changed. Start again when it is done.");
        }
    }

    /** Tables over several servers are not dropped and filled in one transaction. */
    private void requireUndistributed(DatabaseSession session) throws SQLException {
        if (Citus.hasDistributed(session.connection())) {
            throw new BackupFailure(
                    "The database at " + url.address() + " is distributed, and a backup is loaded into one"
                            + " that is not. Nothing has changed. Make a new database on the coordinator and on each worker, restore"
                            + " into it, and then expiry db distribute: docs/distribution.md.");
        }
    }

    /** The transaction. */
    private final class Load {

        private final DatabaseSession session;
        private final Path file;
        private final BackupFile backup;
        private final Manifest manifest;
        private final SchemaCatalog catalog;
        private final Connection connection;
        private Erasures erasures;
        private String doing = "looking at it";

        Load(DatabaseSession session, Path file, BackupFile backup, Erasures erasures) {
            this.session = session;
            this.file = file;
            this.backup = backup;
            this.manifest = backup.manifest();
            this.catalog = new SchemaCatalog(session);
            this.connection = session.connection();
            this.erasures = erasures;
        }

        int run(List<Revision> steps, boolean clean) throws IOException {
            int erased;
            try {
                connection.setAutoCommit(false);
                clear(clean);
                migrate(steps);
                makeWhatNoMigrationMakes();
                requireSameColumns();
                erased = loadRows();
                writeHistory();
                runAfterRestore();
                setSequences();
                analyze();
            } catch (SQLException e) {
                throw failed(file, doing, e);
            }
            commit();
            return erased;
        }

        private void commit() {
            try {
                connection.commit();
            } catch (SQLException e) {
                throw new BackupFailure(
                        "The connection to " + url.address() + " broke while the backup " + file
                                + " was being committed: " + Refusal.text(e) + ". All of it is there or nothing has"
                                + " changed: look with expiry db current, and load it again if need be.",
                        Refusal.cause(e));
            }
        }

        private void clear(boolean clean) throws SQLException {
            doing = "looking at what is there";
            SchemaObject history = new SchemaObject("table", "public." + SchemaCatalog.HISTORY);
            List<SchemaObject> objects = catalog.objects();
            List<SchemaObject> ours =
                    objects.stream().filter(object -> !object.isExtension()).toList();
            boolean nothingApplied =
                    ours.contains(history) && catalog.history().stream().noneMatch(HistoryRow::isMigration);
            boolean empty = ours.isEmpty() || (nothingApplied && ours.size() == 1);
            if (!empty && !clean) {
                throw new BackupFailure("The database at " + url.address() + " is not empty: it holds " + some(ours)
                        + ". Nothing has changed. Give an empty database, or have all of it replaced with --clean.");
            }
            takeOverErasures();
            doing = "dropping what is there";
            drop(empty ? ours : objects);
        }

        private void takeOverErasures() throws SQLException {
            doing = "reading which accounts were deleted";
            if (catalog.exists("public.erasures")) {
                // Nobody is deleted between this look and the end.
                session.execute("LOCK TABLE public.erasures IN SHARE MODE");
            }
            erasures = erasures.and(Erasures.in(catalog));
        }

        private static String some(List<SchemaObject> objects) {
            String named = objects.stream()
                    .limit(MOST_NAMED)
                    .map(SchemaObject::toString)
                    .collect(Collectors.joining(", "));
            return objects.size() > MOST_NAMED ? named + " and " + (objects.size() - MOST_NAMED) + " more" : named;
        }

        /** Round by round, since one can go only when those are gone that depend on it; tables go all at once. */
        private void drop(List<SchemaObject> objects) throws SQLException {
            List<SchemaObject> left = objects.stream()
                    .filter(object -> !object.isTable())
                    .collect(Collectors.toCollection(ArrayList::new));
            if (left.size() < objects.size()) {
                left.addFirst(new SchemaObject(
                        "table",
                        objects.stream()
                                .filter(SchemaObject::isTable)
                                .map(SchemaObject::identity)
                                .collect(Collectors.joining(", "))));
            }
            while (!left.isEmpty()) {
                Map<SchemaObject, SQLException> standing = new LinkedHashMap<>();
                for (SchemaObject object : left) {
                    Savepoint before = connection.setSavepoint();
                    try {
                        session.execute("DROP " + object.type() + " IF EXISTS " + object.identity());
                        connection.releaseSavepoint(before);
                    } catch (SQLException e) {
                        connection.rollback(before);
                        requireDropLater(object, e);
                        standing.put(object, e);
                    }
                }
                if (standing.size() == left.size()) {
                    requireOnlyExtensions(standing);
                    return;
                }
                left = List.copyOf(standing.keySet());
            }
        }

        private void requireDropLater(SchemaObject object, SQLException e) throws SQLException {
            String state = String.valueOf(e.getSQLState());
            if (state.equals(LOCK_NOT_AVAILABLE) || state.equals(DEADLOCK_DETECTED)) {
                throw new BackupFailure(
                        "The database at " + url.address() + " is in use, so what it holds cannot be dropped."
                                + " Nothing has changed. Stop all nodes and whatever else works with it"
                                + " (pg_stat_activity names them), and start again.",
                        e);
            }
            if (!state.equals(DEPENDENT_OBJECTS_STILL_EXIST)
                    && !(object.isExtension() && state.equals(INSUFFICIENT_PRIVILEGE))) {
                throw e;
            }
        }

        /** An extension that the administrator has installed may stay: the migrations take it as it is. */
        private void requireOnlyExtensions(Map<SchemaObject, SQLException> standing) {
            standing.forEach((object, refusal) -> {
                if (!object.isExtension()) {
                    throw new BackupFailure(
                            "In the database at " + url.address() + " something that is not of Expiry Tracker depends"
                                    + " on what would be replaced. PostgreSQL says: " + refusal.getMessage()
                                    + " Nothing has changed. Drop that first, and make it again afterwards.",
                            refusal);
                }
            });
        }

        /**
         * Builds the schema by the files, in this transaction, where nothing can be done concurrently and, on empty
         * tables, nothing needs to be.
         */
        private void migrate(List<Revision> steps) throws SQLException {
            for (Revision step : steps) {
                String name = step.up();
                doing = "running " + name;
                progress.migrates(step);
                String text = files.text(name);
                session.execute("SET LOCAL search_path = public");
                session.execute(
                        files.runsOutsideTransaction(name)
                                ? CONCURRENTLY.matcher(text).replaceAll("")
                                : text);
            }
            session.fix();
        }

        private void makeWhatNoMigrationMakes() throws SQLException {
            doing = "making the tables that no migration makes";
            // What the migrations parked came from empty tables.
            session.execute("DROP SCHEMA IF EXISTS parked CASCADE");
            if (manifest.tables().stream().anyMatch(table -> table.schema().equals("parked"))
                    || manifest.sequences().stream()
                            .anyMatch(sequence -> sequence.schema().equals("parked"))) {
                session.execute("CREATE SCHEMA parked");
            }
            List<String> later = new ArrayList<>();
            for (Sequence sequence : manifest.sequences()) {
                if (sequence.create() != null && !catalog.exists(sequence.quoted())) {
                    session.execute(sequence.create());
                    if (sequence.own() != null) {
                        later.add(sequence.own());
                    }
                }
            }
            for (Table table : manifest.tables()) {
                if (!catalog.exists(table.quoted())) {
                    for (String statement : table.definition()) {
                        session.execute(statement);
                    }
                    later.addAll(table.references());
                }
            }
            for (String statement : later) {
                session.execute(statement);
            }
        }

        private void requireSameColumns() throws SQLException {
            for (Table table : manifest.tables()) {
                Set<Column> here = new HashSet<>(catalog.columns(table));
                Set<Column> there = new HashSet<>(table.columns());
                if (!here.equals(there)) {
                    throw new BackupFailure("The backup " + file + " comes from a database that was changed by hand:"
                            + " table " + table.label() + " has the columns " + names(there) + " in it, and "
                            + names(here) + " as the migrations up to " + manifest.revision() + " build it. Nothing has"
                            + " changed in " + url.address()
                            + ". Add a migration that makes the difference, and back up"
                            + " and restore with it.");
                }
            }
        }

        private static Set<String> names(Set<Column> columns) {
            return columns.stream()
                    .map(column -> column.name() + " " + column.type())
                    .collect(Collectors.toCollection(TreeSet::new));
        }

        /** Answers how many accounts were deleted again. */
        private int loadRows() throws SQLException, IOException {
            doing = "putting indexes aside";
            List<SchemaCatalog.OfUsers> ofUsers = catalog.ofUsers();
            List<String> withOwners = catalog.withOwners();
            List<Burden> checks = catalog.checks();
            List<Burden> indexes = catalog.indexes();
            for (Burden check : checks) {
                session.execute(check.drop());
            }
            for (Burden index : indexes) {
                session.execute(index.drop());
            }
            List<Table> tables = manifest.tables().stream()
                    .filter(table -> !Backup.isHistory(table))
                    .toList();
            for (Table table : tables) {
                doing = "loading table " + table.label();
                session.execute("ALTER TABLE " + table.quoted() + " DISABLE TRIGGER USER");
                loadRows(table);
            }
            int erased = erase(ofUsers, withOwners);
            for (Table table : tables) {
                session.execute("ALTER TABLE " + table.quoted() + " ENABLE TRIGGER USER");
            }
            List<Burden> burdens = new ArrayList<>(indexes);
            burdens.addAll(checks);
            for (int at = 0; at < burdens.size(); at++) {
                doing = burdens.get(at).add();
                progress.builds(burdens.get(at).add(), at + 1, burdens.size());
                session.execute(burdens.get(at).add());
            }
            return erased;
        }

        private static final String ERASE = """
                DELETE FROM %s AS t USING unnest(?::uuid[]) AS erased (id) WHERE t.%s = erased.id
                """;

        // At a revision that knows no such table, the way that its migration will take.
        private static final String PARK_ERASURES = """
                CREATE SCHEMA IF NOT EXISTS parked;
                CREATE TABLE IF NOT EXISTS parked.erasures (
                    user_id   uuid PRIMARY KEY,
                    erased_at timestamptz NOT NULL DEFAULT now())
                """;

        private static final String NOTE_ERASURES = """
                INSERT INTO %s (user_id, erased_at)
                SELECT * FROM unnest(?::uuid[], ?::timestamptz[])
                ON CONFLICT (user_id) DO NOTHING
                """;

        /**
         * Deletes again who was deleted, with the inventories that were theirs, out of every table, in any order as long as no foreign key is there. Those
         * that are made again afterwards prove that nothing is left over.
         */
        private int erase(List<SchemaCatalog.OfUsers> ofUsers, List<String> withOwners) throws SQLException {
            doing = "deleting the accounts that were deleted since";
            if (erasures.accounts().isEmpty()) {
                return 0;
            }
            String ids = erasures.idsAnd(catalog.ownedBy(withOwners, erasures.ids()));
            int users = 0;
            for (SchemaCatalog.OfUsers rows : ofUsers) {
                int deleted = update(ERASE.formatted(rows.table(), rows.column()), ids);
                users += rows.isUsers() ? deleted : 0;
            }
            if (!catalog.exists("public.erasures")) {
                session.execute(PARK_ERASURES);
            }
            String noted = catalog.exists("public.erasures") ? "public.erasures" : "parked.erasures";
            update(NOTE_ERASURES.formatted(noted), erasures.ids(), erasures.instants());
            return users;
        }

        private int update(String sql, String... parameters) throws SQLException {
            try (PreparedStatement statement = connection.prepareStatement(sql)) {
                for (int at = 0; at < parameters.length; at++) {
                    statement.setString(at + 1, parameters[at]);
                }
                return statement.executeUpdate();
            }
        }

        private void loadRows(Table table) throws SQLException, IOException {
            progress.copies(table.label(), 0, table.rows(), 0);
            try (Counted in = new Counted(backup.rows(table), table)) {
                // Frozen: the tables are as new as the rows, so no one can see them too early, and no vacuum comes
                // later.
                long rows = session.copy()
                        .copyIn(
                                "COPY " + table.quoted() + " " + table.quotedColumns()
                                        + " FROM STDIN (FORMAT text, ENCODING 'UTF8', FREEZE)",
                                in,
                                1 << 16);
                if (rows != table.rows()
                        || in.bytes != table.bytes()
                        || !BackupFile.hex(in.digest).equals(table.sha256())) {
                    throw new BackupFailure("The backup " + file + " is wrong in itself: table " + table.label()
                            + " has " + rows + " rows in " + in.bytes + " bytes, and its manifest has "
                            + table.rows() + " rows in " + table.bytes() + " bytes or of another checksum. Nothing has"
                            + " changed in " + url.address() + ". Take another backup.");
                }
            }
            progress.copies(table.label(), table.rows(), table.rows(), table.bytes());
        }

        private static final String ADD_HISTORY = """
                INSERT INTO public.flyway_schema_history
                    (installed_rank, version, description, type, script, checksum, installed_by, installed_on,
                     execution_time, success)
                VALUES (?, ?, ?, ?, ?, ?, ?, ?::timestamp, ?, true)
                """;

        private void writeHistory() throws SQLException {
            doing = "writing the migration history";
            try (PreparedStatement statement = connection.prepareStatement(ADD_HISTORY)) {
                for (HistoryRow row : manifest.history()) {
                    statement.setInt(1, row.rank());
                    statement.setString(2, row.version());
                    statement.setString(3, row.description());
                    statement.setString(4, row.type());
                    statement.setString(5, row.script());
                    statement.setObject(6, row.checksum(), Types.INTEGER);
                    statement.setString(7, row.installedBy());
                    statement.setString(8, row.installedOn());
                    statement.setInt(9, row.executionTime());
                    statement.executeUpdate();
                }
            }
        }

        /** A table that a downgrade has parked comes back with the next upgrade. */
        private void runAfterRestore() throws SQLException {
            for (AfterRestore each : afterRestore) {
                doing = "letting table " + each.table() + " forget what may have ended since";
                for (String schema : List.of("public", "parked")) {
                    if (catalog.hasColumn(schema + "." + each.table(), each.column())) {
                        session.execute(each.sqlIn(schema));
                    }
                }
            }
        }

        private void setSequences() throws SQLException {
            doing = "setting the sequences";
            for (Sequence sequence : manifest.sequences()) {
                session.strings(
                        "SELECT setval(?::regclass, ?::bigint, ?::boolean)",
                        sequence.quoted(),
                        Long.toString(sequence.lastValue()),
                        Boolean.toString(sequence.called()));
            }
        }

        /** Without statistics the first queries would be planned badly. */
        private void analyze() throws SQLException {
            for (Table table : manifest.tables()) {
                doing = "gathering statistics of table " + table.label();
                session.execute("ANALYZE " + table.quoted());
            }
        }

        /** Counts and digests what COPY takes. A row ends with a line feed; those inside values are escaped. */
        private final class Counted extends FilterInputStream {

            private final Table table;
            private final MessageDigest digest = BackupFile.sha256();
            private long rows;
            private long bytes;
            private long shown;

            Counted(InputStream in, Table table) {
                super(in);
                this.table = table;
            }

            @Override
            public int read() throws IOException {
                byte[] one = new byte[1];
                return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
            }

            @Override
            public int read(byte[] into, int from, int length) throws IOException {
                int read = super.read(into, from, length);
                if (read > 0) {
                    digest.update(into, from, read);
                    bytes += read;
                    for (int at = from; at < from + read; at++) {
                        if (into[at] == '\n') {
                            rows++;
                        }
                    }
                    if (bytes - shown >= BackupFile.SHOW_EVERY_BYTES) {
                        progress.copies(table.label(), rows, table.rows(), bytes);
                        shown = bytes;
                    }
                }
                return read;
            }
        }
    }
}
