package org.expirytracker.cli;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Clock;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.function.BiConsumer;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.expirytracker.backups.Backup;
import org.expirytracker.backups.CopyProgress;
import org.expirytracker.backups.Encryption;
import org.expirytracker.backups.Erasures;
import org.expirytracker.backups.OpenedBackup;
import org.expirytracker.backups.Restore;
import org.expirytracker.db.DatabaseUrl;
import org.expirytracker.db.KeptSecret;
import org.expirytracker.db.Reachability;
import org.expirytracker.distribution.DistributionPlan;
import org.expirytracker.distribution.DistributionProgress;
import org.expirytracker.distribution.Distributor;
import org.expirytracker.distribution.Obstacle;
import org.expirytracker.distribution.Omission;
import org.expirytracker.distribution.Placement;
import org.expirytracker.maintenance.BackupSettings;
import org.expirytracker.maintenance.BackupStore;
import org.expirytracker.maintenance.ScheduledBackups;
import org.expirytracker.maintenance.StoredBackup;
import org.expirytracker.migrations.AppliedMigration;
import org.expirytracker.migrations.Finding;
import org.expirytracker.migrations.Loss;
import org.expirytracker.migrations.MigrationFailure;
import org.expirytracker.migrations.MigrationFiles;
import org.expirytracker.migrations.MigrationSession;
import org.expirytracker.migrations.Migrations;
import org.expirytracker.migrations.Migrations.Rehearsal;
import org.expirytracker.migrations.Progress;
import org.expirytracker.migrations.Progress.Step;
import org.expirytracker.migrations.Revision;
import org.expirytracker.migrations.SchemaState;
import org.expirytracker.schemas.Merge;
import org.expirytracker.schemas.NewMigration;
import org.expirytracker.schemas.Rename;
import org.expirytracker.schemas.SchemaCheck;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ScopeType;
import picocli.CommandLine.Spec;

/**
 * {@code expiry db}: what an operator does with the schema and the data. Each command ends with 0 after success, with
 * 1 when it failed or found something wrong, and says what to do next.
 */
@Command(
        name = "db",
        mixinStandardHelpOptions = true,
        versionProvider = Main.Version.class,
        description = {
            "Migrates the database up and down, checks it, backs it up and restores it.",
            "Works on the database of DATABASE_URL, else on the embedded one in EXPIRY_DATA, also while a server runs"
                    + " on it."
        },
        footer = {
            "",
            "A <revision> is a version (20261122.4), a full name, an unambiguous beginning of either, head or base.",
            "",
            "Examples:",
            "  expiry db current                      where the database stands",
            "  expiry db upgrade --dry-run            try everything that is pending, and take it back",
            "  expiry db upgrade --backup             back up, then bring the schema to the newest revision",
            "  expiry db downgrade -1                 undo the last migration",
            "  expiry db migrate -m \"add shelf life\"  write the next migration from what changed in schema.sql",
            "  expiry db check                        is everything as the history says?",
            "  expiry db distribute --dry-run         what spreading it over servers would do",
        })
final class DbCommand implements Runnable {

    private static final DateTimeFormatter AT =
            DateTimeFormatter.ofPattern("yyyy-MM-dd HH:mm:ss'Z'").withZone(ZoneOffset.UTC);

    /** The most that Citus takes. */
    private static final int MOST_SHARDS = 64_000;

    private final Map<String, String> environment;
    private final Clock clock;
    private final BufferedReader in;

    @Spec
    private @Nullable CommandSpec spec;

    @Option(
            names = "--json",
            scope = ScopeType.INHERIT,
            description = "Print one JSON document instead of text for people.")
    private boolean json;

    @Option(
            names = {"-d", "--directory"},
            paramLabel = "<folder>",
            scope = ScopeType.INHERIT,
            description = "Use the migration files in this folder instead of those inside the program.")
    private @Nullable Path directory;

    DbCommand(Map<String, String> environment, Clock clock, BufferedReader in) {
        this.environment = environment;
        this.clock = clock;
        this.in = in;
    }

    @Override
    public void run() {
        CommandLine db = Objects.requireNonNull(spec).commandLine();
        throw new ParameterException(
                db,
                "Which command? Known are: "
                        + String.join(", ", db.getSubcommands().keySet()));
    }

    @Command(
            name = "init",
            mixinStandardHelpOptions = true,
            description = "Prepares an empty database: makes the table that records migrations. Does nothing the"
                    + " second time.")
    int init() throws IOException {
        return onDatabase(database -> {
            boolean made = database.migrations().initialize();
            Revision current = database.migrations().state().current();
            return print(
                    new JsonObject().put("initialized", made).put("revision", current.label()),
                    made
                            ? "The database is ready for migrations. Next: expiry db upgrade"
                            : "The database was prepared before; it is at " + current + ".");
        });
    }

