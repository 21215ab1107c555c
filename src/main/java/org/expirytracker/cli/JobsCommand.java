package org.expirytracker.cli;

import io.vertx.core.Future;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.sqlclient.SqlClient;
import java.io.IOException;
import java.io.PrintWriter;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.UUID;
import java.util.stream.Stream;
import org.expirytracker.daily.TurnJobs;
import org.expirytracker.daily.TurnRepository;
import org.expirytracker.daily.TurnRepository.Backlog;
import org.expirytracker.jobs.Job;
import org.expirytracker.jobs.JobRepository;
import org.expirytracker.jobs.JobRepository.Standing;
import org.expirytracker.notifications.Digests;
import org.expirytracker.notifications.ExpiryNotices;
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
 * {@code expiry jobs}: what an operator sees and does of the turn of the day and of jobs. Each command ends with 0 after success and
 * with 1 when it failed.
 */
@Command(
        name = "jobs",
        mixinStandardHelpOptions = true,
        versionProvider = Main.Version.class,
        description = {
            "Shows how the turn of the day and other jobs get on, and has what is stuck tried again.",
            "Works on the database of DATABASE_URL, else on the embedded one in EXPIRY_DATA, also while a server runs"
                    + " on it."
        },
        footer = {
            "",
            "Every node turns the days of the inventories whose day is due: notifications and a report. An inventory for"
                    + " which that fails, or an item for which it does, holds up nobody else: it becomes a job (turn,"
                    + " notice), tried again after one minute and after ten more, and then parked. Nothing is lost: repair"
                    + " what the error says, and have it tried again. Days that were missed get their reports then.",
            "",
            "Other jobs delete what is outdated, and send digests. One that fails is tried again after longer and longer"
                    + " pauses, at most an hour; a digest until it is sent, any other is parked after some six hours.",
            "",
            "Examples:",
            "  expiry jobs list           what is due, and what is stuck and why",
            "  expiry jobs list --json    the same for a script; jq '.jobs[] | select(.dueAt == null)' for parked",
            "  expiry jobs retry <id>     an inventory, an item or a kind of job, by the id in the list",
            "  expiry jobs retry --all    all that failed",
        })
final class JobsCommand implements Runnable {

    private static final DateTimeFormatter AT =
            DateTimeFormatter.ofPattern("yyyy-MM-dd HH:mm:ss'Z'").withZone(ZoneOffset.UTC);

    private static final List<String> KINDS = Stream.concat(
                    Stream.of(TurnJobs.TURN, ExpiryNotices.KIND, Digests.KIND),
                    Registered.JANITORS.stream().map(Job::kind))
            .toList();

    /** Those that a turn of the day leaves, which stand in a list of their own. */
    private static final List<String> OF_TURNS = List.of(TurnJobs.TURN, ExpiryNotices.KIND);

    private final Map<String, String> environment;
    private final TurnRepository turns = new TurnRepository();
    private final JobRepository jobs = new JobRepository();

    @Spec
    private @Nullable CommandSpec spec;

    @Option(
            names = "--json",
            scope = ScopeType.INHERIT,
            description = "Print one JSON document instead of text for people.")
    private boolean json;

    JobsCommand(Map<String, String> environment) {
        this.environment = environment;
    }

    @Override
    public void run() {
        throw wrong("Which command? Known are: list, retry");
    }

    private ParameterException wrong(String message) {
        return new ParameterException(Objects.requireNonNull(spec).commandLine(), message);
    }

    /**
     * What there is.
     *
     * @param owners the user names of those whose data jobs are about, by tenant
     * @param items the names of the items that they are about, by id
     */
    private record Listed(Backlog backlog, List<Standing> jobs, Map<UUID, String> owners, Map<UUID, String> items) {

        List<Standing> stuck() {
            return jobs.stream().filter(job -> OF_TURNS.contains(job.kind())).toList();
        }

