package org.expirytracker.schemas;

import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Savepoint;
import java.sql.Statement;
import java.text.Normalizer;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.expirytracker.db.DatabaseUrl;
import org.expirytracker.migrations.MigrationFailure;
import org.expirytracker.migrations.MigrationFiles;
import org.expirytracker.migrations.MigrationSession;
import org.expirytracker.migrations.Migrations;
import org.expirytracker.migrations.Progress;
import org.expirytracker.schemas.DeclaredSchema.Declaration;
import org.expirytracker.schemas.Rename.Renamed;
import org.expirytracker.schemas.SchemaComparison.Change;
import org.expirytracker.schemas.SchemaComparison.Difference;

/**
 * The next pair of migration files, {@code V…} and {@code U…}: generated from the difference between what the
 * migrations of a folder build and what its {@code schema.sql} declares, and tried in scratch databases in both
 * directions before it is written.
 */
public final class NewMigration {

    private static final int LONGEST_NAME = 80;
    private static final int LINE = 110;
    private static final int MOST_NAMED = 8;

    private static final Pattern CREATE = Pattern.compile("CREATE\\s+(?!OR\\s+REPLACE\\b)", Pattern.CASE_INSENSITIVE);
    private static final Pattern REPLACEABLE = Pattern.compile(
            "CREATE\\s+(?:OR\\s+REPLACE\\s+)?(?<rest>(?:FUNCTION|PROCEDURE|VIEW)\\s+(?:public\\.)?\"?(?<name>\\w+)\\b.*)",
            Pattern.CASE_INSENSITIVE | Pattern.DOTALL);

    private static final String SETTINGS = """
            SET LOCAL lock_timeout = '800ms';
            SET LOCAL client_min_messages = warning;
            """;

    private NewMigration() {}

    /**
     * The pair that was written.
     *
     * @param up the file {@code V<version>__<name>.sql}
     * @param down its twin {@code U<version>__<name>.sql}
     * @param destructive what the files lose when they run, a line for each loss, as in the files
     * @param review what to look at before they run, a line each, as in the files
     * @param verified whether both were tried and lead exactly from one schema to the other; an empty pair never is
     */
    public record Written(Path up, Path down, List<String> destructive, List<String> review, boolean verified) {}

    /**
     * Writes the migration that brings the folder's migrations to its {@code schema.sql}, and the way back. Two
     * scratch databases and some copies of them are made for it and dropped again.
     *
     * @param folder with {@code schema.sql} and the migrations so far
     * @param server any database of the server on which to build scratch databases; it is not looked at
     * @param today the version's date, unless the newest migration is of this day or a later one: then it is that
     *     one's date with the next number
     * @param message what the migration does, in a few words; becomes the name and the first line
     * @param renames what is only to be called otherwise
     * @return empty when there is nothing to do
     * @throws MigrationFailure when the message gives no name, the migrations or {@code schema.sql} do not run, or the
     *     files cannot be written; no file is left then
     */
    public static Optional<Written> generate(
            Path folder, DatabaseUrl server, LocalDate today, String message, List<Rename> renames) {
        String name = name(message);
        MigrationFiles files = MigrationFiles.in(folder);
        DeclaredSchema schema = DeclaredSchema.of(files);
        try (ScratchDatabase migrated = ScratchDatabase.like(server);
                ScratchDatabase declared = migrated.another()) {
            new Migrations(migrated.url(), files, Progress.SILENT).upgrade(files.head());
            schema.build(declared.url());
            SampleRows.fill(migrated.url());
            return generate(folder, today, message, name, schema, renames, migrated, declared);
        } catch (SQLException e) {
            throw new MigrationFailure("A scratch database failed: " + e.getMessage() + " Start again.", e);
        }
    }