    @Command(
            name = "migrate",
            mixinStandardHelpOptions = true,
            description = {
                "Writes the next migration, a pair of files to go up and down, from what differs between schema.sql and"
                        + " what the migrations build so far, and tries both in scratch databases.",
                "Edit migrations/schema.sql first; read both files afterwards. The database itself is not changed."
            })
    int migrate(
            @Option(
                            names = {"-m", "--message"},
                            required = true,
                            paramLabel = "<message>",
                            description = "What the migration does, such as \"add shelf life\"; names the files.")
                    String message,
            @Option(
                            names = "--rename",
                            paramLabel = "<old>=<new>",
                            description = "What is only to be called otherwise: a column (items.a=items.b) or a table"
                                    + " (items=things). As often as needed.")
                    @Nullable
                    List<String> renames,
            @Option(names = "--empty", description = "Write a pair without statements, to be filled in by hand.")
                    boolean empty)
            throws IOException {
        List<Rename> asked = new ArrayList<>();
        for (String rename : renames == null ? List.<String>of() : renames) {
            try {
                asked.add(Rename.parse(rename));
            } catch (IllegalArgumentException e) {
                throw new ParameterException(Objects.requireNonNull(spec).commandLine(), e.getMessage(), e);
            }
        }
        Path folder = folder();
        LocalDate today = LocalDate.now(clock);
        if (empty) {
            return print(Optional.of(NewMigration.empty(folder, today, message)));
        }
        return onDatabase(database -> print(NewMigration.generate(folder, database.url, today, message, asked)));
    }

    private int print(Optional<NewMigration.Written> written) {
        if (written.isEmpty()) {
            return print(
                    new JsonObject().put("files", new JsonArray()),
                    "Nothing to do: the migrations build what schema.sql declares.");
        }
        NewMigration.Written pair = written.get();
        StringBuilder text = new StringBuilder("Wrote " + pair.up() + "\n  and " + pair.down());
        pair.destructive().forEach(line -> text.append("\nDESTRUCTIVE  ").append(line));
        pair.review().forEach(line -> text.append("\nREVIEW  ").append(line));
        text.append(
                pair.verified()
                        ? "\nBoth were tried in scratch databases and lead exactly there and back."
                        : "\nNeither was tried out yet: fill in or correct them first.");
        text.append("\nNext: read both files, then expiry db upgrade --dry-run");
        return print(
                new JsonObject()
                        .put(
                                "files",
                                new JsonArray(List.of(
                                        pair.up().toString(), pair.down().toString())))
                        .put("destructive", new JsonArray(pair.destructive()))
                        .put("review", new JsonArray(pair.review()))
                        .put("verified", pair.verified()),
                text.toString());
    }

    @Command(
            name = "upgrade",
            mixinStandardHelpOptions = true,
            description = {
                "Applies the pending migrations up to a revision, each in a transaction of its own.",
                "A table in use is waited for without holding up its readers. Broken off, it goes on when run again."
            })
    int upgrade(
            @Parameters(
                            arity = "0..1",
                            defaultValue = "head",
                            paramLabel = "<revision>",
                            description = "Where to; by default to head.")
                    String revision,
            @Option(names = "--sql", description = "Print the script instead of running it.") boolean sql,
            @Option(
                            names = "--from",
                            paramLabel = "<revision>",
                            description = "With --sql: from this revision on, without asking a database.")
                    @Nullable
                    String from,
            @Option(names = "--dry-run", description = "Run everything in one transaction and take it back.")
                    boolean dryRun,
            @Option(names = "--backup", description = "Write a backup into the current directory first.")
                    boolean backup)
            throws IOException {
        if (from != null) {
            return printScript(sql, from, revision, DbCommand::requireForward);
        }
        return onDatabase(database -> {
            SchemaState before = database.migrations().state();
            before.requireNoConflict();
            Revision target = database.files().find(revision, before.current());
            requireForward(before.current(), target);
            if (sql) {
                return printScript(database.migrations().script(target));
            }
            List<String> destructive = before.destructive(target);
            if (!json) {
                destructive.forEach(line -> out().println("DESTRUCTIVE  " + line));
            }
            if (dryRun) {
                return printRehearsal(
                        reporting(database, migrations -> migrations.rehearseUpgrade(target)), "upgrade", destructive);
            }
            if (backup) {
                backUpFirst(database);
            }
            return printSteps(database, reporting(database, migrations -> migrations.upgrade(target)), destructive);
        });
    }

    @Command(
            name = "downgrade",
            mixinStandardHelpOptions = true,
            description = {
                "Undoes migrations down to a revision, newest first, each in a transaction of its own.",
                "Refuses to lose data that the down files do not keep, and names it."
            })
    int downgrade(
            @Parameters(
                            arity = "0..1",
                            defaultValue = "-1",
                            paramLabel = "<revision>|-N",
                            description = "Where to, or how many revisions back; by default one.")
                    String revision,
            @Option(names = "--sql", description = "Print the script instead of running it.") boolean sql,
            @Option(
                            names = "--from",
                            paramLabel = "<revision>",
                            description = "With --sql: from this revision on, without asking a database.")
                    @Nullable
                    String from,
            @Option(
                            names = "--dry-run",
                            description = "Run everything in one transaction, show what would be lost, and"
                                    + " take it back.")
                    boolean dryRun,
            @Option(names = "--allow-data-loss", description = "Go on although data is lost for good.")
                    boolean allowDataLoss,
            @Option(names = "--backup", description = "Write a backup into the current directory first.")
                    boolean backup)
            throws IOException {
        if (from != null) {
            return printScript(sql, from, revision, DbCommand::requireBackward);
        }
        return onDatabase(database -> {
            SchemaState before = database.migrations().state();
            before.requireNoConflict();
            Revision target = database.files().find(revision, before.current());
            requireBackward(before.current(), target);
            if (sql) {
                return printScript(database.migrations().script(target));
            }
            if (dryRun) {
                return printRehearsal(
                        reporting(database, migrations -> migrations.rehearseDowngrade(target)),
                        "downgrade",
                        List.of());
            }
            if (backup) {
                backUpFirst(database);
            }
            return printSteps(
                    database,
                    reporting(database, migrations -> migrations.downgrade(target, allowDataLoss)),
                    List.of());
        });
    }