        List<Standing> others() {
            return jobs.stream().filter(job -> !OF_TURNS.contains(job.kind())).toList();
        }
    }

    @Command(
            name = "list",
            mixinStandardHelpOptions = true,
            description =
                    "Lists how many inventories' day is due, since when, what failed and why, and the jobs that recur.")
    int list() throws IOException {
        try (DatabaseAccess access = DatabaseAccess.open(Config.forMaintenance(environment))) {
            Listed listed = access.run((vertx, database) -> listed(database.reads()));
            if (json) {
                out().println(document(listed).encodePrettily());
            } else {
                print(listed);
            }
            return CommandLine.ExitCode.OK;
        }
    }

    private Future<Listed> listed(SqlClient reads) {
        return turns.backlog(reads)
                .compose(backlog -> jobs.list(reads).compose(all -> {
                    List<UUID> tenants =
                            all.stream().map(Standing::tenantId).distinct().toList();
                    List<UUID> objects =
                            all.stream().map(Standing::objectId).distinct().toList();
                    return turns.owners(reads, tenants)
                            .compose(owners -> turns.items(reads, tenants, objects)
                                    .map(items -> new Listed(backlog, all, owners, items)));
                }));
    }

    private static JsonObject document(Listed listed) {
        Backlog backlog = listed.backlog;
        return new JsonObject()
                .put("due", backlog.due())
                .put("oldestDueAt", jsonOf(backlog.oldestDueAt()))
                .put("waitingUsers", backlog.waitingUsers())
                .put("parkedUsers", backlog.parkedUsers())
                .put("waitingItems", backlog.waitingItems())
                .put("parkedItems", backlog.parkedItems())
                .put(
                        "stuck",
                        new JsonArray(listed.stuck().stream()
                                .map(job -> documentOfTurn(listed, job))
                                .toList()))
                .put(
                        "jobs",
                        new JsonArray(listed.jobs.stream()
                                .map(job -> document(listed, job))
                                .toList()));
    }

    private static JsonObject document(Listed listed, Standing job) {
        return new JsonObject()
                .put("job", job.kind())
                .put("tenantId", jsonOf(job.tenantId()))
                .put("username", listed.owners.get(job.tenantId()))
                .put("objectId", jsonOf(job.objectId()))
                .put("itemName", listed.items.get(job.objectId()))
                .put("running", job.running())
                .put("doneAt", jsonOf(job.doneAt()))
                .put("dueAt", jsonOf(job.dueAt()))
                .put("tries", job.tries())
                .put("error", job.error())
                .put("firstFailedAt", jsonOf(job.firstFailedAt()))
                .put("lastFailedAt", jsonOf(job.lastFailedAt()));
    }

    /** As scripts have known it since there was nothing but the turn. */
    private static JsonObject documentOfTurn(Listed listed, Standing job) {
        return new JsonObject()
                .put("userId", job.tenantId().toString())
                .put("username", listed.owners.get(job.tenantId()))
                .put("itemId", jsonOf(job.objectId()))
                .put("itemName", listed.items.get(job.objectId()))
                .put("tries", job.tries())
                .put("error", job.error())
                .put("firstFailedAt", jsonOf(job.firstFailedAt()))
                .put("lastFailedAt", jsonOf(job.lastFailedAt()))
                .put("retryAt", jsonOf(job.dueAt()));
    }

    private static @Nullable String jsonOf(UUID id) {
        return id.equals(JobRepository.WHOLE) ? null : id.toString();
    }

    private static @Nullable String jsonOf(@Nullable Instant at) {
        return at == null ? null : at.toString();
    }

    private void print(Listed listed) {
        printTurns(listed);
        List<Standing> others = listed.others();
        if (!others.isEmpty()) {
            out().println();
            printJobs(listed, others);
        }
    }

