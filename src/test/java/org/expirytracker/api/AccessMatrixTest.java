package org.expirytracker.api;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import graphql.schema.idl.RuntimeWiring;
import graphql.schema.idl.SchemaGenerator;
import graphql.schema.idl.SchemaParser;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.WebSocket;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.expirytracker.ProvenRoom;
import org.expirytracker.TestApi;
import org.expirytracker.kernel.Access;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Who may use what: every root field and every type with global ids, however it is reached, asked by everybody. What is
 * expected comes from the declarations in the schema and from whose the objects are, and from nothing else; and what is
 * declared is what {@code access.txt} says, so that no declaration is loosened unseen.
 */
@ProvenRoom("product")
class AccessMatrixTest {

    private static final SchemaWalk SCHEMA = SchemaWalk.PRODUCT;
    private static final TestApi NODE = TestApi.node();
    private static final String CANARY = "canary-" + UUID.randomUUID();
    private static final List<String> ROOTS = List.of("Query", "Mutation", "Subscription");
    private static final Set<Access> ALL =
            SCHEMA.enumValues("Access").stream().map(Access::new).collect(Collectors.toUnmodifiableSet());
    private static final Set<Access> SCOPES =
            SCHEMA.enumValues("ApiTokenScope").stream().map(Access::new).collect(Collectors.toUnmodifiableSet());

    /** Who asks. */
    enum Asking {
        NOBODY,
        OWNER,
        OTHER_USER,
        ADMINISTRATOR,
        TOKEN_WITH_THE_SCOPE,
        TOKEN_WITHOUT_THE_SCOPE,
        REVOKED_TOKEN,
        SESSION_OF_A_LOCKED_USER,
        TOKEN_OF_A_LOCKED_USER,
        SESSION_OF_A_DEACTIVATED_USER,
        TOKEN_OF_A_DEACTIVATED_USER;

        boolean isStrange() {
            return this == OTHER_USER || this == ADMINISTRATOR;
        }
    }

    /** What comes of it. */
    enum Verdict {
        ALLOWED,
        FORBIDDEN,
        UNAUTHENTICATED
    }

    /** What those who ask hold by right; empty for those who prove nothing. */
    private static Set<Access> holds(Asking asking, Set<Access> needs) {
        return switch (asking) {
            case NOBODY,
                    REVOKED_TOKEN,
                    SESSION_OF_A_LOCKED_USER,
                    TOKEN_OF_A_LOCKED_USER,
                    SESSION_OF_A_DEACTIVATED_USER,
                    TOKEN_OF_A_DEACTIVATED_USER -> Set.of();
            case OWNER, OTHER_USER -> {
                Set<Access> holds = new HashSet<>(ALL);
                holds.remove(Access.ADMIN);
                yield holds;
            }
            case ADMINISTRATOR -> ALL;
            case TOKEN_WITH_THE_SCOPE, TOKEN_WITHOUT_THE_SCOPE -> {
                Set<Access> holds = new HashSet<>(scopes(asking, needs));
                holds.add(Access.ANYONE);
                holds.add(Access.CALLER);
                yield holds;
            }
        };
    }

    /** Those of the token: just what is needed, or everything else. */
    private static Set<Access> scopes(Asking asking, Set<Access> needs) {
        Set<Access> scopes = new HashSet<>(SCOPES);
        if (asking == Asking.TOKEN_WITHOUT_THE_SCOPE) {
            scopes.removeAll(needs);
        } else if (needs.stream().anyMatch(SCOPES::contains)) {
            scopes.retainAll(needs);
        }
        return scopes;
    }

    private static Verdict expected(Asking asking, Set<Access> needs) {
        Set<Access> holds = holds(asking, needs);
        if (holds.isEmpty()) {
            // Whoever sends a token that proves nothing is told so, whatever they ask for.
            return asking == Asking.NOBODY && needs.equals(Set.of(Access.ANYONE))
                    ? Verdict.ALLOWED
                    : Verdict.UNAUTHENTICATED;
        }
        return holds.containsAll(needs) ? Verdict.ALLOWED : Verdict.FORBIDDEN;
    }