    @Command(
            name = "current",
            mixinStandardHelpOptions = true,
            description = "Shows the revision of the database and what is pending.")
    int current() throws IOException {
        return onDatabase(database -> {
            SchemaState state = database.migrations().state();
            List<Revision> pending = state.pending();
            JsonObject answer = new JsonObject()
                    .put("database", state.address())
                    .put("revision", state.current().label())
                    .put("head", database.files().head().label())
                    .put("pending", labels(pending));
            if (json) {
                return print(answer, "");
            }
            Table table = new Table("database", state.address())
                    .row("revision", state.current() + (isAtHead(state) ? " (head)" : ""))
                    .row("pending", pending.isEmpty() ? "nothing" : String.valueOf(pending.size()));
            pending.forEach(revision -> table.row("", revision.label()));
            state.failed().forEach(revision -> table.row("failed", revision.label()));
            table.print(out());
            if (!state.failed().isEmpty()) {
                out().println("Next: expiry db check");
            } else if (!pending.isEmpty()) {
                out().println("Next: expiry db upgrade");
            }
            return CommandLine.ExitCode.OK;
        });
    }

    @Command(
            name = "history",
            mixinStandardHelpOptions = true,
            description = "Lists all revisions, newest first, with what the database has of them.")
    int history(
            @Option(
                            names = {"-v", "--verbose"},
                            description = "Also who applied it, how long it took, its checksum, whether it can be"
                                    + " undone.")
                    boolean verbose)
            throws IOException {
        return onDatabase(database -> {
            SchemaState state = database.migrations().state();
            List<Line> lines = lines(state).reversed();
            if (json) {
                return print(new JsonArray(lines.stream().map(Line::toJson).toList()));
            }
            Table table = verbose
                    ? new Table("REVISION", "STATE", "APPLIED AT", "BY", "TOOK", "CHECKSUM", "REVERSIBLE")
                    : new Table("REVISION", "STATE", "APPLIED AT");
            lines.forEach(line -> table.row(verbose ? line.verbose() : line.brief()));
            table.print(out());
            return CommandLine.ExitCode.OK;
        });
    }

    @Command(
            name = "heads",
            mixinStandardHelpOptions = true,
            description = "Shows the newest revision. Fails when there are two, as after two branches met.")
    int heads() throws IOException {
        return onDatabase(database -> {
            SchemaState state = database.migrations().state();
            List<Finding> conflicts = state.conflicts().stream()
                    .filter(finding ->
                            finding.kind() == Finding.Kind.SAME_VERSION || finding.kind() == Finding.Kind.OUT_OF_ORDER)
                    .toList();
            return print(
                    new JsonObject()
                            .put("head", database.files().head().label())
                            .put("conflicts", jsonOf(conflicts)),
                    database.files().head() + (conflicts.isEmpty() ? "" : "\n\n" + text(conflicts)),
                    conflicts.isEmpty());
        });
    }

    @Command(
            name = "show",
            mixinStandardHelpOptions = true,
            description = "Shows one revision: when it was applied, and the text of its two files.")
    int show(
            @Parameters(
                            arity = "0..1",
                            defaultValue = "head",
                            paramLabel = "<revision>",
                            description = "Which; by default head.")
                    String reference)
            throws IOException {
        return onDatabase(database -> {
            SchemaState state = database.migrations().state();
            Revision revision = database.files().find(reference, state.current());
            Line line = lines(state).stream()
                    .filter(each -> each.revision().equals(revision))
                    .findFirst()
                    .orElseThrow(() -> new MigrationFailure("base is the empty database; it has no files."));
            String up = database.files().text(revision.up());
            String down = database.files().has(revision.down())
                    ? database.files().text(revision.down())
                    : "-- " + revision.down() + " is missing\n";
            if (json) {
                return print(line.toJson().put("up", up).put("down", down), "");
            }
            Table table = new Table("revision", revision.label()).row("state", line.state());
            line.entry()
                    .ifPresent(entry -> table.row(
                            "applied",
                            AT.format(entry.at()) + " by " + entry.by() + " in " + StepPrinter.text(entry.took())));
            table.print(out());
            out().println("\n-- " + revision.up() + "\n" + up.strip() + "\n\n-- " + revision.down() + "\n"
                    + down.strip());
            return CommandLine.ExitCode.OK;
        });
    }

    @Command(
            name = "merge",
            mixinStandardHelpOptions = true,
            description = {
                "Makes the history linear again after two branches met: renames what is not applied and stands in the"
                        + " way, so that it comes after the head.",
                "Nothing but the versions in the file names changes."
            })
    int merge() throws IOException {
        return onDatabase(sources(), database -> {
            List<Merge.Move> moves = Merge.behindHead(database.migrations().state(), LocalDate.now(clock));
            JsonArray answer = new JsonArray(moves.stream()
                    .map(move -> new JsonObject()
                            .put("from", move.from().label())
                            .put("to", move.to().label()))
                    .toList());
            if (json) {
                return print(answer);
            }
            if (moves.isEmpty()) {
                out().println("The history is linear; there is nothing to merge.");
            } else {
                moves.forEach(move -> out().println(move.from() + " is now " + move.to()));
                out().println("Next: expiry db upgrade --dry-run");
            }
            return CommandLine.ExitCode.OK;
        });
    }

