package org.expirytracker.api;

import static java.nio.charset.StandardCharsets.UTF_8;

import graphql.ExecutionInput;
import graphql.ExecutionResult;
import graphql.GraphQL;
import graphql.GraphQLContext;
import graphql.GraphQLException;
import graphql.execution.AsyncExecutionStrategy;
import graphql.execution.CoercedVariables;
import graphql.execution.RawVariables;
import graphql.execution.ValuesResolver;
import graphql.execution.preparsed.PreparsedDocumentEntry;
import graphql.execution.reactive.SubscriptionPublisher;
import graphql.language.Document;
import graphql.language.OperationDefinition;
import graphql.language.VariableDefinition;
import graphql.schema.GraphQLSchema;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.expirytracker.kernel.BulkQuery;
import org.expirytracker.kernel.Caller;
import org.expirytracker.kernel.Fetchers;
import org.expirytracker.kernel.KeptAnswer;
import org.expirytracker.kernel.KeptOperations;
import org.expirytracker.kernel.LogEvent;
import org.expirytracker.kernel.Placement;
import org.expirytracker.kernel.Problem;
import org.expirytracker.kernel.UnreadableRows;
import org.expirytracker.kernel.UserError;
import org.expirytracker.kernel.Wiring;
import org.expirytracker.limits.BytesInFlight;
import org.expirytracker.limits.Deadlines;
import org.expirytracker.limits.Policy;
import org.expirytracker.limits.Receipt;
import org.expirytracker.limits.Toll;
import org.expirytracker.sessions.Device;
import org.expirytracker.tracing.Trace;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Answers requests: refuses what is not allowed or not paid for before any of it is executed, then executes under a
 * deadline. One for each event loop.
 */
public final class GraphQLEngine implements KeptOperations {

    private static final Logger LOG = LoggerFactory.getLogger(GraphQLEngine.class);

    /** What was paid when it was kept. */
    private static final Receipt PAID = new Receipt(0, true, new Policy("kept", 1, 1), 0, Duration.ZERO);

    private static final Duration PAGE_DEADLINE = Duration.ofSeconds(10);
    private static final List<Integer> PAGE_SIZES = List.of(100, 50, 25, 10, 5, 2);

