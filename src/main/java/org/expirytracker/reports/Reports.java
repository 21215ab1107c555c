package org.expirytracker.reports;

import io.vertx.core.Future;
import java.time.Clock;
import java.time.LocalDate;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.expirytracker.activities.ActivityLog;
import org.expirytracker.activities.Actor;
import org.expirytracker.kernel.Payload;
import org.expirytracker.kernel.Problem;
import org.jspecify.annotations.Nullable;

/** How users write and delete reports themselves: what is refused, and what is written to the log. */
public final class Reports {

    private final ReportRepository reports = new ReportRepository();
    private final ReportWriter writer = new ReportWriter();
    private final ActivityLog log;
    private final Clock clock;

    /** Rules over one event loop's log. */
    public Reports(ActivityLog log, Clock clock) {
        this.log = log;
        this.clock = clock;
    }

    /** Answer of {@code generateReport}. */
    public record GenerateReportPayload(Report report) implements Payload {}

    /**
     * Writes today's report, anew where there is one.
     *
     * @param date for which day; null for today, the only one of which stock can be counted
     * @return fails with {@code INVALID} for another day, {@code CONFLICT} when there is a report of a later day
     */
    public Future<GenerateReportPayload> generate(Actor actor, @Nullable LocalDate date) {
        LocalDate today = actor.caller().today(clock);
        if (date != null && !date.equals(today)) {
            return Future.failedFuture(Problem.at(
                    Problem.Code.INVALID,
                    List.of("input", "date"),
                    "date must be today, which is %s where you live: stock can only be counted as it is now."
                            .formatted(today)));
        }
        return log.change(
                actor,
                GenerateReportPayload.class,
                change -> reports.lastFrom(change.connection(), change.inventoryId(), today)
                        .compose(last -> writer.write(change, today, noneOfLaterDay(last, today)))
                        .map(GenerateReportPayload::new));
    }

    /** After a move westward it can be yesterday again; what left the stock since is in the later report already. */
    private static Optional<Report> noneOfLaterDay(Optional<Report> last, LocalDate today) {
        last.filter(report -> report.date().isAfter(today)).ifPresent(later -> {
            throw Problem.of(
                    Problem.Code.CONFLICT,
                    "There is a report of %s already, and where you live now it is %s. The next one can be written on %s."
                            .formatted(later.date(), today, later.date()));
        });
        return last;
    }

    /**
     * Deletes a report.
     *
     * @return fails with {@code NOT_FOUND}
     */
    public Future<Payload.Deletion> delete(Actor actor, UUID id) {
        return log.change(
                actor,
                Payload.Deletion.class,
                change -> reports.delete(change.connection(), change.inventoryId(), id)
                        .map(found -> {
                            Report before = found.orElseThrow(() ->
                                    Problem.at(Problem.Code.NOT_FOUND, List.of("input", "id"), "id names no report."));
                            change.record(ReportActivities.REPORT_DELETED, id, before, null);
                            return Payload.Deletion.of(Report.TYPE, id);
                        }));
    }
}