    private static Optional<Written> generate(
            Path folder,
            LocalDate today,
            String message,
            String name,
            DeclaredSchema schema,
            List<Rename> renames,
            ScratchDatabase migrated,
            ScratchDatabase declared)
            throws SQLException {
        ScratchDatabase begin = renames.isEmpty() ? migrated : migrated.copy();
        try {
            Renamed renamed = renames.isEmpty() ? Renamed.NOTHING : Rename.apply(renames, begin.url(), declared.url());
            SchemaComparison change = SchemaComparison.between(begin.url(), declared.url());
            if (change.same() && renames.isEmpty()) {
                return Optional.empty();
            }
            List<SchemaScript> scripts = new ArrayList<>();
            if (!change.same()) {
                scripts.addAll(asDeclared(schema.declarations(), change, begin, declared));
            }
            scripts.addAll(ways(change, begin, declared));
            Draft up =
                    Draft.tried(title(message), renamed.upWords(), renamed.up(), change, scripts, migrated, declared);
            try (ScratchDatabase reached = up.verified() ? migrated.copy() : declared.copy()) {
                if (up.verified()) {
                    if (!up.onRows()) {
                        SampleRows.remove(reached.url());
                    }
                    execute(reached.url(), up.text());
                }
                return Optional.of(write(folder, today, name, up, back(message, renamed, reached, migrated)));
            }
        } finally {
            if (!renames.isEmpty()) {
                begin.close();
            }
        }
    }

    private static Draft back(String message, Renamed renamed, ScratchDatabase reached, ScratchDatabase migrated)
            throws SQLException {
        ScratchDatabase end = renamed.down().isEmpty() ? reached : reached.copy();
        try {
            execute(end.url(), renamed.down());
            SchemaComparison back = SchemaComparison.between(end.url(), migrated.url());
            return Draft.tried(
                    "Undoes \"" + title(message) + "\"",
                    renamed.downWords(),
                    renamed.down(),
                    back,
                    ways(back, end, migrated).stream()
                            .map(SchemaScript::withoutHints)
                            .toList(),
                    reached,
                    migrated);
        } finally {
            if (!renamed.down().isEmpty()) {
                end.close();
            }
        }
    }

    /** The comparison's scripts, each with what computes anew that changed functions have computed. */
    private static List<SchemaScript> ways(SchemaComparison change, ScratchDatabase from, ScratchDatabase to)
            throws SQLException {
        if (change.same()) {
            return List.of(new SchemaScript("", List.of(), List.of()));
        }
        SchemaScript anew = recomputation(change, from, to);
        return change.scripts().stream().map(script -> followed(script, anew)).toList();
    }

    private static SchemaScript followed(SchemaScript script, SchemaScript by) {
        return new SchemaScript(
                script.sql() + by.sql(),
                script.destructive(),
                Stream.concat(script.review().stream(), by.review().stream())
                        .distinct()
                        .toList());
    }

    /** Of what the two schemas have in common; what is new or altered is computed by being made. */
    private static SchemaScript recomputation(SchemaComparison change, ScratchDatabase from, ScratchDatabase to)
            throws SQLException {
        Set<String> functions = change.differences().stream()
                .filter(difference -> difference.change() == Change.ALTERED
                        && difference.kind().equals("FUNCTION"))
                .map(difference -> difference.name().replaceFirst("\\(.*", "").replace("\"", ""))
                .collect(Collectors.toSet());
        if (functions.isEmpty()) {
            return new SchemaScript("", List.of(), List.of());
        }
        Set<String> made = change.differences().stream().map(Difference::name).collect(Collectors.toSet());
        try (Connection before = MigrationSession.open(from.url());
                Connection after = MigrationSession.open(to.url())) {
            List<String> old = StoredValues.of(before, functions).stream()
                    .map(StoredValues.Stored::words)
                    .toList();
            List<StoredValues.Stored> stored = StoredValues.of(after, functions).stream()
                    .filter(each -> old.contains(each.words()) && !made.contains(each.label()))
                    .toList();
            String sql = stored.stream().map(StoredValues.Stored::refresh).collect(Collectors.joining());
            return new SchemaScript(
                    sql.isEmpty() ? "" : "\n-- What was stored is computed anew.\n" + sql,
                    List.of(),
                    stored.isEmpty()
                            ? List.of()
                            : List.of("The new body of " + String.join(", ", functions) + " gives other values for "
                                    + stored.stream()
                                            .map(StoredValues.Stored::words)
                                            .collect(Collectors.joining(", "))
                                    + ", which are computed anew here, under locks; on a big table, do it in steps in a"
                                    + " migration of its own."));
        }
    }

