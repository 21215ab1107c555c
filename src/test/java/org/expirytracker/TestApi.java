package org.expirytracker;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.Writer;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.WebSocket;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.UUID;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.expirytracker.activities.Activity;
import org.expirytracker.cli.Config;
import org.expirytracker.cli.Server;
import org.expirytracker.db.DatabaseUrl;
import org.expirytracker.kernel.NodeId;
import org.jspecify.annotations.Nullable;

/**
 * A node as it is run, for tests: every room, over HTTP and WebSocket, on the shared test database. Two of them stand
 * beside each other, so that what one does can be seen on the other. Started at first use, stopped with the JVM.
 */
public final class TestApi implements AutoCloseable {

    private static final HttpClient HTTP = HttpClient.newHttpClient();
    private static final Duration PATIENCE = Duration.ofSeconds(20);
    /** The password of every user made here. */
    public static final String PASSWORD = Secrets.remember("correct horse battery staple");

    /** Signs the access tokens of every node. */
    private static final String JWT_KEY = newKey(48);

    /** What signs the access tokens of every node. */
    public static byte[] jwtKey() {
        return Base64.getDecoder().decode(JWT_KEY);
    }

    /** Encrypts what every node keeps encrypted. */
    public static final String SECRET_KEY = newKey(32);

    private final Server server;

    private static String newKey(int bytes) {
        byte[] key = new byte[bytes];
        new SecureRandom().nextBytes(key);
        return Base64.getEncoder().encodeToString(key);
    }

    private TestApi(Server server) {
        this.server = server;
    }

    /** The first node. */
    public static TestApi node() {
        return First.NODE;
    }

    /** Another node on the same database. */
    public static TestApi otherNode() {
        return Second.NODE;
    }

    private static final class First {
        static final TestApi NODE = start();
    }

    private static final class Second {
        static final TestApi NODE = start();
    }

    private static final Queue<TestApi> SHARED = new ConcurrentLinkedQueue<>();

    private static TestApi start() {
        TestApi node = start(TestDatabase.migrated());
        SHARED.add(node);
        return node;
    }

    /** Notes what the shared nodes measured, those that were started. */
    static void measureShared() {
        SHARED.forEach(node -> Secrets.measured(node.get("/metrics").body()));
    }

    /** A node of a test's own on some database; the test stops it. */
    public static TestApi start(DatabaseUrl database) {
        return start(database, Map.of());
    }

    /**
     * As {@link #start(DatabaseUrl)}.
     *
     * @param more environment variables besides those that every node needs
     */
    public static TestApi start(DatabaseUrl database, Map<String, String> more) {
        return start(database, more, Clock.systemUTC());
    }

    /**
     * As {@link #start(DatabaseUrl, Map)}.
     *
     * @param clock what time it is for the node
     */
    public static TestApi start(DatabaseUrl database, Map<String, String> more, Clock clock) {
        Map<String, String> environment = new HashMap<>(environment(database));
        environment.putAll(more);
        return start(environment, clock);
    }

    /** The environment variables of a node of tests on some database. */
    static Map<String, String> environment(DatabaseUrl database) {
        return Map.of(
                "DATABASE_URL",
                TestDatabase.textOf(database),
                "EXPIRY_JWT_KEY",
                JWT_KEY,
                "EXPIRY_SECRET_KEYS",
                SECRET_KEY,
                "EXPIRY_HOST",
                "127.0.0.1",
                "EXPIRY_PORT",
                "0",
                "EXPIRY_DRAIN_SECONDS",
                "0",
                "EXPIRY_SOCKETS_PER_USER",
                "100",
                // All tests come from one address: no limit may be in their way but where it is tested.
                "EXPIRY_RATE_CAPACITY",
                "1000000000",
                "EXPIRY_RATE_RESTORE",
                "1000000");
    }

    /** A node with a database of its own in a directory, as a newcomer starts it; the test stops it. */
    public static TestApi startEmbedded(Path data) {
        return start(Map.of("EXPIRY_DATA", data.toString(), "EXPIRY_PORT", "0"), Clock.systemUTC());
    }

