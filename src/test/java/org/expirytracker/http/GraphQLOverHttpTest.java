package org.expirytracker.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.json.JsonObject;
import java.net.http.HttpResponse;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

class GraphQLOverHttpTest {

    @SuppressWarnings("NullAway.Init")
    private static TestServer server;

    @BeforeAll
    static void start() {
        server = new TestServer();
    }

    @AfterAll
    static void stop() {
        server.close();
    }

    @Test
    void a_query_is_answered_with_its_cost() {
        HttpResponse<String> answer =
                server.query("{ things(first: 2) { nodes { id name price parent { name } } totalCount } }");

        assertThat(answer.statusCode()).isEqualTo(200);
        JsonObject body = new JsonObject(answer.body());
        assertThat(body.getJsonObject("data").getJsonObject("things").getInteger("totalCount"))
                .isEqualTo(1_000);
        assertThat(body.getJsonObject("data").encode())
                .contains("\"price\":\"0.1\"", "\"parent\":{\"name\":\"thing 2\"}");
        assertThat(body.getJsonObject("extensions").getJsonObject("cost").getInteger("requested"))
                .isEqualTo(5);
    }

    @Test
    void a_payload_shows_its_object_and_inherited_user_errors() {
        HttpResponse<String> answer =
                server.query("mutation { addThing(input: {name: \"x\"}) { item { name } userErrors { code } } }");

        assertThat(answer.body()).contains("\"userErrors\":[]", "\"item\":{\"name\":\"thing 1\"}");
    }
}
