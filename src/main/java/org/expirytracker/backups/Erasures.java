package org.expirytracker.backups;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.expirytracker.backups.Manifest.Column;
import org.expirytracker.backups.Manifest.Table;
import org.expirytracker.db.DatabaseUrl;

/**
 * The accounts that were deleted, so that a backup from before does not bring them back. Holds nothing of them but the
 * id and when they went.
 *
 * @param accounts when each went, as the server writes an instant, by the id of the user
 */
public record Erasures(Map<UUID, String> accounts) {

    /** Nobody. */
    public static final Erasures NONE = new Erasures(Map.of());

    private static final Duration PATIENCE = Duration.ofSeconds(30);
    private static final int ZIP = 'P';
    private static final Pattern LINE =
            Pattern.compile("(\\p{XDigit}{8}(?:-\\p{XDigit}{4}){3}-\\p{XDigit}{12})\\s+([A-Za-z0-9:.+ -]+)");

    /** Keeps the order of what is given. */
    public Erasures {
        accounts = Collections.unmodifiableMap(new LinkedHashMap<>(accounts));
    }

    /**
     * Those that a database knows of. Blocking.
     *
     * @throws BackupFailure when it cannot be reached or read
     */
    public static Erasures of(DatabaseUrl url) {
        try (DatabaseSession session = DatabaseSession.open(url, PATIENCE)) {
            return in(new SchemaCatalog(session));
        } catch (SQLException e) {
            throw new BackupFailure(
                    "The database at " + url.address() + " cannot show which accounts were deleted: " + e.getMessage()
                            + " (SQLSTATE " + e.getSQLState() + "). Try again when this is repaired.",
                    e);
        }
    }

    /** Those that a database knows of, wherever a downgrade has put them; none before there was such a table. */
    static Erasures in(SchemaCatalog catalog) throws SQLException {
        Map<UUID, String> accounts = new LinkedHashMap<>();
        for (String table : List.of("public.erasures", "parked.erasures")) {
            if (catalog.exists(table)) {
                DatabaseSession session = catalog.session();
                session.rows(
                        "SELECT user_id, to_json(erased_at) #>> '{}' FROM " + table + " ORDER BY erased_at, user_id",
                        row -> accounts.put(row.getObject(1, UUID.class), row.getString(2)));
            }
        }
        return new Erasures(accounts);
    }

    /**
     * Those of a list that {@link #toText} wrote, or of a backup, which must be newer than the one that is restored to
     * be of use. Blocking.
     *
     * @throws BackupFailure when the file cannot be read or is neither
     */
    public static Erasures read(Path file) {
        return read(file, List.of());
    }

    /**
     * As {@link #read(Path)}, also of an encrypted backup.
     *
     * @param identities with which that is read
     */
    public static Erasures read(Path file, List<String> identities) {
        try {
            if (!Encryption.isEncrypted(file)) {
                return readable(file);
            }
            try (OpenedBackup opened = OpenedBackup.of(file, identities)) {
                return readable(opened.file());
            }
        } catch (IOException e) {
            throw new BackupFailure(
                    "The deleted accounts cannot be read from " + file + ": " + e.getMessage()
                            + ". Nothing has changed in the database. Give a list that expiry db erasures has written, or a"
                            + " newer backup.",
                    e);
        }
    }

    private static Erasures readable(Path file) throws IOException {
        return isArchive(file) ? ofBackup(file) : ofList(file, Files.readString(file));
    }

    private static boolean isArchive(Path file) throws IOException {
        try (InputStream in = Files.newInputStream(file)) {
            return in.read() == ZIP;
        }
    }

    private static Erasures ofList(Path file, String text) {
        Map<UUID, String> accounts = new LinkedHashMap<>();
        int number = 0;
        for (String line : text.lines().toList()) {
            number++;
            Matcher account = LINE.matcher(line.strip());
            if (account.matches()) {
                accounts.put(UUID.fromString(account.group(1)), account.group(2));
            } else if (!line.isBlank()) {
                throw new BackupFailure(
                        "Line " + number + " of " + file + " is not the id of a user and an instant. Nothing has"
                                + " changed in the database. Give a list that expiry db erasures has written, or a"
                                + " newer backup.");
            }
        }
        return new Erasures(accounts);
    }

    private static Erasures ofBackup(Path file) throws IOException {
        Map<UUID, String> accounts = new LinkedHashMap<>();
        try (BackupFile backup = BackupFile.open(file, CopyProgress.SILENT)) {
            for (Table table : backup.manifest().tables()) {
                if (table.name().equals("erasures")) {
                    read(backup, table, accounts);
                }
            }
        }
        return new Erasures(accounts);
    }

    /** As COPY writes them: the columns between tabs; neither holds a character that would be escaped. */
    private static void read(BackupFile backup, Table table, Map<UUID, String> into) throws IOException {
        List<String> columns = table.columns().stream().map(Column::name).toList();
        int id = columns.indexOf("user_id");
        int at = columns.indexOf("erased_at");
        try (BufferedReader rows = new BufferedReader(new InputStreamReader(backup.rows(table), UTF_8))) {
            for (String row = rows.readLine(); row != null; row = rows.readLine()) {
                String[] values = row.split("\t", -1);
                into.put(UUID.fromString(values[id]), values[at]);
            }
        }
    }

    /** These and those. */
    Erasures and(Erasures others) {
        Map<UUID, String> all = new LinkedHashMap<>(accounts);
        others.accounts.forEach(all::putIfAbsent);
        return new Erasures(all);
    }

    /** One line each: the id of the user and when they went. */
    public String toText() {
        return accounts.entrySet().stream()
                .map(each -> each.getKey() + " " + each.getValue() + "\n")
                .collect(Collectors.joining());
    }

    /** The ids as an array of PostgreSQL. */
    String ids() {
        return accounts.keySet().stream().map(UUID::toString).collect(Collectors.joining(",", "{", "}"));
    }

    /** The ids and some more as an array of PostgreSQL. */
    String idsAnd(List<String> more) {
        return Stream.concat(accounts.keySet().stream().map(UUID::toString), more.stream())
                .collect(Collectors.joining(",", "{", "}"));
    }

    /** The instants as an array of PostgreSQL, in the order of {@link #ids}. */
    String instants() {
        return accounts.values().stream().collect(Collectors.joining("\",\"", "{\"", "\"}"));
    }
}
