package org.expirytracker.api;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.AppenderBase;
import graphql.language.EnumValue;
import graphql.language.FieldDefinition;
import io.vertx.core.json.JsonObject;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Semaphore;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.expirytracker.ProvenRoom;
import org.expirytracker.TestApi;
import org.expirytracker.http.Mangled;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

/**
 * Ten thousand requests by chance, made from the schema and broken at every level: bytes, JSON, document, literals,
 * variables. The same every time; another run is {@code -Dfuzz.seed=…}, a longer one {@code -Dfuzz.requests=…}.
 */
@ProvenRoom("product")
class FuzzTest {

    private static final long SEED = Long.getLong("fuzz.seed", 20_261_125);
    private static final int REQUESTS = Integer.getInteger("fuzz.requests", 10_000);
    private static final int AT_ONCE = 16;

    /** Stands in a request where an odd value is put in. */
    private static final String HERE = "put it here";

    /** What no answer may hold: names of classes, lines of a stack trace, statements, words of the engine. */
    private static final Pattern INSIDE = Pattern.compile(
            "Exception|\\b(java|javax|io|com|graphql)\\.[a-z]+\\.|\\tat |SQLSTATE|\"INTERNAL\"|Validation error|offending|ANTLR|Variable '");

    /** An event loop that stood still for five seconds: a busy machine alone makes it two. */
    private static final Pattern BLOCKED = Pattern.compile("has been blocked for ([5-9]|\\d{2,})\\d{3} ms");

    private static final String DIGITS = "7".repeat(10_000);

    /** As JSON. */
    private static final List<String> ODD_VALUES = List.of(
            "\"\\u0000\"",
            "\"a\\u0000b\"",
            "\"\\ud800\"",
            "\"a\\udc00\\ud800\"",
            "\"\\u202e\\u0301\\ufeff\\uffff\"",
            "2147483647",
            "2147483648",
            "-2147483649",
            "9223372036854775808",
            "1e400",
            "-1e400",
            "1e-400",
            "1e999999999",
            "1E+2",
            "-0",
            "0.5",
            DIGITS,
            "-0." + DIGITS,
            "1e" + DIGITS,
            "\"" + DIGITS + "\"",
            "\"1e400\"",
            "\"1e999999999\"",
            "\"NaN\"",
            "\"-Infinity\"",
            "NaN",
            "true",
            "null",
            "[]",
            "[null]",
            "{}",
            "{\"\":null}",
            "{\"a\":1,\"a\":2}",
            "{\"__proto__\":{\"a\":1}}",
            "[[[[[[[[1]]]]]]]]",
            "{\"a\":{\"a\":{\"a\":{\"a\":[{}]}}}}",
            "[".repeat(10_000) + "]".repeat(10_000),
            "{\"a\":".repeat(10_000) + "1" + "}".repeat(10_000),
            IntStream.range(0, 3_000).mapToObj(Integer::toString).collect(Collectors.joining(",", "[", "]")),
            IntStream.range(0, 300).mapToObj(at -> "{\"name\":\"a\"}").collect(Collectors.joining(",", "[", "]")),
            "\"" + "x".repeat(100_000) + "\"",
            "\"" + "\\ud83d\\ude00".repeat(300) + "\"",
            "\"\"",
            "\" \\t\\n\"",
            "\"999999999-12-31\"",
            "\"-999999999-01-01\"",
            "\"0000-01-01\"",
            "\"9999-12-31\"",
            "\"2026-02-30\"",
            "\"2026-11-25T24:00:00Z\"",
            "\"9999-12-31T23:59:59.999999999-18:00\"",
            "\"0001-01-01T00:00:00+18:00\"",
            "\"+1000000000-12-31T23:59:60Z\"",
            "\"Europe/Paris\"",
            "\"Etc/../../passwd\"",
            "\"GMT+25\"",
            "\"' OR 1=1; --\"",
            "\"%_\\\\\"",
            "\"${jndi:ldap://a}\"",
            "\"\\r\\nSet-Cookie: a=b\"",
            "\"AAAA\"",
            "\"SQ\"");

    /** As GraphQL. */
    private static final List<String> ODD_LITERALS = List.of(
            "2147483648",
            "-2147483649",
            "1e400",
            "-1e999999999",
            DIGITS,
            "\"\\u0000\"",
            "\"\\uD800\"",
            "\"\\u{10FFFF}\"",
            "\"\"\"\n block \"\"\"",
            "\"999999999-12-31\"",
            "null",
            "true",
            "ODD",
            "[]",
            "[[[1]]]",
            "{}",
            "{a: {a: 1, a: 2}}",
            "{input: $input}",
            "$undeclared",
            "$",
            "\"" + "y".repeat(5_000) + "\"",
            "[" + "1,".repeat(1_500) + "]",
            "[".repeat(300) + "]".repeat(300),
            "@a",
            "-",
            "1.",
            "01");