    /**
     * Writes a pair with nothing but its heading, to be filled in by hand.
     *
     * @param folder with the migrations so far
     * @param today as in {@link #generate}
     * @param message as in {@link #generate}
     * @throws MigrationFailure when the message gives no name or the files cannot be written; no file is left then
     */
    public static Written empty(Path folder, LocalDate today, String message) {
        String title = title(message);
        return write(
                folder,
                today,
                name(message),
                new Draft("-- " + title + ".\n" + SETTINGS, List.of(), List.of(), false, false),
                new Draft("-- Undoes \"" + title + "\".\n" + SETTINGS, List.of(), List.of(), false, false));
    }

    /**
     * One file's text, and what it says at its top.
     *
     * @param verified whether it was run, and led exactly to where it should
     * @param onRows whether also with a row in each table
     */
    private record Draft(String text, List<String> destructive, List<String> review, boolean verified, boolean onRows) {

        /**
         * The gentlest script that leads from one database to the other: on tables with rows, or else on empty ones, or
         * else the last one with the reason why none does.
         *
         * @param renaming what is renamed, in words; empty for nothing
         * @param first statements before each script
         */
        static Draft tried(
                String title,
                String renaming,
                String first,
                SchemaComparison change,
                List<SchemaScript> scripts,
                ScratchDatabase from,
                ScratchDatabase to)
                throws SQLException {
            String heading = title + ": "
                    + Stream.of(renaming, summary(change.differences()))
                            .filter(part -> !part.isEmpty())
                            .collect(Collectors.joining("; "))
                    + ".";
            List<SchemaScript> whole = scripts.stream()
                    .map(script -> new SchemaScript(joined(first, script.sql()), script.destructive(), script.review()))
                    .distinct()
                    .toList();
            String onRows = "";
            String reason = "";
            for (boolean rows : List.of(true, false)) {
                for (SchemaScript script : whole) {
                    Draft draft = of(heading, script, List.of());
                    reason = failure(draft, from, to, rows);
                    if (reason.isEmpty()) {
                        return rows
                                ? new Draft(draft.text, draft.destructive, draft.review, true, true)
                                : of(
                                                heading,
                                                script,
                                                List.of("On tables with rows this fails, as tried with a made-up row in"
                                                        + " each: " + onRows))
                                        .tried();
                    }
                    onRows = rows && onRows.isEmpty() ? reason : onRows;
                }
            }
            return of(heading, whole.getLast(), List.of("This draft does not lead to its end yet: " + reason));
        }

        private static String joined(String first, String sql) {
            return Stream.of(first, sql.stripLeading())
                    .filter(part -> !part.isEmpty())
                    .collect(Collectors.joining("\n"));
        }

        private Draft tried() {
            return new Draft(text, destructive, review, true, false);
        }

        private static Draft of(String heading, SchemaScript script, List<String> further) {
            List<String> review =
                    Stream.concat(further.stream(), script.review().stream()).toList();
            String text = comment(heading)
                    + script.destructive().stream()
                            .map(line -> comment("DESTRUCTIVE: " + line))
                            .collect(Collectors.joining())
                    + review.stream().map(line -> comment("REVIEW: " + line)).collect(Collectors.joining())
                    + SETTINGS
                    + "\n"
                    + script.sql();
            return new Draft(text, script.destructive(), review, false, false);
        }

        /** Empty when the draft turns the one into the other. */
        private static String failure(Draft draft, ScratchDatabase from, ScratchDatabase to, boolean rows)
                throws SQLException {
            try (ScratchDatabase trial = from.copy()) {
                if (!rows) {
                    SampleRows.remove(trial.url());
                }
                try {
                    execute(trial.url(), draft.text);
                } catch (SQLException e) {
                    return "PostgreSQL says " + DeclaredSchema.messageOf(e);
                }
                return SchemaComparison.between(trial.url(), to.url()).differences().stream()
                        .map(difference -> difference + ".")
                        .collect(Collectors.joining(" "));
            }
        }
    }

