package org.expirytracker.http;

import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.expirytracker.api.Answer;
import org.expirytracker.api.ClientError;
import org.expirytracker.api.GraphQLEngine;
import org.expirytracker.api.GraphQLRequest;
import org.expirytracker.kernel.Caller;
import org.expirytracker.sessions.Device;

/**
 * What a part of this server asks of GraphQL for somebody, as they could themselves: by the same checks, prices and limits.
 *
 * @param document with one operation
 */
public record FixedOperation(String document) {

    /** All of them, which an operator's list of trusted operations need not name. */
    public static List<FixedOperation> all() {
        return Stream.of(
                        Stream.of(CalendarPage.DATED_ITEMS, McpHandler.NEWEST_REPORT),
                        SessionCookie.OPERATIONS.stream(),
                        AssistantTool.ALL.stream().map(AssistantTool::operation))
                .flatMap(operations -> operations)
                .toList();
    }

    /**
     * What came of it.
     *
     * @param status of HTTP, 200 where everything was answered
     * @param body the answer as GraphQL writes it
     * @param retrySeconds after which the same may be asked again; 0 where that would not help
     */
    record Outcome(int status, JsonObject body, long retrySeconds) {

        /** What everybody is told of a server that is busy. */
        private static final long SOON = 2;

        static Outcome of(Answer answer) {
            return switch (answer) {
                case Answer.Executed executed ->
                    new Outcome(
                            status(executed.errors()),
                            new JsonObject(Json.executed(executed)),
                            status(executed.errors()) == 503 ? SOON : 0);
                case Answer.Refused refused -> of(refused);
                case Answer.Events events -> throw new IllegalArgumentException("A fixed operation is no subscription");
            };
        }

        private static Outcome of(Answer.Refused refused) {
            Buffer body = Json.write(json -> Json.writeRefused(json, refused.errors(), refused.cost()));
            int status = switch (refused.reason()) {
                case UNAUTHENTICATED -> 401;
                case FORBIDDEN -> 403;
                case BUDGET -> 429;
                case OVERLOAD -> 503;
                case LATE -> 504;
                case DOCUMENT_UNKNOWN, INVALID, LIMIT, NOT_A_QUERY -> 400;
            };
            long paid = refused.cost() == null ? 0 : refused.cost().receipt().retrySeconds();
            return new Outcome(
                    status, new JsonObject(body), status == 429 ? Math.max(1, paid) : status > 500 ? SOON : 0);
        }

        private static int status(List<ClientError> errors) {
            return errors.isEmpty()
                    ? 200
                    : switch (errors.getFirst().code()) {
                        case "UNAVAILABLE" -> 503;
                        case "FORBIDDEN" -> 403;
                        case ClientError.INTERNAL -> 500;
                        default -> 400;
                    };
        }

        /** What went wrong first, for people; empty where nothing did. */
        String message() {
            return body.containsKey("errors")
                    ? body.getJsonArray("errors").getJsonObject(0).getString("message")
                    : "";
        }
    }

    /** Asks, on the event loop of the engine; never fails. */
    Future<Outcome> ask(
            GraphQLEngine engine, Caller caller, Device device, Map<String, Object> variables, Duration deadline) {
        return ask(engine, Optional.of(caller), device, variables, deadline);
    }

    /** As {@link #ask}, for somebody who has not told who they are. */
    Future<Outcome> askUnknown(GraphQLEngine engine, Device device, Map<String, Object> variables, Duration deadline) {
        return ask(engine, Optional.empty(), device, variables, deadline);
    }

    private Future<Outcome> ask(
            GraphQLEngine engine,
            Optional<Caller> caller,
            Device device,
            Map<String, Object> variables,
            Duration deadline) {
        GraphQLRequest request = new GraphQLRequest(document, null, variables, device);
        return engine.execute(request, caller, GraphQLEngine.Allowed.QUERIES_AND_MUTATIONS, deadline)
                .map(Outcome::of);
    }
}
