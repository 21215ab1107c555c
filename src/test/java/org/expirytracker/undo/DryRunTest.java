package org.expirytracker.undo;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.UUID;
import java.util.regex.Pattern;
import org.expirytracker.Stock;
import org.expirytracker.TestApi;
import org.expirytracker.TestApi.User;
import org.expirytracker.TestDatabase;
import org.expirytracker.api.GraphQLFactory;
import org.expirytracker.imports.Import;
import org.expirytracker.kernel.NodeId;
import org.expirytracker.kernel.RowIds;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** {@code @dryRun} on every mutation on which it stands. */
class DryRunTest {

    private static final Pattern MUTATION =
            Pattern.compile("\n  (\\w+)\\([^\n]*input: \\w+!\\): \\w+! @access\\(needs: ITEMS_WRITE\\)");

    private static final String EVERYTHING = """
            {
              items(filter: {or: [{usedUp: true}, {usedUp: false}]}) { nodes { id name quantity location category { id } version } }
              categories { nodes { id name version itemCount } }
              products { nodes { id name version quantity } }
              inventory { total { count value } }
              activities(first: 1) { totalCount nodes { cursor } }
              notifications { nodes { id status } }
              imports { id state }
            }""";

    private final User user = TestApi.node().newUser();
    private final String category = user.createCategory("Dairy");
    private final String product = user.mutate(
                    "createProduct", "product { id }", new JsonObject().put("name", "Whole milk"))
            .getJsonObject("product")
            .getString("id");
    private final String item = user.createItem(new JsonObject()
            .put("name", "Milk")
            .put("quantity", "3")
            .put("externalId", "milk-1")
            .put("expiryDate", "2020-01-01")
            .put("productId", product)
            .put("categoryId", category));

    private JsonObject state() {
        return user.query(EVERYTHING);
    }

    /** One that could be started. */
    private String waitingImport() {
        UUID id = RowIds.next();
        UUID owner = NodeId.decode(
                        user.query("{ viewer { id } }").getJsonObject("viewer").getString("id"),
                        org.expirytracker.users.User.TYPE)
                .orElseThrow();
        new Stock(TestDatabase.migrated())
                .run(
                        "INSERT INTO imports (user_id, id, name, maker_id, session_id, state, row_count, options)"
                                + " VALUES (?, ?, 'x', ?, ?, 'READY', 1, ?)",
                        owner,
                        id,
                        owner,
                        owner,
                        """
                        {"layout": {"format": "CSV", "charset": "UTF_8", "delimiter": ","}, "origin": "OTHER",
                         "columns": [{"name": "Name", "samples": [], "field": "NAME"}], "createCategories": true,
                         "errorPolicy": "REJECT_ALL"}""");
        return new NodeId(Import.TYPE, id).encoded();
    }

    private Map<String, JsonObject> inputs() {
        String change = user.query("{ activities(first: 1, filter: {kind: [ITEM_CREATED]}) { nodes { id } } }")
                .getJsonObject("activities")
                .getJsonArray("nodes")
                .getJsonObject(0)
                .getString("id");
        JsonObject bread = new JsonObject().put("name", "Bread").put("externalId", "bread-1");
        JsonObject named = new JsonObject().put("id", item);
        Map<String, JsonObject> inputs = new TreeMap<>();
        inputs.put("createCategory", new JsonObject().put("name", "Tins"));
        inputs.put("updateCategory", new JsonObject().put("id", category).put("name", "Cheese"));
        inputs.put("deleteCategory", new JsonObject().put("id", category));
        inputs.put("createProduct", new JsonObject().put("name", "Butter"));
        inputs.put("updateProduct", new JsonObject().put("id", product).put("name", "Oat milk"));
        inputs.put("deleteProduct", new JsonObject().put("id", product));
        inputs.put(
                "takeOutProduct",
                new JsonObject()
                        .put("productId", product)
                        .put("quantity", "1")
                        .put("outcome", "USED")
                        .put("includeExpired", true));
        inputs.put("createItem", bread);
        inputs.put("createItems", new JsonObject().put("items", JsonArray.of(bread)));
        inputs.put("upsertItems", new JsonObject().put("items", JsonArray.of(bread)));
        inputs.put("updateItem", new JsonObject().put("id", item).put("name", "Soy milk"));
        inputs.put(
                "updateItems",
                new JsonObject()
                        .put(
                                "items",
                                JsonArray.of(new JsonObject().put("id", item).put("name", "Soy milk"))));
        inputs.put(
                "setCategoryOf",
                new JsonObject().put("items", JsonArray.of(named)).putNull("categoryId"));
        inputs.put("deleteItem", new JsonObject().put("id", item));
        inputs.put("deleteItems", new JsonObject().put("items", JsonArray.of(named)));
        inputs.put("takeOut", new JsonObject().put("itemId", item).put("outcome", "USED"));
        inputs.put(
                "takeOutMany",
                new JsonObject()
                        .put(
                                "takeOuts",
                                JsonArray.of(
                                        new JsonObject().put("itemId", item).put("outcome", "USED"))));
        JsonObject file = new JsonObject().put("id", waitingImport());
        inputs.put("previewImport", file);
        inputs.put("startImport", file);
        inputs.put("cancelImport", file);
        inputs.put("undo", new JsonObject().put("activityId", change));
        return inputs;
    }

