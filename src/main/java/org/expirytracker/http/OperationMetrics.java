package org.expirytracker.http;

import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import java.util.EnumMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.expirytracker.api.Answer;

/** How many GraphQL operations came over one transport, what became of them, and how long that took. */
final class OperationMetrics {

    private enum Outcome {
        EXECUTED,
        EXECUTED_WITH_ERRORS,
        REFUSED,
        LATE,
        SUBSCRIBED
    }

    private final Map<Outcome, Timer> timers = new EnumMap<>(Outcome.class);

    OperationMetrics(MeterRegistry registry, String transport) {
        for (Outcome outcome : Outcome.values()) {
            timers.put(
                    outcome,
                    Timer.builder("expiry.graphql.operations")
                            .description("GraphQL operations by what became of them")
                            .tag("transport", transport)
                            .tag("outcome", outcome.name())
                            .register(registry));
        }
    }

    void answered(Answer answer, long startedNanos) {
        Outcome outcome = switch (answer) {
            case Answer.Executed executed ->
                executed.errors().isEmpty() ? Outcome.EXECUTED : Outcome.EXECUTED_WITH_ERRORS;
            case Answer.Refused refused -> refused.reason() == Answer.Reason.LATE ? Outcome.LATE : Outcome.REFUSED;
            case Answer.Events events -> Outcome.SUBSCRIBED;
        };
        Timer timer = timers.get(outcome);
        if (timer != null) {
            timer.record(System.nanoTime() - startedNanos, TimeUnit.NANOSECONDS);
        }
    }
}
