package org.expirytracker.api;

import graphql.execution.AbortExecutionException;
import graphql.execution.CoercedVariables;
import graphql.execution.ValueUnboxer;
import graphql.util.FpKit;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.time.Clock;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.expirytracker.kernel.Caller;
import org.expirytracker.kernel.UnreadableRows;
import org.expirytracker.kernel.Wiring;
import org.expirytracker.limits.Receipt;
import org.expirytracker.sessions.Device;
import org.jspecify.annotations.Nullable;

/**
 * One request on its way through a plan. First everything is loaded: what a field's room answers at once is taken further
 * at once, what its loader has to fetch waits until nothing else is under way, so that one call of a loader serves all
 * objects of a level. Then all is written in one go ({@link AnswerWriter}). The fields of a mutation do both one after the
 * other.
 *
 * <p>Everything happens on one event loop, so nothing here needs a lock.
 */
final class PlanRun {

    /**
     * What comes with a request besides its document.
     *
     * @param lastEventId as {@link GraphQLRequest#lastEventId}; null for none
     */
    record Request(
            Optional<Caller> caller,
            Device device,
            UnreadableRows rows,
            Receipt receipt,
            @Nullable String lastEventId,
            CoercedVariables variables) {

        <T> Optional<T> of(Class<T> type) {
            if (type == Caller.class) {
                return caller.map(type::cast);
            }
            if (type == Receipt.class) {
                return Optional.of(type.cast(receipt));
            }
            return type == Device.class
                    ? Optional.of(type.cast(device))
                    : type == UnreadableRows.class ? Optional.of(type.cast(rows)) : Optional.empty();
        }
    }

    /**
     * What came of it.
     *
     * @param data null when the whole of it is null
     */
    record Outcome(@Nullable Written data, List<ClientError> errors) {}

    private record Waiting(Batches.Load load, Plan.Loaded object, Plan.Step step) {}

    private final Plan plan;
    private final Request request;
    private final @Nullable Object event;
    private final Batches batches;
    private final AnswerWriter writer;
    private final Context context;
    private final Thread loop = Thread.currentThread();
    private final Plan.Loaded root;
    private final Promise<Outcome> outcome = Promise.promise();
    private final @Nullable Map<String, Object>[] arguments;
    /** Null where nothing is traced. */
    private final @Nullable PlanTrace trace;

    /** Null until it is asked for. */
    private @Nullable LocalDate today;

    private List<Waiting> waiting = new ArrayList<>();
    /** Values that are not there yet. */
    private int unresolved;
    /** Of these, what rooms have under way themselves. */
    private int futures;
    /** Calls of loaders under way. */
    private int loading;
    /** The field of a mutation that is being answered. */
    private int serial = -1;

    private boolean advancing;
    private boolean fetching;
    /** What was asked for, so far as it was while a fetcher was called. */
    private int asked;

    private boolean tooLong;
    private boolean cancelled;
    private boolean over;

    /**
     * A run that has not begun.
     *
     * @param event the value of the root field of a subscription; null otherwise, or when there is nothing to show
     * @param out where the answer is written; that of a mutation keeps it until it is done
     */
    @SuppressWarnings({"unchecked", "rawtypes"}) // An array of maps.
    PlanRun(
            Plan plan,
            Request request,
            @Nullable Object event,
            Map<String, Wiring.Loader<?, ?>> loaders,
            Context context,
            JsonBytes out) {
        this.plan = plan;
        this.request = request;
        this.event = event;
        this.batches = new Batches(loaders, request.caller.orElse(null));
        this.context = context;
        this.trace = PlanTrace.begin();
        this.writer = new AnswerWriter(out);
        this.root = new Plan.Loaded(null, plan.root());
        this.arguments = new Map[plan.variableArguments()];
    }

    Request request() {
        return request;
    }

    @Nullable
    Object event() {
        return event;
    }

    LocalDate today(Caller caller, Clock clock) {
        if (today == null) {
            today = caller.today(clock);
        }
        return today;
    }

    Map<String, Object> arguments(PlanArguments of) {
        return of.of(request.variables, arguments);
    }

