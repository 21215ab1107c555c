package org.expirytracker.categories;

import static org.assertj.core.api.Assertions.assertThat;
import static org.expirytracker.TestApi.each;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.expirytracker.Noon;
import org.expirytracker.TestApi;
import org.expirytracker.TestApi.User;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(60)
class CategoryFieldsTest {

    private static final TestApi NODE = TestApi.node();
    private static final String FIELDS = "id name description color leadDays version createdAt updatedAt itemCount";
    private static final String CATEGORY = "category { " + FIELDS + " }";

    private final User user = NODE.newUser(Noon.ZONE);

    private JsonObject create(JsonObject input) {
        return user.mutate("createCategory", CATEGORY, input).getJsonObject("category");
    }

    private JsonObject update(JsonObject input) {
        return user.mutate("updateCategory", CATEGORY, input).getJsonObject("category");
    }

    private @Nullable JsonObject find(String id) {
        return user.query("query ($id: ID!) { category(id: $id) { " + FIELDS + " } }", JsonObject.of("id", id))
                .getJsonObject("category");
    }

    private JsonObject categories(String arguments) {
        return user.query("{ categories" + arguments + " { nodes { id name } totalCount"
                        + " pageInfo { hasNextPage hasPreviousPage startCursor endCursor } } }")
                .getJsonObject("categories");
    }

    private List<Object> names() {
        return each(categories("").getJsonArray("nodes"), "name");
    }

    @Nested
    class CreateCategory {

        @Test
        void needs_no_more_than_a_name() {
            JsonObject category = create(JsonObject.of("name", " Dairy "));

            assertThat(category.getMap())
                    .containsEntry("name", "Dairy")
                    .containsEntry("description", null)
                    .containsEntry("color", null)
                    .containsEntry("leadDays", null)
                    .containsEntry("version", 1)
                    .containsEntry("itemCount", 0);
            assertThat(find(category.getString("id"))).isEqualTo(category);
        }

        @Test
        void keeps_everything_as_given_and_the_colour_in_lower_case() {
            JsonObject category =
                    create(JsonObject.of("name", "Dairy", "description", "cold", "color", "#2E7D32", "leadDays", 0));

            assertThat(category.getMap())
                    .containsEntry("description", "cold")
                    .containsEntry("color", "#2e7d32")
                    .containsEntry("leadDays", 0);
        }

        @ParameterizedTest
        @ValueSource(strings = {"Dairy", "dairy", "DAIRY", " dAiRy "})
        void refuses_a_name_that_is_taken_in_whatever_case(String name) {
            create(JsonObject.of("name", "Dairy"));

            assertThat(user.refusals("createCategory", JsonObject.of("name", name)))
                    .containsExactly("CONFLICT input.name");
            assertThat(names()).containsExactly("Dairy");
        }

        @Test
        void takes_a_name_that_only_another_user_has() {
            NODE.newUser().createCategory("Dairy");

            assertThat(create(JsonObject.of("name", "Dairy")).getString("name")).isEqualTo("Dairy");
        }

        @Test
        void of_many_of_one_name_at_once_makes_one() throws Exception {
            List<User> nodes = List.of(user, user.on(TestApi.otherNode()));
            List<List<String>> refusals = new ArrayList<>();
            try (ExecutorService threads = Executors.newFixedThreadPool(4)) {
                List<Future<List<String>>> answers = new ArrayList<>();
                for (int at = 0; at < 6; at++) {
                    User on = nodes.get(at % 2);
                    answers.add(threads.submit(() -> on.refusals("createCategory", JsonObject.of("name", "Dairy"))));
                }
                for (Future<List<String>> answer : answers) {
                    refusals.add(answer.get());
                }
            }

            assertThat(refusals).filteredOn(List::isEmpty).hasSize(1);
            assertThat(refusals)
                    .filteredOn(List.of("CONFLICT input.name")::equals)
                    .hasSize(5);
        }

        @ParameterizedTest
        @ValueSource(strings = {"red", "#12345", "#1234567", "#gggggg", "2e7d32"})
        void refuses_a_colour_of_another_form(String color) {
            assertThat(user.refusals("createCategory", JsonObject.of("name", "Dairy", "color", color)))
                    .isNotEmpty()
                    .containsOnly("INVALID input.color");
            assertThat(names()).isEmpty();
        }

