package org.expirytracker.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.ZoneId;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import org.expirytracker.categories.ItemsAccess;
import org.expirytracker.http.Things;
import org.expirytracker.items.Item;
import org.expirytracker.kernel.Access;
import org.expirytracker.kernel.Caller;
import org.expirytracker.kernel.Holdings;
import org.expirytracker.kernel.InventoryId;
import org.expirytracker.kernel.NodeId;
import org.expirytracker.kernel.Role;
import org.expirytracker.kernel.UserId;
import org.expirytracker.limits.BytesInFlight;
import org.expirytracker.reports.ReportsAccess;
import org.expirytracker.sessions.Device;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What the schema declares is held against everything that an operation names, however it is written. */
class AccessRulesTest {

    private static final String ITEM = new NodeId(Item.TYPE, new UUID(7, 1)).encoded();

    @SuppressWarnings("NullAway.Init")
    private static TestEngine engine;

    @BeforeAll
    static void start() {
        engine = new TestEngine();
    }

    @AfterAll
    static void stop() {
        engine.close();
    }

    private static Answer answer(String query, @Nullable String operation, Optional<Caller> caller) {
        return engine.answer(
                new GraphQLRequest(query.replace("ITEM", ITEM), operation, Map.of(), Device.UNKNOWN), caller);
    }

    /** Of somebody who may call, and besides what is named. */
    private static Answer by(Set<Access> scopes, String query) {
        UserId user = new UserId(UUID.randomUUID());
        return answer(
                query,
                null,
                Optional.of(new Caller(
                        user,
                        InventoryId.ownOf(user),
                        Role.OWNER,
                        UUID.randomUUID(),
                        ZoneId.of("UTC"),
                        new Holdings.OfToken(scopes))));
    }

    private static Answer byNobody(String query) {
        return answer(query, null, Optional.empty());
    }

    /** Refused before any of it is executed. */
    private static void assertRefused(Answer answer, String code) {
        assertThat(answer).isInstanceOf(Answer.Refused.class);
        assertThat(TestEngine.errors(answer)).singleElement().asString().startsWith(code + " ");
    }

    @Nested
    class Declarations {

        @Test
        void must_be_on_every_root_field_and_every_node_type() {
            for (String declared :
                    List.of("): String @access(needs: CALLER)", "implements Node @access(needs: ITEMS_READ)")) {
                String schema = Things.schema();
                assertThat(schema).contains(declared);
                String without = schema.replace(declared, declared.substring(0, declared.indexOf("@access")));

                assertThatThrownBy(() -> GraphQLFactory.engine(
                                engine.vertx,
                                Things::costFree,
                                new BytesInFlight(),
                                PersistedDocuments.ofCallers(),
                                without,
                                List.of(engine.things)))
                        .isInstanceOf(IllegalStateException.class)
                        .hasMessageContaining(declared.startsWith(")") ? "Query.fails, Query.slow" : "Item");
            }
        }
    }

    @Nested
    class ANeededScope {

        @ParameterizedTest
        @ValueSource(
                strings = {
                    "{ things(first: 1) { totalCount } }",
                    "{ things(first: 1) { pageInfo { hasNextPage } } }",
                    "{ things(first: 1) { edges { node { id } } } }",
                    "{ other: things(first: 1) { all: nodes { what: id } } }",
                    "{ ... { ... on Query { things(first: 1) { ... { nodes { id } } } } } }",
                    "{ ...A } fragment A on Query { ...B } fragment B on Query { things(first: 1) { ...C } } fragment C on ItemConnection { nodes { id } }",
                    "{ things(first: 1) @skip(if: true) { totalCount } }",
                    "{ slow(millis: 1) things(first: 1) { totalCount } }",
                    "{ node(id: \"ITEM\") { ... on Item { name } } }",
                    "{ node(id: \"ITEM\") { ...F } } fragment F on Item { name }",
                    "{ node(id: \"ITEM\") { ...N } } fragment N on Node { ...F } fragment F on Item { name }",
                    "{ node(id: \"ITEM\") { ... on Node { ... on Item { __typename } } } }",
                    "{ nodes(ids: [\"ITEM\"]) { id ... on Item { parts { id } } } }",
                    "mutation { addThing(input: {name: \"a\"}) { item { id } } }",
                    "mutation { addThing(input: {name: \"a\"}) { ...P } } fragment P on AddThingPayload { item { id } }",
                    "subscription { countThings { id } }",
                    "query A { things { totalCount } }"
                })
        void is_missed_however_it_is_asked_for(String query) {
            int before = engine.things.changes.get();

            assertRefused(by(Set.of(ReportsAccess.READ), query), "FORBIDDEN");
            assertRefused(byNobody(query), "UNAUTHENTICATED");
            assertThat(engine.things.changes).hasValue(before);
            assertThat(by(Set.of(ItemsAccess.READ), query)).isNotInstanceOf(Answer.Refused.class);
        }

