package org.expirytracker.reports;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.time.LocalDate;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import org.expirytracker.activities.ActivityLog;
import org.expirytracker.activities.ActivityStream;
import org.expirytracker.activities.Actor;
import org.expirytracker.activities.Copied;
import org.expirytracker.activities.LiveFeed;
import org.expirytracker.db.Database;
import org.expirytracker.items.AgingBucket;
import org.expirytracker.items.OutcomeTotals;
import org.expirytracker.kernel.Caller;
import org.expirytracker.kernel.Connection;
import org.expirytracker.kernel.Cursor;
import org.expirytracker.kernel.Fetchers;
import org.expirytracker.kernel.Field;
import org.expirytracker.kernel.Input;
import org.expirytracker.kernel.InventoryId;
import org.expirytracker.kernel.LogEvent;
import org.expirytracker.kernel.Page;
import org.expirytracker.kernel.Payload;
import org.expirytracker.kernel.Problem;
import org.expirytracker.kernel.Wiring;
import org.jspecify.annotations.Nullable;

/** GraphQL fields of the reports room. */
public final class ReportFetchers implements Fetchers {

    private static final String LATEST_FIRST = "reports";
    /** Reports of a year in one page; the schema says the same by {@code @pageSize}. */
    private static final int MOST_IN_A_PAGE = 366;

    private static final String PREVIOUS_BY_DATE = "previous report by date";

    private final Vertx vertx;
    private final Database database;
    private final ActivityLog log;
    private final LiveFeed liveFeed;
    private final Reports rules;
    private final ReportRepository reports = new ReportRepository();

    /** Fields over one event loop's connections. */
    public ReportFetchers(Vertx vertx, Database database, ActivityLog log, LiveFeed liveFeed, Reports rules) {
        this.vertx = vertx;
        this.database = database;
        this.log = log;
        this.liveFeed = liveFeed;
        this.rules = rules;
    }

    @Override
    public void register(Wiring wiring) {
        wiring.declare(ReportsAccess.ALL)
                .declare(ReportActivities.ALL)
                .declare(new Copied(Report.TYPE, ReportActivities.REPORT_GENERATED, reports::listIds, Optional.empty()))
                .query("report", this::report)
                .query("reports", this::reports)
                .query("reportTrend", this::reportTrend)
                .mutation("generateReport", this::generateReport)
                .mutation("deleteReport", this::deleteReport)
                .subscription("reportReady", this::reportReady)
                .node(
                        Report.TYPE,
                        Report.class,
                        Report::id,
                        (caller, ids) -> reports.find(database.reads(caller), caller.inventoryId(), ids))
                .connection("ReportConnection")
                .state("ReportState", ReportState.class)
                .field("Report", "aging", ReportFetchers::aging)
                .field("Report", "outcomes", ReportFetchers::outcomes)
                .field("Report", "previous", ReportFetchers::previous)
                .loader(
                        PREVIOUS_BY_DATE,
                        (Caller caller, Set<LocalDate> dates) ->
                                reports.previous(database.reads(caller), caller.inventoryId(), dates));
    }

    private Future<Optional<Report>> report(Field field) {
        Caller caller = field.caller();
        InventoryId inventoryId = caller.inventoryId();
        Input arguments = Input.arguments(field);
        LocalDate date = arguments.optionalDate("date");
        arguments.check();
        return date == null
                ? Future.succeededFuture(Optional.empty())
                : reports.find(database.reads(caller), inventoryId, date);
    }

    private Future<Connection<Report>> reports(Field field) {
        Caller caller = field.caller();
        InventoryId inventoryId = caller.inventoryId();
        Input arguments = Input.arguments(field);
        LocalDate from = arguments.optionalDate("from");
        LocalDate to = arguments.optionalDate("to");
        arguments.check();
        Page page = Page.of(field, MOST_IN_A_PAGE);
        LocalDate place = Cursor.decode(page, LATEST_FIRST, keys -> Cursor.possible(LocalDate.parse(keys.getFirst())));
        return reports.list(database.reads(caller), inventoryId, from, to, page, place)
                .map(found -> Connection.of(
                        found,
                        page,
                        report -> Cursor.encode(LATEST_FIRST, report.date()),
                        counting -> reports.count(database.reads(caller), inventoryId, from, to)));
    }

    private Future<List<ReportTrendPoint>> reportTrend(Field field) {
        Caller caller = field.caller();
        InventoryId inventoryId = caller.inventoryId();
        Input arguments = Input.arguments(field);
        LocalDate from = Objects.requireNonNullElse(arguments.optionalDate("from"), LocalDate.MIN);
        LocalDate to = Objects.requireNonNullElse(arguments.optionalDate("to"), LocalDate.MIN);
        ReportTrendPoint.Interval by = Objects.requireNonNull(
                arguments.optionalChoice("by", ReportTrendPoint.Interval.class), "the schema has a default");
        if (from.isAfter(to)) {
            arguments.reject("to", Problem.Code.INVALID, "to must not be before from.");
        } else if (ChronoUnit.DAYS.between(from, to) >= ReportTrendPoint.MOST_DAYS) {
            arguments.reject(
                    "to",
                    Problem.Code.INVALID,
                    "from and to span more than %d days.".formatted(ReportTrendPoint.MOST_DAYS));
        }
        arguments.check();
        return reports.trend(database.reads(caller), inventoryId, from, to, by);
    }

    private static List<AgingBucket> aging(Field field) {
        List<AgingBucket> counted =
                Objects.requireNonNull(field.<Report>source()).aging();
        return counted == null ? List.of() : AgingBucket.complete(counted);
    }

    private static List<OutcomeTotals> outcomes(Field field) {
        List<OutcomeTotals> counted =
                Objects.requireNonNull(field.<Report>source()).outcomes();
        return counted == null ? List.of() : OutcomeTotals.complete(counted);
    }

    private static @Nullable Object previous(Field field) {
        Report report = field.source();
        return report == null ? null : field.load(PREVIOUS_BY_DATE, report.date());
    }

    private Future<Reports.GenerateReportPayload> generateReport(Field field) {
        Input in = Input.of(field);
        LocalDate date = in.optionalDate("date");
        in.check();
        return rules.generate(Actor.of(field), date);
    }

    private Future<Payload.Deletion> deleteReport(Field field) {
        Input in = Input.of(field);
        UUID id = in.id("id", Report.TYPE);
        in.check();
        return rules.delete(Actor.of(field), id);
    }

    private Future<ActivityStream<Report>> reportReady(Field field) {
        return ActivityStream.open(
                vertx,
                log,
                liveFeed,
                field.caller().inventoryId(),
                LogEvent.after(field),
                activity -> ReportActivities.REPORT_GENERATED.is(activity) ? activity.state(Report.class) : null);
    }
}