    /** Everybody, made once. */
    private static final class People {

        static final People ALL = new People();

        final Holder owner = Holder.of(NODE.newUser(), CANARY, 2);
        /** Does what is allowed to the owner of things, so that it can be destroyed. */
        final Holder doer = Holder.of(NODE.newUser(), "mine", 2);

        final String state = state();
        private final String victim;
        private final Map<Asking, TestApi.User> sessions = new EnumMap<>(Asking.class);
        private final Map<Set<Access>, TestApi.User> tokens = new HashMap<>();
        private final Map<Asking, TestApi.User> dead = new EnumMap<>(Asking.class);

        private People() {
            TestApi.User administrator = NODE.newAdministrator();
            victim = id(NODE.newUser());
            sessions.put(Asking.OWNER, doer.user());
            sessions.put(Asking.OTHER_USER, NODE.newUser());
            sessions.put(Asking.ADMINISTRATOR, administrator);
            JsonObject revoked = create(doer.user(), SCOPES);
            doer.user()
                    .mutate(
                            "revokeApiToken",
                            "apiToken { id }",
                            new JsonObject()
                                    .put("id", revoked.getJsonObject("apiToken").getString("id")));
            dead.put(Asking.REVOKED_TOKEN, program(doer.user(), revoked));
            TestApi.User locked = NODE.newUser();
            dead.put(Asking.SESSION_OF_A_LOCKED_USER, locked);
            dead.put(Asking.TOKEN_OF_A_LOCKED_USER, program(locked, create(locked, SCOPES)));
            administrator.mutate(
                    "lockUser",
                    "user { id }",
                    new JsonObject()
                            .put("userId", id(locked))
                            .put("until", Instant.now().plusSeconds(3_600).toString()));
            TestApi.User deactivated = NODE.newUser();
            dead.put(Asking.SESSION_OF_A_DEACTIVATED_USER, deactivated);
            dead.put(Asking.TOKEN_OF_A_DEACTIVATED_USER, program(deactivated, create(deactivated, SCOPES)));
            administrator.mutate("deactivateUser", "user { id }", new JsonObject().put("userId", id(deactivated)));
        }

        private static String id(TestApi.User user) {
            return user.query("{ viewer { id } }").getJsonObject("viewer").getString("id");
        }

        private static JsonObject create(TestApi.User user, Set<Access> scopes) {
            JsonArray names = new JsonArray(scopes.stream().map(Access::name).toList());
            return user.mutate(
                    "createApiToken",
                    "token apiToken { id }",
                    new JsonObject().put("name", "a program").put("scopes", names));
        }

        private static TestApi.User program(TestApi.User user, JsonObject created) {
            return new TestApi.User(NODE, user.name(), created.getString("token"));
        }

        TestApi.User who(Asking asking, Set<Access> needs) {
            return switch (asking) {
                case NOBODY -> new TestApi.User(NODE, "", "");
                case OWNER, OTHER_USER, ADMINISTRATOR ->
                    sessions.compute(asking, (same, user) -> alive(Objects.requireNonNull(user)));
                case TOKEN_WITH_THE_SCOPE, TOKEN_WITHOUT_THE_SCOPE ->
                    tokens.computeIfAbsent(
                            scopes(asking, needs),
                            scopes -> program(doer.user(), create(who(Asking.OWNER, needs), scopes)));
                case REVOKED_TOKEN,
                        SESSION_OF_A_LOCKED_USER,
                        TOKEN_OF_A_LOCKED_USER,
                        SESSION_OF_A_DEACTIVATED_USER,
                        TOKEN_OF_A_DEACTIVATED_USER -> Objects.requireNonNull(dead.get(asking));
            };
        }

        /** Logged in again, if what was asked before has ended the session. */
        private static TestApi.User alive(TestApi.User user) {
            if (code(user.answer("{ node(id: \"\") { id } }", new JsonObject())) == null) {
                return user;
            }
            JsonObject credentials =
                    new JsonObject().put("username", user.name()).put("password", TestApi.PASSWORD);
            JsonObject session = new TestApi.User(NODE, user.name(), "")
                    .mutate("login", "session { accessToken }", credentials)
                    .getJsonObject("session");
            return new TestApi.User(NODE, user.name(), session.getString("accessToken"));
        }