    @Command(
            name = "stamp",
            mixinStandardHelpOptions = true,
            description = {
                "Records that the database is at a revision, without running anything.",
                "Compares the live schema with what that revision builds first, and refuses when they differ."
            })
    int stamp(
            @Parameters(paramLabel = "<revision>", description = "A revision, head or base.") String reference,
            @Option(names = "--force", description = "Record it although the schema differs.") boolean force)
            throws IOException {
        return onDatabase(database -> {
            SchemaState state = database.migrations().state();
            Revision target = database.files().find(reference, state.current());
            List<Finding> drift = new SchemaCheck(database.url(), database.files()).drift(target);
            if (!json) {
                out().println("The record would say: at " + target + " (now: " + state.current() + ").");
                drift.forEach(finding -> out().println("  " + finding.what()));
            }
            if (!drift.isEmpty() && !force) {
                return print(
                        new JsonObject().put("stamped", false).put("differences", jsonOf(drift)),
                        "Not recorded: the live schema is not that of " + target
                                + ". Put it right, choose another revision, or insist with --force.",
                        false);
            }
            database.migrations().stamp(target);
            return print(
                    new JsonObject()
                            .put("stamped", true)
                            .put("revision", target.label())
                            .put("differences", jsonOf(drift)),
                    "Recorded: the database is at " + target + ".");
        });
    }

    @Command(
            name = "check",
            mixinStandardHelpOptions = true,
            description = {
                "Compares the database, its history, the migration files and schema.sql; what is counted with the items, and"
                        + " the directories of names with the users.",
                "Fails when anything disagrees, naming each finding with its remedy. Changes nothing."
            })
    int check(
            @Option(
                            names = "--deep",
                            description =
                                    "Look at every row whose values a function has computed, not only at the first"
                                            + " ten thousand of each table.")
                    boolean deep)
            throws IOException {
        return onDatabase(database -> {
            List<Finding> found = new ArrayList<>(new SchemaCheck(database.url(), database.files()).findings(deep));
            new StockCheck(database.url()).finding().ifPresent(found::add);
            found.addAll(new DirectoryCheck(database.url()).findings());
            SchemaState state = database.migrations().state();
            return print(
                    new JsonObject().put("revision", state.current().label()).put("findings", jsonOf(found)),
                    found.isEmpty()
                            ? "All is well: the database is what " + state.current() + " built, and schema.sql is what"
                                    + " the migrations build."
                            : text(found),
                    found.isEmpty());
        });
    }

    @Command(
            name = "repair",
            mixinStandardHelpOptions = true,
            description = {
                "Settles what a change of the history alone can settle, one by one, asking before each; and has what is"
                        + " in stock counted anew where it is counted wrongly.",
                "Neither the schema nor what people have written nor a file is changed."
            })
    int repair(@Option(names = "--yes", description = "Do not ask.") boolean yes) throws IOException {
        return onDatabase(database -> {
            JsonArray repaired = new JsonArray();
            List<Finding> found = database.migrations().state().conflicts();
            for (Finding finding : found) {
                if (finding.kind().isRepairable() && (yes || confirmed(finding))) {
                    database.migrations().repair(finding);
                    repaired.add(finding.subject());
                    if (!json) {
                        out().println("Repaired: " + finding.subject());
                    }
                }
            }
            StockCheck stock = new StockCheck(database.url());
            Optional<Finding> miscounted = stock.finding();
            if (miscounted.isPresent() && (yes || confirmed(miscounted.get()))) {
                stock.repair();
                repaired.add(miscounted.get().subject());
                if (!json) {
                    out().println("Repaired: " + miscounted.get().subject());
                }
                miscounted = Optional.empty();
            }
            List<Finding> left = new ArrayList<>(database.migrations().state().conflicts());
            miscounted.ifPresent(left::add);
            return print(
                    new JsonObject().put("repaired", repaired).put("findings", jsonOf(left)),
                    left.isEmpty()
                            ? "The history agrees with the files, and what is counted with the items."
                            : text(left),
                    left.isEmpty());
        });
    }

    private boolean confirmed(Finding finding) throws IOException {
        // Not into the middle of a JSON document.
        PrintWriter ask = json ? Objects.requireNonNull(spec).commandLine().getErr() : out();
        ask.println(finding.what());
        ask.print(
                switch (finding.kind()) {
                    case MISSING, FAILED -> "Delete its row from the history? [y/N] ";
                    case ALTERED, RENAMED -> "Write the file as it is now into the history? [y/N] ";
                    case MISCOUNTED -> "Have it counted anew? [y/N] ";
                    case MISNAMED,
                            SAME_VERSION,
                            OUT_OF_ORDER,
                            UNMARKED,
                            UNFIT,
                            NEWER,
                            IRREVERSIBLE,
                            UNDECLARED,
                            DRIFT,
                            STALE -> "";
                });
        ask.flush();
        String answer = in.readLine();
        return answer != null && answer.strip().toLowerCase(Locale.ROOT).startsWith("y");
    }

    @Command(
            name = "backup",
            mixinStandardHelpOptions = true,
            description = {
                "Writes the data of every table into one file, as it was at one moment, while everyone goes on working.",
                "The file holds personal data: only its owner can read it. Restore it with expiry db restore."
            })
    int backup(
            @Parameters(
                            arity = "0..1",
                            paramLabel = "<file>",
                            description = "That does not exist yet; by default expiry-<revision>-<moment>.backup in the"
                                    + " current directory.")
                    @Nullable
                    Path file)
            throws IOException {
        return onDatabase(database -> {
            Backup.Written written = backUp(database, file);
            return print(
                    new JsonObject()
                            .put("file", written.file().toString())
                            .put("revision", written.revision().label())
                            .put("takenAt", written.takenAt().toString())
                            .put("tables", written.tables())
                            .put("rows", written.rows())
                            .put("bytes", written.bytes()),
                    text(written));
        });
    }