    private static TestApi start(Map<String, String> environment, Clock clock) {
        Secrets.rememberEnvironment(environment);
        Config config = Config.from(environment);
        Server server = new Server(config, clock);
        try {
            server.start(false, new PrintWriter(Writer.nullWriter()));
        } catch (IOException failure) {
            throw new IllegalStateException(ended(server, failure));
        }
        return new TestApi(server);
    }

    private static IOException ended(Server server, IOException failure) {
        try {
            server.close();
        } catch (IOException another) {
            failure.addSuppressed(another);
        }
        return failure;
    }

    /** Stops the node as SIGTERM does. */
    @Override
    public void close() throws IOException {
        Secrets.measured(get("/metrics").body());
        server.close();
    }

    /** Where this node listens. */
    public URI uri(String path) {
        return URI.create("http://127.0.0.1:" + server.port() + path);
    }

    /** One member of each object of a list. */
    public static List<Object> each(JsonArray objects, String member) {
        return objects.stream()
                .map(JsonObject.class::cast)
                .map(object -> object.getValue(member))
                .toList();
    }

    /** Registers a new user, in UTC. */
    public User newUser() {
        return newUser("UTC");
    }

    /** Registers a new user of a time zone. */
    public User newUser(String timeZone) {
        String name = "u" + UUID.randomUUID().toString().substring(0, 18);
        JsonObject payload = new User(this, name, "")
                .mutate(
                        "register",
                        "session { accessToken refreshToken }",
                        new JsonObject()
                                .put("username", name)
                                .put("email", name + "@example.org")
                                .put("password", PASSWORD)
                                .put("timeZone", timeZone));
        return new User(this, name, payload.getJsonObject("session").getString("accessToken"));
    }

    /** Registers a new user and makes them an administrator. */
    public User newAdministrator() {
        User user = newUser();
        new Stock(TestDatabase.migrated()).run("UPDATE users SET role = 'ADMIN' WHERE username = ?", user.name());
        return user;
    }

    /** Sends a body as it is, as JSON. */
    public HttpResponse<String> post(String token, String body) {
        return post(token, "", body);
    }

    /** As {@link #post(String, String)}, in an inventory; in the caller's own when that is empty. */
    public HttpResponse<String> post(String token, String inventory, String body) {
        HttpRequest.Builder request = HttpRequest.newBuilder(uri("/graphql"))
                .timeout(PATIENCE)
                .header("content-type", "application/json")
                .POST(HttpRequest.BodyPublishers.ofString(body));
        if (!token.isEmpty()) {
            request.header("authorization", "Bearer " + token);
        }
        if (!inventory.isEmpty()) {
            request.header("Expiry-Inventory", inventory);
        }
        HttpResponse<String> response = send(request.build());
        Secrets.answered(response.body());
        return response;
    }

    private static HttpResponse<String> send(HttpRequest request) {
        try {
            return HTTP.send(request, HttpResponse.BodyHandlers.ofString());
        } catch (IOException failure) {
            throw new IllegalStateException(failure);
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(interrupted);
        }
    }

    /** Reads a path. */
    public HttpResponse<String> get(String path) {
        return send(HttpRequest.newBuilder(uri(path)).timeout(PATIENCE).build());
    }

    /**
     * Someone who asks.
     *
     * @param token empty for nobody in particular
     * @param inventory in which they act, by its global id; empty for their own
     */
    public record User(TestApi api, String name, String token, String inventory) {

        public User(TestApi api, String name, String token) {
            this(api, name, token, "");
        }

        /** The same user, acting in an inventory. */
        public User in(String otherInventory) {
            return new User(api, name, token, otherInventory);
        }

        /** The same user, asking another node. */
        public User on(TestApi other) {
            return new User(other, name, token, inventory);
        }

        /** The whole answer. */
        public JsonObject answer(String document, JsonObject variables) {
            Secrets.rememberIn(variables);
            JsonObject request = new JsonObject().put("query", document).put("variables", variables);
            return new JsonObject(api.post(token, inventory, request.encode()).body());
        }

