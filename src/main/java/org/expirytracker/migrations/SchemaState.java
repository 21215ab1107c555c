package org.expirytracker.migrations;

import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.expirytracker.migrations.Finding.Kind;

/**
 * Where a database stands among migration files, at one moment.
 *
 * @param initialized whether the database has a history table
 * @param history what is applied, by version
 * @param address the database, for messages
 */
public record SchemaState(MigrationFiles files, boolean initialized, List<AppliedMigration> history, String address) {

    private static final Pattern COMMENT = Pattern.compile("--[^\\n]*");
    private static final Pattern CONCURRENTLY = Pattern.compile(
            "(?i)\\b(?=[ITSDP])(INDEX|TABLE|SCHEMA|DATABASE|SYSTEM|PARTITION\\s+\\S+)\\s+CONCURRENTLY\\b");

    /** As the database says now. */
    static SchemaState read(Connection connection, MigrationFiles files, String address) throws SQLException {
        return new SchemaState(
                files, SchemaHistory.exists(connection), List.copyOf(SchemaHistory.read(connection)), address);
    }

    /** The newest applied revision; {@link Revision#BASE} when there is none. What failed is not applied. */
    public Revision current() {
        return history.stream()
                .filter(AppliedMigration::success)
                .map(AppliedMigration::revision)
                .reduce((first, second) -> second)
                .orElse(Revision.BASE);
    }

    /** What an upgrade to head would apply, in order. */
    public List<Revision> pending() {
        return files.revisions().stream()
                .filter(revision -> history.stream()
                        .noneMatch(entry -> entry.version().equals(revision.version()) && !isToBeRunAgain(entry)))
                .toList();
    }

    /** What is applied, in order. */
    public List<Revision> applied() {
        return history.stream()
                .filter(AppliedMigration::success)
                .map(AppliedMigration::revision)
                .toList();
    }

    /** What failed outside a transaction and has to be settled before anything else runs. */
    public List<Revision> failed() {
        return history.stream()
                .filter(entry -> !entry.success() && !isToBeRunAgain(entry))
                .map(AppliedMigration::revision)
                .toList();
    }

    /**
     * What an upgrade to a revision loses for good, as the headers of its files say: a line for each loss, begun with
     * the file.
     */
    public List<String> destructive(Revision target) {
        return pending().stream()
                .filter(revision -> revision.compareTo(target) <= 0)
                .flatMap(revision -> files.destructive(revision.up()).stream().map(line -> revision.up() + " " + line))
                .toList();
    }

    /** Migrations outside a transaction that failed: they count as not applied, as they can be run again. */
    List<Revision> toBeRunAgain() {
        return history.stream()
                .filter(this::isToBeRunAgain)
                .map(AppliedMigration::revision)
                .toList();
    }

    private boolean isToBeRunAgain(AppliedMigration entry) {
        String file = entry.revision().up();
        return !entry.success() && files.has(file) && files.runsOutsideTransaction(file);
    }

    /**
     * Whether the history is, row by row, that of all files up to a revision and no more: the usual start of a node,
     * for which no other file is read.
     */
    public boolean isExactlyAt(Revision target) {
        List<Revision> wanted = files.revisions().stream()
                .filter(revision -> revision.compareTo(target) <= 0)
                .toList();
        return initialized
                && history.stream().map(AppliedMigration::revision).toList().equals(wanted)
                && history.stream().allMatch(this::isAsItsFile);
    }

    private boolean isAsItsFile(AppliedMigration applied) {
        String file = applied.revision().up();
        return applied.success()
                && file.equals(applied.script())
                && Objects.equals(applied.checksum(), files.checksum(file));
    }

    /** What stands against going from here to anywhere, most pressing first; empty when all is well. */
    public List<Finding> conflicts() {
        List<Finding> found = new ArrayList<>();
        addNames(found);
        addOrder(found);
        addUnmarked(found);
        addUnfit(found);
        history.stream().filter(entry -> !isToBeRunAgain(entry)).forEach(entry -> addApplied(found, entry));
        return found;
    }

    /** Revisions that cannot be undone. */
    public List<Finding> irreversible() {
        return files.revisions().stream()
                .filter(revision -> !files.has(revision.down()))
                .map(revision -> new Finding(
                        Kind.IRREVERSIBLE,
                        revision.up(),
                        revision.up() + " has no twin " + revision.down() + ", so it cannot be undone.",
                        "Write " + revision.down() + "; expiry db migrate --empty shows the form."))
                .toList();
    }

    /**
     * Lets pass what can be upgraded or downgraded.
     *
     * @throws MigrationFailure with the first of the {@link #conflicts}
     */
    public void requireNoConflict() {
        List<Finding> found = conflicts();
        if (!found.isEmpty()) {
            throw new MigrationFailure(found.getFirst().toString());
        }
    }

