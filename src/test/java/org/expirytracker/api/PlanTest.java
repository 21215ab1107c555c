package org.expirytracker.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import graphql.schema.GraphQLSchema;
import graphql.schema.idl.RuntimeWiring;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.expirytracker.http.AnswerText;
import org.expirytracker.http.Things;
import org.expirytracker.kernel.Caller;
import org.expirytracker.kernel.Fetchers;
import org.expirytracker.kernel.Field;
import org.expirytracker.kernel.NodeId;
import org.expirytracker.kernel.Problem;
import org.expirytracker.kernel.Wiring;
import org.expirytracker.limits.BytesInFlight;
import org.expirytracker.sessions.Device;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

/** What plans do, in the places where other executors went wrong. Each answer is held against graphql-java's as well. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class PlanTest {

    private static final NodeId.Type CAT = new NodeId.Type('c', "Cat");
    private static final NodeId.Type DOG = new NodeId.Type('d', "Dog");
    private static final Duration PATIENCE = Duration.ofSeconds(20);

    private static final String SCHEMA = """
            directive @idempotent(key: String!) on FIELD
            directive @access(needs: Access!) on FIELD_DEFINITION | OBJECT
            enum Access { ANYONE CALLER }
            enum Mood { CALM WILD }
            scalar Date
            scalar DateTime
            scalar Decimal
            scalar TimeZone
            scalar JSON
            interface Node { id: ID! }
            type Cat implements Node @access(needs: CALLER) {
              id: ID!
              name: String!
              nickname: String
              lives: Int!
              mood: Mood!
              friends: [Node!]
              fails: String
              failsAndMustNot: String!
              mother: Cat
              toys: [String!]
              tags: [[Int!]]
            }
            type Dog implements Node @access(needs: CALLER) {
              id: ID!
              name: String!
              fails: String
              master: String
            }
            type Query {
              animals(upTo: Int = 3): [Node!]! @access(needs: CALLER)
              cats: [Cat] @access(needs: CALLER)
              cat(lives: Int): Cat @access(needs: CALLER)
              given(one: Int, two: Int = 2, list: [Int!], nested: Given): [String!]! @access(needs: CALLER)
              missing: Cat @access(needs: CALLER)
              one: [Cat] @access(needs: CALLER)
              loadsAtOnce: Cat @access(needs: CALLER)
              loadsLater: Cat @access(needs: CALLER)
            }
            input Given { one: Int two: Int = 2 }
            type Mutation {
              add(text: String!): Added! @access(needs: CALLER)
            }
            type Added { all: [String!]! first: String key: String }
            """;

    /** A cat; not public, as many records of rooms are not. */
    record Cat(int number, @Nullable String name, Object lives, Object mood, Object toys) {

        public String nickname() {
            return "Cat " + number;
        }

        public List<List<Integer>> tags() {
            return Arrays.asList(List.of(1, 2), null, List.of());
        }
    }

    /** A dog, of which a component that is no component fails. */
    record Dog(String name) {

        public String fails() {
            throw new IllegalStateException("a bug of dogs");
        }
    }

    /** Of whom something is there only later. */
    record Promising(UUID id, Future<String> name) {}

    private record Added(List<String> all, @Nullable String key) {}

    /** A room of animals. */
    private final class Zoo implements Fetchers {

        @Override
        public void register(Wiring wiring) {
            wiring.query("animals", field -> animals(Objects.requireNonNull(field.<Integer>argument("upTo"))))
                    .query("cats", field -> Future.succeededFuture(Arrays.asList(cat(1), null, nameless(2), cat(3))))
                    .query(
                            "cat",
                            field -> CompletableFuture.completedFuture(
                                    new Cat(1, "Tom", field.arguments().getOrDefault("lives", 9), "CALM", List.of())))
                    .query(
                            "given",
                            field -> field.arguments().entrySet().stream()
                                    .map(each -> each.getKey() + "=" + each.getValue())
                                    .sorted()
                                    .toList())
                    .query("missing", field -> Optional.empty())
                    .query(
                            "loadsAtOnce",
                            field -> Future.fromCompletionStage(
                                    Objects.requireNonNull(field.<Integer>load("mothers", 1))))
                    .query(
                            "loadsLater",
                            field -> later(Future.succeededFuture())
                                    .compose(now -> Future.fromCompletionStage(
                                            Objects.requireNonNull(field.<Integer>load("mothers", 2)))))
                    .query("one", field -> List.of(one))
                    .field("Cat", "fails", field -> {
                        throw Problem.of(
                                Problem.Code.NOT_FOUND,
                                "Nothing of " + PlanTest.<Cat>source(field).nickname());
                    })
                    .field(
                            "Cat",
                            "failsAndMustNot",
                            field -> later(Future.failedFuture(
                                    Problem.of(Problem.Code.CONFLICT, "Not " + PlanTest.<Cat>source(field).number))))
                    .field("Cat", "friends", field -> {
                        loads.add("friends");
                        return later(Future.succeededFuture(animals(2)));
                    })
                    .field("Cat", "mother", field -> field.load("mothers", PlanTest.<Cat>source(field).number))
                    .field(
                            "Dog",
                            "master",
                            field -> field.load(
                                    "Cat", uuid(1), (@Nullable Cat cat) -> "of " + (cat == null ? "nobody" : cat.name)))
                    .mutation("add", this::add)
                    .loader("mothers", this::mothers)
                    .node(CAT, Cat.class, cat -> uuid(cat.number), this::load)
                    .node(DOG, Dog.class, dog -> uuid(100), (caller, keys) -> Future.succeededFuture(Map.of()));
        }

        private Future<Map<UUID, Cat>> load(Caller caller, Set<UUID> keys) {
            loads.add("Cat " + keys.size());
            return later(Future.succeededFuture(keys.stream().collect(Collectors.toMap(key -> key, key -> cat(1)))));
        }

        private Future<Map<Integer, Cat>> mothers(Caller caller, Set<Integer> keys) {
            loads.add("mothers " + keys);
            if (keys.contains(33)) {
                return Future.failedFuture(Problem.of(Problem.Code.UNAVAILABLE, "No mothers just now."));
            }
            Map<Integer, Cat> found = new HashMap<>();
            keys.stream().filter(key -> key < 30).forEach(key -> found.put(key, cat(key + 10)));
            return later(Future.succeededFuture(found));
        }

        private Future<Added> add(Field field) {
            String text = Objects.requireNonNull(field.<String>argument("text"));
            added.add(text + " begins");
            Promise<Added> done = Promise.promise();
            Future<?> ready = text.equals("waits") ? gate.future() : later(Future.succeededFuture());
            ready.onSuccess(now -> {
                added.add(text + " ends");
                if (text.equals("fault")) {
                    done.fail(new IllegalStateException("a bug"));
                } else {
                    done.complete(new Added(
                            text.equals("large") ? List.of("x".repeat(17_000_000)) : List.copyOf(added),
                            field.idempotencyKey().orElse(null)));
                }
            });
            return done.future();
        }
    }

    private final Vertx vertx = Vertx.vertx();
    private final List<String> loads = new ArrayList<>();
    private final List<String> added = new ArrayList<>();
    private Cat one = cat(1);
    private Promise<Void> gate = Promise.promise();
    private final GraphQLEngine plans = engine(List.of(new Zoo()));
    private final GraphQLEngine oracle = plans.withoutPlans();

    private GraphQLEngine engine(List<Fetchers> rooms) {
        return GraphQLFactory.engine(
                vertx, Things::costFree, new BytesInFlight(), PersistedDocuments.ofCallers(), SCHEMA, rooms);
    }

    private static UUID uuid(int number) {
        return new UUID(7, number);
    }

    private static Cat cat(int number) {
        return new Cat(number, "Tom " + number, 9, "WILD", List.of("ball"));
    }

    private static Cat nameless(int number) {
        return new Cat(number, null, 9, "CALM", List.of());
    }

    private static List<Object> animals(int count) {
        return IntStream.rangeClosed(1, count)
                .<Object>mapToObj(number -> number % 2 == 0 ? new Dog("Rex " + number) : cat(number))
                .toList();
    }

    @SuppressWarnings("TypeParameterUnusedInFormals") // As of Field.source.
    private static <T> T source(Field field) {
        return Objects.requireNonNull(field.<T>source());
    }

    private <T> Future<T> later(Future<T> outcome) {
        Promise<T> later = Promise.promise();
        vertx.runOnContext(now -> outcome.onComplete(later));
        return later.future();
    }

    @BeforeEach
    void forget() {
        loads.clear();
        added.clear();
    }

    @AfterAll
    void close() {
        vertx.close().await();
    }

    private Answer ask(GraphQLEngine engine, String query, Map<String, Object> variables) {
        return ask(engine, query, variables, PATIENCE);
    }

    private Answer ask(GraphQLEngine engine, String query, Map<String, Object> variables, Duration deadline) {
        GraphQLRequest request = new GraphQLRequest(query, null, variables, Device.UNKNOWN);
        return onLoop(() ->
                engine.execute(request, Optional.of(TestEngine.caller()), GraphQLEngine.Allowed.EVERYTHING, deadline));
    }

    private <T> T onLoop(Supplier<Future<T>> work) {
        Promise<T> done = Promise.promise();
        vertx.runOnContext(now -> work.get().onComplete(done));
        return done.future().await();
    }

    /** What a plan answers, which is what graphql-java answers. */
    private String answer(String query, Map<String, Object> variables) {
        Answer.Executed byPlan = (Answer.Executed) ask(plans, query, variables);
        List<String> seen = List.copyOf(loads);
        List<String> done = List.copyOf(added);
        forget();
        Answer.Executed byOracle = (Answer.Executed) ask(oracle, query, variables);

        assertThat(byPlan.data() == null || byPlan.data() instanceof Written).isTrue();
        assertThat(byOracle.data() instanceof Written).isFalse();
        assertThat(told(byPlan)).isEqualTo(told(byOracle));
        assertThat(added).isEqualTo(done);
        loads.clear();
        loads.addAll(seen);
        return told(byPlan);
    }

    private String answer(String query) {
        return answer(query, Map.of());
    }

    private static String told(Answer.Executed executed) {
        return AnswerText.data(executed)
                + executed.errors().stream()
                        .map(error -> " " + error.code() + error.path() + error.locations()
                                + (error.errorId() == null ? " " + error.message() : ""))
                        .sorted()
                        .collect(Collectors.joining());
    }

    @Nested
    class Order {

        @Test
        void of_merged_fields_is_that_of_their_first_occurrence_across_fragments() {
            assertThat(answer("{ cat { ...Late name nickname ... on Cat { mother { name } lives } } }"
                            + " fragment Late on Cat { lives mother { number: lives } name }"))
                    .isEqualTo("{\"cat\":{\"lives\":9,\"mother\":{\"number\":9,\"name\":\"Tom 11\"},\"name\":\"Tom\","
                            + "\"nickname\":\"Cat 1\"}}");
        }

        @Test
        void of_mutations_is_that_of_the_document_across_fragments_and_each_ends_before_the_next_begins() {
            assertThat(
                            answer(
                                    "mutation { a: add(text: \"1\") { first } ...More c: add(text: \"3\") { all } }"
                                            + " fragment More on Mutation { b: add(text: \"2\") { first } a: add(text: \"1\") { key } }"))
                    .isEqualTo(
                            "{\"a\":{\"first\":null,\"key\":null},\"b\":{\"first\":null},\"c\":{\"all\":[\"1 begins\","
                                    + "\"1 ends\",\"2 begins\",\"2 ends\",\"3 begins\",\"3 ends\"]}}");
        }

        @Test
        void of_fields_that_a_condition_leaves_out_is_that_of_the_others() {
            String query = "query ($on: Boolean!) { cat { name @include(if: $on) lives name } }";

            assertThat(answer(query, Map.of("on", true))).isEqualTo("{\"cat\":{\"name\":\"Tom\",\"lives\":9}}");
            assertThat(answer(query, Map.of("on", false))).isEqualTo("{\"cat\":{\"lives\":9,\"name\":\"Tom\"}}");
        }
    }

    @Nested
    class Conditions {

        @Test
        void on_one_spread_of_a_fragment_say_nothing_of_another_spread() {
            assertThat(answer(
                            "query ($no: Boolean!) { cat { ...Names @include(if: $no) lives ...Names @skip(if: $no) } }"
                                    + " fragment Names on Cat { name }",
                            Map.of("no", false)))
                    .isEqualTo("{\"cat\":{\"lives\":9,\"name\":\"Tom\"}}");
        }

        @Test
        void may_be_nullable_variables_with_a_default() {
            String query = "query ($on: Boolean = true) { cat { name @include(if: $on) lives @skip(if: $on) } }";

            assertThat(answer(query)).isEqualTo("{\"cat\":{\"name\":\"Tom\"}}");
            assertThat(answer(query, Map.of("on", false))).isEqualTo("{\"cat\":{\"lives\":9}}");
        }

        @Test
        void may_leave_nothing_of_an_object_or_of_the_whole() {
            assertThat(answer("{ cat { name @skip(if: true) } }")).isEqualTo("{\"cat\":{}}");
            assertThat(answer("{ cat @skip(if: true) { name } }")).isEqualTo("{}");
        }

        @Test
        void of_which_every_combination_is_asked_for_take_no_more_memory_than_the_document_counts_for() {
            int variables = 9;
            String declared = IntStream.range(0, variables)
                    .mapToObj(number -> "$b" + number + ": Boolean!")
                    .collect(Collectors.joining(" "));
            String selected = IntStream.range(0, variables)
                    .mapToObj(number -> "a%d: name @skip(if: $b%d) lives nickname".formatted(number, number))
                    .collect(Collectors.joining(" "));
            String query = "query (%s) { cat { %s } }".formatted(declared, selected);
            Wiring wiring = new Wiring();
            GraphQLSchema schema =
                    GraphQLFactory.schema(SCHEMA, RuntimeWiring.newRuntimeWiring(), wiring, List.of(new Zoo()));
            PlanCompiler compiler = new PlanCompiler(schema, wiring, Map.of());
            Plans kept = new Operations(schema, new AccessRules(schema), Set.of())
                    .prepare(query, true)
                    .operation(null)
                    .plans();
            for (int combination = 0; combination < 1 << variables; combination++) {
                Map<String, Object> values = new HashMap<>();
                for (int bit = 0; bit < variables; bit++) {
                    values.put("b" + bit, (combination >> bit & 1) == 1);
                }
                assertThat(kept.of(compiler, values)).isPresent();
            }

            assertThat(kept.kept()).isLessThan(query.length() / 4);
        }
    }

    @Nested
    class Variables {

        @Test
        void that_are_absent_are_not_null() {
            String query = "query ($a: Int, $b: Int) { given(one: $a, two: $b, nested: {one: $a, two: $b}) }";

            assertThat(answer(query)).isEqualTo("{\"given\":[\"nested={two=2}\",\"two=2\"]}");
            Map<String, Object> nulls = new HashMap<>();
            nulls.put("a", null);
            nulls.put("b", null);
            assertThat(answer(query, nulls))
                    .isEqualTo("{\"given\":[\"nested={one=null, two=null}\",\"one=null\",\"two=null\"]}");
        }

        @Test
        void become_lists_where_lists_are_expected() {
            assertThat(answer("query ($a: [Int!]) { given(list: $a) b: given(list: 5) }", Map.of("a", 4)))
                    .isEqualTo("{\"given\":[\"list=[4]\",\"two=2\"],\"b\":[\"list=[5]\",\"two=2\"]}");
        }

        @Test
        void that_are_wrong_are_told_as_graphql_java_finds_them() {
            Answer answer = ask(plans, "query ($a: Int) { given(one: $a) }", Map.of("a", "five"));

            assertThat(answer)
                    .isInstanceOfSatisfying(
                            Answer.Refused.class,
                            refused -> assertThat(refused.errors())
                                    .extracting(ClientError::field)
                                    .containsExactly(List.of("a")));
        }
    }

    @Nested
    class Nulls {

        @Test
        void where_none_may_be_make_the_object_around_them_null_once_for_each_of_two_siblings() {
            assertThat(answer("{ cat { name mother { a: failsAndMustNot b: failsAndMustNot name } } }"))
                    .isEqualTo("{\"cat\":{\"name\":\"Tom\",\"mother\":null}}"
                            + " CONFLICT[cat, mother, a][SourceLocation{line=1, column=23}] Not 11"
                            + " CONFLICT[cat, mother, b][SourceLocation{line=1, column=42}] Not 11");
        }

        @Test
        void in_a_list_make_the_element_null_and_leave_the_others() {
            assertThat(answer("{ cats { name nickname } }"))
                    .startsWith("{\"cats\":[{\"name\":\"Tom 1\",\"nickname\":\"Cat 1\"},null,null,"
                            + "{\"name\":\"Tom 3\",\"nickname\":\"Cat 3\"}]} INTERNAL[cats, 2, name]");
        }

        @Test
        void go_up_to_the_whole_answer_where_nothing_may_be_null() {
            assertThat(answer("{ given animals { ... on Cat { failsAndMustNot } } }"))
                    .startsWith("null CONFLICT[animals, 0, failsAndMustNot]")
                    .contains("CONFLICT[animals, 2, failsAndMustNot]");
        }

        @Test
        void are_not_looked_into() {
            assertThat(answer("{ missing { mother { mother { name } } friends { id } } cats { mother { name } } }"))
                    .startsWith("{\"missing\":null,\"cats\":[{\"mother\":");
            assertThat(loads).containsExactly("mothers [1, 2, 3]");
        }

        @Test
        void are_parts_of_nested_lists() {
            assertThat(answer("{ cat { tags } }")).isEqualTo("{\"cat\":{\"tags\":[[1,2],null,[]]}}");
        }
    }

    @Nested
    class Mutations {

        @Test
        void of_which_one_leaves_nothing_of_the_answer_are_not_followed_by_others() {
            assertThat(answer("mutation { a: add(text: \"fault\") { first } b: add(text: \"2\") { first } }"))
                    .startsWith("null INTERNAL[a]");
            assertThat(added).containsExactly("fault begins", "fault ends");
        }

        @Test
        void have_the_key_of_the_directive_also_from_a_variable() {
            assertThat(answer(
                            "mutation ($key: String!) { add(text: \"1\") @idempotent(key: $key) { key }"
                                    + " b: add(text: \"2\") @idempotent(key: \"two\") { key } }",
                            Map.of("key", "one")))
                    .isEqualTo("{\"add\":{\"key\":\"one\"},\"b\":{\"key\":\"two\"}}");
        }
    }

    @Nested
    class Types {

        @Test
        void have_errors_of_their_own() {
            assertThat(answer("{ animals { __typename ... on Cat { fails } ... on Dog { fails master } } }"))
                    .startsWith("{\"animals\":[{\"__typename\":\"Cat\",\"fails\":null},"
                            + "{\"__typename\":\"Dog\",\"fails\":null,\"master\":\"of Tom 1\"},"
                            + "{\"__typename\":\"Cat\",\"fails\":null}]}"
                            + " INTERNAL[animals, 1, fails]")
                    .contains(" NOT_FOUND[animals, 0, fails]", " NOT_FOUND[animals, 2, fails]");
        }

        @Test
        void are_told_of_the_root_and_under_other_names() {
            assertThat(answer("{ root: __typename animals(upTo: 2) { kind: __typename ... on Node { id } } }"))
                    .startsWith("{\"root\":\"Query\",\"animals\":[{\"kind\":\"Cat\",\"id\":\"")
                    .contains("{\"kind\":\"Dog\",\"id\":\"");
        }
    }

    @Nested
    class Sizes {

        @Test
        void of_more_than_any_answer_may_have_keep_no_mutation_from_being_done() {
            Answer.Executed answer = (Answer.Executed) ask(
                    plans,
                    "mutation { a: add(text: \"%s\") { all } b: add(text: \"2\") { all } }".formatted("large"),
                    Map.of());

            assertThat(answer.data()).isEqualTo(Written.TOO_LARGE);
            assertThat(added).contains("2 ends");
        }
    }

    @Nested
    class Documents {

        @Test
        void whose_fragments_multiply_are_left_to_graphql_java() {
            int levels = 7;
            String fragments = IntStream.range(0, levels)
                    .mapToObj(level -> "fragment F%d on Cat { a: mother { ...F%d } b: mother { ...F%d } } "
                            .formatted(level, level + 1, level + 1))
                    .collect(Collectors.joining());
            Answer.Executed answer = (Answer.Executed) ask(
                    plans,
                    "{ cat { ...F0 } } " + fragments
                            + "fragment F7 on Cat { name lives nickname toys tags mood id __typename }",
                    Map.of());

            assertThat(answer.data()).isNotInstanceOf(Written.class);
            assertThat(answer.errors()).isEmpty();
        }

        @Test
        void that_ask_for_the_schema_are_left_to_graphql_java() {
            Answer.Executed answer =
                    (Answer.Executed) ask(plans, "{ __type(name: \"Cat\") { name } cat { name } }", Map.of());

            assertThat(answer.data()).isNotInstanceOf(Written.class);
            assertThat(answer.errors()).isEmpty();
        }
    }

    @Nested
    class Values {

        @Test
        void that_are_not_of_their_type_are_errors_at_their_place() {
            assertThat(answer("query ($n: Int) { cat(lives: $n) { lives } }", Map.of("n", 7)))
                    .isEqualTo("{\"cat\":{\"lives\":7}}");
            assertThat(unfit(new Cat(1, "Tom", "seven", "CALM", List.of()), "lives name"))
                    .startsWith("{\"one\":[null]} INTERNAL[one, 0, lives]");
            assertThat(unfit(new Cat(1, "Tom", 7, "SLEEPY", List.of()), "mood name"))
                    .startsWith("{\"one\":[null]} INTERNAL[one, 0, mood]");
            assertThat(unfit(new Cat(1, "Tom", 7, "CALM", "no list"), "toys name"))
                    .startsWith("{\"one\":[{\"toys\":null,\"name\":\"Tom\"}]} INTERNAL[one, 0, toys]");
            assertThat(unfit(new Cat(1, "Tom", 7, "CALM", Arrays.asList("a", null, "b")), "toys name"))
                    .startsWith("{\"one\":[{\"toys\":null,\"name\":\"Tom\"}]} INTERNAL[one, 0, toys, 1]");
        }

        private String unfit(Cat cat, String selected) {
            one = cat;
            return answer("{ one { %s } }".formatted(selected));
        }

        @Test
        void are_taken_from_optionals_and_written_as_any_json_writer_would() {
            String odd = "\u0000\u001f\"\\/\b\f\n\r\t\u007f é ß € 🥛 \ud800 \udc00x";
            one = new Cat(1, odd, 7, "CALM", Optional.of(List.of(odd, odd + odd)));

            assertThat(answer("{ one { name toys lives } }"))
                    .contains("\\u0000\\u001F\\\"\\\\/\\b\\f\\n\\r\\t\u007f é ß € \\uD83E\\uDD5B \ufffd \ufffdx");
        }
    }

    @Nested
    class Loading {

        @Test
        void of_all_objects_of_a_level_is_one_call_and_no_key_is_loaded_twice() {
            answer("{ cats { mother { mother { name } } same: mother { lives } } cat { mother { name } } }");

            assertThat(loads).containsExactly("mothers [1, 2, 3]", "mothers [11, 12, 13]");
        }

        @Test
        void may_be_a_part_of_what_a_room_has_under_way_itself() {
            Answer.Executed answer = (Answer.Executed)
                    ask(plans, "{ loadsLater { name mother { name } } loadsAtOnce { name } }", Map.of());

            assertThat(told(answer))
                    .isEqualTo("{\"loadsLater\":{\"name\":\"Tom 12\",\"mother\":{\"name\":\"Tom 22\"}},"
                            + "\"loadsAtOnce\":{\"name\":\"Tom 11\"}}");
        }

        @Test
        void that_fails_is_an_error_of_each_object_that_asked() {
            assertThat(answer("{ cats { mother { mother { mother { mother { name } } } } } }"))
                    .startsWith("{\"cats\":[{\"mother\":{\"mother\":{\"mother\":{\"mother\":null}}}},null,")
                    .contains("UNAVAILABLE[cats, 0, mother, mother, mother, mother]")
                    .contains("UNAVAILABLE[cats, 3, mother, mother, mother, mother]");
        }

        @Test
        void of_one_object_for_several_places_writes_it_at_each_with_errors_at_each() {
            assertThat(answer("{ a: cat { mother { name fails } } b: cat { mother { name fails } } }"))
                    .startsWith("{\"a\":{\"mother\":{\"name\":\"Tom 11\",\"fails\":null}},"
                            + "\"b\":{\"mother\":{\"name\":\"Tom 11\",\"fails\":null}}}")
                    .contains("NOT_FOUND[a, mother, fails]", "NOT_FOUND[b, mother, fails]");
        }
    }

    @Nested
    class Start {

        @Test
        void fails_when_a_record_has_a_component_that_is_there_only_later() {
            Fetchers room = wiring -> {
                new Zoo().register(wiring);
                wiring.node(
                        new NodeId.Type('p', "Promising"),
                        Promising.class,
                        Promising::id,
                        (caller, keys) -> Future.succeededFuture(Map.of()));
            };

            assertThatThrownBy(() -> engine(List.of(room)))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("Promising.name");
        }
    }

    @Nested
    class Deadlines {

        @Test
        void end_a_mutation_before_its_next_field_begins() {
            Answer late = ask(
                    plans,
                    "mutation { a: add(text: \"waits\") { first } b: add(text: \"2\") { first } }",
                    Map.of(),
                    Duration.ofMillis(1));
            gate.complete();
            ask(plans, "mutation { add(text: \"other\") { first } }", Map.of());

            assertThat(late).isInstanceOf(Answer.Refused.class);
            assertThat(added).contains("waits ends").doesNotContain("2 begins");
        }
    }
}