        @Test
        void tells_everything_that_is_wrong_at_once() {
            JsonObject wrong = JsonObject.of(
                    "name", "x".repeat(201), "description", "x".repeat(2_001), "color", "red", "leadDays", -1);

            assertThat(user.refusals("createCategory", wrong))
                    .containsExactlyInAnyOrder(
                            "INVALID input.name",
                            "INVALID input.description",
                            "INVALID input.color",
                            "INVALID input.leadDays");
        }
    }

    @Nested
    class UpdateCategory {

        private final JsonObject dairy =
                create(JsonObject.of("name", "Dairy", "description", "cold", "color", "#2e7d32", "leadDays", 7));
        private final String id = dairy.getString("id");

        @Test
        void keeps_what_is_left_out_and_clears_what_is_null() {
            JsonObject updated = update(JsonObject.of("id", id, "description", null, "leadDays", 9));

            assertThat(updated)
                    .isEqualTo(dairy.copy()
                            .putNull("description")
                            .put("leadDays", 9)
                            .put("version", 2)
                            .put("updatedAt", updated.getString("updatedAt")))
                    .isEqualTo(find(id));
            assertThat(update(JsonObject.of("id", id, "color", null, "leadDays", null))
                            .getMap())
                    .containsEntry("color", null)
                    .containsEntry("leadDays", null)
                    .containsEntry("name", "Dairy");
        }

        @Test
        void changes_nothing_when_nothing_is_other_than_it_is() {
            int before = user.activityCount();

            assertThat(update(JsonObject.of("id", id, "name", "Dairy", "color", "#2E7D32")))
                    .isEqualTo(dairy);
            assertThat(user.activityCount()).isEqualTo(before);
        }

        @Test
        void may_change_the_case_of_its_own_name_but_not_take_anothers() {
            create(JsonObject.of("name", "Beans"));

            assertThat(update(JsonObject.of("id", id, "name", "DAIRY")).getString("name"))
                    .isEqualTo("DAIRY");
            assertThat(user.refusals("updateCategory", JsonObject.of("id", id, "name", "beans")))
                    .containsExactly("CONFLICT input.name");
        }

        @Test
        void is_refused_when_the_category_has_changed_since() {
            update(JsonObject.of("id", id, "name", "Milk", "expectedVersion", 1));

            assertThat(user.refusals("updateCategory", JsonObject.of("id", id, "name", "Oil", "expectedVersion", 1)))
                    .containsExactly("STALE_VERSION input.expectedVersion");
            assertThat(names()).containsExactly("Milk");
        }

        @Test
        void cannot_do_without_a_name() {
            assertThat(user.refusals("updateCategory", JsonObject.of("id", id, "name", null)))
                    .containsExactly("INVALID input.name");
        }

        @Test
        void does_not_find_what_is_not_there_or_another_users() {
            for (String missing : List.of(NODE.newUser().createCategory("Dairy"), "nonsense")) {
                assertThat(user.refusals("updateCategory", JsonObject.of("id", missing, "name", "Mine")))
                        .containsExactly("NOT_FOUND input.id");
            }
        }
    }

    @Nested
    class DeleteCategory {

        private final String dairy =
                create(JsonObject.of("name", "Dairy", "leadDays", 1)).getString("id");
        private final String milk =
                user.createItem(JsonObject.of("name", "Milk", "expiryDate", Noon.inDays(5), "categoryId", dairy));
        private final String cream = user.createItem(JsonObject.of("name", "Cream", "categoryId", dairy));

        private JsonObject item(String id) {
            return Objects.requireNonNull(user.query(
                            "query ($id: ID!) { item(id: $id) { category { name } leadDays status version } }",
                            JsonObject.of("id", id))
                    .getJsonObject("item"));
        }

        private String delete(JsonObject input) {
            return user.mutate("deleteCategory", "deletedId", input).getString("deletedId");
        }

