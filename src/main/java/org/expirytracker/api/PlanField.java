package org.expirytracker.api;

import java.time.Clock;
import java.time.LocalDate;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletionStage;
import java.util.function.Function;
import org.expirytracker.kernel.Caller;
import org.expirytracker.kernel.Field;
import org.expirytracker.kernel.UnreadableRows;
import org.jspecify.annotations.Nullable;

/** A field of one object as a {@link PlanRun} has it answered. */
final class PlanField implements Field {

    static final String IDEMPOTENT = "idempotent";
    static final String DRY_RUN = "dryRun";

    private final PlanRun run;
    private final Plan.Step step;
    private final Plan.Fetched fetched;
    private final @Nullable Object source;

    PlanField(PlanRun run, Plan.Step step, Plan.Fetched fetched, @Nullable Object source) {
        this.run = run;
        this.step = step;
        this.fetched = fetched;
        this.source = source;
    }

    /** The value of a field of Subscription: the event that is at hand. */
    static @Nullable Object event(Field field) {
        return ((PlanField) field).run.event();
    }

    @Override
    public String name() {
        return step.field;
    }

    @Override
    public Map<String, Object> arguments() {
        return run.arguments(fetched.arguments);
    }

    @Override
    @SuppressWarnings({"unchecked", "TypeParameterUnusedInFormals"}) // The schema gives the type.
    public <T> @Nullable T source() {
        return (T) source;
    }

    @Override
    public Optional<Set<String>> asked(String type) {
        return Optional.of(step.asked(type));
    }

    @Override
    public Optional<Caller> callerIfAny() {
        return run.request().caller();
    }

    @Override
    public LocalDate today(Clock clock) {
        return run.today(caller(), clock);
    }

    @Override
    public <T> Optional<T> ofRequest(Class<T> type) {
        return run.request().of(type);
    }

    @Override
    public Optional<String> idempotencyKey() {
        if (fetched.idempotent == null) {
            return Optional.empty();
        }
        return Optional.of(run.arguments(fetched.idempotent).get("key") instanceof String key ? key : "");
    }

    @Override
    public boolean dryRun() {
        return fetched.dryRun != null
                && !Boolean.FALSE.equals(run.arguments(fetched.dryRun).get("if"));
    }

    @Override
    public UnreadableRows.OfMutation unreadable() {
        return run.request().rows().of(step.key);
    }

    @Override
    public Optional<String> lastEventId() {
        return Optional.ofNullable(run.request().lastEventId());
    }

    @Override
    public <K> @Nullable CompletionStage<?> load(String loader, @Nullable K key) {
        return key == null ? null : run.load(loader, key);
    }

    @Override
    @SuppressWarnings({"unchecked", "NullAway"}) // The room that registers a loader gives it its values, or none.
    public <K, V, R> CompletionStage<R> load(String loader, K key, Function<V, R> then) {
        return run.load(loader, key).thenApply(value -> then.apply((V) value));
    }
}