        /** What each asks with: strangers with what is somebody else's, who is another one for what only ends users. */
        SchemaWalk.Samples samples(Asking asking) {
            Holder holder = asking.isStrange() ? owner : doer;
            return (position, type) -> position.endsWith(".userId") ? victim : holder.sample(position, type);
        }

        String state() {
            return owner.user()
                    .query("{ items { nodes { id version quantity } } categories { nodes { id version } }"
                            + " notifications { nodes { id status } } reports { nodes { id generatedAt } }"
                            + " viewer { version } activities { totalCount } }")
                    .encode();
        }
    }

    @AfterAll
    static void nobody_has_changed_what_is_the_owners() {
        assertThat(People.ALL.state()).isEqualTo(People.ALL.state);
    }

    private static @Nullable String code(JsonObject answer) {
        JsonArray errors = answer.getJsonArray("errors");
        return errors == null
                ? null
                : errors.getJsonObject(0).getJsonObject("extensions").getString("code");
    }

    private static Verdict verdict(JsonObject answer) {
        String code = code(answer);
        if (code == null) {
            return Verdict.ALLOWED;
        }
        // Anything else would be a request that says nothing about access.
        return Verdict.valueOf(code);
    }

    /** What an operation answers, by HTTP or, for a subscription, over WebSocket. */
    private static JsonObject answer(SchemaWalk.Field root, TestApi.User who, JsonObject request) {
        if (root.parent().equals("Subscription")) {
            return Socket.answer(who.token(), request);
        }
        return who.answer(request.getString("query"), request.getJsonObject("variables"));
    }

    static Stream<SchemaWalk.Field> rootFields() {
        return ROOTS.stream().flatMap(root -> SCHEMA.fields(root).stream());
    }

    @Nested
    class EveryRootField {

        @ParameterizedTest
        @MethodSource("org.expirytracker.api.AccessMatrixTest#rootFields")
        void is_answered_exactly_to_those_who_hold_what_it_needs(SchemaWalk.Field field) {
            String selection = SCHEMA.isComposite(SchemaWalk.typeName(field)) ? " { __typename }" : "";
            Set<Access> needs = needs(Set.of(field.access().granting()), SchemaWalk.typeName(field));
            Map<Asking, Verdict> expected = new LinkedHashMap<>();
            Map<Asking, Verdict> actual = new LinkedHashMap<>();
            for (Asking asking : Asking.values()) {
                TestApi.User who = People.ALL.who(asking, needs);
                JsonObject request = SCHEMA.request(field, selection, People.ALL.samples(asking));
                expected.put(asking, expected(asking, needs));
                JsonObject answer = answer(field, who, request);
                // What is another's is not there, which a subscription may say in time to be seen.
                boolean missing = asking.isStrange() && "NOT_FOUND".equals(code(answer));
                actual.put(asking, missing ? Verdict.ALLOWED : verdict(answer));
            }

            assertThat(actual).isEqualTo(expected);
        }

        @ParameterizedTest
        @MethodSource("org.expirytracker.api.AccessMatrixTest#rootFields")
        void shows_nothing_of_the_owners_to_others(SchemaWalk.Field field) {
            for (Asking asking : List.of(Asking.OTHER_USER, Asking.ADMINISTRATOR)) {
                TestApi.User who = People.ALL.who(asking, Set.of());
                JsonObject request = SCHEMA.request(field, People.ALL.samples(asking));

                assertThat(answer(field, who, request).encode())
                        .as(asking.name())
                        .doesNotContain(CANARY);
            }
        }
    }

    static Stream<String> nodeTypes() {
        return SCHEMA.nodeTypes().stream();
    }

    @Nested
    class EveryNodeType {