    private static void execute(DatabaseUrl url, String sql) throws SQLException {
        try (Connection connection = MigrationSession.open(url);
                Statement statement = connection.createStatement()) {
            connection.setAutoCommit(false);
            statement.execute(sql);
            connection.commit();
        }
    }

    /**
     * The change with new objects made by the very statements of {@code schema.sql}, as their author wrote them, and
     * only the rest written by the comparison. Empty when no such statement runs where the migrations end.
     */
    private static List<SchemaScript> asDeclared(
            List<Declaration> declarations, SchemaComparison change, ScratchDatabase from, ScratchDatabase to)
            throws SQLException {
        try (ScratchDatabase trial = from.copy()) {
            String made = make(trial.url(), declarations, altered(change));
            if (made.isEmpty()) {
                return List.of();
            }
            SchemaScript whole = change.scripts().getFirst();
            SchemaScript anew = recomputation(change, from, to);
            SchemaComparison rest = SchemaComparison.between(trial.url(), to.url());
            return rest.same()
                    ? List.of(followed(new SchemaScript(made, whole.destructive(), whole.review()), anew))
                    : rest.scripts().stream()
                            .map(script -> new SchemaScript(
                                    made + "\n" + script.sql(),
                                    script.destructive(),
                                    Stream.concat(whole.review().stream(), script.review().stream())
                                            .distinct()
                                            .toList()))
                            .map(script -> followed(script, anew))
                            .toList();
        }
    }

    /** The names, without parameters, of what could be replaced in place. */
    private static Set<String> altered(SchemaComparison change) {
        return change.differences().stream()
                .filter(difference -> difference.change() == Change.ALTERED)
                .filter(difference -> REPLACEABLE
                        .matcher("CREATE " + difference.kind() + " " + difference.name())
                        .matches())
                .map(difference -> difference.name().replaceFirst("\\(.*", ""))
                .collect(Collectors.toSet());
    }

    /** Makes what can be made and is not there yet, or is altered and can be replaced; returns the statements that did. */
    private static String make(DatabaseUrl url, List<Declaration> declarations, Set<String> altered)
            throws SQLException {
        StringBuilder made = new StringBuilder();
        try (Connection connection = MigrationSession.open(url);
                Statement statement = connection.createStatement()) {
            connection.setAutoCommit(false);
            for (Declaration declaration : declarations) {
                Matcher replaceable = REPLACEABLE.matcher(declaration.sql());
                boolean replace = replaceable.matches() && altered.contains(replaceable.group("name"));
                // Other statements do not say whether what they make is new.
                if (replace || CREATE.matcher(declaration.sql()).lookingAt()) {
                    Declaration own =
                            replace ? declaration.with("CREATE OR REPLACE " + replaceable.group("rest")) : declaration;
                    Savepoint before = connection.setSavepoint();
                    try {
                        statement.clearWarnings();
                        statement.execute(own.sql());
                        // With IF NOT EXISTS and an object that does exist, there is a notice.
                        if (statement.getWarnings() == null) {
                            made.append(own.text());
                        }
                        connection.releaseSavepoint(before);
                    } catch (SQLException e) {
                        // It exists, or needs something that is still to be altered: then it is up to the comparison.
                        connection.rollback(before);
                    }
                }
            }
            connection.commit();
        }
        return made.toString().stripLeading();
    }

    /** The objects by what happens to them, such as "adds column items.shelf_life; drops column items.notes". */
    private static String summary(List<Difference> differences) {
        List<String> parts = new ArrayList<>();
        for (Change change : Change.values()) {
            List<String> names = differences.stream()
                    .filter(difference -> difference.change() == change)
                    .map(difference -> difference.kind().toLowerCase(Locale.ROOT) + " " + difference.name())
                    .toList();
            if (!names.isEmpty()) {
                String verb = switch (change) {
                    case MISSING -> "adds ";
                    case UNEXPECTED -> "drops ";
                    case ALTERED -> "alters ";
                };
                parts.add(verb + listed(names));
            }
        }
        return String.join("; ", parts);
    }