    private void printJobs(Listed listed, List<Standing> others) {
        Table table = new Table("job", "of", "last done", "next", "tries", "error");
        for (Standing each : others) {
            Instant doneAt = each.doneAt();
            table.row(
                    each.kind(),
                    listed.owners.getOrDefault(each.tenantId(), ""),
                    doneAt == null ? "never" : AT.format(doneAt),
                    each.running() ? "running" : next(each.dueAt()),
                    Integer.toString(each.tries()),
                    errorOf(each));
        }
        table.print(out());
    }

    private static String errorOf(Standing job) {
        String error = job.error();
        return error == null ? "" : error.lines().findFirst().orElse("");
    }

    private static String next(@Nullable Instant at) {
        return at == null ? "parked" : AT.format(at);
    }

    private void printTurns(Listed listed) {
        Instant oldest = listed.backlog.oldestDueAt();
        out().println(
                        oldest == null
                                ? "Nobody's day is due."
                                : "Users whose day is due: %,d, the oldest since %s."
                                        .formatted(listed.backlog.due(), AT.format(oldest)));
        List<Standing> stuck = listed.stuck();
        if (stuck.isEmpty()) {
            out().println("Nothing is stuck.");
            return;
        }
        Backlog backlog = listed.backlog;
        out().printf(
                        "Stuck: %,d users and %,d items, of which %,d and %,d are parked. Next: expiry jobs retry <id>%n%n",
                        backlog.waitingUsers() + backlog.parkedUsers(),
                        backlog.waitingItems() + backlog.parkedItems(),
                        backlog.parkedUsers(),
                        backlog.parkedItems());
        Table table = new Table("id", "what", "of", "tries", "since", "next try", "error");
        for (Standing each : stuck) {
            boolean day = each.kind().equals(TurnJobs.TURN);
            Instant since = each.firstFailedAt();
            table.row(
                    (day ? each.tenantId() : each.objectId()).toString(),
                    day ? "the day" : "item " + listed.items.getOrDefault(each.objectId(), "that is gone"),
                    listed.owners.getOrDefault(each.tenantId(), ""),
                    Integer.toString(each.tries()),
                    since == null ? "" : AT.format(since),
                    each.running() ? "running" : next(each.dueAt()),
                    errorOf(each));
        }
        table.print(out());
    }

    @Command(
            name = "retry",
            mixinStandardHelpOptions = true,
            description = {
                "Has what failed tried again by the next look of any running server, the parked ones too.",
                "What fails once more after it was parked is parked again."
            })
    int retry(
            @Parameters(
                            arity = "0..1",
                            paramLabel = "<id>",
                            description =
                                    "Of an inventory, whose items are meant too, or of an item; or the name of a job.")
                    @Nullable
                    String id,
            @Option(names = "--all", description = "All that failed.") boolean all)
            throws IOException {
        if ((id == null) != all) {
            throw wrong("Which one? Give an id of expiry jobs list, or --all");
        }
        boolean job = id != null && KINDS.contains(id);
        UUID stuckId = id == null || job ? null : uuid(id);
        try (DatabaseAccess access = DatabaseAccess.open(Config.forMaintenance(environment))) {
            int again = access.run((vertx, database) -> jobs.retry(database.reads(), job ? id : null, stuckId));
            if (again == 0 && id != null) {
                throw new IOException("Nothing is stuck under this id. What is: expiry jobs list");
            }
            out().println(
                            json
                                    ? new JsonObject().put("again", again).encodePrettily()
                                    : "To be tried again: %,d. What came of it: expiry jobs list".formatted(again));
            return CommandLine.ExitCode.OK;
        }
    }

    private UUID uuid(String id) {
        try {
            return UUID.fromString(id);
        } catch (IllegalArgumentException noUuid) {
            throw wrong("%s is neither an id nor a job. Jobs are: %s".formatted(id, String.join(", ", KINDS)));
        }
    }

    private PrintWriter out() {
        return Objects.requireNonNull(spec).commandLine().getOut();
    }
}