        @ParameterizedTest
        @MethodSource("org.expirytracker.api.AccessMatrixTest#nodeTypes")
        void is_shown_by_its_id_to_its_owner_who_holds_what_it_needs_and_to_nobody_else(String type) {
            Set<Access> needs = needs(Set.of(Access.CALLER), type);
            Holder owner = fresh();
            for (Asking asking : Asking.values()) {
                TestApi.User who = People.ALL.who(asking, needs);
                Holder holder = asking.isStrange() ? People.ALL.owner : owner;
                String id = holder.id(Holder.type(type));
                JsonObject one = who.answer(
                        "query ($id: ID!) { node(id: $id) { __typename id } }", new JsonObject().put("id", id));
                JsonObject many = who.answer(
                        "query ($ids: [ID!]!) { nodes(ids: $ids) { __typename id } }",
                        new JsonObject().put("ids", JsonArray.of(id)));

                Verdict expected = expected(asking, needs);
                assertThat(verdict(one)).as(asking.name()).isEqualTo(expected);
                assertThat(verdict(many)).as(asking.name()).isEqualTo(expected);
                // A session has asked for it, and an API token sees only what it has asked for itself.
                boolean ofAnother = type.equals("BulkExport") && asking.name().startsWith("TOKEN");
                boolean shown = expected == Verdict.ALLOWED && !asking.isStrange() && !ofAnother;
                // Activities are numbered for each user: the stranger sees their own of that number, if there is one.
                if (!type.equals("Activity") || !asking.isStrange()) {
                    assertThat(one.encode().contains("\"__typename\":\"" + type + "\""))
                            .as(asking.name())
                            .isEqualTo(shown);
                    assertThat(many.encode().contains("\"__typename\":\"" + type + "\""))
                            .as(asking.name())
                            .isEqualTo(shown);
                }
            }
        }

        /** What the doer holds now: other tests may have destroyed what they held. */
        private static Holder fresh() {
            return Holder.of(
                    People.ALL.who(Asking.OWNER, Set.of()), UUID.randomUUID().toString(), 1);
        }

        @ParameterizedTest
        @MethodSource("org.expirytracker.api.AccessMatrixTest#ways")
        void is_reached_by_no_field_without_what_it_needs(Way way) {
            List<Asking> everybody = new ArrayList<>(List.of(Asking.NOBODY, Asking.REVOKED_TOKEN));
            everybody.add(
                    way.needs.contains(Access.ADMIN)
                            ? Asking.ADMINISTRATOR
                            : way.needs.contains(Access.SESSION) ? Asking.OWNER : Asking.TOKEN_WITH_THE_SCOPE);
            Map<String, Verdict> expected = new LinkedHashMap<>();
            Map<String, Verdict> actual = new LinkedHashMap<>();
            for (Asking asking : everybody) {
                expected.put(asking.name(), expected(asking, way.needs));
                actual.put(asking.name(), way.ask(asking, People.ALL.who(asking, way.needs)));
            }
            for (Access scope : way.needs) {
                if (SCOPES.contains(scope)) {
                    expected.put("Token without " + scope, Verdict.FORBIDDEN);
                    actual.put(
                            "Token without " + scope,
                            way.ask(
                                    Asking.TOKEN_WITHOUT_THE_SCOPE,
                                    People.ALL.who(Asking.TOKEN_WITHOUT_THE_SCOPE, Set.of(scope))));
                }
            }

            assertThat(actual).isEqualTo(expected);
        }

        @Test
        void is_reached_by_some_field() {
            Set<String> reached = ways().map(way -> way.type.replace("Connection", ""))
                    .collect(Collectors.toCollection(TreeSet::new));

            assertThat(reached).isEqualTo(new TreeSet<>(SCHEMA.nodeTypes()));
        }
    }

    /**
     * A way to a type with global ids.
     *
     * @param steps fields, and conditions {@code ... on X}, from the root field's answer on
     * @param needs what every step needs
     */
    record Way(SchemaWalk.Field root, List<String> steps, String type, Set<Access> needs) {

        Verdict ask(Asking asking, TestApi.User who) {
            StringBuilder selection = new StringBuilder(" { __typename }");
            for (String step : steps.reversed()) {
                selection.insert(0, " { " + step).append(" }");
            }
            SchemaWalk.Samples samples = People.ALL.samples(asking);
            JsonObject request = SCHEMA.request(
                    root,
                    selection.toString(),
                    (position, at) ->
                            position.startsWith("Query.node") ? idOfFirstNode() : samples.value(position, at));
            return verdict(answer(root, who, request));
        }