        @Test
        void is_also_missed_for_an_object_of_which_only_the_id_tells_the_type() {
            for (String query : List.of("{ node(id: \"ITEM\") { id } }", "{ nodes(ids: [\"ITEM\"]) { __typename } }")) {
                assertThat(TestEngine.errors(by(Set.of(), query)))
                        .singleElement()
                        .asString()
                        .startsWith("FORBIDDEN ");
                assertThat(TestEngine.errors(by(Set.of(ItemsAccess.READ), query)))
                        .isEmpty();
            }
        }

        @Test
        void is_asked_of_the_operation_that_is_executed_and_of_no_other() {
            String query = "query Free { slow(millis: 1) } query Closed { things { totalCount } }";
            Optional<Caller> caller = Optional.of(new Caller(
                    new UserId(UUID.randomUUID()),
                    new InventoryId(UUID.randomUUID()),
                    Role.OWNER,
                    UUID.randomUUID(),
                    ZoneId.of("UTC"),
                    new Holdings.OfToken(Set.of())));

            assertThat(answer(query, "Free", caller)).isInstanceOf(Answer.Executed.class);
            assertRefused(answer(query, "Closed", caller), "FORBIDDEN");
            assertRefused(answer(query, null, caller), "INVALID");
            assertRefused(answer(query, "", caller), "INVALID");
        }
    }

    @Nested
    class AnOpenField {

        private static final String LOGIN = "login(input: {username: \"a\"})";

        @ParameterizedTest
        @ValueSource(
                strings = {
                    "{ item { id name } userErrors { code } }",
                    "{ item { ...F } } fragment F on Item { id }",
                    "{ ...P } fragment P on AddThingPayload { item { ... on Item { id } } }"
                })
        void shows_its_object_to_anybody(String selection) {
            assertThat(byNobody("mutation { " + LOGIN + selection.replaceFirst("fragment|$", "} $0")))
                    .isInstanceOf(Answer.Executed.class);
        }

        @ParameterizedTest
        @ValueSource(
                strings = {
                    "{ item { things { totalCount } } }",
                    "{ item { parent { id } } }",
                    "{ item { ...F } } fragment F on Item { parts { id } }",
                    "{ ...P } fragment P on AddThingPayload { item { ... { things { nodes { id } } } } }"
                })
        void shows_nothing_beyond_its_object(String selection) {
            String query = "mutation { " + LOGIN + selection.replaceFirst("fragment|$", "} $0");

            assertRefused(byNobody(query), "UNAUTHENTICATED");
            assertRefused(by(Set.of(Access.ACCOUNT), query), "FORBIDDEN");
        }

        @Test
        void does_not_open_a_closed_one_beside_it() {
            String query = "mutation { %s { item { id } } addThing(input: {name: \"a\"}) { userErrors { code } } }";
            int before = engine.things.changes.get();

            assertRefused(byNobody(query.formatted(LOGIN)), "UNAUTHENTICATED");
            assertRefused(
                    byNobody("mutation { ...A ...B } fragment A on Mutation { %s { item { id } } }".formatted(LOGIN)
                            + " fragment B on Mutation { addThing(input: {name: \"a\"}) { item { id } } }"),
                    "UNAUTHENTICATED");
            assertThat(engine.things.changes).hasValue(before);
        }
    }
}
