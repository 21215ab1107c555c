package org.expirytracker.api;

import graphql.GraphQLContext;
import graphql.execution.directives.QueryAppliedDirective;
import graphql.execution.directives.QueryAppliedDirectiveArgument;
import graphql.schema.DataFetcher;
import graphql.schema.DataFetchingEnvironment;
import graphql.schema.PropertyDataFetcher;
import graphql.schema.idl.RuntimeWiring;
import graphql.schema.idl.TypeRuntimeWiring;
import io.vertx.core.Future;
import java.lang.reflect.Method;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletionStage;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.dataloader.DataLoader;
import org.expirytracker.kernel.Caller;
import org.expirytracker.kernel.Field;
import org.expirytracker.kernel.UnreadableRows;
import org.expirytracker.kernel.Wiring;
import org.expirytracker.tracing.Trace;
import org.jspecify.annotations.Nullable;

/**
 * A field as graphql-java executes it, and the only way from there into the rooms.
 *
 * @param environment what graphql-java knows of the fetch
 */
public record GraphQLField(DataFetchingEnvironment environment) implements Field {

    private static final String LAST_EVENT_ID = "Last-Event-ID";

    /** Gives all that the rooms have registered to the schema that graphql-java is about to make. */
    public static void wire(Wiring wiring, RuntimeWiring.Builder schema) {
        wiring.fields().forEach((type, fields) -> {
            TypeRuntimeWiring.Builder of = TypeRuntimeWiring.newTypeWiring(type);
            fields.forEach((name, fetcher) -> of.dataFetcher(name, fetching(fetcher)));
            schema.type(of);
        });
        wiring.stateObjects()
                .forEach((type, object) -> schema.type(TypeRuntimeWiring.newTypeWiring(type)
                        .defaultDataFetcher(ofStateOrObject(
                                Objects.requireNonNull(wiring.states().get(type)), object))));
    }

    /** A field of a state: the record's own, else the object's within it. */
    private static DataFetcher<Object> ofStateOrObject(Class<?> state, Function<Object, Record> object) {
        Set<String> own = Stream.of(state.getMethods()).map(Method::getName).collect(Collectors.toSet());
        return environment -> {
            Object source = Objects.requireNonNull(environment.getSource());
            String name = environment.getField().getName();
            return PropertyDataFetcher.fetching(name)
                    .get(
                            environment.getFieldDefinition(),
                            own.contains(name) ? source : object.apply(source),
                            () -> environment);
        };
    }

    /** Notes what the header {@code Last-Event-ID} says; a blank one says nothing. */
    static void lastSeen(GraphQLContext.Builder context, @Nullable String lastEventId) {
        if (lastEventId != null && !lastEventId.isBlank()) {
            context.of(LAST_EVENT_ID, lastEventId);
        }
    }

    private static DataFetcher<Object> fetching(Wiring.Fetcher fetcher) {
        return environment -> plainIfComplete(
                environment.getExecutionStepInfo().getPath().getLevel() > 1
                        ? fetcher.fetch(new GraphQLField(environment))
                        : Trace.calling(
                                "field " + environment.getField().getName(),
                                () -> fetcher.fetch(new GraphQLField(environment))));
    }

    /** A completed future as its plain value: the engine then needs no completion stage for it. */
    private static @Nullable Object plainIfComplete(@Nullable Object result) throws Exception {
        if (!(result instanceof Future<?> future)) {
            return result;
        }
        if (future.succeeded()) {
            return future.result();
        }
        if (future.failed() && future.cause() instanceof Exception failure) {
            throw failure;
        }
        return future.toCompletionStage();
    }

    @Override
    public String name() {
        return environment.getField().getName();
    }

    @Override
    public Map<String, Object> arguments() {
        return environment.getArguments();
    }

    @Override
    @SuppressWarnings("TypeParameterUnusedInFormals") // The schema gives the type.
    public <T> @Nullable T source() {
        return environment.getSource();
    }

    @Override
    public Optional<Set<String>> asked(String type) {
        return Optional.empty();
    }

    @Override
    public Optional<Caller> callerIfAny() {
        return ofRequest(Caller.class);
    }

    @Override
    public <T> Optional<T> ofRequest(Class<T> type) {
        return Optional.ofNullable(environment.getGraphQlContext().get(type));
    }

    @Override
    public Optional<String> idempotencyKey() {
        List<QueryAppliedDirective> applied =
                environment.getQueryDirectives().getImmediateAppliedDirective(PlanField.IDEMPOTENT);
        if (applied.isEmpty()) {
            return Optional.empty();
        }
        QueryAppliedDirectiveArgument argument = applied.getFirst().getArgument("key");
        String key = argument == null ? null : argument.getValue();
        return Optional.of(key == null ? "" : key);
    }

    @Override
    public boolean dryRun() {
        List<QueryAppliedDirective> applied =
                environment.getQueryDirectives().getImmediateAppliedDirective(PlanField.DRY_RUN);
        if (applied.isEmpty()) {
            return false;
        }
        QueryAppliedDirectiveArgument argument = applied.getFirst().getArgument("if");
        return argument == null || !Boolean.FALSE.equals(argument.<Boolean>getValue());
    }

    @Override
    public UnreadableRows.OfMutation unreadable() {
        return ofRequest(UnreadableRows.class)
                .orElse(UnreadableRows.NONE)
                .of(environment.getField().getResultKey());
    }

    @Override
    public Optional<String> lastEventId() {
        return Optional.ofNullable(environment.getGraphQlContext().get(LAST_EVENT_ID));
    }

    @Override
    public <K> @Nullable CompletionStage<?> load(String loader, @Nullable K key) {
        return key == null ? null : this.<K, Object>loader(loader).load(key);
    }

    @Override
    public <K, V, R> CompletionStage<R> load(String loader, K key, Function<V, R> then) {
        return this.<K, V>loader(loader).load(key).thenApply(then);
    }

    private <K, V> DataLoader<K, V> loader(String name) {
        DataLoader<K, V> loader = environment.getDataLoader(name);
        if (loader == null) {
            throw new IllegalStateException("No loader is named " + name);
        }
        return loader;
    }
}