    private static final HttpClient HTTP =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

    private final SchemaWalk schema = SchemaWalk.PRODUCT;
    private final Random random = new Random(SEED);
    private final List<SchemaWalk.Field> fields = usableFields();
    private final List<String> complaints = Collections.synchronizedList(new ArrayList<>());

    /** Fields that check credentials cost a hash each, so that they come seldom. */
    private List<SchemaWalk.Field> usableFields() {
        List<SchemaWalk.Field> usable = new ArrayList<>();
        List<String> parents = new ArrayList<>(schema.nodeTypes());
        parents.addAll(List.of("Query", "Mutation", "Subscription"));
        for (SchemaWalk.Field field : schema.allFields()) {
            if (parents.contains(field.parent())) {
                boolean costly = field.definition().hasDirective("checksCredential");
                for (int share = 0; share < (costly ? 1 : 6); share++) {
                    usable.add(field);
                }
            }
        }
        return usable;
    }

    /** Whether a field could end the session that calls it. */
    private static boolean endsSessions(FieldDefinition field) {
        return field.getDirectives("access").stream()
                .map(access -> Objects.requireNonNull(access.getArgument("needs")))
                .anyMatch(argument -> argument.getValue() instanceof EnumValue needs
                        && needs.getName().equals("SESSION"));
    }

    @SuppressWarnings("ArrayRecordComponent") // Nothing compares it.
    private record Fuzzed(byte[] body, String token) {}

    private Fuzzed fuzzed(Holder sender, Holder expendable) {
        SchemaWalk.Field field = fields.get(random.nextInt(fields.size()));
        Holder by = endsSessions(field.definition()) ? expendable : sender;
        String token = random.nextInt(5) == 0 ? "" : by.user().token();
        if (random.nextInt(200) == 0) {
            byte[] noise = new byte[random.nextInt(2_000)];
            random.nextBytes(noise);
            return new Fuzzed(noise, token);
        }
        List<SchemaWalk.Leaf> leaves = schema.leaves(field);
        JsonObject request = leaves.isEmpty()
                ? schema.request(field, by::sample)
                : schema.request(leaves.get(random.nextInt(leaves.size())), HERE, by::sample);
        String body = switch (random.nextInt(8)) {
            case 0 ->
                request.put("query", Mangled.text(request.getString("query"), random))
                        .encode();
            case 1 ->
                request.put("query", withOddLiteral(request.getString("query"))).encode();
            case 2 -> request.put("query", repeated(request.getString("query"))).encode();
            case 3 -> oddlyBuilt(request);
            case 4, 5 -> withNulls(request).encode();
            default -> request.encode();
        };
        // Half a character can stand in JSON only as its escape.
        String written = body.replace("\"" + HERE + "\"", odd()).replace("\ud800", "\\ud800");
        return new Fuzzed(random.nextInt(5) == 0 ? Mangled.bytes(written, random) : written.getBytes(UTF_8), token);
    }

    private String odd() {
        return ODD_VALUES.get(random.nextInt(ODD_VALUES.size()));
    }

    private String withOddLiteral(String document) {
        List<String> variables = Pattern.compile(": \\$\\w+")
                .matcher(document)
                .results()
                .map(found -> found.group())
                .toList();
        String literal = ODD_LITERALS.get(random.nextInt(ODD_LITERALS.size()));
        return variables.isEmpty()
                ? document.replaceFirst("\\{", "{ __type(name: \"A\") { name } a(b: 1) ")
                : document.replace(variables.get(random.nextInt(variables.size())), ": " + literal);
    }

    /** Variables that may be null, with defaults or without, in place of those that must not. */
    private JsonObject withNulls(JsonObject request) {
        JsonObject variables = request.getJsonObject("variables");
        String document = request.getString("query");
        for (String name : List.copyOf(variables.fieldNames())) {
            Matcher declared = Pattern.compile("\\$" + name + ": ([\\[\\]!\\w]+?)!?(?=[,)])")
                    .matcher(document);
            if (declared.find() && random.nextBoolean()) {
                String literal = ODD_LITERALS.get(random.nextInt(ODD_LITERALS.size()));
                String byDefault = List.of("", " = null", " = \"x\"", " = 1", " = " + literal)
                        .get(random.nextInt(5));
                document = document.substring(0, declared.end(1)) + byDefault + document.substring(declared.end());
            }
            switch (random.nextInt(4)) {
                case 0 -> variables.putNull(name);
                case 1 -> variables.remove(name);
                default -> {
                    // As it is.
                }
            }
        }
        return request.put("query", document);
    }