        @Test
        void leaves_its_items_without_one_and_with_the_lead_days_of_the_user() {
            assertThat(item(milk).getString("status")).isEqualTo("ACTIVE");

            assertThat(delete(JsonObject.of("id", dairy))).isEqualTo(dairy);

            assertThat(find(dairy)).isNull();
            assertThat(item(milk))
                    .isEqualTo(
                            JsonObject.of("category", null, "leadDays", 30, "status", "EXPIRING_SOON", "version", 2));
            assertThat(item(cream).getMap()).containsEntry("category", null).containsEntry("version", 2);
            assertThat(user.query("{ notifications { totalCount } }").getJsonObject("notifications"))
                    .isEqualTo(JsonObject.of("totalCount", 1));
        }

        @Test
        void gives_its_items_used_up_or_not_to_another_one_with_the_lead_days_of_that() {
            String fridge =
                    create(JsonObject.of("name", "Fridge", "leadDays", 5)).getString("id");
            user.mutate("takeOut", "item { id }", JsonObject.of("itemId", cream, "outcome", "USED"));

            delete(JsonObject.of("id", dairy, "reassignTo", fridge));

            assertThat(item(milk).getMap())
                    .containsEntry("leadDays", 5)
                    .containsEntry("status", "EXPIRING_SOON")
                    .containsEntry("version", 2);
            for (String moved : List.of(milk, cream)) {
                assertThat(item(moved).getJsonObject("category")).isEqualTo(JsonObject.of("name", "Fridge"));
            }
            assertThat(Objects.requireNonNull(find(fridge)).getInteger("itemCount"))
                    .isEqualTo(1);
        }

        @Test
        void notes_what_becomes_of_each_item() {
            delete(JsonObject.of("id", dairy));

            assertThat(each(
                            user.query("{ activities(first: 4) { nodes { kind } } }")
                                    .getJsonObject("activities")
                                    .getJsonArray("nodes"),
                            "kind"))
                    .containsExactly("CATEGORY_DELETED", "NOTIFICATION_CREATED", "ITEM_UPDATED", "ITEM_UPDATED");
        }

        @Test
        void refuses_to_give_them_to_itself_or_to_what_is_not_there() {
            String theirs = NODE.newUser().createCategory("Fridge");

            assertThat(user.refusals("deleteCategory", JsonObject.of("id", dairy, "reassignTo", dairy)))
                    .containsExactly("INVALID input.reassignTo");
            for (String missing : List.of(theirs, milk)) {
                assertThat(user.refusals("deleteCategory", JsonObject.of("id", dairy, "reassignTo", missing)))
                        .containsExactly("NOT_FOUND input.reassignTo");
            }
            assertThat(names()).containsExactly("Dairy");
            assertThat(item(milk).getInteger("version")).isEqualTo(1);
        }

        @Test
        void is_refused_when_the_category_has_changed_since_or_is_gone() {
            update(JsonObject.of("id", dairy, "name", "Milk"));

            assertThat(user.refusals("deleteCategory", JsonObject.of("id", dairy, "expectedVersion", 1)))
                    .containsExactly("STALE_VERSION input.expectedVersion");
            delete(JsonObject.of("id", dairy, "expectedVersion", 2));
            assertThat(user.refusals("deleteCategory", JsonObject.of("id", dairy)))
                    .containsExactly("NOT_FOUND input.id");
        }

        @Test
        void frees_its_name() {
            delete(JsonObject.of("id", dairy));

            assertThat(create(JsonObject.of("name", "dairy")).getInteger("itemCount"))
                    .isZero();
        }
    }

    @Nested
    class Paging {

        private static final List<Object> BY_NAME =
                List.of("apples", "Beans", "Éclairs", "eggs", "Étagère", "milk", "Oil");

        private void fill() {
            List.of("milk", "Éclairs", "apples", "Oil", "eggs", "Beans", "Étagère")
                    .forEach(user::createCategory);
        }

        @Test
        void is_by_name_without_regard_to_case_and_accents() {
            fill();

            assertThat(names()).isEqualTo(BY_NAME);
        }

