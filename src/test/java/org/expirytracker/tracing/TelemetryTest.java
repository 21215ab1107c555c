package org.expirytracker.tracing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.expirytracker.tracing.Collector.attribute;
import static org.expirytracker.tracing.Collector.isPartOf;
import static org.expirytracker.tracing.Collector.traceOf;

import io.opentelemetry.proto.trace.v1.Span;
import io.opentelemetry.proto.trace.v1.Status;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.stream.Collectors;
import org.expirytracker.TestApi;
import org.expirytracker.TestApi.User;
import org.expirytracker.TestDatabase;
import org.expirytracker.outbound.Receiver;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What a node sends to a collector, over the network: each test follows a trace of its own. */
@Timeout(60)
class TelemetryTest {

    private static final Collector COLLECTOR = new Collector();
    private static final TestApi NODE = TestApi.start(
            TestDatabase.freshMigrated(),
            Map.of(
                    "OTEL_EXPORTER_OTLP_ENDPOINT", COLLECTOR.url(),
                    "OTEL_RESOURCE_ATTRIBUTES", "deployment.environment.name=test",
                    "OTEL_BSP_SCHEDULE_DELAY", "50",
                    "OTEL_METRIC_EXPORT_INTERVAL", "500",
                    "EXPIRY_REGISTRATION", "open",
                    "EXPIRY_WEBHOOK_ALLOW", "127.0.0.1",
                    "EXPIRY_TURN_INTERVAL_SECONDS", "1"));

    @AfterAll
    static void stop() throws IOException {
        NODE.close();
        COLLECTOR.close();
    }

    private final User user = NODE.newUser();
    private final String trace = UUID.randomUUID().toString().replace("-", "");

    /** Asks as part of a trace that a caller has begun. */
    private HttpResponse<String> ask(String document, JsonObject variables) throws Exception {
        HttpRequest request = HttpRequest.newBuilder(NODE.uri("/graphql"))
                .header("Content-Type", "application/json")
                .header("Authorization", "Bearer " + user.token())
                .header("Traceparent", "00-" + trace + "-00f067aa0ba902b7-01")
                .POST(HttpRequest.BodyPublishers.ofString(
                        JsonObject.of("query", document, "variables", variables).encode()))
                .build();
        return HttpClient.newHttpClient().send(request, HttpResponse.BodyHandlers.ofString());
    }

    private Span span(String name) throws InterruptedException {
        return COLLECTOR.await(
                each -> traceOf(each).equals(trace) && each.getName().equals(name));
    }

    private static Span partOf(Span whole, String name) throws InterruptedException {
        return COLLECTOR.await(each -> isPartOf(each, whole) && each.getName().equals(name));
    }

    private static Span statementOf(Span whole, String text) throws InterruptedException {
        return COLLECTOR.await(each ->
                isPartOf(each, whole) && attribute(each, "db.query.text").contains(text));
    }

    @Nested
    class Of_a_request {

        @Test
        void go_on_with_the_trace_of_the_caller_down_to_the_statements() throws Exception {
            String category = user.mutate("createCategory", "category { id }", JsonObject.of("name", "Dairy"))
                    .getJsonObject("category")
                    .getString("id");
            user.createItem(JsonObject.of("name", "A name that nobody may see", "categoryId", category));

            HttpResponse<String> answer =
                    ask("query Shelf { items { nodes { name category { name } } } }", JsonObject.of());

            assertThat(answer.body()).contains("A name that nobody may see", "Dairy");
            Span request = span("POST /graphql");
            assertThat(request.getKind()).isEqualTo(Span.SpanKind.SPAN_KIND_SERVER);
            assertThat(HexFormat.of().formatHex(request.getParentSpanId().toByteArray()))
                    .isEqualTo("00f067aa0ba902b7");
            assertThat(attribute(request, "http.response.status_code")).isEqualTo("200");
            Span operation = partOf(request, "query Shelf");
            assertThat(attribute(operation, "graphql.operation.type")).isEqualTo("query");
            Span level = partOf(operation, "field items");
            Span items = statementOf(level, "FROM items");
            assertThat(attribute(items, "db.query.text")).contains("$1");
            assertThat(items.getKind()).isEqualTo(Span.SpanKind.SPAN_KIND_CLIENT);
            Span categories = partOf(operation, "load Category");
            assertThat(attribute(categories, "expiry.keys")).isEqualTo("1");
            assertThat(attribute(categories, "expiry.fields")).isEqualTo("category");
            statementOf(categories, "FROM categories");
            assertThat(COLLECTOR.resource("service.name")).contains("expiry-tracker");
            assertThat(COLLECTOR.resource("deployment.environment.name")).contains("test");
        }