    @Command(
            name = "backups",
            mixinStandardHelpOptions = true,
            description =
                    "Lists the backups that were made by schedule, the newest first, each as expiry db restore takes it.")
    int backups(
            @Parameters(
                            arity = "0..1",
                            paramLabel = "<place>",
                            description = "A folder, or s3://bucket/prefix; by default that of EXPIRY_BACKUP_TO.")
                    @Nullable
                    String place)
            throws IOException {
        Config config = Config.forMaintenance(environment);
        Logging.configure(config.logFormat(), Config.LogLevel.WARN);
        BackupStore store = place != null
                ? Config.backupStore(place, environment)
                : config.backups()
                        .map(BackupSettings::store)
                        .orElseThrow(() -> new ParameterException(
                                Objects.requireNonNull(spec).commandLine(),
                                "Where? Name a folder or a bucket, as EXPIRY_BACKUP_TO is not set."));
        List<StoredBackup> stored = ScheduledBackups.stored(store).stream()
                .sorted(Comparator.comparing(StoredBackup::takenAt).reversed())
                .toList();
        if (json) {
            return print(new JsonArray(stored.stream()
                    .map(each -> new JsonObject()
                            .put("place", store.placeOf(each.name()))
                            .put("takenAt", each.takenAt().toString())
                            .put("bytes", each.bytes()))
                    .toList()));
        }
        if (stored.isEmpty()) {
            out().println("There are none in " + store + ".");
            return CommandLine.ExitCode.OK;
        }
        Table table = new Table("TAKEN AT", "BYTES", "BACKUP");
        stored.forEach(each ->
                table.row(AT.format(each.takenAt()), "%,d".formatted(each.bytes()), store.placeOf(each.name())));
        table.print(out());
        return CommandLine.ExitCode.OK;
    }

    @Command(
            name = "backup-key",
            mixinStandardHelpOptions = true,
            description = {
                "Makes a key for encrypted backups: writes the identity, which reads them, to a file, and prints the"
                        + " recipient, for whom they are encrypted.",
                "Keep the file where neither the server nor its backups are. Both are of age: its own programs read such"
                        + " backups too."
            })
    int backupKey(
            @Parameters(paramLabel = "<file>", description = "That does not exist yet; only its owner can read it.")
                    Path file)
            throws IOException {
        if (Files.exists(file)) {
            throw new IOException(
                    "There is a file " + file + " already, and it is not overwritten. Give another name.");
        }
        Encryption.Key key = Encryption.newKey();
        KeptSecret.write(file, "# recipient: " + key.recipient() + "\n" + key.identity());
        return print(
                new JsonObject().put("file", file.toString()).put("recipient", key.recipient()),
                "Wrote %s. Whoever has it can read the backups: keep it apart from them.%nNext: EXPIRY_BACKUP_RECIPIENTS=%s"
                        .formatted(file, key.recipient()));
    }

    @Command(
            name = "restore",
            mixinStandardHelpOptions = true,
            description = {
                "Checks a backup from its first byte to its last, then loads it, all or nothing.",
                "Everyone has to log in again afterwards, and API tokens have to be made anew: all that lets someone in"
                        + " is void, so that nothing that was revoked since comes back to life.",
                "Accounts that were deleted since are deleted again. The database that is replaced knows them; for"
                        + " another database, name them with --erasures."
            })
    int restore(
            @Parameters(
                            paramLabel = "<backup>",
                            description = "A file, or s3://bucket/prefix/name, as expiry db backups lists it.")
                    String place,
            @Option(names = "--clean", description = "Replace what the database holds; without, it must be empty.")
                    boolean clean,
            @Option(
                            names = "--erasures",
                            paramLabel = "<file>",
                            description = "Written by expiry db erasures, or a newer backup: these accounts are deleted"
                                    + " again.")
                    @Nullable
                    String erasures,
            @Option(names = "--upgrade", description = "Then apply what is pending since the backup was taken.")
                    boolean upgrade,
            @Option(
                            names = "--identity",
                            paramLabel = "<file>",
                            description =
                                    "Holds the identity with which an encrypted backup is read, as expiry db backup-key"
                                            + " writes it.")
                    @Nullable
                    Path identity)
            throws IOException {
        List<String> identities = identity == null ? List.of() : Encryption.identities(identity);
        return onDatabase(database -> {
            Restore restore = new Restore(database.url, database.files, Registered.AFTER_RESTORE, copyProgress());
            Erasures erased = erasures == null ? Erasures.NONE : erasures(erasures, identities);
            Restore.Loaded done;
            try (NamedBackup backup = NamedBackup.of(place, environment);
                    OpenedBackup opened = OpenedBackup.of(backup.file(), identities)) {
                done = restore.load(opened.file(), clean, erased);
            }
            Restore.Contents loaded = done.contents();
            if (!json) {
                out().printf(
                                "Restored %s: %,d rows in %d tables, as of %s.%n",
                                place, loaded.rows(), loaded.tables(), AT.format(loaded.takenAt()));
                if (done.erased() > 0) {
                    out().printf("Accounts deleted again, because they were deleted since: %,d.%n", done.erased());
                }
            }
            List<Step> steps =
                    upgrade ? reporting(database, migrations -> migrations.upgrade(database.files.head())) : List.of();
            SchemaState state = database.migrations.state();
            return print(
                    new JsonObject()
                            .put("file", place)
                            .put("takenAt", loaded.takenAt().toString())
                            .put("tables", loaded.tables())
                            .put("rows", loaded.rows())
                            .put("erased", done.erased())
                            .put("steps", jsonOf(steps))
                            .put("revision", state.current().label()),
                    "The database is at " + state.current()
                            + (isAtHead(state) ? " (head)." : ". Next: expiry db upgrade"));
        });
    }

