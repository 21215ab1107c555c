package org.expirytracker.http;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.stream.Collectors;
import org.expirytracker.api.ClientError;
import org.expirytracker.api.FieldErrors;
import org.expirytracker.api.GraphQLEngine;
import org.expirytracker.credentials.Authenticated;
import org.expirytracker.kernel.Caller;
import org.expirytracker.kernel.Problem;
import org.expirytracker.reports.ReportsAccess;
import org.jspecify.annotations.Nullable;

/**
 * The Model Context Protocol, by which AI assistants use the tools of {@link AssistantTool}: JSON-RPC 2.0 by {@code POST /mcp}
 * (Streamable HTTP), one JSON answer to each message. Nothing is kept between two messages, so any node answers any of them:
 * the revisions up to 2025-11-25, whose clients begin with {@code initialize} and need no session, and 2026-07-28, each of
 * whose messages stands alone.
 */
final class McpHandler {

    private static final String STANDING_ALONE = "2026-07-28";
    private static final String LATEST_BEGUN = "2025-11-25";
    private static final List<String> REVISIONS = List.of(STANDING_ALONE, LATEST_BEGUN, "2025-06-18", "2025-03-26");
    private static final String REVISION_KEY = "io.modelcontextprotocol/protocolVersion";

    private static final int MOST_BODY_BYTES = 1_048_576;
    /** For how long a client need not ask again what tools there are. */
    private static final int LISTS_HOLD_MILLIS = 300_000;

    private static final String REPORTS = "expiry://reports/";
    private static final String REPORT_TEMPLATE = REPORTS + "{date}";
    private static final String LATEST_REPORT = REPORTS + "latest";
    private static final String INSTRUCTIONS = """
            Expiry Tracker knows what a household or a business has in stock, until which day each thing is good, and what it \
            is worth. Dates are YYYY-MM-DD, the last good day, in the inventory's time zone. Quantities and prices are decimal \
            strings. Ids are opaque: take them from answers. Say to the person what you are about to change before you do it.""";

    /** The newest report, whatever day it is of. */
    static final FixedOperation NEWEST_REPORT = new FixedOperation("""
            query NewestReport { reports(first: 1) { nodes { date } } }""");

    private final Vertx vertx;
    private final HttpOptions options;
    private final GraphQLEngine engine;
    private final RequestCallers callers;
    private final Origins origins;
    private final String version = Optional.ofNullable(
                    McpHandler.class.getPackage().getImplementationVersion())
            .orElse("development");

    McpHandler(Vertx vertx, HttpOptions options, GraphQLEngine engine, RequestCallers callers, Origins origins) {
        this.vertx = vertx;
        this.options = options;
        this.engine = engine;
        this.callers = callers;
        this.origins = origins;
    }

    /** Why a message is not answered as it asks (JSON-RPC 2.0, section 5.1). */
    private static final class Rejected extends RuntimeException {

        private static final long serialVersionUID = 1L;

        private static final int UNREADABLE = -32700;
        private static final int NO_REQUEST = -32600;
        private static final int UNKNOWN_METHOD = -32601;
        private static final int WRONG_PARAMETERS = -32602;
        private static final int FAULT = -32603;
        private static final int MISSING_RESOURCE = -32002;
        private static final int UNKNOWN_REVISION = -32022;

        private final int code;

        Rejected(int code, String message) {
            super(message, null, false, false);
            this.code = code;
        }
    }

    void handle(HttpServerRequest request) {
        HttpExchange exchange = new HttpExchange(
                vertx, request, RequestId.begin(request), MediaTypes.Accepted.NAMED_JSON, options, engine);
        request.exceptionHandler(gone -> exchange.over());
        if (!request.method().equals(HttpMethod.POST)) {
            // There is no stream to GET and no session to DELETE.
            exchange.response().putHeader("Allow", "POST");
            refuse(exchange, 405, "Send the messages of the Model Context Protocol by POST.");
        } else if (!origins.mayConnect(request.getHeader("Origin"), request.getHeader("Host"))) {
            refuse(
                    exchange,
                    403,
                    "Pages of this origin may not call this server; EXPIRY_ALLOWED_ORIGINS names those that may.");
        } else if (!MediaTypes.isJson(request.getHeader("Content-Type"))) {
            refuse(exchange, 415, "The body must be JSON in UTF-8, with Content-Type application/json.");
        } else {
            receive(exchange);
        }
    }

