package org.expirytracker.api;

import graphql.ExecutionInput;
import graphql.ExecutionResult;
import graphql.GraphQL;
import graphql.execution.AsyncExecutionStrategy;
import graphql.execution.preparsed.PreparsedDocumentEntry;
import graphql.execution.reactive.SubscriptionPublisher;
import graphql.language.Document;
import graphql.language.OperationDefinition;
import graphql.schema.GraphQLSchema;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;
import org.expirytracker.accounts.Device;
import org.expirytracker.kernel.Caller;
import org.expirytracker.kernel.Fetchers;
import org.expirytracker.kernel.Problem;
import org.expirytracker.kernel.Wiring;
import org.jspecify.annotations.Nullable;

/**
 * Answers requests: refuses what is not allowed before any of it is executed, then executes under a deadline. One for
 * each event loop.
 */
public final class GraphQLEngine {

    private final Vertx vertx;
    private final GraphQL graphQL;
    private final GraphQL eventGraphQL;
    private final Operations operations;
    private final Map<String, Wiring.Loader<?, ?>> loaders;

    /**
     * An event of a subscription, in the context of the request that executes it.
     *
     * @param value null when there is nothing to show
     */
    record Event(@Nullable Object value) {}

    GraphQLEngine(
            Vertx vertx,
            GraphQLSchema schema,
            FieldErrors errors,
            Operations operations,
            Map<String, Wiring.Loader<?, ?>> loaders) {
        this.vertx = vertx;
        this.graphQL = GraphQL.newGraphQL(schema)
                .defaultDataFetcherExceptionHandler(errors)
                .preparsedDocumentProvider(
                        (input, parse) -> CompletableFuture.completedFuture(new PreparsedDocumentEntry(
                                Objects.requireNonNull(input.getGraphQLContext().<Document>get(Document.class)))))
                .build();
        // Each event of a subscription is executed like a query whose root field has the event as its value.
        this.eventGraphQL =
                graphQL.transform(builder -> builder.subscriptionExecutionStrategy(new AsyncExecutionStrategy(errors)));
        this.operations = operations;
        this.loaders = loaders;
    }

    /** What a request may do. */
    public enum Allowed {
        /** Only read: what a link or a cross-site request may do at most. */
        QUERIES,
        /** Read and change. */
        QUERIES_AND_MUTATIONS,
        /** Also subscribe. */
        EVERYTHING
    }

    /**
     * Answers a request. Must be called on an event loop; the answer comes there.
     *
     * @param caller empty for a request without an access token
     * @param deadline how long the execution may take; a subscription's events are not bound by it
     * @return never fails
     */
    public Future<Answer> execute(GraphQLRequest request, Optional<Caller> caller, Allowed allowed, Duration deadline) {
        try {
            return check(request, caller, allowed, deadline);
        } catch (RuntimeException | StackOverflowError fault) {
            return Future.succeededFuture(
                    new Answer.Executed(null, FieldErrors.of(fault, request.requestId()), Map.of()));
        }
    }

    private Future<Answer> check(GraphQLRequest request, Optional<Caller> caller, Allowed allowed, Duration deadline) {
        Operations.Prepared prepared = operations.prepare(request.query());
        Document document = prepared.document();
        if (document == null) {
            List<ClientError> errors = FieldErrors.all(prepared.errors(), request.requestId());
            boolean limit = errors.stream().anyMatch(error -> error.code().equals(Problem.Code.LIMIT_REACHED.name()));
            return refused(limit ? Answer.Reason.LIMIT : Answer.Reason.INVALID, errors);
        }
        Operations.Operation operation;
        try {
            operation = prepared.operation(request.operationName());
        } catch (Problem problem) {
            return refused(Answer.Reason.INVALID, problem, request);
        }
        if (!isAllowed(operation.kind(), allowed)) {
            return refused(
                    Answer.Reason.NOT_A_QUERY,
                    List.of(ClientError.of(Problem.Code.INVALID.name(), notAllowed(operation.kind()))));
        }
        try {
            requireAccess(operation, caller);
        } catch (Problem problem) {
            boolean known = caller.isPresent();
            return refused(known ? Answer.Reason.FORBIDDEN : Answer.Reason.UNAUTHENTICATED, problem, request);
        }
        int cost;
        try {
            cost = operation.cost(request.variables());
        } catch (Problem problem) {
            return refused(Answer.Reason.LIMIT, problem, request);
        }
        return execute(request, caller, document, operation, cost, deadline);
    }

    /** The one place where a caller is held against what the schema declares of all that an operation names. */
    private static void requireAccess(Operations.Operation operation, Optional<Caller> caller) {
        if (operation.needs().isEmpty() && !operation.introspects()) {
            return;
        }
        Caller known = caller.orElseThrow(Fetchers::unauthenticated);
        operation.needs().forEach(known::require);
    }

    private static boolean isAllowed(OperationDefinition.Operation kind, Allowed allowed) {
        return switch (kind) {
            case QUERY -> true;
            case MUTATION -> allowed != Allowed.QUERIES;
            case SUBSCRIPTION -> allowed == Allowed.EVERYTHING;
        };
    }