    private Erasures erasures(String place, List<String> identities) throws IOException {
        try (NamedBackup named = NamedBackup.of(place, environment)) {
            return Erasures.read(named.file(), identities);
        }
    }

    @Command(
            name = "erasures",
            mixinStandardHelpOptions = true,
            description = {
                "Lists the accounts that were deleted: the id of each user and when they went, nothing else.",
                "Keep the list beside your backups, for expiry db restore --erasures."
            })
    int erasures(
            @Parameters(
                            arity = "0..1",
                            paramLabel = "<file>",
                            description = "Where to; it is replaced. By default, the list is printed.")
                    @Nullable
                    Path file)
            throws IOException {
        return onDatabase(database -> {
            Erasures erased = Erasures.of(database.url);
            int number = erased.accounts().size();
            if (file != null) {
                Files.writeString(file, erased.toText());
                return print(
                        new JsonObject().put("file", file.toString()).put("accounts", number),
                        "Wrote %s. Accounts that were deleted: %,d.".formatted(file, number));
            }
            JsonArray accounts = new JsonArray();
            erased.accounts()
                    .forEach((id, at) -> accounts.add(
                            new JsonObject().put("userId", id.toString()).put("erasedAt", at)));
            return json
                    ? print(accounts)
                    : print(
                            new JsonObject(),
                            number == 0
                                    ? "No account was deleted."
                                    : erased.toText().strip());
        });
    }

    @Command(
            name = "distribute",
            mixinStandardHelpOptions = true,
            description = {
                "Spreads the tables over the workers of a Citus cluster, whose coordinator this database is on; for what one"
                        + " PostgreSQL cannot hold any more.",
                "Each table is one transaction, its rows counted before and after. Broken off, it goes on when run again. No"
                        + " node may be connected meanwhile. docs/distribution.md says when and how, and how to go back."
            })
    int distribute(
            @Option(
                            names = "--dry-run",
                            description = "Show what would be done, or what is in the way. Changes nothing.")
                    boolean dryRun,
            @Option(
                            names = "--shards",
                            paramLabel = "<number>",
                            description =
                                    "Into how many parts the tables are cut; by default as many as the server has set"
                                            + " (citus.shard_count). Many more than there will be workers.")
                    @Nullable
                    Integer shards)
            throws IOException {
        if (shards != null && (shards < 1 || shards > MOST_SHARDS)) {
            throw new ParameterException(
                    Objects.requireNonNull(spec).commandLine(), "--shards is a number from 1 to " + MOST_SHARDS);
        }
        return onDatabase(database -> {
            List<Obstacle> outdated = outdated(database.migrations.state());
            if (dryRun) {
                try (Connection connection = MigrationSession.open(database.url)) {
                    return print(database, new Distributor(connection, DistributionProgress.SILENT).look(), outdated);
                } catch (SQLException e) {
                    throw new MigrationFailure(Reachability.explain(database.url, e), e);
                }
            }
            if (!outdated.isEmpty()) {
                throw new MigrationFailure(Distributor.refusal(outdated));
            }
            Distributor.Done done = database.migrations.exclusively(connection -> new Distributor(
                            connection,
                            json
                                    ? DistributionProgress.SILENT
                                    : line -> {
                                        out().println(line);
                                        out().flush();
                                    })
                    .run(shards == null ? OptionalInt.empty() : OptionalInt.of(shards)));
            return print(
                    new JsonObject()
                            .put(
                                    "distributed",
                                    new JsonArray(done.tables().stream()
                                            .map(Placement::table)
                                            .toList()))
                            .put("rows", done.rows()),
                    done.tables().isEmpty()
                            ? "Nothing to do: every table is where it should be."
                            : "Distributed: %,d rows in %d tables. Next: expiry db check"
                                    .formatted(done.rows(), done.tables().size()));
        });
    }

    private static List<Obstacle> outdated(SchemaState state) {
        return state.isExactlyAt(state.files().head())
                ? List.of()
                : List.of(
                        new Obstacle(
                                "The schema is at " + state.current() + ", and this program is of "
                                        + state.files().head() + ".",
                                "Bring both to one revision first: expiry db upgrade, or expiry db check when that does not help."));
    }

