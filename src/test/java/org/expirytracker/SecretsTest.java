package org.expirytracker;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.encoder.JsonEncoder;
import ch.qos.logback.classic.spi.LoggingEvent;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.lang.classfile.Attributes;
import java.lang.classfile.ClassFile;
import java.lang.classfile.ClassModel;
import java.lang.classfile.CodeModel;
import java.lang.classfile.attribute.RecordComponentInfo;
import java.lang.classfile.instruction.InvokeDynamicInstruction;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.event.KeyValuePair;

/**
 * No secret of any test that ran before stands in the log, in the database, in what is measured or in an error. Maven
 * runs it by itself after all others, and it looks through what each of their JVMs has left.
 */
class SecretsTest {

    private static final Logger LOG = LoggerFactory.getLogger(SecretsTest.class);

    private static Secrets.Search search = new Secrets.Search(List.of());
    private static String name = "";
    private static List<Leftovers> leftovers = List.of();

    /** What there is to find if this class runs alone, and what the others have left. */
    @BeforeAll
    static void collect() throws IOException {
        TestApi.User user = TestApi.node().newUser();
        user.refusals(
                "changePassword", JsonObject.of("currentPassword", "no such password", "newPassword", "none either"));
        user.answer("{ nothing }", new JsonObject());
        name = user.name();
        TestApi.otherNode().newUser();
        Leftovers.HERE.leave();
        leftovers = Leftovers.ofAll();
        if ("after".equals(System.getProperty("fork"))) {
            assertThat(leftovers)
                    .extracting(left -> left.directory().getFileName().toString())
                    .contains("1", "after");
        }
        Set<String> secrets = new HashSet<>();
        for (Leftovers left : leftovers) {
            secrets.addAll(left.secrets());
        }
        search = new Secrets.Search(secrets);
        assertThat(secrets).contains(TestApi.PASSWORD, user.token()).hasSizeGreaterThan(5);
    }

    @Nested
    class StandNowhere {

        @Test
        void in_the_log_at_debug_level() throws IOException {
            assertThat(new String(CapturedLog.bytes(), UTF_8)).contains("DEBUG HttpExchange - Request answered");
            for (Leftovers left : leftovers) {
                assertThat(search.in(Files.readAllBytes(left.log()))).isEmpty();
            }
        }

        @Test
        void in_a_dump_of_the_database() throws IOException {
            Secrets.Search ours = new Secrets.Search(List.of(name));
            assertThat(ours.in(Files.readAllBytes(Leftovers.HERE.table("users"))))
                    .isNotEmpty();
            for (Leftovers left : leftovers) {
                for (Path table : left.dump()) {
                    assertThat(search.in(Files.readAllBytes(table)))
                            .as(table.toString())
                            .isEmpty();
                }
            }
        }

        @Test
        void in_what_the_nodes_measure() throws IOException {
            assertThat(Leftovers.HERE.metrics()).hasSizeGreaterThanOrEqualTo(2);
            for (Leftovers left : leftovers) {
                assertThat(left.metrics()).allSatisfy(text -> assertThat(text).contains("expiry_graphql_operations"));
                assertThat(found(left.metrics())).isEmpty();
            }
        }

        @Test
        void in_an_error() throws IOException {
            assertThat(Leftovers.HERE.errors()).isNotEmpty();
            for (Leftovers left : leftovers) {
                assertThat(found(left.errors())).isEmpty();
            }
        }

        private static List<String> found(List<String> texts) {
            return texts.stream()
                    .flatMap(text -> search.in(text.getBytes(UTF_8)).stream())
                    .toList();
        }
    }

    @Nested
    class WouldBeFound {

        private static final String SECRET = "s3cret-" + UUID.randomUUID();
        private static final byte[] RANDOM = HexFormat.of().parseHex("00ff10a5".repeat(8));

        static List<String> writings() {
            List<String> writings = new ArrayList<>(List.of(
                    SECRET,
                    "{\"password\":\"" + SECRET + "\"}",
                    HexFormat.of().formatHex(SECRET.getBytes(UTF_8)),
                    HexFormat.of().withUpperCase().formatHex(SECRET.getBytes(UTF_8)),
                    // The bytes of a token as PostgreSQL writes them.
                    "\\\\x" + HexFormat.of().formatHex(RANDOM)));
            for (String before : List.of("", "u", "us", "user:", "user-1:")) {
                byte[] text = (before + SECRET + "!").getBytes(UTF_8);
                writings.add(Base64.getEncoder().encodeToString(text));
                writings.add(Base64.getUrlEncoder().withoutPadding().encodeToString(text));
            }
            return writings;
        }

        @ParameterizedTest
        @MethodSource("writings")
        void however_it_is_written(String writing) {
            String token = "etp_" + Base64.getUrlEncoder().withoutPadding().encodeToString(RANDOM);

            List<String> found = new Secrets.Search(List.of(SECRET, token)).in((" " + writing + " ").getBytes(UTF_8));

            assertThat(found).isNotEmpty().allSatisfy(text -> assertThat(text).contains(writing.substring(0, 12)));
        }

        @Test
        void in_the_log() throws IOException {
            String leaked = "leaked-" + UUID.randomUUID();
            LOG.atDebug().addKeyValue("token", leaked).log("On purpose");

            assertThat(new Secrets.Search(List.of(leaked)).in(CapturedLog.bytes()))
                    .isNotEmpty();
        }
    }

    /** What is put into a text by accident: a record writes itself out, unless it says otherwise. */
    @Nested
    class Records {

        private static final Pattern SECRET =
                Pattern.compile("(?i).*(password|secret|token).*|hash|variables|data|json|query");