    private static String listed(List<String> names) {
        List<String> named = names.size() > MOST_NAMED
                ? Stream.concat(
                                names.stream().limit(MOST_NAMED),
                                Stream.of((names.size() - MOST_NAMED) + " other objects"))
                        .toList()
                : names;
        return named.size() == 1
                ? named.getFirst()
                : String.join(", ", named.subList(0, named.size() - 1)) + " and " + named.getLast();
    }

    private static String comment(String text) {
        StringBuilder comment = new StringBuilder("--");
        int length = 2;
        for (String word : text.strip().split("\\s+", -1)) {
            if (length + 1 + word.length() > LINE) {
                comment.append("\n--");
                length = 2;
            }
            comment.append(' ').append(word);
            length += 1 + word.length();
        }
        return comment.append('\n').toString();
    }

    /** The message on one line, begun with a capital letter, without a full stop. */
    private static String title(String message) {
        String line = message.strip().replaceAll("[\\s\\p{Cntrl}]+", " ").replaceFirst("[.:;\\s]+$", "");
        return line.isEmpty() ? line : line.substring(0, 1).toUpperCase(Locale.ROOT) + line.substring(1);
    }

    private static String name(String message) {
        String ascii = Normalizer.normalize(message, Normalizer.Form.NFKD).replaceAll("\\p{M}+", "");
        String name =
                ascii.toLowerCase(Locale.ROOT).replaceAll("[^a-z0-9]+", "_").replaceFirst("^_", "");
        name = name.substring(0, Math.min(name.length(), LONGEST_NAME)).replaceFirst("_$", "");
        if (name.isEmpty()) {
            throw new MigrationFailure("The message \"" + message + "\" has no letter or digit to name the files after."
                    + " Say in a few words what the migration does, such as \"add shelf life\".");
        }
        return name;
    }

    private static Written write(Path folder, LocalDate today, String name, Draft up, Draft down) {
        String stem = MigrationFiles.in(folder).head().nextVersion(today) + "__" + name + ".sql";
        Path upFile = folder.resolve("V" + stem);
        Path downFile = folder.resolve("U" + stem);
        // Under other names until both are whole.
        String part = "." + UUID.randomUUID() + ".part";
        Path upPart = folder.resolve(".V" + part);
        Path downPart = folder.resolve(".U" + part);
        boolean moved = false;
        try {
            Files.writeString(upPart, up.text);
            Files.writeString(downPart, down.text);
            // The U file first: a V without a U could be taken up by an upgrade.
            Files.move(downPart, downFile);
            moved = true;
            Files.move(upPart, upFile);
        } catch (IOException e) {
            MigrationFailure failure = new MigrationFailure(
                    e instanceof FileAlreadyExistsException
                            ? e.getMessage()
                                    + " exists already, so nothing was written. Take it away, or start again if"
                                    + " another program has just made it."
                            : "The files cannot be written to " + folder + ": " + e + "; nothing was written.",
                    e);
            for (Path left : moved ? List.of(upPart, downPart, downFile) : List.of(upPart, downPart)) {
                try {
                    Files.deleteIfExists(left);
                } catch (IOException undeleted) {
                    failure.addSuppressed(undeleted);
                }
            }
            throw failure;
        }
        return new Written(
                upFile,
                downFile,
                Stream.concat(
                                up.destructive.stream().map(line -> upFile.getFileName() + " " + line),
                                down.destructive.stream().map(line -> downFile.getFileName() + " " + line))
                        .toList(),
                Stream.concat(
                                up.review.stream().map(line -> upFile.getFileName() + ": " + line),
                                down.review.stream().map(line -> downFile.getFileName() + ": " + line))
                        .toList(),
                up.verified && down.verified);
    }
}