    private String repeated(String document) {
        int begin = document.indexOf('{');
        String selection = document.substring(begin);
        return switch (random.nextInt(5)) {
            case 0 -> document.substring(0, begin) + "{ ..." + selection.repeat(1 + random.nextInt(40)) + "}";
            case 1 -> document.substring(0, begin) + "{ ...F } fragment F on Query { ...F " + selection + "}";
            case 2 -> document + " " + document;
            case 3 -> document.substring(0, begin) + "@skip(if: $a) @a ".repeat(random.nextInt(60)) + selection;
            default ->
                document.substring(0, begin) + "{ " + "a: __typename ".repeat(random.nextInt(40))
                        + selection.substring(1);
        };
    }

    private String oddlyBuilt(JsonObject request) {
        String member = List.of("query", "variables", "operationName", "extensions", "other")
                .get(random.nextInt(5));
        String body = request.encode();
        String more = "\"%s\":%s".formatted(member, odd());
        return switch (random.nextInt(4)) {
            case 0 -> "[" + body + "]";
            case 1 -> body.substring(0, body.length() - 1) + "," + more + "}";
            case 2 -> "{" + more + "," + body.substring(1);
            default -> request.copy().put(member, HERE).encode();
        };
    }

    @Test
    void ten_thousand_requests_by_chance_are_all_answered_and_none_by_a_fault() throws InterruptedException {
        AppenderBase<ILoggingEvent> listener = new AppenderBase<>() {
            @Override
            protected void append(ILoggingEvent event) {
                if (event.getLevel().isGreaterOrEqual(Level.ERROR)
                        || BLOCKED.matcher(event.getFormattedMessage()).find()) {
                    complaints.add(event.getFormattedMessage());
                }
            }
        };
        Logger root = (Logger) LoggerFactory.getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME);
        listener.start();
        root.addAppender(listener);
        try {
            Holder sender = Holder.of(TestApi.node().newUser(), "mine", 1);
            int warmUp = REQUESTS / 5;
            send(0, warmUp, sender);
            long before = usedAfterCollection();
            send(warmUp, REQUESTS, sender);

            assertThat(usedAfterCollection()).isLessThan(before + before / 10);
            assertThat(sender.user().query("{ viewer { username } }").encode()).contains("username");
            assertThat(complaints).isEmpty();
        } finally {
            root.detachAppender(listener);
        }
    }

    private void send(int from, int to, Holder sender) throws InterruptedException {
        Holder expendable = Holder.of(TestApi.node().newUser(), "lost", 1);
        Semaphore room = new Semaphore(AT_ONCE);
        List<String> faults = new ArrayList<>();
        int[] understood = {0};
        for (int number = from; number < to; number++) {
            Fuzzed fuzzed = fuzzed(sender, expendable);
            String what = "-Dfuzz.seed=%d, request %d".formatted(SEED, number);
            room.acquire();
            answer(fuzzed).whenComplete((answer, failure) -> {
                synchronized (faults) {
                    if (failure != null) {
                        faults.add("%s %s %s".formatted(what, failure, shown(fuzzed)));
                    } else if (answer.statusCode() >= 500
                            || INSIDE.matcher(answer.body()).find()) {
                        faults.add("%s %d %s %s".formatted(what, answer.statusCode(), answer.body(), shown(fuzzed)));
                    }
                    understood[0] += failure == null && answer.statusCode() == 200 ? 1 : 0;
                }
                room.release();
            });
        }
        room.acquire(AT_ONCE);
        assertThat(faults).isEmpty();
        // Requests that are refused at the door would try nothing behind it.
        assertThat(understood[0]).isGreaterThan((to - from) / 10);
    }

    private static String shown(Fuzzed fuzzed) {
        String text = new String(fuzzed.body, UTF_8);
        return text.substring(0, Math.min(text.length(), 2_000));
    }

    private static CompletableFuture<HttpResponse<String>> answer(Fuzzed fuzzed) {
        HttpRequest.Builder request = HttpRequest.newBuilder(TestApi.node().uri("/graphql"))
                .timeout(Duration.ofSeconds(30))
                .header("content-type", "application/json")
                .header("accept", "application/graphql-response+json")
                .POST(HttpRequest.BodyPublishers.ofByteArray(fuzzed.body));
        if (!fuzzed.token.isEmpty()) {
            request.header("authorization", "Bearer " + fuzzed.token);
        }
        return HTTP.sendAsync(request.build(), HttpResponse.BodyHandlers.ofString());
    }

    private static long usedAfterCollection() {
        System.gc();
        System.gc();
        return Runtime.getRuntime().totalMemory() - Runtime.getRuntime().freeMemory();
    }
}
