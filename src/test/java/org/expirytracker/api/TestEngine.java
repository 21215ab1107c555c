package org.expirytracker.api;

import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.time.ZoneId;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.expirytracker.http.Things;
import org.expirytracker.kernel.Caller;
import org.expirytracker.kernel.Holdings;
import org.expirytracker.kernel.InventoryId;
import org.expirytracker.kernel.Role;
import org.expirytracker.kernel.UserId;
import org.expirytracker.limits.BytesInFlight;
import org.expirytracker.sessions.Device;

/** An engine over the room of things, asked without a server around it. */
final class TestEngine implements AutoCloseable {

    private static final UserId USER = new UserId(UUID.randomUUID());

    private static final Caller CALLER = new Caller(
            USER,
            InventoryId.ownOf(USER),
            Role.OWNER,
            UUID.randomUUID(),
            ZoneId.of("UTC"),
            new Holdings.OfSession(false));

    private static final Duration PATIENCE = Duration.ofSeconds(60);

    final Vertx vertx = Vertx.vertx();
    final Things things = new Things(vertx);
    private final GraphQLEngine engine = GraphQLFactory.engine(
            vertx,
            Things::costFree,
            new BytesInFlight(),
            PersistedDocuments.ofCallers(),
            Things.schema(),
            List.of(things));

    /** What answers. */
    GraphQLEngine engine() {
        return engine;
    }

    /** Who asks. */
    static Caller caller() {
        return CALLER;
    }

    /** What comes of work that is begun on one event loop. */
    <T> List<T> all(List<Supplier<Future<T>>> work) {
        Promise<List<T>> answers = Promise.promise();
        vertx.runOnContext(now -> Future.all(work.stream().map(Supplier::get).toList())
                .map(done -> done.<T>list())
                .onComplete(answers));
        return answers.future().await();
    }

    Answer answer(String query, Map<String, Object> variables) {
        return answer(request(query, variables), Optional.of(CALLER));
    }

    Answer answer(String query) {
        return answer(query, Map.of());
    }

    Answer answer(GraphQLRequest request, Optional<Caller> caller) {
        return onOneLoop(() -> execute(request, caller, PATIENCE));
    }

    /** The answer to one query, given up after a deadline, when another that was asked after it is answered. */
    Answer lateAnswer(String query, Duration deadline, String longer) {
        return onOneLoop(() -> {
            Future<Answer> late = execute(request(query, Map.of()), Optional.of(CALLER), deadline);
            return execute(request(longer, Map.of()), Optional.of(CALLER), PATIENCE)
                    .compose(answered -> late);
        });
    }

    private static GraphQLRequest request(String query, Map<String, Object> variables) {
        return new GraphQLRequest(query, null, variables, Device.UNKNOWN);
    }

    private Future<Answer> execute(GraphQLRequest request, Optional<Caller> caller, Duration deadline) {
        return engine.execute(request, caller, GraphQLEngine.Allowed.EVERYTHING, deadline);
    }

    private Answer onOneLoop(Supplier<Future<Answer>> work) {
        Promise<Answer> answer = Promise.promise();
        vertx.runOnContext(now -> work.get().onComplete(answer));
        return answer.future().await();
    }

    /** The errors as code and message. */
    static List<String> errors(Answer answer) {
        List<ClientError> errors = switch (answer) {
            case Answer.Refused refused -> refused.errors();
            case Answer.Executed executed -> executed.errors();
            case Answer.Events events -> List.of();
        };
        return errors.stream()
                .map(error -> error.code() + " " + error.message())
                .collect(Collectors.toList());
    }

    /** The price of an operation that was executed. */
    static int cost(Answer answer) {
        if (answer instanceof Answer.Executed executed && executed.cost() != null) {
            return executed.cost().requested();
        }
        throw new AssertionError("Not executed: " + errors(answer));
    }

    @Override
    public void close() {
        vertx.close().await();
    }
}
