package org.expirytracker.cli;

import java.io.PrintWriter;
import java.time.Duration;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.IntFunction;
import org.expirytracker.migrations.MigrationFailure;
import org.expirytracker.migrations.Progress;
import org.expirytracker.migrations.Revision;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Prints each step of an upgrade or downgrade when it is done, and meanwhile what a long one is at. */
final class StepPrinter implements Progress, AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(StepPrinter.class);
    private static final Duration LONG = Duration.ofSeconds(2);
    private static final int SHOWN = 60;

    private final PrintWriter out;
    private final IntFunction<Optional<String>> phase;
    private final ScheduledExecutorService watch = Executors.newSingleThreadScheduledExecutor(
            Thread.ofPlatform().daemon().factory());
    private volatile @Nullable Running running;
    private String step = "";

    private record Running(String step, String statement, int backend, long since) {}

    /** {@code phase} tells how far a database session is with its statement. */
    StepPrinter(PrintWriter out, IntFunction<Optional<String>> phase) {
        this.out = out;
        this.phase = phase;
        watch.scheduleAtFixedRate(this::report, LONG.toMillis(), LONG.toMillis(), TimeUnit.MILLISECONDS);
    }

    @Override
    public void begins(Revision revision, boolean up, int number, int of) {
        String count = ("%" + String.valueOf(of).length() + "d/%d").formatted(number, of);
        step = "%-4s  %s  %s".formatted(up ? "up" : "down", count, revision);
    }

    @Override
    public void runs(String statement, int backend) {
        running = new Running(step, statement, backend, System.nanoTime());
    }

    @Override
    public void warns(String message) {
        out.println(message);
        out.flush();
    }

    @Override
    public void ends(Step done) {
        running = null;
        out.printf(
                Locale.ROOT,
                "%s  %s, %,d %s%n",
                step,
                text(done.took()),
                done.rows(),
                done.rows() == 1 ? "row" : "rows");
        out.flush();
    }

    @Override
    public void waits(String reason) {
        running = null;
        out.println("      " + reason);
        out.flush();
    }

    @Override
    public void close() {
        watch.shutdownNow();
    }

    /** {@code 35 ms}, {@code 1.2 s}, {@code 3 min 4 s}. */
    static String text(Duration duration) {
        if (duration.toMillis() < 1_000) {
            return duration.toMillis() + " ms";
        }
        return duration.toSeconds() < 60
                ? String.format(Locale.ROOT, "%.1f s", duration.toMillis() / 1_000.0)
                : duration.toMinutes() + " min " + duration.toSecondsPart() + " s";
    }

    private void report() {
        Running now = running;
        if (now == null) {
            return;
        }
        Duration since = Duration.ofNanos(System.nanoTime() - now.since);
        if (since.compareTo(LONG) < 0) {
            return;
        }
        String at = phaseOf(now.backend).map(text -> " (" + text + ")").orElse("");
        out.printf(Locale.ROOT, "%s  ... %s in %s%s%n", now.step, text(since), shortened(now.statement), at);
        out.flush();
    }

    /** Empty too when the database does not say: an exception would end all further reports. */
    private Optional<String> phaseOf(int backend) {
        try {
            return phase.apply(backend);
        } catch (MigrationFailure e) {
            LOG.debug("No phase of session {}", backend, e);
            return Optional.empty();
        }
    }

    private static String shortened(String statement) {
        String line = statement
                .lines()
                .map(String::strip)
                .filter(text -> !text.startsWith("--"))
                .reduce("", (one, other) -> (one + " " + other).strip());
        return line.length() <= SHOWN ? line : line.substring(0, SHOWN) + "...";
    }
}