    private void refuse(HttpExchange exchange, int status, String message) {
        engine.payForRefusal(exchange.device())
                .otherwise(Optional.empty())
                .onSuccess(unpaid -> exchange.refuse(
                        unpaid.isPresent() ? 429 : status, ClientError.of(Problem.Code.INVALID.name(), message)));
    }

    private void receive(HttpExchange exchange) {
        exchange.receive(
                MOST_BODY_BYTES,
                () -> refuse(exchange, 413, "The body is larger than %d bytes.".formatted(MOST_BODY_BYTES)),
                exchange::refuseForMemory,
                body -> caller(exchange.request())
                        .onSuccess(caller -> answer(exchange, body, caller))
                        .onFailure(failure -> unauthenticated(exchange, failure)));
    }

    private Future<Caller> caller(HttpServerRequest request) {
        return callers.of(request)
                .map(
                        known -> known.map(Authenticated::caller)
                                .orElseThrow(
                                        () -> Problem.of(
                                                Problem.Code.UNAUTHENTICATED,
                                                "Send an API token, as Authorization: Bearer etp_… The mutation createApiToken makes one.")));
    }

    private void unauthenticated(HttpExchange exchange, Throwable failure) {
        Problem.Code code = failure instanceof Problem problem ? problem.code() : Problem.Code.UNAVAILABLE;
        ClientError error = ClientError.of(code.name(), String.valueOf(failure.getMessage()));
        switch (code) {
            case UNAVAILABLE -> {
                exchange.response().putHeader("Retry-After", "2");
                exchange.refuse(503, error);
            }
            case FORBIDDEN -> exchange.refuse(403, error);
            default ->
                engine.payForRefusal(exchange.device())
                        .otherwise(Optional.empty())
                        .onSuccess(unpaid -> {
                            exchange.response().putHeader("WWW-Authenticate", "Bearer realm=\"Expiry Tracker\"");
                            exchange.refuse(unpaid.isPresent() ? 429 : 401, error);
                        });
        }
    }

    private void answer(HttpExchange exchange, Buffer body, Caller caller) {
        Map<String, Object> read;
        try {
            read = Json.object(Json.text(body));
        } catch (Json.Malformed malformed) {
            exchange.end(
                    400, error(null, Rejected.UNREADABLE, malformed.message()).toBuffer());
            return;
        }
        JsonObject message = new JsonObject(read);
        if (!message.containsKey("id") || !message.containsKey("method")) {
            // A notice, or the answer to a question: nothing is asked of clients.
            exchange.end(202, Buffer.buffer());
            return;
        }
        Object id = message.getValue("id");
        Future.succeededFuture(message)
                .compose(asked -> reply(asked, caller, exchange))
                .map(result ->
                        new JsonObject().put("jsonrpc", "2.0").put("id", id).put("result", result))
                .recover(failure -> Future.succeededFuture(
                        switch (failure) {
                            case Rejected rejected -> error(id, rejected.code, String.valueOf(rejected.getMessage()));
                            case ClassCastException wrong ->
                                error(id, Rejected.WRONG_PARAMETERS, "A parameter is of a wrong type.");
                            default -> {
                                ClientError fault = FieldErrors.of(failure).getFirst();
                                yield error(id, Rejected.FAULT, fault.message());
                            }
                        }))
                .onSuccess(reply -> exchange.end(200, reply.toBuffer()));
    }

    private static JsonObject error(@Nullable Object id, int code, String message) {
        JsonObject error = new JsonObject().put("code", code).put("message", message);
        if (code == Rejected.UNKNOWN_REVISION) {
            error.put("data", new JsonObject().put("supported", new JsonArray(REVISIONS)));
        }
        return new JsonObject().put("jsonrpc", "2.0").put("id", id).put("error", error);
    }

