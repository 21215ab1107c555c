package org.expirytracker.http;

import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import org.expirytracker.maintenance.Signals;

/** Whether this node can serve: what it needs, each asked within a second; and whether it will by itself. */
public final class Health {

    private static final int ANSWER_SECONDS = 1;

    private final List<Check> checks;
    private final BooleanSupplier alive;
    private final Supplier<List<Signals.Signal>> maintenance;
    private final Supplier<Map<String, String>> ways;
    private volatile boolean draining;

    /**
     * Something that the node needs.
     *
     * @param name told when it is missing
     * @param isThere asks; a failure counts as missing
     */
    public record Check(String name, Supplier<Future<Boolean>> isThere) {}

    /**
     * Health by these checks; the event loops of a process share one.
     *
     * @param alive false when the process should be started again; asked on an event loop
     */
    public Health(List<Check> checks, BooleanSupplier alive) {
        this(checks, alive, List::of);
    }

    /**
     * As {@link #Health(List, BooleanSupplier)}, with what is told besides, for which no node is taken out of service.
     *
     * @param maintenance how it gets on; asked on an event loop
     */
    public Health(List<Check> checks, BooleanSupplier alive, Supplier<List<Signals.Signal>> maintenance) {
        this(checks, alive, maintenance, Map::of);
    }

    /**
     * As {@link #Health(List, BooleanSupplier, Supplier)}, with how the node gets what it could get in another way as well.
     *
     * @param ways what is got, to how; asked on an event loop
     */
    public Health(
            List<Check> checks,
            BooleanSupplier alive,
            Supplier<List<Signals.Signal>> maintenance,
            Supplier<Map<String, String>> ways) {
        this.checks = List.copyOf(checks);
        this.alive = alive;
        this.maintenance = maintenance;
        this.ways = ways;
    }

    /** The names of all that the node needs. */
    List<String> needs() {
        return checks.stream().map(Check::name).toList();
    }

    /** How maintenance gets on. */
    List<Signals.Signal> maintenance() {
        return maintenance.get();
    }

    /** How the node gets what it could get in another way as well; possibly nothing. */
    Map<String, String> ways() {
        return ways.get();
    }

    /** Whether the process can go on; otherwise its supervisor should start it again. */
    boolean isAlive() {
        return alive.getAsBoolean();
    }

    /** From now on the node is not ready, because it stops. */
    public void drain() {
        draining = true;
    }

    /** Whether the node is being stopped. */
    public boolean isDraining() {
        return draining;
    }

    /** What is missing; empty when the node is ready. Never fails. */
    Future<List<String>> missing() {
        List<Future<Boolean>> answers = new ArrayList<>();
        for (Check check : checks) {
            answers.add(ask(check));
        }
        return Future.join(answers).transform(all -> {
            List<String> missing = new ArrayList<>();
            if (draining) {
                missing.add("draining");
            }
            for (int at = 0; at < checks.size(); at++) {
                if (!answers.get(at).result()) {
                    missing.add(checks.get(at).name());
                }
            }
            return Future.succeededFuture(missing);
        });
    }

    private static Future<Boolean> ask(Check check) {
        Future<Boolean> answer;
        try {
            answer = check.isThere().get();
        } catch (RuntimeException failure) {
            return Future.succeededFuture(false);
        }
        return answer.timeout(ANSWER_SECONDS, TimeUnit.SECONDS).otherwise(false);
    }
}
