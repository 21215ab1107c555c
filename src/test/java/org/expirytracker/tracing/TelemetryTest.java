package org.expirytracker.tracing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.expirytracker.tracing.Collector.attribute;
import static org.expirytracker.tracing.Collector.isPartOf;
import static org.expirytracker.tracing.Collector.traceOf;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import io.opentelemetry.proto.metrics.v1.Metric;
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
import java.util.concurrent.CompletableFuture;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.expirytracker.ProvenRoom;
import org.expirytracker.ServerProcess;
import org.expirytracker.TestApi;
import org.expirytracker.TestApi.User;
import org.expirytracker.TestDatabase;
import org.expirytracker.cli.LineContext;
import org.expirytracker.outbound.Receiver;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.slf4j.LoggerFactory;

/** What a node sends to a collector, over the network: each test follows a trace of its own. */
@Timeout(60)
class TelemetryTest {

    private static final HttpClient HTTP = HttpClient.newHttpClient();
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
        return HTTP.send(request(document, variables).build(), HttpResponse.BodyHandlers.ofString());
    }

    private HttpRequest.Builder request(String document, JsonObject variables) {
        return HttpRequest.newBuilder(NODE.uri("/graphql"))
                .header("Content-Type", "application/json")
                .header("Authorization", "Bearer " + user.token())
                .header("Traceparent", "00-" + trace + "-00f067aa0ba902b7-01")
                .POST(HttpRequest.BodyPublishers.ofString(
                        JsonObject.of("query", document, "variables", variables).encode()));
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
    class Metrics {

        @Test
        void are_sent_as_well_as_shown() throws Exception {
            ask("{ viewer { id } }", JsonObject.of());

            Metric operations = COLLECTOR.awaitMetric(metric -> metric.getName().equals("expiry.graphql.operations"));

            assertThat(operations.getDescription()).isEqualTo("GraphQL operations by what became of them");
            assertThat(NODE.get("/metrics").body()).contains("expiry_graphql_operations_seconds_count");
        }
    }

    @Nested
    @ProvenRoom("product")
    class Of_a_node_that_is_not_told_where_to_send {

        @Test
        void there_are_none_and_nothing_of_it_is_loaded() throws Exception {
            try (ServerProcess node = ServerProcess.start(TestDatabase.migrated())) {
                HttpRequest request = HttpRequest.newBuilder(node.uri("/graphql"))
                        .header("Content-Type", "application/json")
                        .POST(HttpRequest.BodyPublishers.ofString("{\"query\":\"{ __typename }\"}"))
                        .build();
                assertThat(HTTP.send(request, HttpResponse.BodyHandlers.ofString())
                                .statusCode())
                        .isEqualTo(200);

                assertThat(node.loadedClasses())
                        .contains("org.expirytracker.cli.Server")
                        .doesNotContain("io.opentelemetry", "com.google.protobuf", "OpenTelemetryTracer");
            }
        }
    }

    @Nested
    class Lines_of_the_log {

        private final ListAppender<ILoggingEvent> log = new ListAppender<>();
        private final Logger logger = (Logger) LoggerFactory.getLogger("org.expirytracker.http.HttpExchange");

        @BeforeEach
        void listen() {
            log.addFilter(new LineContext());
            log.start();
            logger.addAppender(log);
            logger.setLevel(Level.DEBUG);
        }

        @AfterEach
        void stop() {
            logger.detachAppender(log);
            logger.setLevel(null);
        }

        @Test
        void tell_their_request_and_its_trace() throws Exception {
            String requestId = ask("{ viewer { id } }", JsonObject.of())
                    .headers()
                    .firstValue("X-Request-Id")
                    .orElseThrow();
            Span request = span("POST /graphql");

            assertThat(log.list)
                    .filteredOn(line -> line.getKeyValuePairs().toString().contains(requestId))
                    .singleElement()
                    .satisfies(line -> assertThat(line.getKeyValuePairs().toString())
                            .contains(
                                    "requestId=\"" + requestId,
                                    "trace_id=\"" + trace,
                                    "span_id=\""
                                            + HexFormat.of()
                                                    .formatHex(
                                                            request.getSpanId().toByteArray())));
            assertThat(attribute(request, "expiry.request_id")).isEqualTo(requestId);
        }

        @Test
        void tell_of_no_request_but_their_own() throws Exception {
            List<CompletableFuture<HttpResponse<String>>> answers = IntStream.range(0, 50)
                    .mapToObj(number -> HTTP.sendAsync(
                            request("{ viewer { id } }", JsonObject.of())
                                    .header("X-Request-Id", "request-" + trace + "-" + number)
                                    .build(),
                            HttpResponse.BodyHandlers.ofString()))
                    .toList();
            answers.forEach(CompletableFuture::join);

            assertThat(log.list)
                    .extracting(line -> line.getKeyValuePairs().toString())
                    .filteredOn(line -> line.contains(trace + "-"))
                    .hasSize(50)
                    .doesNotHaveDuplicates();
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
