package org.expirytracker.api;

import graphql.language.Field;
import graphql.language.OperationDefinition;
import graphql.language.Selection;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.Callable;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.expirytracker.kernel.Problem;
import org.expirytracker.tracing.Span;
import org.expirytracker.tracing.Trace;
import org.jspecify.annotations.Nullable;

/**
 * What of an operation is traced: a span for each level that is loaded, a field of all objects that were asked for it at once
 * or a call of a loader, with the statements below it. Neither the document nor its variables are, for what people write and
 * what lets them in stands there.
 */
final class PlanTrace {

    /** How many values a loader was asked for. */
    static final String KEYS = "expiry.keys";

    private static final String OBJECTS = "expiry.objects";
    private static final String FIELDS = "expiry.fields";
    private static final int MOST_NAMED = 3;

    private final Context context;
    private final IdentityHashMap<Plan.Step, Level> levels = new IdentityHashMap<>();
    private final Map<String, TreeSet<String>> asked = new TreeMap<>();
    private Plan.@Nullable Step fetching;

    private PlanTrace(Context context) {
        this.context = context;
    }

    /** For what is executed here; null where nothing is traced. */
    static @Nullable PlanTrace begin() {
        Context context = Vertx.currentContext();
        return context == null || Trace.current() == null ? null : new PlanTrace(context);
    }

    /** By its kind, and by its name or else its first fields. */
    static String nameOf(OperationDefinition operation) {
        String kind = operation.getOperation().name().toLowerCase(Locale.ROOT);
        if (operation.getName() != null) {
            return kind + " " + Messages.shortened(operation.getName(), 60);
        }
        List<String> fields = operation.getSelectionSet().getSelections().stream()
                .map(PlanTrace::nameOf)
                .distinct()
                .toList();
        return kind + " " + fields.stream().limit(MOST_NAMED).collect(Collectors.joining(", "))
                + (fields.size() > MOST_NAMED ? ", …" : "");
    }

    private static String nameOf(Selection<?> selection) {
        return selection instanceof Field field ? field.getName() : "…";
    }

    /** The same answer, of which the span of its operation tells what became of it. */
    static Future<Answer> described(@Nullable Span span, OperationDefinition operation, Future<Answer> answer) {
        if (span == null) {
            return answer;
        }
        span.put("graphql.operation.type", operation.getOperation().name().toLowerCase(Locale.ROOT));
        if (operation.getName() != null) {
            span.put("graphql.operation.name", Messages.shortened(operation.getName(), 60));
        }
        return answer.onSuccess(given -> {
            List<ClientError> errors = switch (given) {
                case Answer.Executed executed -> executed.errors();
                case Answer.Refused refused -> refused.errors();
                case Answer.Events events -> List.of();
            };
            if (!errors.isEmpty()) {
                span.put("expiry.errors", errors.size());
                span.put("error.type", errors.getFirst().code());
            }
            errors.stream()
                    .filter(error -> error.code().equals(ClientError.INTERNAL)
                            || error.code().equals(Problem.Code.UNAVAILABLE.name()))
                    .findFirst()
                    .ifPresent(fault -> span.fail(fault.code()));
        });
    }

    /** A field of all objects that were asked for it at once. */
    private static final class Level {

        private final Trace.Part part;
        private int objects;
        private int open;

        Level(Trace.Part part) {
            this.part = part;
        }
    }

    /** Notes that the field being fetched asks a loader. */
    void asks(String loader) {
        if (fetching != null) {
            asked.computeIfAbsent(loader, first -> new TreeSet<>()).add(fetching.field);
        }
    }

    /** Calls a fetcher; what it does not know at once belongs to the level of its field. */
    @Nullable
    Object fetch(Plan.Step step, Callable<@Nullable Object> fetcher) throws Exception {
        Level level = levels.computeIfAbsent(step, first -> new Level(Trace.partOf(context, "field " + step.field)));
        level.objects++;
        fetching = step;
        Object answer;
        try {
            answer = level.part.call(fetcher);
        } finally {
            fetching = null;
        }
        if (answer instanceof Future<?> future && !future.isComplete()) {
            level.open++;
            future.onComplete(done -> {
                level.open--;
                if (done.failed() && !(done.cause() instanceof Problem)) {
                    level.part.span().fail(done.cause().getClass().getName());
                }
                if (level.open == 0) {
                    level.part.span().put(OBJECTS, level.objects);
                    level.part.span().end();
                    levels.remove(step, level);
                }
            });
        }
        return answer;
    }

    /** Has a loader load. */
    Future<?> load(String loader, int keys, Supplier<Future<?>> load) {
        Trace.Part part = Trace.partOf(context, "load " + loader);
        part.span().put(KEYS, keys);
        TreeSet<String> fields = asked.remove(loader);
        if (fields != null) {
            part.span().put(FIELDS, String.join(", ", fields));
        }
        try {
            return part.endWith(part.call(load::get));
        } catch (Exception fault) {
            return Future.failedFuture(fault);
        }
    }
}