    private static String notAllowed(OperationDefinition.Operation kind) {
        return switch (kind) {
            case QUERY, MUTATION -> "A mutation is executed only by POST with Content-Type application/json.";
            case SUBSCRIPTION ->
                "A subscription is served only over WebSocket, at the same address, with the protocol graphql-transport-ws.";
        };
    }

    private static Future<Answer> refused(Answer.Reason reason, Problem problem, GraphQLRequest request) {
        return refused(reason, FieldErrors.of(problem, request.requestId()));
    }

    private static Future<Answer> refused(Answer.Reason reason, List<ClientError> errors) {
        return Future.succeededFuture(new Answer.Refused(reason, errors));
    }

    private Future<Answer> execute(
            GraphQLRequest request,
            Optional<Caller> caller,
            Document document,
            Operations.Operation operation,
            int cost,
            Duration deadline) {
        OperationDefinition.Operation kind = operation.kind();
        Supplier<ExecutionInput.Builder> input = () -> input(request, caller, document, operation);
        Map<String, Object> extensions = Map.of("cost", cost(cost));

        ExecutionInput ready = input.get().build();
        Promise<Answer> answer = Promise.promise();
        long timer = vertx.setTimer(deadline.toMillis(), late -> {
            ready.cancel();
            answer.tryComplete(late(kind, deadline));
        });
        Future.fromCompletionStage(graphQL.executeAsync(ready), vertx.getOrCreateContext())
                .onComplete(
                        result -> {
                            vertx.cancelTimer(timer);
                            List<ClientError> wrong = result.isDataPresent()
                                    ? List.of()
                                    : VariableErrors.of(
                                            graphQL.getGraphQLSchema(), operation.definition(), request.variables());
                            answer.tryComplete(
                                    wrong.isEmpty()
                                            ? answer(kind, result, extensions, request.requestId(), input)
                                            : new Answer.Refused(Answer.Reason.INVALID, wrong));
                        },
                        failure -> {
                            vertx.cancelTimer(timer);
                            answer.tryComplete(new Answer.Executed(
                                    null, FieldErrors.of(failure, request.requestId()), extensions));
                        });
        return answer.future();
    }

    private static Map<String, Object> cost(int cost) {
        Map<String, Object> told = new LinkedHashMap<>();
        told.put("requested", cost);
        told.put("limit", Operations.MOST_COST);
        return told;
    }

    private ExecutionInput.Builder input(
            GraphQLRequest request, Optional<Caller> caller, Document document, Operations.Operation operation) {
        ExecutionInput.Builder input = ExecutionInput.newExecutionInput(request.query())
                .variables(request.variables())
                .locale(Locale.ROOT)
                .graphQLContext(context -> {
                    RequestContext.put(context, request.requestId());
                    context.of(Document.class, document);
                    context.of(Device.class, request.device());
                    caller.ifPresent(who -> context.of(Caller.class, who));
                });
        String name = operation.definition().getName();
        if (name != null) {
            input.operationName(name);
        }
        caller.ifPresent(who -> input.dataLoaderRegistry(new Loaders(loaders, who)));
        return input;
    }

    private static Answer late(OperationDefinition.Operation kind, Duration deadline) {
        String effect = kind == OperationDefinition.Operation.MUTATION
                ? " It may have had its effect all the same; a retry is safe with the same @idempotent key."
                : " Try again in a few seconds.";
        return new Answer.Refused(
                Answer.Reason.LATE,
                List.of(ClientError.of(
                        Problem.Code.UNAVAILABLE.name(),
                        "This took longer than " + deadline.toSeconds() + " seconds and was given up." + effect)));
    }

    private Answer answer(
            OperationDefinition.Operation kind,
            ExecutionResult result,
            Map<String, Object> extensions,
            String requestId,
            Supplier<ExecutionInput.Builder> input) {
        boolean stream = result.getData() instanceof SubscriptionPublisher;
        if (!result.isDataPresent() || (kind == OperationDefinition.Operation.SUBSCRIPTION && !stream)) {
            return new Answer.Refused(Answer.Reason.INVALID, FieldErrors.all(result.getErrors(), requestId));
        }
        if (result.getData() instanceof SubscriptionPublisher subscription) {
            return new Answer.Events(
                    new EventResults(
                            subscription.getUpstreamPublisher(), event -> executeEvent(event, requestId, input.get())),
                    extensions);
        }
        return Answer.executed(result, extensions, requestId);
    }

    private Future<Answer.Executed> executeEvent(Object event, String requestId, ExecutionInput.Builder input) {
        ExecutionInput ready = input.build();
        ready.getGraphQLContext().put(Event.class, new Event(event));
        return Future.fromCompletionStage(eventGraphQL.executeAsync(ready), vertx.getOrCreateContext())
                .transform((result, failure) -> Future.succeededFuture(
                        failure == null
                                ? Answer.executed(result, Map.of(), requestId)
                                : new Answer.Executed(null, FieldErrors.of(failure, requestId), Map.of())));
    }
}