    private Future<JsonObject> reply(JsonObject message, Caller caller, HttpExchange exchange) {
        if (!(message.getValue("method") instanceof String method)
                || !(message.getValue("params", new JsonObject()) instanceof JsonObject parameters)) {
            throw new Rejected(Rejected.NO_REQUEST, "method must be a string and params an object.");
        }
        boolean alone = standsAlone(parameters);
        return reply(method, parameters, caller, exchange)
                .map(result -> alone ? standingAlone(method, result) : result);
    }

    private static boolean standsAlone(JsonObject parameters) {
        String revision = parameters.getJsonObject("_meta", new JsonObject()).getString(REVISION_KEY);
        if (revision != null && !REVISIONS.contains(revision)) {
            throw new Rejected(Rejected.UNKNOWN_REVISION, "This server speaks " + String.join(", ", REVISIONS) + ".");
        }
        return STANDING_ALONE.equals(revision);
    }

    /** What revision 2026-07-28 wants with each result. */
    private JsonObject standingAlone(String method, JsonObject result) {
        result.put("resultType", "complete")
                .put("_meta", new JsonObject().put("io.modelcontextprotocol/serverInfo", server()));
        if (method.endsWith("/list") || method.equals("resources/read") || method.equals("server/discover")) {
            boolean lists = !method.equals("resources/read");
            result.put("ttlMs", lists ? LISTS_HOLD_MILLIS : 0).put("cacheScope", "private");
        }
        return result;
    }

    private Future<JsonObject> reply(String method, JsonObject parameters, Caller caller, HttpExchange exchange) {
        return switch (method) {
            case "initialize" -> Future.succeededFuture(begun(parameters));
            case "server/discover" ->
                Future.succeededFuture(introduced().put("supportedVersions", new JsonArray(REVISIONS)));
            case "ping" -> Future.succeededFuture(new JsonObject());
            case "tools/list" ->
                Future.succeededFuture(new JsonObject()
                        .put(
                                "tools",
                                new JsonArray(AssistantTool.ALL.stream()
                                        .filter(tool -> tool.isFor(caller))
                                        .map(AssistantTool::described)
                                        .toList())));
            case "tools/call" -> call(parameters, caller, exchange);
            case "resources/list" -> Future.succeededFuture(new JsonObject().put("resources", resources(caller)));
            case "resources/templates/list" ->
                Future.succeededFuture(new JsonObject().put("resourceTemplates", templates(caller)));
            case "resources/read" -> read(parameters.getString("uri", ""), caller, exchange);
            default -> throw new Rejected(Rejected.UNKNOWN_METHOD, "This server has no method " + method + ".");
        };
    }

    private JsonObject server() {
        return new JsonObject()
                .put("name", "expiry-tracker")
                .put("title", "Expiry Tracker")
                .put("version", version);
    }

    private static JsonObject introduced() {
        return new JsonObject()
                .put(
                        "capabilities",
                        new JsonObject().put("tools", new JsonObject()).put("resources", new JsonObject()))
                .put("instructions", INSTRUCTIONS);
    }

    private JsonObject begun(JsonObject parameters) {
        String wanted = parameters.getString("protocolVersion", "");
        boolean known = REVISIONS.contains(wanted) && !wanted.equals(STANDING_ALONE);
        return introduced()
                .put("protocolVersion", known ? wanted : LATEST_BEGUN)
                .put("serverInfo", server());
    }

    private Future<JsonObject> call(JsonObject parameters, Caller caller, HttpExchange exchange) {
        String name = parameters.getString("name", "");
        AssistantTool tool = AssistantTool.ALL.stream()
                .filter(each -> each.name().equals(name))
                .findFirst()
                .orElseThrow(() -> new Rejected(Rejected.WRONG_PARAMETERS, "There is no tool " + name + "."));
        Map<String, Object> given = new LinkedHashMap<>(
                parameters.getJsonObject("arguments", new JsonObject()).getMap());
        for (String argument : given.keySet()) {
            if (!tool.arguments().getJsonObject("properties").containsKey(argument)) {
                return Future.succeededFuture(failed("%s has no argument %s, but %s."
                        .formatted(
                                name,
                                argument,
                                String.join(
                                        ", ",
                                        tool.arguments()
                                                .getJsonObject("properties")
                                                .fieldNames()))));
            }
        }
        if (tool.changes()) {
            given.putIfAbsent(AssistantTool.KEY, UUID.randomUUID().toString());
        }
        return ask(tool.operation(), given, caller, exchange).map(McpHandler::result);
    }