        /** The data of an answer that has no errors. */
        public JsonObject query(String document, JsonObject variables) {
            JsonObject answer = answer(document, variables);
            if (answer.containsKey("errors")) {
                throw new AssertionError(answer.encodePrettily());
            }
            return answer.getJsonObject("data");
        }

        /** As {@link #query(String, JsonObject)}, without variables. */
        public JsonObject query(String document) {
            return query(document, new JsonObject());
        }

        /** The payload of a mutation that is not refused. */
        public JsonObject mutate(String mutation, String selection, JsonObject input) {
            JsonObject payload = attempt(mutation, selection, input);
            if (!payload.getJsonArray("userErrors").isEmpty()) {
                throw new AssertionError(payload.encodePrettily());
            }
            return payload;
        }

        /** The payload of a mutation, refused or not. */
        public JsonObject attempt(String mutation, String selection, JsonObject input) {
            return attempt(mutation, "", selection, input);
        }

        /** As {@link #attempt(String, String, JsonObject)}, with a directive on the mutation. */
        public JsonObject attempt(String mutation, String directive, String selection, JsonObject input) {
            String type = Character.toUpperCase(mutation.charAt(0)) + mutation.substring(1) + "Input!";
            String document = "mutation ($input: %s) { %s(input: $input) %s { %s userErrors { code message field } } }"
                    .formatted(type, mutation, directive, selection);
            return query(document, new JsonObject().put("input", input)).getJsonObject(mutation);
        }

        /** The codes of a mutation's refusal, each with the path of the input that it names: {@code INVALID input.name}. */
        public List<String> refusals(String mutation, JsonObject input) {
            return attempt(mutation, "__typename", input).getJsonArray("userErrors").stream()
                    .map(JsonObject.class::cast)
                    .map(error -> error.getString("code") + " "
                            + String.join(
                                    ".",
                                    error.getJsonArray("field").stream()
                                            .map(Object::toString)
                                            .toList()))
                    .toList();
        }

        /** Creates an item and answers its id. */
        public String createItem(JsonObject input) {
            return mutate("createItem", "item { id }", input)
                    .getJsonObject("item")
                    .getString("id");
        }

        /** Creates items at once and answers their ids. */
        public List<Object> createItems(JsonObject... inputs) {
            JsonObject input = new JsonObject().put("items", new JsonArray(List.of((Object[]) inputs)));
            return each(mutate("createItems", "items { id }", input).getJsonArray("items"), "id");
        }

        /** Creates a category and answers its id. */
        public String createCategory(String categoryName) {
            return mutate("createCategory", "category { id }", new JsonObject().put("name", categoryName))
                    .getJsonObject("category")
                    .getString("id");
        }

        /** How much has happened to the user's data: the place of the latest activity. */
        public int activityCount() {
            return query("{ activities { totalCount } }")
                    .getJsonObject("activities")
                    .getInteger("totalCount");
        }

        /** Opens a subscription. */
        public Events subscribe(String document) {
            return subscribe(document, new JsonObject());
        }

        /** Opens a subscription; it is live when this returns. */
        public Events subscribe(String document, JsonObject variables) {
            return new Events(api, token, inventory, document, variables);
        }
    }

    /** What a subscription delivers, by the protocol {@code graphql-transport-ws}. */
    public static final class Events implements AutoCloseable, WebSocket.Listener {

        private static final String SUBSCRIPTION = "1";
        private static final String SETTLING = "settling";
        private static final int QUERIES_TO_SETTLE = 4;
        /** Any token may ask for one. */
        private static final String ANY_ACTIVITY = new NodeId(Activity.TYPE, new UUID(0, 1)).encoded();

        private final BlockingQueue<JsonObject> messages = new LinkedBlockingQueue<>();
        private final BlockingQueue<JsonObject> settling = new LinkedBlockingQueue<>();
        private final StringBuilder partial = new StringBuilder();
        private volatile Instant closedAt = Instant.MAX;
        private final CompletableFuture<Integer> closed = new CompletableFuture<>();
        private final WebSocket socket;