    private final Vertx vertx;
    private final GraphQL graphQL;
    private final GraphQL eventGraphQL;
    private final Operations operations;
    private final PersistedDocuments documents;
    private final Toll toll;
    private final BytesInFlight inFlight;
    private final Deadlines deadlines;
    private final Map<String, Wiring.Loader<?, ?>> loaders;
    private final @Nullable PlanCompiler compiler;
    private final Placement placement;
    /** Where answers are written, one after the other. */
    private final JsonBytes out = new JsonBytes();

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
            PersistedDocuments documents,
            Toll toll,
            BytesInFlight inFlight,
            Map<String, Wiring.Loader<?, ?>> loaders,
            PlanCompiler compiler,
            Placement placement) {
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
        this.documents = documents;
        this.toll = toll;
        this.inFlight = inFlight;
        this.deadlines = new Deadlines(vertx);
        this.loaders = loaders;
        this.compiler = compiler;
        this.placement = placement;
    }

    private GraphQLEngine(GraphQLEngine other) {
        this.vertx = other.vertx;
        this.graphQL = other.graphQL;
        this.eventGraphQL = other.eventGraphQL;
        this.operations = other.operations;
        this.documents = other.documents;
        this.toll = other.toll;
        this.inFlight = other.inFlight;
        this.deadlines = other.deadlines;
        this.loaders = other.loaders;
        this.compiler = null;
        this.placement = other.placement;
    }

    /** The same, by which graphql-java executes everything: what the plans are held against. */
    GraphQLEngine withoutPlans() {
        return new GraphQLEngine(this);
    }

    /** What a request may do. */
    public enum Allowed {
        /** Only read: what a link or a cross-site request may do at most. */
        QUERIES,
        /** Only read, and go on reading. */
        QUERIES_AND_SUBSCRIPTIONS,
        /** Read and change. */
        QUERIES_AND_MUTATIONS,
        /** Read, change and subscribe. */
        EVERYTHING
    }

    /**
     * Answers a request. Must be called on an event loop; the answer comes there.
     *
     * <p>A subscription is paid for once, when it begins: what its events cost is bounded by the live feed, which makes
     * at most a few a second.
     *
     * @param caller empty for a request without an access token
     * @param deadline how long the execution may take; a subscription's events are not bound by it
     * @return never fails
     */
    public Future<Answer> execute(GraphQLRequest request, Optional<Caller> caller, Allowed allowed, Duration deadline) {
        try {
            return check(request, caller, allowed, deadline)
                    .recover(failure -> Future.succeededFuture(failed(failure)));
        } catch (RuntimeException | StackOverflowError fault) {
            return Future.succeededFuture(failed(fault));
        }
    }

    /**
     * Has the network address pay for a request that is refused before it is known who asks: whose token proves
     * nothing, or that is malformed. Trying would be free otherwise.
     *
     * @return what to answer instead, when the address's budget has not enough; fails with {@code UNAVAILABLE}
     */
    public Future<Optional<Answer>> payForRefusal(Device device) {
        return toll.pay(Optional.empty(), device.address(), Operations.LEAST_COST, false)
                .map(receipt -> receipt.granted()
                        ? Optional.empty()
                        : Optional.of(unpaid(new Cost(Operations.LEAST_COST, receipt))));
    }

    /**
     * Has a caller pay for a file of all their items.
     *
     * @return what to answer instead, when their budget has not enough; fails with {@code UNAVAILABLE}
     */
    public Future<Optional<Answer.Refused>> payForExport(Caller caller, Device device) {
        return pay(caller, device, Price.EXPORT);
    }

    /**
     * Has a caller pay for a file that is to become items.
     *
     * @return as {@link #payForExport}
     */
    public Future<Optional<Answer.Refused>> payForImport(Caller caller, Device device) {
        return pay(caller, device, Price.IMPORT);
    }

    private Future<Optional<Answer.Refused>> pay(Caller caller, Device device, int price) {
        return toll.pay(Optional.of(caller), device.address(), price, false)
                .map(receipt -> receipt.granted() ? Optional.empty() : Optional.of(unpaid(new Cost(price, receipt))));
    }

    /**
     * Reads the parameters of an address that asks for items: {@code asOf}, {@code after} and the members of {@code
     * ItemFilter}.
     *
     * @throws Problem {@code INVALID} with everything that is wrong, each by the name of its parameter
     */
    public Map<String, Object> itemsAsked(Map<String, List<String>> parameters) {
        return new QueryParameters(graphQL.getGraphQLSchema(), parameters)
                .one("asOf", "Date")
                .one("after", "ID")
                .members("filter", "ItemFilter")
                .arguments();
    }

    @Override
    public Future<BulkQuery> bulk(Caller caller, String text) {
        return Future.succeededFuture(text).map(document -> bulkQuery(caller, document));
    }

    private BulkQuery bulkQuery(Caller caller, String text) {
        Looked.Ready ready = ready(look(request(text, Map.of()), Optional.of(caller), Allowed.QUERIES));
        if (ready.document.getDefinitionsOfType(OperationDefinition.class).size() > 1) {
            throw Problem.of(Problem.Code.INVALID, "A bulk query is a document with one query.");
        }
        List<BulkQuery.Part> parts = BulkDocument.parts(graphQL.getGraphQLSchema(), ready.document);
        Operations.Operation root =
                operations.prepare(parts.getFirst().document(), true).operation(null);
        return PAGE_SIZES.stream()
                .filter(size -> root.isAffordable(Map.of("first", size)))
                .findFirst()
                .map(size -> new BulkQuery(size, parts))
                .orElseThrow(() -> Problem.of(
                        Problem.Code.LIMIT_REACHED,
                        "This query has too many lists within lists. Ask for fewer of them."));
    }

    @Override
    public Future<JsonObject> query(Caller caller, String text, Map<String, Object> variables) {
        return executed(caller, text, variables).map(GraphQLEngine::data);
    }

    private Future<Answer> executed(Caller caller, String text, Map<String, Object> variables) {
        GraphQLRequest request = request(text, variables);
        return Future.succeededFuture(request)
                .map(asked -> ready(look(asked, text, Optional.of(caller), Allowed.QUERIES)))
                .compose(ready -> withRoom(
                        ready.cost,
                        () -> execute(
                                request,
                                Optional.of(caller),
                                ready.document,
                                ready.operation,
                                new Cost(ready.cost, PAID),
                                PAGE_DEADLINE)));
    }

    @Override
    public Future<Void> check(Caller caller, String text, Map<String, Object> variables, int mostCost) {
        return Future.succeededFuture(text).map(document -> {
            requireFit(caller, document, variables, mostCost);
            return null;
        });
    }

    private void requireFit(Caller caller, String text, Map<String, Object> variables, int mostCost) {
        Looked looked = look(request(text, variables), text, Optional.of(caller), Allowed.QUERIES);
        if (looked instanceof Looked.Unfit(Answer.Refused refused)) {
            throw refused.reason() == Answer.Reason.NOT_A_QUERY
                    ? unkeepable("It must be a query: one that changes nothing, and is answered once.")
                    : Problem.all(
                            refused.errors().stream().map(GraphQLEngine::placed).toList());
        }
        Looked.Ready ready = (Looked.Ready) looked;
        ready.operation.definition().getVariableDefinitions().stream()
                .map(VariableDefinition::getName)
                .filter(name -> !variables.containsKey(name))
                .findFirst()
                .ifPresent(unknown -> {
                    throw unkeepable("There is no variable $%s here; there are %s."
                            .formatted(
                                    unknown,
                                    variables.keySet().stream()
                                            .sorted()
                                            .map(name -> "$" + name)
                                            .collect(Collectors.joining(", "))));
                });
        InputErrors wrong = inputErrors(ready.operation.definition(), variables, true);
        if (wrong.count() > 0) {
            throw Problem.all(
                    errorsOf(wrong).stream().map(GraphQLEngine::placed).toList());
        }
        if (ready.operation.holdsSecret() || ready.operation.introspects()) {
            throw unkeepable("It must not ask for what lets its holder in, nor for the schema.");
        }
        if (ready.cost > mostCost) {
            throw unkeepable("It costs %d; at most %d is allowed here. Ask for smaller pages or fewer nested lists."
                    .formatted(ready.cost, mostCost));
        }
    }

    private static Problem unkeepable(String message) {
        return Problem.of(Problem.Code.INVALID, message);
    }

    /** An error of a document as that of an input. */
    private static UserError placed(ClientError error) {
        String place = error.locations().isEmpty()
                ? ""
                : " (line %d, column %d)"
                        .formatted(
                                error.locations().getFirst().getLine(),
                                error.locations().getFirst().getColumn());
        boolean forbidden = error.code().equals(Problem.Code.FORBIDDEN.name());
        return new UserError(
                forbidden ? Problem.Code.FORBIDDEN : Problem.Code.INVALID, error.message() + place, List.of());
    }

    @Override
    public Future<KeptAnswer> answer(Caller caller, String text, Map<String, Object> variables, int mostBytes) {
        return executed(caller, text, variables).map(answer -> kept(answer, mostBytes));
    }

    private static KeptAnswer kept(Answer answer, int mostBytes) {
        if (answer instanceof Answer.Refused refused) {
            throw problem(refused.errors().getFirst());
        }
        Answer.Executed executed = (Answer.Executed) answer;
        executed.errors().stream()
                .filter(error -> error.code().equals(Problem.Code.UNAVAILABLE.name()))
                .findFirst()
                .ifPresent(error -> {
                    throw problem(error);
                });
        byte[] data = executed.data() instanceof Written written ? written.json() : json(executed.data());
        byte[] errors = json(
                executed.errors().stream().map(ClientError::toSpecification).toList());
        boolean tooLarge = executed.data() == Written.TOO_LARGE || data.length + errors.length > mostBytes;
        if (tooLarge) {
            ClientError error = ClientError.of(
                    Problem.Code.LIMIT_REACHED.name(),
                    "The answer is larger than %,d bytes. Ask for less.".formatted(mostBytes));
            return new KeptAnswer("null", text(json(List.of(error.toSpecification()))));
        }
        return new KeptAnswer(text(data), executed.errors().isEmpty() ? null : text(errors));
    }

    private static String text(byte[] json) {
        return new String(json, UTF_8);
    }

    private static GraphQLRequest request(String text, Map<String, Object> variables) {
        return new GraphQLRequest(text, null, variables, Device.UNKNOWN);
    }

    /** What may be executed; anything else as the problem that it is. */
    private static Looked.Ready ready(Looked looked) {
        return switch (looked) {
            case Looked.Ready ready -> ready;
            case Looked.Unfit unfit -> throw problem(unfit.answer.errors().getFirst());
        };
    }

    private static JsonObject data(Answer answer) {
        List<ClientError> errors = switch (answer) {
            case Answer.Executed executed -> executed.errors();
            case Answer.Refused refused -> refused.errors();
            case Answer.Events events -> throw new IllegalStateException("A query that goes on");
        };
        if (!errors.isEmpty()) {
            throw problem(errors.getFirst());
        }
        return switch (((Answer.Executed) answer).data()) {
            case Written written when !written.isTooLarge() -> new JsonObject(Buffer.buffer(written.json()));
            case Map<?, ?> data -> new JsonObject(Buffer.buffer(json(data)));
            case null, default ->
                throw Problem.of(
                        Problem.Code.LIMIT_REACHED, "A page of the answer is too large. Ask for less of each object.");
        };
    }

    private static byte[] json(@Nullable Object data) {
        JsonBytes json = new JsonBytes();
        json.value(data);
        return json.copy();
    }

    private static RuntimeException problem(ClientError error) {
        return Stream.of(Problem.Code.values())
                .filter(code -> code.name().equals(error.code()))
                .findFirst()
                .<RuntimeException>map(code -> Problem.of(code, error.message()))
                .orElseGet(() -> new IllegalStateException(error.message()));
    }

    private static Answer failed(Throwable failure) {
        return new Answer.Executed(null, FieldErrors.of(failure), null);
    }

    /** What came of looking at a request, before it is paid for. */
    private sealed interface Looked {

        /** It is not executed. */
        record Unfit(Answer.Refused answer) implements Looked {}

        /** It may be executed once it is paid for. */
        record Ready(Document document, Operations.Operation operation, int cost) implements Looked {}
    }

    private Future<Answer> check(GraphQLRequest request, Optional<Caller> caller, Allowed allowed, Duration deadline) {
        return switch (look(request, caller, allowed)) {
            // Costs as well, or a flood of what is wrong would be free.
            case Looked.Unfit unfit ->
                pay(request, caller, Operations.LEAST_COST, false, cost -> Future.succeededFuture(unfit.answer));
            case Looked.Ready ready ->
                withRoom(
                        ready.cost,
                        () -> pay(
                                request,
                                caller,
                                ready.cost,
                                ready.operation.checksCredential(),
                                cost -> execute(request, caller, ready.document, ready.operation, cost, deadline)));
        };
    }

    /** Executes what there is memory for, and refuses the rest before it has an effect or a price. */
    private Future<Answer> withRoom(int cost, Supplier<Future<Answer>> work) {
        long bytes = inFlight.expected(cost);
        if (!inFlight.reserve(bytes)) {
            return Future.succeededFuture(Answer.Refused.OVERLOADED);
        }
        Future<Answer> answer;
        try {
            answer = work.get();
        } catch (RuntimeException | Error fault) {
            inFlight.release(bytes);
            throw fault;
        }
        return answer.onComplete(done -> inFlight.release(bytes));
    }

    /** What the requests of this node hold, here and where they come in. */
    public BytesInFlight inFlight() {
        return inFlight;
    }

    /** By when what is begun on its event loop must be over. */
    public Deadlines deadlines() {
        return deadlines;
    }

    private Future<Answer> pay(
            GraphQLRequest request,
            Optional<Caller> caller,
            int price,
            boolean checksCredential,
            Function<Cost, Future<Answer>> then) {
        return toll.pay(caller, request.device().address(), price, checksCredential)
                .compose(receipt -> {
                    Cost cost = new Cost(price, receipt);
                    return receipt.granted() ? then.apply(cost) : Future.succeededFuture(unpaid(cost));
                });
    }

    private static Answer.Refused unpaid(Cost cost) {
        Receipt receipt = cost.receipt();
        ClientError error = ClientError.later(
                Problem.Code.LIMIT_REACHED.name(), receipt.refusal(cost.requested()), receipt.retrySeconds());
        return new Answer.Refused(Answer.Reason.BUDGET, List.of(error), cost);
    }

    private Looked look(GraphQLRequest request, Optional<Caller> caller, Allowed allowed) {
        return switch (documents.find(request.query(), request.documentId())) {
            case PersistedDocuments.Found.Text found -> look(request, found.text(), caller, allowed);
            case PersistedDocuments.Found.Refused refused -> unfit(refused.reason(), List.of(refused.error()));
        };
    }

    private Looked look(GraphQLRequest request, String text, Optional<Caller> caller, Allowed allowed) {
        // What the schema has is told to those who may read it.
        boolean hints = caller.isPresent();
        Operations.Prepared prepared = operations.prepare(text, hints);
        Document document = prepared.document();
        if (document == null || !prepared.isFit()) {
            boolean limit = prepared.errors().stream()
                    .anyMatch(error -> error.code().equals(Problem.Code.LIMIT_REACHED.name()));
            return unfit(limit ? Answer.Reason.LIMIT : Answer.Reason.INVALID, errors(prepared, request, hints));
        }
        if (caller.isPresent() && request.query() != null && request.documentId() != null) {
            documents.keep(request.documentId(), text);
        }
        Operations.Operation operation;
        try {
            operation = prepared.operation(request.operationName());
        } catch (Problem problem) {
            return unfit(Answer.Reason.INVALID, problem);
        }
        if (!isAllowed(operation.kind(), allowed)) {
            return unfit(
                    Answer.Reason.NOT_A_QUERY,
                    List.of(ClientError.of(Problem.Code.INVALID.name(), notAllowed(operation.kind()))));
        }
        try {
            requireAccess(operation, caller);
        } catch (Problem problem) {
            caller.ifPresent(known -> LOG.atInfo()
                    .addKeyValue("userId", known.userId().value())
                    .addKeyValue("credential", known.sessionId())
                    .log("Refused what the caller may not do: {}", problem.getMessage()));
            return unfit(caller.isPresent() ? Answer.Reason.FORBIDDEN : Answer.Reason.UNAUTHENTICATED, problem);
        }
        List<ClientError> nulls = operation.variables().isEmpty()
                ? List.of()
                : operation.variables().stream()
                        .filter(use -> use.isWrong(request.variables()))
                        .map(VariableUse::error)
                        .toList();
        if (!nulls.isEmpty()) {
            List<ClientError> errors = new ArrayList<>(nulls);
            InputErrors input = inputErrors(operation.definition(), request.variables(), hints);
            errors.addAll(errorsOf(input));
            return unfit(Answer.Reason.INVALID, FieldErrors.bounded(errors, nulls.size() + input.count()));
        }
        try {
            return new Looked.Ready(document, operation, operation.cost(request.variables()));
        } catch (Problem problem) {
            return unfit(Answer.Reason.LIMIT, problem);
        }
    }

    /** What is wrong with a document, and with the variables that came with it. */
    private List<ClientError> errors(Operations.Prepared prepared, GraphQLRequest request, boolean hints) {
        List<ClientError> errors = new ArrayList<>(prepared.errors());
        Document document = prepared.document();
        List<OperationDefinition> definitions =
                document == null ? List.of() : document.getDefinitionsOfType(OperationDefinition.class);
        long count = errors.size();
        if (definitions.size() == 1) {
            InputErrors input = inputErrors(definitions.getFirst(), request.variables(), hints);
            errors.addAll(errorsOf(input));
            count += input.count();
        }
        return FieldErrors.bounded(errors, count);
    }

    private InputErrors inputErrors(OperationDefinition operation, Map<String, Object> variables, boolean hints) {
        InputErrors found = new InputErrors(hints);
        found.variables(graphQL.getGraphQLSchema(), operation, variables);
        return found;
    }

    private static List<ClientError> errorsOf(InputErrors input) {
        return input.objections().stream()
                .limit(FieldErrors.MOST_ERRORS)
                .map(objection -> new ClientError(
                        objection.message(),
                        Problem.Code.INVALID.name(),
                        objection.path(),
                        null,
                        objection.location() == null ? List.of() : List.of(objection.location()),
                        null,
                        null))
                .toList();
    }

    private static Looked unfit(Answer.Reason reason, Problem problem) {
        return unfit(reason, FieldErrors.of(problem));
    }

    private static Looked unfit(Answer.Reason reason, List<ClientError> errors) {
        return new Looked.Unfit(new Answer.Refused(reason, errors));
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
            case MUTATION -> allowed == Allowed.QUERIES_AND_MUTATIONS || allowed == Allowed.EVERYTHING;
            case SUBSCRIPTION -> allowed == Allowed.QUERIES_AND_SUBSCRIPTIONS || allowed == Allowed.EVERYTHING;
        };
    }

    private static String notAllowed(OperationDefinition.Operation kind) {
        return switch (kind) {
            case QUERY, MUTATION -> "A mutation is executed only by POST with Content-Type application/json.";
            case SUBSCRIPTION ->
                "A subscription is served as Server-Sent Events, with Accept: text/event-stream, and over WebSocket, at the"
                        + " same address, with the protocol graphql-transport-ws.";
        };
    }

    private Future<Answer> execute(
            GraphQLRequest request,
            Optional<Caller> caller,
            Document document,
            Operations.Operation operation,
            Cost cost,
            Duration deadline) {
        return Trace.beginning(
                () -> PlanTrace.nameOf(operation.definition()),
                span -> PlanTrace.described(
                        span, operation.definition(), executed(request, caller, document, operation, cost, deadline)));
    }

    private Future<Answer> executed(
            GraphQLRequest request,
            Optional<Caller> caller,
            Document document,
            Operations.Operation operation,
            Cost cost,
            Duration deadline) {
        OperationDefinition.Operation kind = operation.kind();
        Execution execution = new Execution(request, caller, operation, cost);
        Promise<Answer> answer = Promise.promise();
        Deadlines.Deadline end = deadlines.within(deadline, () -> {
            // An execution that is cancelled keeps to itself what a subscription has begun to listen to.
            if (kind != OperationDefinition.Operation.SUBSCRIPTION) {
                execution.cancel();
            }
            answer.tryComplete(late(kind, deadline));
        });
        execution
                .begin(ReadableRequest.of(document, operation, request.variables()))
                .onComplete(
                        executed -> {
                            end.met();
                            if (!answer.tryComplete(executed) && executed instanceof Answer.Events events) {
                                EventResults.cancel(events.results());
                            }
                        },
                        failure -> {
                            end.met();
                            answer.tryComplete(new Answer.Executed(null, FieldErrors.of(failure), cost));
                        });
        return answer.future();
    }

    /** One operation on its way through the engine. */
    private final class Execution {

        private final GraphQLRequest request;
        private Optional<Caller> caller;
        private final Operations.Operation operation;
        private final Cost cost;
        private Runnable cancel = () -> {};
        private boolean cancelled;
        private boolean repaired;

        Execution(GraphQLRequest request, Optional<Caller> caller, Operations.Operation operation, Cost cost) {
            this.request = request;
            this.caller = caller;
            this.operation = operation;
            this.cost = cost;
        }

        void cancel() {
            cancelled = true;
            cancel.run();
        }

        /** Only what changes nothing and is not gone on with may read from somewhere else than where it would be changed. */
        Future<Answer> begin(ReadableRequest readable) {
            if (caller.isEmpty() || operation.kind() != OperationDefinition.Operation.QUERY) {
                return run(readable);
            }
            return placement.place(caller.get()).compose(placed -> {
                caller = Optional.of(placed);
                return cancelled ? Future.failedFuture("Late already") : run(readable);
            });
        }

        Future<Answer> run(ReadableRequest readable) {
            boolean subscribes = operation.kind() == OperationDefinition.Operation.SUBSCRIPTION;
            Planned planned = planned(request, caller, readable, operation, cost);
            return planned == null || subscribes ? run(readable, planned) : run(planned);
        }

        private Future<Answer> run(Planned planned) {
            PlanRun run = planRun(planned, null);
            cancel = run::cancel;
            return run.begin()
                    .map(outcome ->
                            new Answer.Executed(outcome.data(), outcome.errors(), cost, null, operation.holdsSecret()));
        }

        /** As graphql-java does it; its events by a plan, if there is one. */
        private Future<Answer> run(ReadableRequest readable, @Nullable Planned planned) {
            Supplier<ExecutionInput.Builder> input = () -> input(request, caller, readable, operation, cost);
            ExecutionInput ready = input.get().build();
            cancel = ready::cancel;
            return Future.fromCompletionStage(graphQL.executeAsync(ready), vertx.getOrCreateContext())
                    .compose(result -> {
                        InputErrors wrong = result.isDataPresent()
                                ? new InputErrors(false)
                                : inputErrors(operation.definition(), readable.variables(), caller.isPresent());
                        return wrong.count() == 0
                                ? Future.succeededFuture(answer(operation, result, cost, input, planned))
                                : runWithout(wrong, readable);
                    });
        }

        /** Nothing was executed yet: the engine reads all variables before it begins. */
        private Future<Answer> runWithout(InputErrors wrong, ReadableRequest readable) {
            Optional<ReadableRequest> left =
                    repaired ? Optional.empty() : readable.without(wrong, graphQL.getGraphQLSchema(), operation);
            repaired = true;
            return left.map(this::run)
                    .orElseGet(() -> Future.succeededFuture(new Answer.Refused(
                            Answer.Reason.INVALID, FieldErrors.bounded(errorsOf(wrong), wrong.count()))));
        }
    }

    private ExecutionInput.Builder input(
            GraphQLRequest request,
            Optional<Caller> caller,
            ReadableRequest readable,
            Operations.Operation operation,
            Cost cost) {
        // The text is not looked at: its document is at hand.
        ExecutionInput.Builder input = ExecutionInput.newExecutionInput("")
                .variables(readable.variables())
                .locale(Locale.ROOT)
                .graphQLContext(context -> {
                    context.of(Document.class, readable.document());
                    context.of(UnreadableRows.class, readable.rows());
                    context.of(Device.class, request.device());
                    context.of(Receipt.class, cost.receipt());
                    caller.ifPresent(who -> context.of(Caller.class, who));
                    GraphQLField.lastSeen(context, request.lastEventId());
                });
        String name = operation.definition().getName();
        if (name != null) {
            input.operationName(name);
        }
        caller.ifPresent(who -> input.dataLoaderRegistry(new Loaders(loaders, who)));
        return input;
    }

    /** A request that there is a plan for. */
    private record Planned(Plan plan, PlanRun.Request request) {}

    /** Null when graphql-java is to execute it: also when its variables are wrong, of which that knows what to say. */
    private @Nullable Planned planned(
            GraphQLRequest request,
            Optional<Caller> caller,
            ReadableRequest readable,
            Operations.Operation operation,
            Cost cost) {
        if (compiler == null) {
            return null;
        }
        List<VariableDefinition> definitions = operation.definition().getVariableDefinitions();
        CoercedVariables variables;
        try {
            variables = definitions.isEmpty()
                    ? CoercedVariables.emptyVariables()
                    : ValuesResolver.coerceVariableValues(
                            graphQL.getGraphQLSchema(),
                            definitions,
                            RawVariables.of(readable.variables()),
                            GraphQLContext.getDefault(),
                            Locale.ROOT);
        } catch (GraphQLException wrong) {
            return null;
        }
        String lastEventId = request.lastEventId();
        PlanRun.Request given = new PlanRun.Request(
                caller,
                request.device(),
                readable.rows(),
                cost.receipt(),
                lastEventId == null || lastEventId.isBlank() ? null : lastEventId,
                variables);
        return operation
                .plans()
                .of(compiler, variables.toMap())
                .map(plan -> new Planned(plan, given))
                .orElse(null);
    }

    private PlanRun planRun(Planned planned, @Nullable Object event) {
        return new PlanRun(
                planned.plan,
                planned.request,
                event,
                loaders,
                vertx.getOrCreateContext(),
                // What is written in one go needs no place of its own.
                planned.plan.serial() ? new JsonBytes() : out);
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
            Operations.Operation operation,
            ExecutionResult result,
            Cost cost,
            Supplier<ExecutionInput.Builder> input,
            @Nullable Planned planned) {
        boolean stream = result.getData() instanceof SubscriptionPublisher;
        if (!result.isDataPresent() || (operation.kind() == OperationDefinition.Operation.SUBSCRIPTION && !stream)) {
            return new Answer.Refused(Answer.Reason.INVALID, FieldErrors.all(result.getErrors()));
        }
        if (result.getData() instanceof SubscriptionPublisher subscription) {
            return new Answer.Events(
                    new EventResults(
                            subscription.getUpstreamPublisher(),
                            Trace.here(event -> Trace.following(
                                    () -> "event " + PlanTrace.nameOf(operation.definition()),
                                    () -> planned == null
                                            ? executeEvent(event, input.get())
                                            : executeEvent(event, planned)))),
                    cost);
        }
        return Answer.executed(result, cost, null, operation.holdsSecret());
    }

    private static @Nullable String cursor(Object event) {
        return event instanceof LogEvent<?> placed ? placed.cursor() : null;
    }

    private static @Nullable Object shown(Object event) {
        return event instanceof LogEvent<?> placed ? placed.value() : event;
    }

    private Future<Answer.Executed> executeEvent(Object event, Planned planned) {
        return planRun(planned, shown(event))
                .begin()
                .transform((outcome, failure) -> Future.succeededFuture(
                        failure == null
                                ? new Answer.Executed(outcome.data(), outcome.errors(), null, cursor(event), false)
                                : new Answer.Executed(null, FieldErrors.of(failure), null)));
    }

    private Future<Answer.Executed> executeEvent(Object event, ExecutionInput.Builder input) {
        ExecutionInput ready = input.build();
        String cursor = cursor(event);
        ready.getGraphQLContext().put(Event.class, new Event(shown(event)));
        return Future.fromCompletionStage(eventGraphQL.executeAsync(ready), vertx.getOrCreateContext())
                .transform((result, failure) -> Future.succeededFuture(
                        failure == null
                                ? Answer.executed(result, null, cursor, false)
                                : new Answer.Executed(null, FieldErrors.of(failure), null)));
    }
}