    private Future<FixedOperation.Outcome> ask(
            FixedOperation operation, Map<String, Object> variables, Caller caller, HttpExchange exchange) {
        return operation.ask(engine, caller, exchange.device(), variables, options.requestTimeout());
    }

    /** What a model reads: the answer, or why it was refused and what to do about it. */
    private static JsonObject result(FixedOperation.Outcome outcome) {
        if (outcome.status() != 200) {
            String again = outcome.retrySeconds() > 0
                    ? " It can be tried again in %d s.".formatted(outcome.retrySeconds())
                    : "";
            return failed(outcome.message() + again);
        }
        JsonObject data = outcome.body().getJsonObject("data");
        String refusals = data.stream()
                .map(Map.Entry::getValue)
                .filter(JsonObject.class::isInstance)
                .flatMap(payload -> ((JsonObject) payload).getJsonArray("userErrors", new JsonArray()).stream())
                .map(error -> ((JsonObject) error).getString("message"))
                .collect(Collectors.joining(" "));
        return refusals.isEmpty() ? text(data.encode()).put("structuredContent", data) : failed(refusals);
    }

    private static JsonObject failed(String why) {
        return text(why).put("isError", true);
    }

    private static JsonObject text(String text) {
        return new JsonObject()
                .put(
                        "content",
                        JsonArray.of(new JsonObject().put("type", "text").put("text", text)));
    }

    private static JsonArray resources(Caller caller) {
        return caller.holds().contains(ReportsAccess.READ)
                ? JsonArray.of(new JsonObject()
                        .put("uri", LATEST_REPORT)
                        .put("name", "latest-report")
                        .put("title", "The latest report")
                        .put("description", "What was in stock on the day of the latest report, and what has left it.")
                        .put("mimeType", "application/json"))
                : new JsonArray();
    }

    private static JsonArray templates(Caller caller) {
        return caller.holds().contains(ReportsAccess.READ)
                ? JsonArray.of(new JsonObject()
                        .put("uriTemplate", REPORT_TEMPLATE)
                        .put("name", "report")
                        .put("title", "The report of a day")
                        .put("mimeType", "application/json"))
                : new JsonArray();
    }

    private Future<JsonObject> read(String uri, Caller caller, HttpExchange exchange) {
        if (!uri.startsWith(REPORTS)) {
            throw missing(uri);
        }
        Future<String> date = uri.equals(LATEST_REPORT)
                ? ask(NEWEST_REPORT, Map.of(), caller, exchange)
                        .map(outcome -> data(outcome).getJsonObject("reports").getJsonArray("nodes").stream()
                                .map(node -> ((JsonObject) node).getString("date"))
                                .findFirst()
                                .orElseThrow(() -> missing(uri)))
                : Future.succeededFuture(uri.substring(REPORTS.length()));
        return date.compose(day -> ask(AssistantTool.REPORT.operation(), Map.of("date", day), caller, exchange))
                .map(outcome -> {
                    JsonObject report = data(outcome).getJsonObject("report");
                    if (report == null) {
                        throw missing(uri);
                    }
                    return new JsonObject()
                            .put(
                                    "contents",
                                    JsonArray.of(new JsonObject()
                                            .put("uri", uri)
                                            .put("mimeType", "application/json")
                                            .put("text", report.encode())));
                });
    }

    private static Rejected missing(String uri) {
        return new Rejected(
                Rejected.MISSING_RESOURCE,
                "There is no resource %s. Resources are %s and %s.".formatted(uri, LATEST_REPORT, REPORT_TEMPLATE));
    }

    private static JsonObject data(FixedOperation.Outcome outcome) {
        if (outcome.status() != 200) {
            throw new Rejected(outcome.status() == 400 ? Rejected.WRONG_PARAMETERS : Rejected.FAULT, outcome.message());
        }
        return outcome.body().getJsonObject("data");
    }
}