        private Events(TestApi api, String token, String inventory, String document, JsonObject variables) {
            URI uri = URI.create("ws://127.0.0.1:" + api.server.port() + "/graphql");
            socket = HTTP.newWebSocketBuilder()
                    .subprotocols("graphql-transport-ws")
                    .buildAsync(uri, this)
                    .join();
            send(new JsonObject()
                    .put("type", "connection_init")
                    .put(
                            "payload",
                            new JsonObject()
                                    .put("authorization", "Bearer " + token)
                                    .put("Expiry-Inventory", inventory)));
            await("connection_ack");
            begin(SUBSCRIPTION, document, variables);
            settle();
        }

        private void begin(String id, String document, JsonObject variables) {
            send(new JsonObject()
                    .put("type", "subscribe")
                    .put("id", id)
                    .put("payload", new JsonObject().put("query", document).put("variables", variables)));
        }

        /**
         * The protocol does not tell when a subscription stands. Statements are answered in order on each of the node's
         * pipelined connections: when a few more queries were answered, so was the subscription's own.
         */
        private void settle() {
            for (int at = 0; at < QUERIES_TO_SETTLE; at++) {
                begin(SETTLING, "query ($id: ID!) { node(id: $id) { id } }", JsonObject.of("id", ANY_ACTIVITY));
                take(settling, "next");
                take(settling, "complete");
            }
        }

        private void send(JsonObject message) {
            socket.sendText(message.encode(), true).join();
        }

        /** The data of the next event. */
        public JsonObject next() {
            return await("next").getJsonObject("payload").getJsonObject("data");
        }

        /** The next event with all that comes beside its data. */
        public JsonObject nextResult() {
            return await("next").getJsonObject("payload");
        }

        /** The next event, if one comes in time. */
        public @Nullable JsonObject next(Duration patience) throws InterruptedException {
            JsonObject message = messages.poll(patience.toMillis(), TimeUnit.MILLISECONDS);
            return message == null ? null : message.getJsonObject("payload").getJsonObject("data");
        }

        /** The errors of a subscription that is refused. */
        public JsonArray errors() {
            return await("error").getJsonArray("payload");
        }

        /** The code with which the server closes the connection, which it does in time. */
        public int closeCode(Duration patience) {
            return closed.orTimeout(patience.toMillis(), TimeUnit.MILLISECONDS).join();
        }

        /** When the server closed it; in the far future if it has not. */
        public Instant closedAt() {
            return closedAt;
        }

        private JsonObject await(String type) {
            return take(messages, type);
        }

        private JsonObject take(BlockingQueue<JsonObject> from, String type) {
            try {
                while (true) {
                    JsonObject message = from.poll(PATIENCE.toMillis(), TimeUnit.MILLISECONDS);
                    if (message == null) {
                        throw new AssertionError("No message '" + type + "' came in time");
                    }
                    if (message.getString("type").equals("ping")) {
                        send(new JsonObject().put("type", "pong"));
                    } else if (message.getString("type").equals(type)) {
                        return message;
                    } else {
                        throw new AssertionError("Not '" + type + "' but " + message.encode());
                    }
                }
            } catch (InterruptedException interrupted) {
                Thread.currentThread().interrupt();
                throw new IllegalStateException(interrupted);
            }
        }

        @Override
        public @Nullable CompletionStage<?> onText(WebSocket webSocket, CharSequence data, boolean last) {
            partial.append(data);
            if (last) {
                JsonObject message = new JsonObject(partial.toString());
                Secrets.answered(partial.toString());
                (SETTLING.equals(message.getString("id")) ? settling : messages).add(message);
                partial.setLength(0);
            }
            webSocket.request(1);
            return null;
        }

        @Override
        public @Nullable CompletionStage<?> onClose(WebSocket webSocket, int statusCode, String reason) {
            closedAt = Instant.now();
            closed.complete(statusCode);
            return null;
        }

        @Override
        public void close() {
            socket.abort();
        }
    }
}