    private int print(Access database, Distributor.Look look, List<Obstacle> outdated) {
        List<Obstacle> obstacles = Stream.concat(
                        // On plain PostgreSQL nothing else counts.
                        look.version().isEmpty() ? Stream.empty() : outdated.stream(), look.obstacles().stream())
                .toList();
        DistributionPlan plan = look.plan();
        JsonObject answer = new JsonObject()
                .put("citus", look.version())
                .put("workers", look.workers())
                .put(
                        "without",
                        new JsonArray(
                                plan.removals().stream().map(Omission::toString).toList()))
                .put(
                        "moves",
                        new JsonArray(plan.moves().stream()
                                .map(each -> new JsonObject()
                                        .put("table", each.table())
                                        .put("by", each.key())
                                        .put("with", each.group()))
                                .toList()))
                .put(
                        "done",
                        new JsonArray(plan.done().stream().map(Placement::table).toList()))
                .put("local", new JsonArray(plan.local()))
                .put(
                        "obstacles",
                        new JsonArray(obstacles.stream()
                                .map(each -> new JsonObject()
                                        .put("what", each.what())
                                        .put("remedy", each.remedy()))
                                .toList()));
        if (json) {
            return print(answer, "", obstacles.isEmpty());
        }
        if (!look.version().isEmpty()) {
            Table table = new Table("database", database.url.address())
                    .row("citus", look.version())
                    .row("workers", String.valueOf(look.workers()));
            plan.removals().forEach(each -> table.row("without", each + ": " + each.because()));
            plan.moves()
                    .forEach(each -> table.row(
                            "distribute",
                            each.table() + " by " + each.key() + (each.leads() ? "" : ", with " + each.group())));
            plan.done().forEach(each -> table.row("distributed", each.table() + " by " + each.key()));
            plan.local().forEach(each -> table.row("stays", each));
            table.print(out());
        }
        return print(
                answer,
                obstacles.isEmpty()
                        ? "Nothing was changed."
                                + (plan.complete() ? " Nothing is left to do." : " Next: expiry db distribute")
                        : Distributor.refusal(obstacles),
                obstacles.isEmpty());
    }

    private Backup.Written backUp(Access database, @Nullable Path file) {
        Backup backup = new Backup(database.url, copyProgress());
        return file == null ? backup.writeInto(Path.of("")) : backup.write(file);
    }

    private void backUpFirst(Access database) {
        Backup.Written written = backUp(database, null);
        if (!json) {
            out().println(text(written));
        }
    }

    private CopyProgress copyProgress() {
        return json ? CopyProgress.SILENT : new CopyPrinter(out());
    }

    private static String text(Backup.Written written) {
        return "Wrote %s: %,d rows in %d tables, %,d bytes, at %s."
                .formatted(written.file(), written.rows(), written.tables(), written.bytes(), written.revision());
    }

    /** What a command works on. */
    private record Access(DatabaseUrl url, MigrationFiles files, Migrations migrations) {}

    @FunctionalInterface
    private interface Work {
        int on(Access database) throws IOException;
    }

    private int onDatabase(Work work) throws IOException {
        return onDatabase(files(), work);
    }

    private MigrationFiles files() {
        return directory == null ? MigrationFiles.ofProgram() : MigrationFiles.in(directory);
    }

    private int onDatabase(MigrationFiles files, Work work) throws IOException {
        Config config = Config.forMaintenance(environment);
        Logging.configure(config.logFormat(), Config.LogLevel.WARN);
        try (DatabaseAccess database = DatabaseAccess.open(config)) {
            return work.on(new Access(database.url(), files, new Migrations(database.url(), files, Progress.SILENT)));
        }
    }

    /** The files that a developer edits: those of the option, else of the folder {@code migrations} here. */
    private MigrationFiles sources() {
        return MigrationFiles.in(folder());
    }

    private Path folder() {
        Path folder = directory == null ? Path.of("migrations") : directory;
        if (!Files.isDirectory(folder)) {
            throw new MigrationFailure("There is no folder " + folder + " here. Run this in a checkout, or name the"
                    + " folder of the migrations with --directory.");
        }
        return folder;
    }

    /** Runs something that takes steps, and prints them as they are taken. */
    private <T> T reporting(Access database, Function<Migrations, T> steps) {
        if (json) {
            return steps.apply(database.migrations);
        }
        try (StepPrinter printer = new StepPrinter(out(), database.migrations::phase)) {
            return steps.apply(new Migrations(database.url, database.files, printer));
        }
    }

    private int printSteps(Access database, List<Step> steps, List<String> destructive) {
        SchemaState state = database.migrations.state();
        JsonObject answer =
                new JsonObject().put("revision", state.current().label()).put("steps", jsonOf(steps));
        return print(
                destructive.isEmpty() ? answer : answer.put("destructive", new JsonArray(destructive)),
                (steps.isEmpty() ? "Nothing to do: the database is at " : "The database is at ")
                        + state.current()
                        + (isAtHead(state)
                                ? " (head)."
                                : ". Pending: " + state.pending().size() + "."));
    }

    /** Not when the database is newer than the files. */
    private static boolean isAtHead(SchemaState state) {
        return state.current().equals(state.files().head());
    }

    private int printRehearsal(Rehearsal rehearsal, String command, List<String> destructive) {
        List<String> losses = rehearsal.losses().stream().map(Loss::toString).toList();
        List<String> text = new ArrayList<>();
        if (!rehearsal.steps().isEmpty()) {
            text.add("All of this was taken back; the database is as it was.");
        } else if (rehearsal.left().isEmpty()) {
            text.add("Nothing to do.");
        }
        if (!losses.isEmpty()) {
            text.add("This data would be lost for good:\n  " + String.join("\n  ", losses));
        }
        if (!rehearsal.left().isEmpty()) {
            text.add("Not tried, as it runs outside a transaction, or comes after: "
                    + rehearsal.left().stream().map(Revision::label).collect(Collectors.joining(", ")));
        }
        JsonObject answer = new JsonObject()
                .put("rehearsed", command)
                .put("steps", jsonOf(rehearsal.steps()))
                .put("losses", new JsonArray(losses))
                .put("left", labels(rehearsal.left()));
        return print(
                destructive.isEmpty() ? answer : answer.put("destructive", new JsonArray(destructive)),
                String.join("\n", text));
    }