        /** For {@code node} and {@code nodes}: of what type an id is counts as well. */
        private String idOfFirstNode() {
            String first = steps.getFirst().substring("... on ".length());
            return People.ALL.doer.id(Holder.type(first));
        }

        @Override
        public String toString() {
            return root + (steps.isEmpty() ? "" : "." + String.join(".", steps));
        }
    }

    /** What it takes to go on to a type. */
    private static Set<Access> needs(Set<Access> before, String type) {
        String node = type.endsWith("Connection") ? type.substring(0, type.length() - "Connection".length()) : type;
        if (!SCHEMA.nodeTypes().contains(node)) {
            return before;
        }
        Set<Access> needs = new HashSet<>(before);
        needs.add(SCHEMA.accessOfNode(node));
        return needs;
    }

    /** What {@code changes} never tells of though it has a scope: a token that opens nothing else opens no changes. */
    private static final Set<String> NOT_COPIED = Set.of("Webhook", "WebhookDelivery");

    /** The shortest way by each field of each type, and by each kind of node where any can come. */
    static Stream<Way> ways() {
        List<Way> ways = new ArrayList<>();
        Set<String> passed = new HashSet<>();
        Deque<Way> ahead = new ArrayDeque<>(rootFields()
                .filter(field -> SCHEMA.isComposite(SchemaWalk.typeName(field)))
                // Where nothing is needed there is least to see.
                .sorted((one, other) -> Boolean.compare(
                        one.access().equals(Access.ANYONE), other.access().equals(Access.ANYONE)))
                .map(field -> new Way(
                        field,
                        List.of(),
                        SchemaWalk.typeName(field),
                        needs(Set.of(field.access().granting()), SchemaWalk.typeName(field))))
                .toList());
        while (!ahead.isEmpty()) {
            Way way = ahead.removeFirst();
            String type = way.type;
            boolean copied = !way.root.name().equals("changes") || !NOT_COPIED.contains(type);
            if (SCHEMA.nodeTypes().contains(type.replace("Connection", "")) && copied) {
                ways.add(way);
            }
            List<String> possible = SCHEMA.possibleTypes(type);
            if (!possible.isEmpty()) {
                possible.forEach(each -> ahead.add(further(way, "... on " + each, each)));
            } else {
                for (SchemaWalk.Field field : SCHEMA.fields(type)) {
                    if (SCHEMA.isComposite(SchemaWalk.typeName(field)) && passed.add(field.toString())) {
                        ahead.add(further(way, field.name(), SchemaWalk.typeName(field)));
                    }
                }
            }
        }
        return ways.stream();
    }

    private static Way further(Way way, String step, String type) {
        List<String> steps = new ArrayList<>(way.steps);
        steps.add(step);
        // The payload of an open root field shows whose account was just proven; what hangs on that is like any other.
        boolean proven = way.root.access().equals(Access.ANYONE) && steps.size() == 1;
        return new Way(way.root, steps, type, proven ? way.needs : needs(way.needs, type));
    }

    @Nested
    class TheDeclarations {

        @Test
        void are_those_that_were_agreed_on() throws IOException {
            List<String> declared = Stream.concat(
                            rootFields().map(field -> field + " " + field.access()),
                            nodeTypes().map(type -> type + " " + SCHEMA.accessOfNode(type)))
                    .sorted()
                    .toList();
            List<String> agreed;
            try (InputStream file = Objects.requireNonNull(getClass().getResourceAsStream("/access.txt"))) {
                agreed = new String(file.readAllBytes(), UTF_8)
                        .lines()
                        .filter(line -> !line.startsWith("#"))
                        .sorted()
                        .toList();
            }

            assertThat(declared)
                    .as("Who may use what has changed. If that is meant, say so in src/test/resources/access.txt")
                    .isEqualTo(agreed);
        }