    Batches.Load load(String loader, Object key) {
        asked++;
        if (trace != null) {
            trace.asks(loader);
        }
        if (!fetching) {
            // A room goes on with what it had under way itself, and may wait for this alone.
            context.runOnContext(now -> {
                if (!over && !cancelled) {
                    send();
                    advance();
                }
            });
        }
        return batches.load(loader, key);
    }

    /** Nobody waits for the answer any more: nothing further is begun. */
    void cancel() {
        cancelled = true;
    }

    /** Begins; fails with whatever is no failure of a field. */
    Future<Outcome> begin() {
        advancing = true;
        try {
            if (!plan.serial()) {
                expand(root);
            }
        } catch (RuntimeException | Error fault) {
            fail(fault);
        } finally {
            advancing = false;
        }
        advance();
        return outcome.future();
    }

    private void fail(Throwable fault) {
        if (!over) {
            over = true;
            outcome.fail(fault);
        }
    }

    private void advance() {
        if (advancing) {
            return;
        }
        advancing = true;
        try {
            while (!over && progress()) {
                // Goes on until there is something to wait for.
            }
        } catch (JsonBytes.TooLong more) {
            tooLong = true;
            finish(true);
        } catch (RuntimeException | Error fault) {
            fail(fault);
        } finally {
            advancing = false;
        }
    }

    /** Does what can be done now; false when there is something to wait for. */
    private boolean progress() {
        if (cancelled) {
            fail(new AbortExecutionException("This was given up."));
            return false;
        }
        if (unresolved > 0) {
            if (futures > 0 || loading > 0 || !batches.isWaiting()) {
                return false;
            }
            send();
            return true;
        }
        if (plan.serial()) {
            return nextMutation();
        }
        writer.begin();
        boolean whole = true;
        for (Plan.Step step : plan.root().steps) {
            whole &= writer.member(root, step);
        }
        finish(whole);
        return false;
    }

    /** Writes the field of a mutation that is answered, and begins the next, unless nothing is left of the answer. */
    private boolean nextMutation() {
        Plan.Step[] steps = plan.root().steps;
        boolean whole = true;
        if (serial < 0) {
            writer.begin();
        } else {
            whole = written(steps[serial]);
        }
        serial++;
        if (!whole || serial == steps.length) {
            finish(whole);
            return false;
        }
        if (steps[serial].slot >= 0) {
            keep(root, steps[serial]);
        }
        return true;
    }

    /** The mutations that follow are done even if there is too much to tell of those before. */
    private boolean written(Plan.Step step) {
        try {
            return tooLong || writer.member(root, step);
        } catch (JsonBytes.TooLong more) {
            tooLong = true;
            return true;
        }
    }

    private void finish(boolean whole) {
        over = true;
        Written data = tooLong ? Written.TOO_LARGE : whole ? writer.end() : null;
        outcome.complete(new Outcome(data, writer.errors()));
    }

    private void expand(Plan.Loaded object) {
        for (Plan.Step step : object.selection.loading) {
            keep(object, step);
        }
    }

    private void keep(Plan.Loaded object, Plan.Step step) {
        switch (step.source) {
            case Plan.Fetched fetched -> fetch(object, step, fetched);
            case Plan.Component component ->
                object.values[step.slot] =
                        object.source == null ? null : prepared(step.shape, component.of(object.source));
            case Plan.Constant constant -> {
                // Nothing is to be kept of it.
            }
        }
    }

    private void fetch(Plan.Loaded object, Plan.Step step, Plan.Fetched fetched) {
        Object result;
        int before = asked;
        fetching = true;
        try {
            PlanField field = new PlanField(this, step, fetched, object.source);
            result = trace == null
                    ? fetched.fetcher.fetch(field)
                    : trace.fetch(step, () -> fetched.fetcher.fetch(field));
        } catch (Exception failure) {
            object.values[step.slot] = new Plan.Failed(failure);
            return;
        } finally {
            fetching = false;
        }
        switch (result) {
            case null -> object.values[step.slot] = null;
            case Future<?> future -> await(future, object, step, asked > before);
            case CompletionStage<?> stage -> await(stage.toCompletableFuture(), object, step);
            default -> object.values[step.slot] = prepared(step.shape, result);
        }
    }