        @Test
        void that_hold_a_secret_write_down_themselves_without_it() throws IOException {
            List<String> careless = new ArrayList<>();
            int careful = 0;
            try (Stream<Path> files = Files.walk(Path.of("target/classes/org/expirytracker"))) {
                for (Path file :
                        files.filter(each -> each.toString().endsWith(".class")).toList()) {
                    ClassModel type = ClassFile.of().parse(file);
                    if (type.findAttribute(Attributes.record()).stream()
                            .flatMap(each -> each.components().stream())
                            .anyMatch(Records::isSecret)) {
                        if (writesItselfOut(type)) {
                            careless.add(type.thisClass().asInternalName());
                        } else {
                            careful++;
                        }
                    }
                }
            }

            assertThat(careless).isEmpty();
            assertThat(careful).isGreaterThan(8);
        }

        /** What is of a type of ours answers for itself. */
        private static boolean isSecret(RecordComponentInfo component) {
            String type = component.descriptor().stringValue();
            return SECRET.matcher(component.name().stringValue()).matches()
                    && type.matches("L(java|io/vertx)/.*|\\[B")
                    && !type.equals("Ljava/nio/file/Path;");
        }

        private static boolean writesItselfOut(ClassModel type) {
            return type.methods().stream()
                    .filter(method -> method.methodName().equalsString("toString"))
                    .flatMap(method -> method.code().stream())
                    .flatMap(CodeModel::elementStream)
                    .anyMatch(element -> element instanceof InvokeDynamicInstruction call
                            && call.bootstrapMethod().owner().displayName().equals("ObjectMethods"));
        }
    }

    /** A line of the log that begins at the margin tells of an event; none is made by whoever writes to us. */
    @Nested
    class ForgedLines {

        private static final Pattern EVENT = Pattern.compile(
                "\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d\\.\\d{3}Z (ERROR|WARN |INFO |DEBUG) \\w+ - .*");

        private static final String FORGED = "2026-11-22T09:30:00.000Z INFO  Server - forged by a user";

        @Test
        void are_none_in_all_that_was_logged() throws IOException {
            assertThat(new String(CapturedLog.bytes(), UTF_8).lines()).hasSizeGreaterThan(5);
            for (Leftovers left : leftovers) {
                assertThat(Files.readString(left.log()).lines().filter(line -> !line.startsWith("  ")))
                        .allMatch(line -> EVENT.matcher(line).matches());
            }
        }

        @Test
        void are_not_made_by_what_a_client_sends() throws IOException, InterruptedException {
            for (String end : List.of("\r\n", "\n", "\r", "\u0085", "\u2028", "\u000b")) {
                TestApi.User user = TestApi.node().newUser();
                user.attempt(
                        "createItem", "item { id }", JsonObject.of("name", "x" + end + FORGED, "unit", end + FORGED));
                user.refusals("login", JsonObject.of("username", "x" + end + FORGED, "password", end + FORGED));
                user.answer("query A { viewer { id } }", JsonObject.of(end + FORGED, end + FORGED));
                TestApi.node()
                        .post(
                                user.token(),
                                JsonObject.of("query", "{ viewer { id } }", "operationName", end + FORGED)
                                        .encode());
                TestApi.node()
                        .post(end.contains("\n") || end.contains("\r") ? "" : "x" + FORGED.replace(' ', '_'), "{");
            }
            // HTTP itself allows neither in a header: the client refuses to send it, and a tab is no line.
            HttpResponse<String> answer = HttpClient.newHttpClient()
                    .send(
                            HttpRequest.newBuilder(
                                            TestApi.node().uri("/graphql?query=%0d%0a" + FORGED.replace(' ', '+')))
                                    .header("user-agent", "x\t" + FORGED)
                                    .header("x-request-id", "x\t" + FORGED)
                                    .build(),
                            HttpResponse.BodyHandlers.ofString());
            assertThat(answer.headers().firstValue("x-request-id").orElse("")).matches("[0-9a-f]{16}");

            assertThat(new String(CapturedLog.bytes(), UTF_8).lines().filter(line -> line.startsWith(FORGED)))
                    .isEmpty();
        }

        @Test
        void are_not_made_in_json_either() {
            LoggingEvent event = new LoggingEvent();
            event.setLoggerContext((LoggerContext) LoggerFactory.getILoggerFactory());
            event.setLevel(Level.INFO);
            event.setMessage("x\r\n" + FORGED);
            event.addKeyValuePair(new KeyValuePair("key", "x\r\n" + FORGED));
            JsonEncoder encoder = new JsonEncoder();
            encoder.start();

            String line = new String(encoder.encode(event), UTF_8);

            assertThat(line).endsWith("}\n").hasLineCount(1).contains("\\r\\n" + FORGED);
        }

        @Test
        void are_not_made_by_what_is_thrown_or_told_either() throws IOException {
            String mark = UUID.randomUUID().toString();
            for (String end : List.of("\r\n", "\n", "\r", "\u0085", "\u2028", "\u000b", "\u001b[2J\n")) {
                String text = mark + end + FORGED + mark;
                LOG.atDebug()
                        .addKeyValue("key", text)
                        .setCause(new IllegalStateException(text, new IOException(text)))
                        .log(text);
            }

            String log = new String(CapturedLog.bytes(), UTF_8);

            assertThat(log.substring(log.indexOf(mark)))
                    .doesNotContain("\r", "\u0085", "\u2028", "\u000b", "\u001b")
                    .contains("java.io.IOException");
            assertThat(log.lines().filter(line -> line.startsWith(FORGED))).isEmpty();
            assertThat(log.lines().filter(line -> line.contains("java.lang.IllegalStateException: " + mark)))
                    .hasSize(7);
        }
    }
}
