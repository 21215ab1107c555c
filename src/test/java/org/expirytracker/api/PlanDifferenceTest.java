package org.expirytracker.api;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import graphql.language.FieldDefinition;
import graphql.language.ObjectTypeDefinition;
import graphql.schema.idl.SchemaParser;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.expirytracker.ProvenRoom;
import org.expirytracker.TestApi;
import org.expirytracker.TestDatabase;
import org.expirytracker.cli.TestRooms;
import org.expirytracker.http.AnswerText;
import org.expirytracker.http.Things;
import org.expirytracker.items.Item;
import org.expirytracker.kernel.Caller;
import org.expirytracker.kernel.NodeId;
import org.expirytracker.sessions.Device;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.reactivestreams.Subscriber;
import org.reactivestreams.Subscription;
import org.slf4j.LoggerFactory;

/**
 * Operations by chance, executed by plans and by graphql-java: the same answers, byte for byte, and the same errors. The
 * same every time; another run is {@code -Dplans.seed=…}, a longer one {@code -Dplans.operations=…}.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@ProvenRoom("product")
class PlanDifferenceTest {

    private static final long SEED = Long.getLong("plans.seed", 20_261_129);
    private static final int OPERATIONS = Integer.getInteger("plans.operations", 1_500);
    private static final int FAILING = OPERATIONS / 2;
    private static final int MUTATIONS = OPERATIONS / 15;
    private static final int AT_ONCE = 8;
    private static final Logger FAULTS = (Logger) LoggerFactory.getLogger(FieldErrors.class);
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    private final TestRooms rooms = new TestRooms(TestDatabase.migrated());
    private final GraphQLEngine plans = rooms.engine();
    private final GraphQLEngine oracle = plans.withoutPlans();
    private final List<String> ids = new ArrayList<>();
    private Optional<Caller> caller = Optional.empty();

    @BeforeAll
    void fill() {
        // Thousands of faults are meant to happen here.
        FAULTS.setLevel(Level.OFF);
        TestApi.User user = TestApi.node().newUser();
        ids.addAll(filled(user));
        ids.addAll(filled(TestApi.node().newUser()).subList(0, 3));
        ids.add("nonsense");
        ids.add("SQAAAAAAAAAAAAAAAAAAAAA");
        caller = Optional.of(rooms.caller(user.token()));
    }

    @AfterAll
    void close() {
        FAULTS.setLevel(null);
        rooms.close();
    }

    /** Gives a user something of everything, and tells the ids of it. */
    private static List<String> filled(TestApi.User user) {
        List<String> made = new ArrayList<>();
        LocalDate today = LocalDate.now(ZoneOffset.UTC);
        for (String name : List.of("Dairy \"fresh\"", "Käse & Ökô", "Empty")) {
            made.add(user.mutate("createCategory", "category { id }", new JsonObject().put("name", name))
                    .getJsonObject("category")
                    .getString("id"));
        }
        String product = user.mutate("createProduct", "product { id }", new JsonObject().put("name", "Milk"))
                .getJsonObject("product")
                .getString("id");
        for (int number = 0; number < 12; number++) {
            JsonObject input = new JsonObject()
                    .put("name", number % 3 == 0 ? "Milk 🥛 " + number : "Item \\ \"" + number)
                    .put("quantity", number + ".50")
                    .put("location", number % 4 == 0 ? null : "Shelf " + number % 3);
            if (number % 2 == 0) {
                input.put("expiryDate", today.plusDays(10L * number - 20).toString())
                        .put("costPrice", "1." + number);
            }
            if (number % 4 == 1) {
                input.put("productId", product)
                        .put("description", "From \"the\" market " + number)
                        .put("sellingPrice", "2." + number)
                        .put("purchaseDate", today.minusDays(number).toString())
                        .put("barcode", "400638133393" + number % 10)
                        .put("lotNumber", "L" + number)
                        .put("externalId", "x-" + number)
                        .put("leadDays", number);
            }
            if (number % 3 != 1) {
                input.put("categoryId", made.get(number % 2));
            }
            made.add(user.mutate("createItem", "item { id }", input)
                    .getJsonObject("item")
                    .getString("id"));
        }
        made.add(product);
        user.mutate(
                "takeOut",
                "__typename",
                new JsonObject()
                        .put("itemId", made.get(5))
                        .put("quantity", "1")
                        .put("outcome", "DISCARDED")
                        .put("note", "gone"));
        made.add(user.mutate("generateReport", "report { id }", new JsonObject())
                .getJsonObject("report")
                .getString("id"));
        user.mutate(
                "createApiToken",
                "__typename",
                new JsonObject().put("name", "kitchen").put("scopes", new JsonArray().add("ITEMS_READ")));
        JsonArray notifications = user.query("{ notifications(first: 3) { nodes { id } } }")
                .getJsonObject("notifications")
                .getJsonArray("nodes");
        made.addAll(
                TestApi.each(notifications, "id").stream().map(String::valueOf).toList());
        return made;
    }

    private static GraphQLRequest request(RandomOperations.Made made) {
        return new GraphQLRequest(made.document(), null, made.variables(), Device.UNKNOWN);
    }

    private static Future<Answer> execute(GraphQLEngine engine, RandomOperations.Made made, Optional<Caller> caller) {
        return engine.execute(request(made), caller, GraphQLEngine.Allowed.EVERYTHING, PATIENCE);
    }

    /** An answer without what differs from one time to the next. */
    private static String told(Answer answer) {
        return switch (answer) {
            case Answer.Refused refused -> "refused " + refused.reason() + "\n" + told(refused.errors());
            case Answer.Executed executed ->
                AnswerText.data(executed) + "\n" + executed.cursor() + executed.holdsSecret() + "\n"
                        + told(executed.errors());
            case Answer.Events events -> "events";
        };
    }

    /** In one order: graphql-java's is that in which things happened. */
    private static String told(List<ClientError> errors) {
        return errors.stream()
                .map(error -> error.path() + " " + error.code() + " " + error.field() + " " + error.locations() + " "
                        + (error.errorId() == null
                                ? error.message()
                                : error.message().replace(error.errorId(), "")))
                .sorted()
                .collect(Collectors.joining("\n"));
    }

    private record Compared(int executed, int withErrors, int planned) {}

    /** Executes operations both ways, several at a time, and compares their answers. */
    private static Compared compare(
            List<RandomOperations.Made> operations,
            GraphQLEngine plans,
            GraphQLEngine oracle,
            Optional<Caller> caller,
            Ask ask) {
        int executed = 0;
        int withErrors = 0;
        int planned = 0;
        for (int at = 0; at < operations.size(); at += AT_ONCE) {
            List<RandomOperations.Made> some = operations.subList(at, Math.min(at + AT_ONCE, operations.size()));
            List<Answer> byPlans = ask.all(some.stream().map(each -> () -> execute(plans, each, caller)));
            List<Answer> byOracle = ask.all(some.stream().map(each -> () -> execute(oracle, each, caller)));
            for (int each = 0; each < some.size(); each++) {
                Answer plan = byPlans.get(each);
                assertThat(told(plan))
                        .as(
                                "seed %d: %s %s",
                                SEED, some.get(each).document(), some.get(each).variables())
                        .isEqualTo(told(byOracle.get(each)));
                if (plan instanceof Answer.Executed done) {
                    executed++;
                    withErrors += done.errors().isEmpty() ? 0 : 1;
                    planned += done.data() instanceof Written ? 1 : 0;
                }
            }
        }
        return new Compared(executed, withErrors, planned);
    }

    @FunctionalInterface
    private interface Ask {
        List<Answer> all(Stream<Supplier<Future<Answer>>> work);
    }

    private List<Answer> all(Stream<Supplier<Future<Answer>>> work) {
        List<Supplier<Future<Answer>>> begun = work.toList();
        return rooms.onLoop(
                () -> Future.all(begun.stream().map(Supplier::get).toList()).map(done -> done.<Answer>list()));
    }

    @Test
    void queries_of_the_product_are_answered_the_same() {
        Random random = new Random(SEED);
        RandomOperations some = new RandomOperations(
                GraphQLFactory.schemaText(), random, ids, Set.of("exportMyData", "securityQuestion", "rateLimit"));
        List<RandomOperations.Made> operations =
                IntStream.range(0, OPERATIONS).mapToObj(at -> some.query()).toList();

        Compared compared = compare(operations, plans, oracle, caller, this::all);

        assertThat(compared.executed).isGreaterThan(OPERATIONS / 3);
        assertThat(compared.withErrors).isGreaterThan(OPERATIONS / 100);
        assertThat(compared.planned).isGreaterThan(compared.executed * 9 / 10);
    }

    /** A page is read with the columns alone that its fields need. */
    @Test
    void each_field_of_an_item_in_a_page_is_answered_the_same_when_nothing_else_is_asked_for() {
        List<String> fields = new ArrayList<>(List.of("edges { cursor }", "pageInfo { endCursor }", "totalCount"));
        for (FieldDefinition field : Objects.requireNonNull(new SchemaParser()
                        .parse(GraphQLFactory.schemaText())
                        .getTypeOrNull("Item", ObjectTypeDefinition.class))
                .getFieldDefinitions()) {
            String arguments =
                    field.getName().endsWith("On") ? "(date: \"" + LocalDate.now(ZoneOffset.UTC) + "\")" : "";
            String below = OBJECTS.getOrDefault(field.getName(), "");
            fields.add("nodes { " + field.getName() + arguments + below + " }");
            fields.add("edges { cursor node { __typename ...on Node { ...on Item { " + field.getName() + arguments
                    + below + " } } } }");
        }
        List<RandomOperations.Made> operations = Stream.of(
                        "first: 50",
                        "last: 50, filter: {usedUp: null}",
                        "first: 50, orderBy: {field: NAME, direction: DESC}",
                        "first: 50, filter: {search: \"market\"}")
                .flatMap(arguments -> fields.stream()
                        .map(field ->
                                new RandomOperations.Made("{ items(" + arguments + ") { " + field + " } }", Map.of())))
                .toList();

        Compared compared = compare(operations, plans, oracle, caller, this::all);

        assertThat(compared.planned).isEqualTo(operations.size());
        assertThat(compared.withErrors).isZero();
    }

    private static final Map<String, String> OBJECTS = Map.of(
            "category", " { name }",
            "product", " { name }",
            "notifications", " { nodes { title } }",
            "activities", " { nodes { kind } }");

    @Test
    void queries_of_things_that_fail_are_answered_the_same() {
        Random random = new Random(SEED + 1);
        List<String> things = IntStream.range(0, 5)
                .mapToObj(number -> new NodeId(Item.TYPE, Things.thing(number).uuid()).encoded())
                .toList();
        RandomOperations some = new RandomOperations(Things.schema(), random, things, Set.of("slow", "scalars"));
        List<RandomOperations.Made> operations =
                IntStream.range(0, FAILING).mapToObj(at -> some.query()).toList();
        try (TestEngine engine = new TestEngine()) {
            Compared compared = compare(
                    operations,
                    engine.engine(),
                    engine.engine().withoutPlans(),
                    Optional.of(TestEngine.caller()),
                    work -> engine.all(work.toList()));

            assertThat(compared.executed).isGreaterThan(FAILING / 3);
            assertThat(compared.withErrors).isGreaterThan(FAILING / 10);
            assertThat(compared.planned).isGreaterThan(compared.executed / 2);
        }
    }

    /** Two users with the same things; what one does by plans the other does by graphql-java. */
    private static final class Twins {

        private final List<List<String>> ids = new ArrayList<>();
        private final List<Optional<Caller>> callers = new ArrayList<>();

        Twins(TestRooms rooms) {
            for (int twin = 0; twin < 2; twin++) {
                TestApi.User user = TestApi.node().newUser();
                ids.add(filled(user));
                callers.add(Optional.of(rooms.caller(user.token())));
            }
        }
    }

    private static final List<String> CHANGES = List.of(
            "createItem(input: {name: \"%1$s\", quantity: \"%2$d\"})",
            "createItem(input: {name: \"\", quantity: \"-1\"})",
            "createItem(input: {name: \"%1$s\"}) @idempotent(key: \"key-%3$d\")",
            "createItem(input: {name: \"%1$s\", categoryId: $category})",
            "createItems(input: {items: [{name: \"%1$s\"}, {name: \"\"}], errorPolicy: REJECT_FAILED_ROWS})",
            "createItems(input: {items: $rows, errorPolicy: REJECT_FAILED_ROWS})",
            "upsertItems(input: {items: [{externalId: \"%1$s\", name: \"%1$s\"}, {externalId: \"x-%2$d\", leadDays: %2$d}], errorPolicy: REJECT_FAILED_ROWS})",
            "updateItems(input: {items: [{id: $item, name: \"%1$s\"}, {id: $category, name: \"x\"}], errorPolicy: REJECT_FAILED_ROWS})",
            "setCategoryOf(input: {items: {id: $item}, categoryId: $category})",
            "takeOutMany(input: {takeOuts: [{itemId: $item, quantity: \"0.%2$d\", outcome: SOLD}, {itemId: $item, quantity: \"0.25\", outcome: USED}], errorPolicy: REJECT_FAILED_ROWS})",
            "deleteItems(input: {items: [{id: $item}, {id: $item}], errorPolicy: REJECT_FAILED_ROWS})",
            "updateItem(input: {id: $item, name: \"%1$s\"})",
            "updateItem(input: {id: $item, expectedVersion: %2$d})",
            "updateItem(input: {id: $category, name: \"x\"})",
            "takeOut(input: {itemId: $item, quantity: \"0.25\", outcome: USED})",
            "deleteItem(input: {id: $item})",
            "createCategory(input: {name: \"%1$s\"})",
            "updateCategory(input: {id: $category, color: \"#12345%3$d\"})",
            "markAllNotificationsRead(input: {upTo: \"2030-01-01T00:00:00Z\"})");

    /** Some changes by chance, and the same few after them. */
    private static String changes(Random random, int number) {
        StringBuilder fields = new StringBuilder();
        for (int field = 0; field <= random.nextInt(3); field++) {
            String call = CHANGES.get(random.nextInt(CHANGES.size()))
                    .formatted("thing " + random.nextInt(40), random.nextInt(5), random.nextInt(4));
            String selected = Objects.requireNonNull(SELECTED.get(call.substring(0, call.indexOf('('))));
            fields.append("m%d_%d: %s %s ".formatted(number, field, call, selected));
        }
        return "mutation ($item: ID!, $category: ID!, $rows: [CreateItemInput!]!, $on: Boolean = true) { " + fields
                + """
                used: __typename @skip(if: $on)
                n: markAllNotificationsRead(input: {upTo: "2030-01-01T00:00:00Z"}) { __typename @include(if: $on) }
                i: updateItem(input: {id: $item}) { changed }
                c: updateCategory(input: {id: $category}) { changed }
                r: createItems(input: {items: $rows, errorPolicy: REJECT_ALL}) { count userErrors { code message field } }
                }""";
    }

    private static final String ITEM =
            "item { id name quantity status daysLeft version category { id name itemCount } activities(first: 2) { totalCount nodes { kind } } }";
    private static final String ERRORS = " userErrors { code message field retryAt }";
    private static final Map<String, String> SELECTED = Map.ofEntries(
            Map.entry("createItem", "{ " + ITEM + ERRORS + " }"),
            Map.entry("createItems", "{ count items { name category { name } } " + ERRORS + " }"),
            Map.entry("updateItem", "{ changed " + ITEM + ERRORS + " }"),
            Map.entry("takeOut", "{ " + ITEM + ERRORS + " }"),
            Map.entry("deleteItem", "{ deletedId " + ERRORS + " }"),
            Map.entry("createCategory", "{ category { name items(first: 1) { totalCount } } " + ERRORS + " }"),
            Map.entry("updateCategory", "{ changed category { name color version } " + ERRORS + " }"),
            Map.entry("markAllNotificationsRead", "{ __typename " + ERRORS + " }"),
            Map.entry(
                    "upsertItems",
                    "{ createdCount updatedCount unchangedCount rows { outcome item { name externalId leadDays version } } "
                            + ERRORS + " }"),
            Map.entry("updateItems", "{ changedIds items { name version } " + ERRORS + " }"),
            Map.entry("setCategoryOf", "{ changedIds items { name category { name itemCount } } " + ERRORS + " }"),
            Map.entry("takeOutMany", "{ count items { quantity version } " + ERRORS + " }"),
            Map.entry("deleteItems", "{ deletedIds count " + ERRORS + " }"));

    @Test
    void mutations_of_the_product_are_answered_the_same_and_have_the_same_effect() {
        Random random = new Random(SEED + 2);
        Twins twins = new Twins(rooms);
        int planned = 0;
        for (int number = 0; number < MUTATIONS; number++) {
            String document = changes(random, number);
            int item = 3 + random.nextInt(12);
            int category = random.nextInt(3);
            boolean wrong = random.nextInt(10) == 0;
            List<Answer> answers = new ArrayList<>();
            for (int twin = 0; twin < 2; twin++) {
                Map<String, Object> variables = new HashMap<>();
                variables.put("item", twins.ids.get(twin).get(item));
                variables.put("category", twins.ids.get(twin).get(category));
                variables.put(
                        "rows",
                        List.of(
                                Map.of("name", "row " + number % 7),
                                wrong ? Map.of("name", 5, "quantity", "much") : Map.of("name", "other")));
                RandomOperations.Made made = new RandomOperations.Made(document, variables);
                GraphQLEngine engine = twin == 0 ? plans : oracle;
                Optional<Caller> who = twins.callers.get(twin);
                answers.add(rooms.onLoop(() -> execute(engine, made, who)));
            }
            assertThat(answers.getFirst()).as(() -> told(answers.getFirst())).isInstanceOf(Answer.Executed.class);
            assertThat(withoutIds(told(answers.get(0))))
                    .as("seed %d, mutation %d: %s", SEED, number, document)
                    .isEqualTo(withoutIds(told(answers.get(1))));
            planned += answers.getFirst() instanceof Answer.Executed done && done.data() instanceof Written ? 1 : 0;
        }

        assertThat(planned).isGreaterThan(MUTATIONS / 2);
        RandomOperations.Made all = new RandomOperations.Made(
                "{ items(first: 100, orderBy: {field: NAME, direction: ASC}) { totalCount nodes { name quantity version category { name } } }"
                        + " categories(first: 100) { nodes { name color version itemCount } }"
                        + " activities(first: 100) { nodes { kind cursor } } }",
                Map.of());
        assertThat(told(rooms.onLoop(() -> execute(oracle, all, twins.callers.get(0)))))
                .isEqualTo(told(rooms.onLoop(() -> execute(oracle, all, twins.callers.get(1)))));
    }

    /** Ids and moments are each user's own. */
    private static String withoutIds(String told) {
        return told.replaceAll("\"[A-Za-z0-9_-]{23}\"", "\"id\"")
                .replaceAll("\\d{4}-\\d\\d-\\d\\dT[0-9:.]+Z", "then")
                .replaceAll("[A-Za-z0-9_-]{23}", "id");
    }

    @Test
    void events_of_the_product_are_answered_the_same() {
        TestApi.User user = TestApi.node().newUser();
        filled(user);
        Optional<Caller> who = Optional.of(rooms.caller(user.token()));
        Random random = new Random(SEED + 3);
        RandomOperations selections =
                new RandomOperations(GraphQLFactory.schemaText(), random, List.of("nonsense"), Set.of());
        int events = 0;
        for (int number = 0; number < OPERATIONS / 25; number++) {
            Watched watched = WATCHED.get(number % WATCHED.size());
            RandomOperations.Made made =
                    selections.subscription("e: %s(after: \"0\")".formatted(watched.field), watched.type);
            List<String> byPlans = events(plans, made, who, watched.events);
            assertThat(byPlans)
                    .as("seed %d: %s %s", SEED, made.document(), made.variables())
                    .isEqualTo(events(oracle, made, who, watched.events));
            events += byPlans.size();
        }

        assertThat(events).isGreaterThan(OPERATIONS / 25);
    }

    /** A field of Subscription, and how many events of it there have been at least. */
    private record Watched(String field, String type, int events) {}

    private static final List<Watched> WATCHED = List.of(
            new Watched("activity", "Activity", 12),
            new Watched("itemChanged", "ItemChange", 8),
            new Watched("notificationReceived", "Notification", 1),
            new Watched("reportReady", "Report", 1));

    /** What a subscription tells first of what has been. */
    private List<String> events(GraphQLEngine engine, RandomOperations.Made made, Optional<Caller> who, int count) {
        return rooms.onLoop(() -> execute(engine, made, who).compose(answer -> {
            Promise<List<String>> told = Promise.promise();
            if (answer instanceof Answer.Events subscription) {
                subscription.results().subscribe(new Collected(told, count));
            } else {
                told.complete(List.of(told(answer)));
            }
            return told.future();
        }));
    }

    private static final class Collected implements Subscriber<Answer.Executed> {

        private final List<String> collected = new ArrayList<>();
        private final Promise<List<String>> told;
        private final int count;
        private Subscription subscription = new Subscription() {
            @Override
            public void request(long more) {}

            @Override
            public void cancel() {}
        };

        Collected(Promise<List<String>> told, int count) {
            this.told = told;
            this.count = count;
        }

        @Override
        public void onSubscribe(Subscription begun) {
            subscription = begun;
            begun.request(1);
        }

        @Override
        public void onNext(Answer.Executed result) {
            collected.add(told(result));
            if (collected.size() == count) {
                subscription.cancel();
                told.tryComplete(collected);
            } else {
                subscription.request(1);
            }
        }

        @Override
        public void onError(Throwable failure) {
            told.tryFail(failure);
        }

        @Override
        public void onComplete() {
            told.tryComplete(collected);
        }
    }
}
