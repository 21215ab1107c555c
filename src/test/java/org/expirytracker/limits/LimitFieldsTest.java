package org.expirytracker.limits;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.expirytracker.TestApi;
import org.expirytracker.TestApi.User;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class LimitFieldsTest {

    private static final TestApi NODE = TestApi.node();
    private static final String RATE_LIMIT = "rateLimit { cost limit remaining resetAt }";

    private final User user = NODE.newUser();

    @Nested
    class RateLimit {

        /** The last of them is executed by graphql-java, the others by plans. */
        @ParameterizedTest
        @ValueSource(
                strings = {
                    "{ " + RATE_LIMIT + " }",
                    "{ items(first: 100) { nodes { id category { name } } } " + RATE_LIMIT + " }",
                    "{ __schema { queryType { name } } " + RATE_LIMIT + " }"
                })
        void says_what_the_extensions_say_of_the_same_operation(String query) {
            JsonObject answer = user.answer(query, new JsonObject());

            JsonObject cost = answer.getJsonObject("extensions").getJsonObject("cost");
            JsonObject budget = cost.getJsonObject("budget");
            JsonObject said = answer.getJsonObject("data").getJsonObject("rateLimit");
            assertThat(said.getInteger("cost")).isEqualTo(cost.getInteger("requested"));
            assertThat(said.getInteger("limit")).isEqualTo(budget.getInteger("capacity"));
            assertThat(said.getInteger("remaining")).isEqualTo(budget.getInteger("remaining"));
        }

        @Test
        void says_when_the_budget_is_full_again() {
            user.query("{ items(first: 100) { nodes { id category { name } } } }");

            JsonObject said = user.query("{ " + RATE_LIMIT + " }").getJsonObject("rateLimit");

            int lacks = said.getInteger("limit") - said.getInteger("remaining");
            assertThat(lacks).isPositive();
            assertThat(Instant.parse(said.getString("resetAt")))
                    .isAfter(Instant.now().minus(Duration.ofMinutes(1)))
                    .isBefore(Instant.now().plusSeconds(lacks));
        }

        @Test
        void is_of_the_budget_of_an_API_token_where_that_pays() {
            JsonObject token =
                    new JsonObject().put("name", "a program").put("scopes", new JsonArray(List.of("ITEMS_READ")));
            User program = new User(
                    NODE,
                    user.name(),
                    user.mutate("createApiToken", "token", token).getString("token"));
            String query = "{ rateLimit { limit } }";

            assertThat(program.query(query).getJsonObject("rateLimit").getInteger("limit") * 2)
                    .isEqualTo(user.query(query).getJsonObject("rateLimit").getInteger("limit"));
        }
    }
}