        @Test
        void tell_nothing_of_what_was_written_or_lets_its_holder_in() throws Exception {
            ask(
                    "mutation { createItem(input: { name: \"in the document\" }) { userErrors { code } } }",
                    JsonObject.of());
            ask(
                    "mutation ($input: CreateItemInput!) { createItem(input: $input) { item { id } userErrors { code } } }",
                    JsonObject.of("input", JsonObject.of("name", "in the variables")));
            NODE.get("/calendar/a-secret-address.ics");
            span("mutation createItem");
            COLLECTOR.await(each -> each.getName().equals("GET /calendar/:address"));

            String all = COLLECTOR.all().stream().map(Span::toString).collect(Collectors.joining());

            assertThat(all).doesNotContain("in the document", "in the variables", "a-secret-address", user.token());
        }

        @Test
        void show_what_failed_by_its_code() throws Exception {
            ask("{ node(id: \"nothing\") { id } } ", JsonObject.of());
            ask("mutation Rename { updateItem(input: { id: \"nothing\" }) { userErrors { code } } }", JsonObject.of());

            Span operation = span("mutation Rename");

            assertThat(operation.getStatus().getCode()).isNotEqualTo(Status.StatusCode.STATUS_CODE_ERROR);
            assertThat(span("query node").getEventsList()).isEmpty();
        }

        @Test
        void are_of_one_caller_each() throws Exception {
            ask("{ viewer { id } }", JsonObject.of());
            Span mine = span("query viewer");
            user.query("{ viewer { username } }");

            Span other = COLLECTOR.await(each ->
                    each.getName().equals("query viewer") && !traceOf(each).equals(trace));

            assertThat(traceOf(other)).isNotEqualTo(traceOf(mine));
            assertThat(COLLECTOR.all()).noneMatch(each -> each.getName().equals("GET /health/ready"));
        }
    }

    @Nested
    class Of_a_webhook {

        @Test
        void lead_from_the_job_to_the_receiver_and_back_to_the_change() throws Exception {
            try (Receiver receiver = new Receiver()) {
                // Of the same trace: a job that it has begun may find the item as well.
                ask(
                        "mutation ($input: CreateWebhookInput!) { createWebhook(input: $input) { userErrors { code } } }",
                        JsonObject.of(
                                "input",
                                JsonObject.of(
                                        "url", receiver.url(), "events", new JsonArray(List.of("ITEM_CREATED")))));
                ask(
                        "mutation Add { createItem(input: { name: \"Milk\" }) { item { id } userErrors { code } } }",
                        JsonObject.of());
                String[] header = receiver.next().header("traceparent").split("-", -1);

                Span sent = COLLECTOR.await(each -> traceOf(each).equals(header[1])
                        && HexFormat.of()
                                .formatHex(each.getSpanId().toByteArray())
                                .equals(header[2]));
                assertThat(sent.getName()).isEqualTo("POST");
                assertThat(sent.toString()).doesNotContain("/hook");
                Span job = COLLECTOR.await(each -> isPartOf(sent, each));
                assertThat(job.getName()).isEqualTo("job webhook");
                assertThat(job.getParentSpanId().isEmpty()).isTrue();
                assertThat(job.getLinksList())
                        .extracting(link ->
                                HexFormat.of().formatHex(link.getTraceId().toByteArray()))
                        .containsExactly(trace);
                statementOf(job, "FROM webhooks");
            }
        }
    }
}