        @ParameterizedTest
        @ValueSource(ints = {1, 2, 3, 7})
        void reads_each_once_forward_and_backward(int size) {
            fill();

            List<Object> forward = new ArrayList<>();
            String after = "";
            JsonObject page;
            do {
                page = categories("(first: " + size + after + ")");
                assertThat(page.getInteger("totalCount")).isEqualTo(7);
                assertThat(page.getJsonObject("pageInfo").getBoolean("hasPreviousPage"))
                        .isEqualTo(!after.isEmpty());
                forward.addAll(each(page.getJsonArray("nodes"), "name"));
                after = ", after: \"" + page.getJsonObject("pageInfo").getString("endCursor") + "\"";
            } while (page.getJsonObject("pageInfo").getBoolean("hasNextPage"));
            List<Object> backward = new ArrayList<>();
            String before = "";
            do {
                page = categories("(last: " + size + before + ")");
                assertThat(page.getJsonObject("pageInfo").getBoolean("hasNextPage"))
                        .isEqualTo(!before.isEmpty());
                backward.addAll(0, each(page.getJsonArray("nodes"), "name"));
                before = ", before: \"" + page.getJsonObject("pageInfo").getString("startCursor") + "\"";
            } while (page.getJsonObject("pageInfo").getBoolean("hasPreviousPage"));

            assertThat(forward).isEqualTo(BY_NAME);
            assertThat(backward).isEqualTo(BY_NAME);
        }

        @Test
        void goes_on_at_the_same_place_when_the_category_it_ended_with_is_gone() {
            fill();
            JsonObject page = categories("(first: 3)");
            JsonArray nodes = page.getJsonArray("nodes");
            String cursor = page.getJsonObject("pageInfo").getString("endCursor");

            user.mutate(
                    "deleteCategory",
                    "deletedId",
                    JsonObject.of("id", nodes.getJsonObject(2).getString("id")));

            assertThat(each(categories("(after: \"" + cursor + "\")").getJsonArray("nodes"), "name"))
                    .isEqualTo(BY_NAME.subList(3, 7));
        }

        @Test
        void shows_only_ones_own() {
            NODE.newUser().createCategory("theirs");
            user.createCategory("mine");

            assertThat(names()).containsExactly("mine");
            assertThat(categories("").getInteger("totalCount")).isEqualTo(1);
        }
    }

    @Nested
    class Filters {

        private List<Object> found(String filter) {
            JsonObject page = categories("(filter: " + filter + ")");
            List<Object> names = each(page.getJsonArray("nodes"), "name");
            assertThat(page.getInteger("totalCount")).isEqualTo(names.size());
            return names;
        }

        @Test
        void find_by_words_and_by_names_without_regard_to_case_and_accents() {
            create(JsonObject.of("name", "Müsli", "description", "for breakfast"));
            create(JsonObject.of("name", "Milk 5%"));
            create(JsonObject.of("name", "Tea"));

            assertThat(found("{ search: \"BREAK musl\" }")).containsExactly("Müsli");
            assertThat(found("{ search: \"5%\" }")).containsExactly("Milk 5%");
            assertThat(found("{ search: \"%\" }")).containsExactly("Milk 5%");
            assertThat(found("{ search: \"_\" }")).isEmpty();
            assertThat(found("{ names: [\"TEA\", \"MÜSLI\", \"none\"] }")).containsExactly("Müsli", "Tea");
            assertThat(found("{ names: [\"TEA\"], search: \"milk\" }")).isEmpty();
            assertThat(found("{ names: [] }")).isEmpty();
            assertThat(found("{}")).hasSize(3);
        }

        @Test
        void page_on_within_what_they_find() {
            create(JsonObject.of("name", "a1"));
            create(JsonObject.of("name", "b"));
            create(JsonObject.of("name", "a2"));
            JsonObject first = categories("(first: 1, filter: { search: \"a\" })");
            String end = first.getJsonObject("pageInfo").getString("endCursor");
            JsonObject second = categories("(first: 5, after: \"" + end + "\", filter: { search: \"a\" })");

            assertThat(each(first.getJsonArray("nodes"), "name")).containsExactly("a1");
            assertThat(each(second.getJsonArray("nodes"), "name")).containsExactly("a2");
            assertThat(second.getInteger("totalCount")).isEqualTo(2);
        }

        @Test
        void name_what_is_wrong_with_them() {
            JsonObject error = user.answer("{ categories(filter: { names: [\"\"] }) { totalCount } }", new JsonObject())
                    .getJsonArray("errors")
                    .getJsonObject(0);

            assertThat(error.getString("message")).contains("Entry 1 of names is empty.");
        }
    }
}