        @Test
        void open_to_anybody_only_what_proves_who_somebody_is_or_is_asked_before_that() {
            assertThat(rootFields().filter(field -> field.access().equals(Access.ANYONE)))
                    .allSatisfy(field -> assertThat(field.parent()).isIn("Query", "Mutation"));
            assertThat(nodeTypes().map(SCHEMA::accessOfNode)).doesNotContain(Access.ANYONE);
            // Who may read of an activity is declared beside its kind; an inventory is shown to its members.
            assertThat(nodeTypes().filter(type -> SCHEMA.accessOfNode(type).equals(Access.CALLER)))
                    .containsExactlyInAnyOrder("Activity", "BulkExport", "InventoryAccount");
        }

        @Test
        void are_missed_at_start() {
            String schema = GraphQLFactory.schemaText()
                    + " extend type Query { another: String } extend type Subscription { more: String }"
                    + " type Thing implements Node { id: ID! }";

            assertThatThrownBy(() -> new AccessRules(new SchemaGenerator()
                            .makeExecutableSchema(new SchemaParser().parse(schema), RuntimeWiring.MOCKED_WIRING)))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("Query.another")
                    .hasMessageContaining("Subscription.more")
                    .hasMessageContaining("Thing");
        }
    }

    /** One operation over a socket of its own. */
    private static final class Socket implements WebSocket.Listener {

        private static final HttpClient HTTP = HttpClient.newHttpClient();
        private static final int PATIENCE_SECONDS = 20;
        private final CompletableFuture<?> acknowledged = new CompletableFuture<>();
        private final CompletableFuture<JsonObject> answer = new CompletableFuture<>();
        private final StringBuilder partial = new StringBuilder();

        private static JsonObject error(JsonObject error) {
            return new JsonObject().put("errors", JsonArray.of(error));
        }

        static JsonObject answer(String token, JsonObject request) {
            Socket listener = new Socket();
            WebSocket socket = HTTP.newWebSocketBuilder()
                    .subprotocols("graphql-transport-ws")
                    .buildAsync(URI.create(NODE.uri("/graphql").toString().replace("http:", "ws:")), listener)
                    .join();
            JsonObject payload =
                    token.isEmpty() ? new JsonObject() : new JsonObject().put("authorization", "Bearer " + token);
            try {
                send(socket, new JsonObject().put("type", "connection_init").put("payload", payload));
                listener.acknowledged
                        .orTimeout(PATIENCE_SECONDS, TimeUnit.SECONDS)
                        .join();
                if (!listener.answer.isDone()) {
                    // A refusal comes at once. When a query sent later is answered instead, there was none.
                    send(socket, subscribe("asked", request));
                    send(socket, subscribe("later", new JsonObject().put("query", "{ __typename }")));
                }
                return listener.answer
                        .orTimeout(PATIENCE_SECONDS, TimeUnit.SECONDS)
                        .join();
            } finally {
                socket.abort();
            }
        }

        private static void send(WebSocket socket, JsonObject message) {
            socket.sendText(message.encode(), true).join();
        }

        @Override
        public @Nullable CompletionStage<?> onText(WebSocket socket, CharSequence data, boolean last) {
            partial.append(data);
            socket.request(1);
            if (last) {
                JsonObject message = new JsonObject(partial.toString());
                partial.setLength(0);
                switch (message.getString("type")) {
                    case "connection_ack" -> acknowledged.complete(null);
                    case "error" ->
                        answer.complete(error(message.getJsonArray("payload").getJsonObject(0)));
                    default -> answer.complete(message.getJsonObject("payload", new JsonObject()));
                }
            }
            return null;
        }

        private static JsonObject subscribe(String id, JsonObject payload) {
            return new JsonObject().put("type", "subscribe").put("id", id).put("payload", payload);
        }

        @Override
        public @Nullable CompletionStage<?> onClose(WebSocket socket, int status, String reason) {
            String code = status == 4401 ? "UNAUTHENTICATED" : "closed with " + status;
            answer.complete(error(new JsonObject().put("extensions", new JsonObject().put("code", code))));
            acknowledged.complete(null);
            return null;
        }

        @Override
        public void onError(WebSocket socket, Throwable failure) {
            answer.completeExceptionally(failure);
            acknowledged.complete(null);
        }
    }
}
