package org.expirytracker.maintenance;

import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.TimeGauge;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.sqlclient.SqlClient;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import org.expirytracker.jobs.JobRepository;
import org.expirytracker.jobs.JobRepository.Standing;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * How maintenance gets on, by whichever node: looked up now and then, shown by every node in its metrics and its health. Tells
 * when and whether, not why: the reason stands in the log and in {@code expiry jobs list}. Safe for any thread.
 */
public final class Signals {

    private static final Logger LOG = LoggerFactory.getLogger(Signals.class);
    private static final long LOOK_MILLIS = 10_000;

    private final List<String> kinds;
    private final JobRepository jobs = new JobRepository();
    private volatile Map<String, Standing> standing = Map.of();

    /**
     * How one kind of maintenance gets on.
     *
     * @param name of the job
     * @param lastSuccess null for not yet
     * @param lastFailure since then; null for none
     */
    public record Signal(
            String name,
            @Nullable Instant lastSuccess,
            @Nullable Instant lastFailure) {

        /** In a word: {@code ok}, {@code failed}, or {@code pending} before the first time. */
        public String status() {
            if (lastFailure != null) {
                return "failed";
            }
            return lastSuccess == null ? "pending" : "ok";
        }
    }

    /**
     * Of these jobs, which recur.
     *
     * @param metrics show when each was last done, and when it failed since
     */
    public Signals(List<String> kinds, MeterRegistry metrics) {
        this.kinds = List.copyOf(kinds);
        for (String kind : kinds) {
            gauge("expiry.maintenance.success.time", kind, "When it was last done; 0 for not yet", Standing::doneAt)
                    .register(metrics);
            gauge(
                            "expiry.maintenance.failure.time",
                            kind,
                            "When it last failed since it was last done; 0 for not at all",
                            Standing::lastFailedAt)
                    .register(metrics);
        }
    }

    private TimeGauge.Builder<Signals> gauge(
            String name, String kind, String description, Function<Standing, @Nullable Instant> moment) {
        return TimeGauge.builder(name, this, TimeUnit.SECONDS, signals -> {
                    Standing of = signals.standing.get(kind);
                    Instant at = of == null ? null : moment.apply(of);
                    return at == null ? 0 : at.getEpochSecond();
                })
                .tag("job", kind)
                .description(description);
    }

    /** Looks now, and again every few seconds until the event loops close. */
    public void follow(Vertx vertx, SqlClient client) {
        look(client);
        vertx.setPeriodic(LOOK_MILLIS, timer -> look(client));
    }

    /** Looks once; a database that does not answer leaves what is known. */
    Future<?> look(SqlClient client) {
        return kinds.isEmpty()
                ? Future.succeededFuture()
                : jobs.recurring(client, kinds)
                        .onSuccess(found -> standing = found)
                        .onFailure(failure -> LOG.debug("How maintenance gets on could not be looked up", failure));
    }

    /** All, in the order in which they were given. */
    public List<Signal> all() {
        Map<String, Standing> known = standing;
        return kinds.stream()
                .map(kind -> {
                    Standing of = known.get(kind);
                    return new Signal(kind, of == null ? null : of.doneAt(), of == null ? null : of.lastFailedAt());
                })
                .toList();
    }
}