    @Test
    void leaves_everything_as_it_was_whatever_is_tried() {
        Map<String, JsonObject> inputs = inputs();
        List<String> mutations = MUTATION.matcher(GraphQLFactory.schemaText())
                .results()
                .map(found -> found.group(1))
                .toList();
        assertThat(inputs.keySet()).containsExactlyInAnyOrderElementsOf(mutations);
        JsonObject before = state();

        for (String mutation : mutations) {
            JsonObject payload = user.attempt(
                    mutation,
                    "@dryRun",
                    "__typename userErrors { message }",
                    inputs.getOrDefault(mutation, new JsonObject()));
            assertThat(payload.getJsonArray("userErrors")).as(mutation).isEmpty();
            assertThat(state()).as(mutation).isEqualTo(before);
        }
        // And each of them would have changed something.
        for (String mutation : List.of("createItem", "updateItem", "takeOut")) {
            assertThat(user.attempt(mutation, "userErrors { message }", inputs.getOrDefault(mutation, new JsonObject()))
                            .getJsonArray("userErrors"))
                    .isEmpty();
            JsonObject after = state();
            assertThat(after).as(mutation).isNotEqualTo(before);
            before = after;
        }
    }

    @Test
    void answers_as_if_it_were_done() {
        JsonObject payload = user.attempt(
                "takeOut",
                "@dryRun",
                "item { id quantity version category { name } }",
                new JsonObject().put("itemId", item).put("quantity", "2").put("outcome", "USED"));

        assertThat(payload.getJsonObject("item"))
                .isEqualTo(new JsonObject()
                        .put("id", item)
                        .put("quantity", "1")
                        .put("version", 2)
                        .put("category", new JsonObject().put("name", "Dairy")));
    }

    @Test
    void refuses_what_would_be_refused() {
        JsonObject payload = user.attempt(
                "takeOut",
                "@dryRun",
                "userErrors { code }",
                new JsonObject().put("itemId", item).put("quantity", "4").put("outcome", "USED"));

        assertThat(payload.getJsonArray("userErrors")).hasSize(1);
    }

    @Test
    void keeps_no_answer_for_a_retry() {
        JsonObject bread = new JsonObject().put("name", "Bread");
        String document = "mutation ($input: CreateItemInput!, $trial: Boolean!) { createItem(input: $input)"
                + " @idempotent(key: \"once\") @dryRun(if: $trial) { item { name } } }";

        user.query(document, new JsonObject().put("input", bread).put("trial", true));
        assertThat(state().getJsonObject("items").getJsonArray("nodes")).hasSize(1);
        user.query(document, new JsonObject().put("input", bread).put("trial", false));

        assertThat(state().getJsonObject("items").getJsonArray("nodes")).hasSize(2);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "mutation { generateReport(input: {}) @dryRun { report { date } } }",
                "mutation { createApiToken(input: {name: \"x\", scopes: [ACCOUNT]}) @dryRun(if: false) { token } }",
                "{ items @dryRun { totalCount } }",
                "mutation { createItem(input: {name: \"x\"}) { item { name @dryRun } } }"
            })
    void stands_nowhere_else(String document) {
        JsonObject answer = user.answer(document, new JsonObject());

        assertThat(answer.getJsonArray("errors").getJsonObject(0).getString("message"))
                .contains("@dryRun stands on");
        assertThat(answer.getJsonObject("data")).isNull();
    }
}