    private void addNames(List<Finding> found) {
        for (String name : files.misnamed()) {
            found.add(new Finding(
                    Kind.MISNAMED,
                    name,
                    name + " is not named like a migration, so it has no place in their order.",
                    "Name it V<yyyymmdd>__<words>.sql or V<yyyymmdd>.<n>__<words>.sql, in lower case with underscores,"
                            + " and its twin U likewise; or move it out of the folder."));
        }
    }

    private void addOrder(List<Finding> found) {
        files.revisions().stream().collect(Collectors.groupingBy(Revision::version)).values().stream()
                .filter(same -> same.size() > 1)
                .map(List::reversed)
                .forEach(same -> found.add(new Finding(
                        Kind.SAME_VERSION,
                        same.getFirst().up(),
                        same.stream().sorted().map(Revision::up).collect(Collectors.joining(" and "))
                                + " have the same version, so their order is open.",
                        "Run expiry db merge: it moves the one that is not applied behind the head.")));
        Revision current = current();
        for (Revision revision : pending()) {
            if (revision.compareTo(current) < 0 && !versionOf(current, revision)) {
                found.add(new Finding(
                        Kind.OUT_OF_ORDER,
                        revision.up(),
                        revision.up() + " is older than " + current.up() + ", which is already applied to the database"
                                + " at " + address + ", so it would be skipped.",
                        "Run expiry db merge: it moves it behind the head."));
            }
        }
    }

    private static boolean versionOf(Revision one, Revision other) {
        return one.version().equals(other.version());
    }

    private void addUnmarked(List<Finding> found) {
        for (String name : files.names()) {
            if (!name.equals(MigrationFiles.DECLARED)
                    && CONCURRENTLY
                            .matcher(COMMENT.matcher(files.text(name)).replaceAll(""))
                            .find()
                    && !files.runsOutsideTransaction(name)) {
                found.add(unmarked(name, "does something CONCURRENTLY"));
            }
        }
    }

    private void addUnfit(List<Finding> found) {
        for (String name : files.names()) {
            if (!name.equals(MigrationFiles.DECLARED)) {
                List<StatementFitness> statements = StatementFitness.of(files.text(name));
                statements.stream()
                        .filter(statement -> !statement.remedy().isEmpty())
                        .findFirst()
                        .ifPresent(unfit -> found.add(new Finding(
                                Kind.UNFIT,
                                name,
                                name + " holds " + unfit.words() + ", which no migration can.",
                                unfit.remedy())));
                statements.stream()
                        .filter(statement -> statement.remedy().isEmpty() && !files.runsOutsideTransaction(name))
                        .findFirst()
                        .ifPresent(outside -> found.add(unmarked(name, "runs " + outside.words())));
            }
        }
    }

    private static Finding unmarked(String name, String does) {
        return new Finding(
                Kind.UNMARKED,
                name,
                name + " " + does + ", which no transaction can, without saying so.",
                "Begin a line of its header with \"-- Runs outside a transaction\", put nothing else into the"
                        + " file, and make it safe to run twice (IF EXISTS, IF NOT EXISTS).");
    }

    private void addApplied(List<Finding> found, AppliedMigration entry) {
        Revision applied = entry.revision();
        List<Revision> here = files.versioned(entry.version());
        String name = "Migration " + entry.version() + " (" + entry.description() + ")";
        if (here.isEmpty() && applied.compareTo(files.head()) > 0) {
            found.add(new Finding(
                    Kind.NEWER,
                    applied.label(),
                    "The database at " + address + " is newer than this program: " + name
                            + " is applied there, and this program ends at " + files.head() + ".",
                    "Start the newer program, or take the database down to " + files.head() + " with it first."));
        } else if (here.isEmpty()) {
            found.add(new Finding(
                    Kind.MISSING,
                    entry.script(),
                    name + " is applied to the database at " + address + ", but its file is missing from this program.",
                    "Bring " + entry.script() + " back from version control and build again. expiry db repair would"
                            + " instead forget that it was applied."));
        } else if (!entry.success()) {
            found.add(new Finding(
                    Kind.FAILED,
                    entry.script(),
                    name + " once failed on the database at " + address + " outside a transaction.",
                    "Undo by hand what " + entry.script() + " left behind, then run expiry db repair, which deletes its"
                            + " row from the history, and upgrade again."));
        } else if (!here.contains(applied)) {
            found.add(new Finding(
                    Kind.RENAMED,
                    entry.script(),
                    entry.script() + " was renamed to "
                            + here.stream().map(Revision::up).collect(Collectors.joining(" and "))
                            + " after it was applied to the database at " + address + ".",
                    "Give the file its former name back. expiry db repair would instead write the new name into the"
                            + " history."));
        } else if (!isAsItsFile(entry)) {
            found.add(new Finding(
                    Kind.ALTERED,
                    entry.script(),
                    entry.script() + " was altered after it was applied to the database at " + address + " (checksum "
                            + entry.checksum() + " then, " + files.checksum(applied.up()) + " now).",
                    "Bring the applied text back from version control, and put the change into a new migration."
                            + " expiry db repair would instead accept the new text, without running it."));
        }
    }
}