    /**
     * Waits for what a room has under way.
     *
     * @param loads whether it may wait for a loader in its turn
     */
    private void await(Future<?> future, Plan.Loaded object, Plan.Step step, boolean loads) {
        if (future.isComplete()) {
            object.values[step.slot] =
                    future.succeeded() ? prepared(step.shape, future.result()) : new Plan.Failed(future.cause());
            return;
        }
        unresolved++;
        int counted = loads ? 0 : 1;
        futures += counted;
        future.onComplete(done -> onLoop(() -> {
            futures -= counted;
            settle(object, step, done.result(), done.cause());
        }));
    }

    private void await(CompletableFuture<?> stage, Plan.Loaded object, Plan.Step step) {
        if (stage instanceof Batches.Load load) {
            if (load.isDone()) {
                object.values[step.slot] = prepared(step, load);
            } else {
                unresolved++;
                waiting.add(new Waiting(load, object, step));
            }
            return;
        }
        if (stage.state() == java.util.concurrent.Future.State.SUCCESS) {
            object.values[step.slot] = prepared(step.shape, stage.resultNow());
            return;
        }
        unresolved++;
        stage.whenComplete((value, failure) -> onLoop(() -> settle(object, step, value, failure)));
    }

    private void onLoop(Runnable action) {
        if (Thread.currentThread() == loop) {
            action.run();
        } else {
            context.runOnContext(now -> action.run());
        }
    }

    private void settle(Plan.Loaded object, Plan.Step step, @Nullable Object value, @Nullable Throwable failure) {
        if (over) {
            return;
        }
        try {
            if (!cancelled) {
                object.values[step.slot] = failure == null ? prepared(step.shape, value) : new Plan.Failed(failure);
            }
            unresolved--;
        } catch (RuntimeException | Error fault) {
            fail(fault);
        }
        advance();
    }

    /** Sends for all keys that wait. */
    private void send() {
        List<Future<?>> sent = batches.send(trace);
        loading += sent.size();
        sent.forEach(call -> call.onComplete(done -> onLoop(this::loaded)));
    }

    private void loaded() {
        loading--;
        if (over) {
            return;
        }
        List<Waiting> before = waiting;
        waiting = new ArrayList<>();
        try {
            for (Waiting each : before) {
                if (!each.load.isDone()) {
                    waiting.add(each);
                } else if (!cancelled) {
                    each.object.values[each.step.slot] = prepared(each.step, each.load);
                    unresolved--;
                }
            }
        } catch (RuntimeException | Error fault) {
            fail(fault);
        }
        advance();
    }

    /** What was loaded, ready to be written; made once for all objects that share it. */
    private @Nullable Object prepared(Plan.Step step, Batches.Load load) {
        if (load.step != step) {
            load.prepared = load.isCompletedExceptionally()
                    ? new Plan.Failed(load.exceptionNow())
                    : prepared(step.shape, load.resultNow());
            load.step = step;
        }
        return load.prepared;
    }

    /** A value with everything in it that must be loaded begun. */
    private @Nullable Object prepared(Plan.Shape shape, @Nullable Object value) {
        if (value == null || !shape.loads() || value instanceof Plan.Failed) {
            return value;
        }
        Object unboxed = ValueUnboxer.DEFAULT.unbox(value);
        if (unboxed == null) {
            return null;
        }
        return switch (shape) {
            case Plan.Scalar scalar -> unboxed;
            case Plan.Composite composite -> {
                Plan.Selection selection = composite.selection(unboxed);
                if (selection == null || !selection.loads()) {
                    yield unboxed;
                }
                Plan.Loaded object = new Plan.Loaded(unboxed, selection);
                expand(object);
                yield object;
            }
            // Something else is told when it is written.
            case Plan.Many many -> FpKit.isIterable(unboxed) ? prepared(many, FpKit.toIterable(unboxed)) : unboxed;
        };
    }

    private Plan.LoadedList prepared(Plan.Many many, Iterable<?> values) {
        List<@Nullable Object> elements =
                new ArrayList<>(values instanceof Collection<?> collection ? collection.size() : 10);
        for (Object each : values) {
            elements.add(prepared(many.each(), each));
        }
        return new Plan.LoadedList(elements);
    }
}
