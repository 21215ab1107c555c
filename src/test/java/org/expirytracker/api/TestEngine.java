package org.expirytracker.api;

import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.time.ZoneId;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.stream.Collectors;
import org.expirytracker.accounts.Device;
import org.expirytracker.http.Things;
import org.expirytracker.kernel.Access;
import org.expirytracker.kernel.Caller;
import org.expirytracker.kernel.UserId;

/** An engine over the room of things, asked without a server around it. */
final class TestEngine implements AutoCloseable {

    private static final Caller CALLER =
            new Caller(new UserId(UUID.randomUUID()), UUID.randomUUID(), ZoneId.of("UTC"), Access.ofSession(false));

    final Vertx vertx = Vertx.vertx();
    final Things things = new Things(vertx);
    private final GraphQLEngine engine =
            GraphQLFactory.engine(vertx, Things::costFree, Things.schema(), List.of(things));

    Answer answer(String query, Map<String, Object> variables) {
        return answer(new GraphQLRequest(query, null, variables, "request-1", Device.UNKNOWN), Optional.of(CALLER));
    }

    Answer answer(String query) {
        return answer(query, Map.of());
    }

    Answer answer(GraphQLRequest request, Optional<Caller> caller) {
        Promise<Answer> answer = Promise.promise();
        vertx.runOnContext(
                now -> engine.execute(request, caller, GraphQLEngine.Allowed.EVERYTHING, Duration.ofSeconds(5))
                        .onComplete(answer));
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