    /** Without asking a database. */
    private int printScript(boolean sql, String from, String to, BiConsumer<Revision, Revision> direction) {
        if (!sql) {
            throw new ParameterException(
                    Objects.requireNonNull(spec).commandLine(),
                    "--from goes with --sql only; otherwise the database says where it is");
        }
        MigrationFiles files = files();
        Revision start = files.find(from, files.head());
        Revision target = files.find(to, start);
        direction.accept(start, target);
        return printScript(Migrations.script(files, start, target));
    }

    private static void requireForward(Revision from, Revision to) {
        if (to.compareTo(from) < 0) {
            throw new MigrationFailure(
                    "From " + from + " to " + to + " is a way back. To go it: expiry db downgrade " + to);
        }
    }

    private static void requireBackward(Revision from, Revision to) {
        if (to.compareTo(from) > 0) {
            throw new MigrationFailure(
                    "From " + from + " to " + to + " is a way forward. To go it: expiry db upgrade " + to);
        }
    }

    private int printScript(String script) {
        return print(new JsonObject().put("script", script), script.isEmpty() ? "-- Nothing to do" : script.strip());
    }

    private int print(JsonArray document) {
        out().println(document.encodePrettily());
        return CommandLine.ExitCode.OK;
    }

    private int print(JsonObject document, String text) {
        return print(document, text, true);
    }

    private int print(JsonObject document, String text, boolean success) {
        out().println(json ? document.encodePrettily() : text);
        return success ? CommandLine.ExitCode.OK : CommandLine.ExitCode.SOFTWARE;
    }

    private PrintWriter out() {
        return Objects.requireNonNull(spec).commandLine().getOut();
    }

    private static JsonArray labels(List<Revision> revisions) {
        return new JsonArray(revisions.stream().map(Revision::label).toList());
    }

    private static JsonArray jsonOf(List<?> parts) {
        return new JsonArray(parts.stream().map(DbCommand::jsonOf).toList());
    }

    private static JsonObject jsonOf(Object part) {
        return switch (part) {
            case Step step ->
                new JsonObject()
                        .put("revision", step.revision().label())
                        .put("direction", step.up() ? "up" : "down")
                        .put("milliseconds", step.took().toMillis())
                        .put("rows", step.rows());
            case Finding finding ->
                new JsonObject()
                        .put("kind", finding.kind().name())
                        .put("subject", finding.subject())
                        .put("what", finding.what())
                        .put("remedy", finding.remedy())
                        .put("repairable", finding.kind().isRepairable());
            default -> throw new IllegalArgumentException(part.toString());
        };
    }

    private static String text(List<Finding> findings) {
        return findings.stream()
                .map(finding -> finding.kind().name().replace('_', ' ') + "  " + finding.what() + "\n    "
                        + finding.remedy().replace("\n", "\n    "))
                .collect(Collectors.joining("\n\n"));
    }

    /** One revision, of the files, the history or both. */
    private record Line(Revision revision, String state, Optional<AppliedMigration> entry, boolean reversible) {

        String[] brief() {
            return new String[] {
                revision.label(),
                state,
                entry.map(applied -> AT.format(applied.at())).orElse("")
            };
        }

        String[] verbose() {
            return new String[] {
                revision.label(),
                state,
                entry.map(applied -> AT.format(applied.at())).orElse(""),
                entry.map(AppliedMigration::by).orElse(""),
                entry.map(applied -> StepPrinter.text(applied.took())).orElse(""),
                entry.map(applied -> String.valueOf(applied.checksum())).orElse(""),
                reversible ? "yes" : "no"
            };
        }

        JsonObject toJson() {
            JsonObject line = new JsonObject()
                    .put("revision", revision.label())
                    .put("state", state)
                    .put("reversible", reversible);
            entry.ifPresent(applied -> line.put(
                            "appliedAt",
                            applied.at().truncatedTo(ChronoUnit.MILLIS).toString())
                    .put("appliedBy", applied.by())
                    .put("milliseconds", applied.took().toMillis())
                    .put("checksum", applied.checksum()));
            return line;
        }
    }

    private static String word(AppliedMigration applied, SchemaState state) {
        if (!applied.success()) {
            return "failed";
        }
        return applied.revision().equals(state.current()) ? "current" : "applied";
    }

    private static List<Line> lines(SchemaState state) {
        MigrationFiles files = state.files();
        List<Line> lines = new ArrayList<>();
        for (Revision revision : files.revisions()) {
            Optional<AppliedMigration> entry = state.history().stream()
                    .filter(applied -> applied.revision().equals(revision))
                    .findFirst();
            String word = entry.map(applied -> word(applied, state))
                    .orElseGet(() -> state.pending().contains(revision) ? "pending" : "in conflict");
            lines.add(new Line(revision, word, entry, files.has(revision.down())));
        }
        for (AppliedMigration entry : state.history()) {
            if (!files.revisions().contains(entry.revision())) {
                lines.add(new Line(entry.revision(), "missing", Optional.of(entry), false));
            }
        }
        lines.sort((one, other) -> one.revision.compareTo(other.revision));
        return lines;
    }
}
