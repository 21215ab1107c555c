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
import org.expirytracker.daily.StuckRepository;
import org.expirytracker.daily.StuckRepository.Backlog;
import org.expirytracker.daily.StuckRepository.Stuck;
import org.expirytracker.jobs.Job;
import org.expirytracker.jobs.JobRepository;
import org.expirytracker.jobs.JobRepository.Standing;
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
            "Every node turns the days of the users whose day is due: notifications and a report. A user for whom that"
                    + " fails, or an item of which it cannot be told, holds up nobody else: it is tried again after one"
                    + " minute and after ten more, and then parked. Nothing is lost: mend what the error says, and have"
                    + " it tried again. Days that were missed get their reports then.",
            "",
            "What is outdated is deleted by jobs, of which one node at a time does one. A job that fails is tried again"
                    + " after one minute, two, four and so on, and parked after some six hours.",
            "",
            "Examples:",
            "  expiry jobs list           what is due, and what is stuck and why",
            "  expiry jobs list --json    the same for a script; jq '.stuck[] | select(.retryAt == null)' for parked",
            "  expiry jobs retry <id>     a user, an item or a job, by the id in the list",
            "  expiry jobs retry --all    all that is stuck",
        })
final class JobsCommand implements Runnable {

    private static final DateTimeFormatter AT =
            DateTimeFormatter.ofPattern("yyyy-MM-dd HH:mm:ss'Z'").withZone(ZoneOffset.UTC);

    private static final List<String> KINDS =
            Registered.JOBS.stream().map(Job::kind).toList();

    private final Map<String, String> environment;
    private final StuckRepository stuck = new StuckRepository();
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

    private record Listed(Backlog backlog, List<Stuck> stuck, List<Standing> jobs) {}

    @Command(
            name = "list",
            mixinStandardHelpOptions = true,
            description =
                    "Lists how many users' day is due, since when, which users and items are stuck and why, and the jobs.")
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
        return stuck.backlog(reads)
                .compose(backlog -> stuck.list(reads)
                        .compose(all -> jobs.list(reads).map(standing -> new Listed(backlog, all, standing))));
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
                        new JsonArray(
                                listed.stuck.stream().map(JobsCommand::document).toList()))
                .put(
                        "jobs",
                        new JsonArray(
                                listed.jobs.stream().map(JobsCommand::document).toList()));
    }

    private static JsonObject document(Standing job) {
        return new JsonObject()
                .put("job", job.kind())
                .put("running", job.running())
                .put("doneAt", jsonOf(job.doneAt()))
                .put("dueAt", jsonOf(job.dueAt()))
                .put("tries", job.tries())
                .put("error", job.error())
                .put("firstFailedAt", jsonOf(job.firstFailedAt()))
                .put("lastFailedAt", jsonOf(job.lastFailedAt()));
    }

    private static JsonObject document(Stuck stuck) {
        UUID item = stuck.itemId();
        return new JsonObject()
                .put("userId", stuck.inventoryId().value().toString())
                .put("username", stuck.username())
                .put("itemId", item == null ? null : item.toString())
                .put("itemName", stuck.itemName())
                .put("tries", stuck.tries())
                .put("error", stuck.error())
                .put("firstFailedAt", jsonOf(stuck.firstFailedAt()))
                .put("lastFailedAt", jsonOf(stuck.lastFailedAt()))
                .put("retryAt", jsonOf(stuck.retryAt()));
    }

    private static @Nullable String jsonOf(@Nullable Instant at) {
        return at == null ? null : at.toString();
    }

    private void print(Listed listed) {
        printTurn(listed);
        if (!listed.jobs.isEmpty()) {
            out().println();
            printJobs(listed.jobs);
        }
    }

    private void printJobs(List<Standing> all) {
        Table table = new Table("job", "last done", "next", "tries", "error");
        for (Standing each : all) {
            Instant doneAt = each.doneAt();
            String error = each.error();
            table.row(
                    each.kind(),
                    doneAt == null ? "never" : AT.format(doneAt),
                    each.running() ? "running" : next(each.dueAt()),
                    Integer.toString(each.tries()),
                    error == null ? "" : error.lines().findFirst().orElse(""));
        }
        table.print(out());
    }

    private static String next(@Nullable Instant at) {
        return at == null ? "parked" : AT.format(at);
    }

    private void printTurn(Listed listed) {
        Instant oldest = listed.backlog.oldestDueAt();
        out().println(
                        oldest == null
                                ? "Nobody's day is due."
                                : "Users whose day is due: %,d, the oldest since %s."
                                        .formatted(listed.backlog.due(), AT.format(oldest)));
        if (listed.stuck.isEmpty()) {
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
        for (Stuck each : listed.stuck) {
            UUID item = each.itemId();
            Instant retryAt = each.retryAt();
            table.row(
                    (item == null ? each.inventoryId().value() : item).toString(),
                    item == null ? "the day" : "item " + each.itemName(),
                    each.username(),
                    Integer.toString(each.tries()),
                    AT.format(each.firstFailedAt()),
                    next(retryAt),
                    each.error().lines().findFirst().orElse(""));
        }
        table.print(out());
    }

    @Command(
            name = "retry",
            mixinStandardHelpOptions = true,
            description = {
                "Has what is stuck tried again by the next look of any running server, the parked ones too.",
                "What fails once more after it was parked is parked again."
            })
    int retry(
            @Parameters(
                            arity = "0..1",
                            paramLabel = "<id>",
                            description = "Of a user, whose items are meant too, or of an item; or the name of a job.")
                    @Nullable
                    String id,
            @Option(names = "--all", description = "All that is stuck.") boolean all)
            throws IOException {
        if ((id == null) != all) {
            throw wrong("Which one? Give an id of expiry jobs list, or --all");
        }
        boolean job = id != null && KINDS.contains(id);
        UUID stuckId = id == null || job ? null : uuid(id);
        try (DatabaseAccess access = DatabaseAccess.open(Config.forMaintenance(environment))) {
            int again = access.run((vertx, database) -> {
                Future<Integer> turns = job ? Future.succeededFuture(0) : stuck.retry(database.reads(), stuckId);
                Future<Integer> others = stuckId == null ? jobs.retry(database.reads(), id) : Future.succeededFuture(0);
                return Future.all(turns, others).map(both -> turns.result() + others.result());
            });
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
