package org.expirytracker.bench;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.io.PrintWriter;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;
import java.util.stream.Stream;
import org.HdrHistogram.Histogram;
import org.expirytracker.credentials.Passwords;
import org.expirytracker.db.DatabaseUrl;
import org.expirytracker.db.EmbeddedDatabase;
import org.expirytracker.migrations.Migrations;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Whether the time of a login tells which names exist, and whether logins hold up other requests. */
@Command(
        name = "logins",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        description = {
            "Measures logins: how well their time tells names that exist from names that do not, as the area under the"
                    + " ROC curve (0.5 tells nothing), and how long { __typename } takes while many log in at once. The"
                    + " same is told of registering, of asking for a new password, and of security questions.",
            "",
            "Takes ten minutes and leaves nothing behind."
        })
final class LoginBenchmark implements Callable<Integer> {

    private static final String PASSWORD = "a password of the benchmark";
    private static final int WARM_UP_PAIRS = 100;
    private static final int QUIET_ANSWERS = 2_000;
    private static final int CONNECTIONS = 50;

    // Nobody's day turns meanwhile.
    private static final String USERS = """
            WITH added AS (
                INSERT INTO users (id, username, email, email_verified, password_hash, next_day_at, security_question,
                                   security_answer_hash)
                SELECT gen_random_uuid(), 'login-' || n, 'login-' || n || '@example.org', true, ?,
                       now() + interval '1 day', 'FIRST_TEACHER', 'none'
                  FROM generate_series(1, ?) AS n
             RETURNING id
            )
            INSERT INTO feeds (user_id)
            SELECT id
              FROM added
            """;

    @Option(names = "--pairs", paramLabel = "<n>", description = "Wrong logins of each kind, in turn. Usual: 2000.")
    private int pairs = 2_000;

    @Option(names = "--logins", paramLabel = "<n>", description = "Logins at once. Usual: 50.")
    private int logins = 50;

    @Option(names = "--rounds", paramLabel = "<n>", description = "How often so many log in. Usual: 5.")
    private int rounds = 5;

    private final PrintWriter out = new PrintWriter(System.out, true, UTF_8);
    private final HttpClient client =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

    @Override
    public Integer call() throws Exception {
        Path directory = Files.createTempDirectory("expiry-bench-");
        try (EmbeddedDatabase database = EmbeddedDatabase.start(directory.resolve("data"), CONNECTIONS);
                MailSink mail = new MailSink()) {
            DatabaseUrl url = DatabaseUrl.parse(database.url());
            Migrations.migrate(url);
            fill(url);
            Map<String, String> environment = Map.of(
                    "EXPIRY_SMTP_URL",
                    "smtp://127.0.0.1:" + mail.port() + "?starttls=disabled",
                    "EXPIRY_MAIL_FROM",
                    "bench@example.org",
                    "EXPIRY_PUBLIC_URL",
                    "http://127.0.0.1",
                    "DATABASE_URL",
                    database.url(),
                    "EXPIRY_JWT_KEY",
                    Base64.getEncoder().encodeToString(new byte[48]),
                    "EXPIRY_SECRET_KEYS",
                    Base64.getEncoder().encodeToString(new byte[32]),
                    "EXPIRY_DATA",
                    directory.resolve("node").toString(),
                    // However busy the machine is.
                    "EXPIRY_REQUEST_TIMEOUT_SECONDS",
                    "60",
                    // All come from one address here.
                    "EXPIRY_RATE_CAPACITY",
                    "1000000000",
                    "EXPIRY_RATE_RESTORE",
                    "1000000");
            List<String> product =
                    List.of("-cp", System.getProperty("java.class.path"), "org.expirytracker.cli.Main", "serve");
            Path log = directory.resolve("node.log");
            try (Node node = Node.start(log, environment, product)) {
                URI graphQL = URI.create("http://127.0.0.1:" + node.port() + "/graphql");
                tellNamesApart(graphQL, "wrong logins", "WRONG_CREDENTIALS", name -> login(name, "a wrong password"));
                tellNamesApart(graphQL, "security questions", "securityQuestion", LoginBenchmark::question);
                tellNamesApart(graphQL, "requests for a new password", "\"userErrors\":[]", LoginBenchmark::reset);
                // The last: what was unknown is a name after it.
                tellNamesApart(graphQL, "registrations", "\"userErrors\":[]", LoginBenchmark::registration);
                say("%d messages were taken by the mail server.", mail.taken());
                askWhileOthersLogIn(graphQL);
            }
            say("Warnings of a blocked event loop: %d", count(log, "has been blocked"));
        } finally {
            client.close();
            Stage.delete(directory);
        }
        return 0;
    }

    private void fill(DatabaseUrl url) throws SQLException {
        Vertx vertx = Vertx.vertx();
        String hash = new Passwords(vertx).hash(PASSWORD).await();
        vertx.close().await();
        try (Connection connection = url.dataSource().getConnection();
                PreparedStatement insert = connection.prepareStatement(USERS)) {
            insert.setString(1, hash);
            insert.setInt(2, WARM_UP_PAIRS + pairs + logins * rounds);
            insert.executeUpdate();
        }
    }

    /** Each name is tried once, so that none is blocked; which of a pair goes first is random. */
    private void tellNamesApart(URI graphQL, String what, String expected, Function<String, JsonObject> request)
            throws IOException, InterruptedException {
        Random random = new Random(1);
        double[] known = new double[pairs];
        double[] unknown = new double[pairs];
        for (int pair = -WARM_UP_PAIRS; pair < pairs; pair++) {
            int name = WARM_UP_PAIRS + pair + 1;
            boolean knownFirst = random.nextBoolean();
            double first = millis(graphQL, request.apply((knownFirst ? "login-" : "other-") + name), expected);
            double second = millis(graphQL, request.apply((knownFirst ? "other-" : "login-") + name), expected);
            if (pair >= 0) {
                known[pair] = knownFirst ? first : second;
                unknown[pair] = knownFirst ? second : first;
            }
        }
        say(
                "%d pairs of %s: median %.2f ms for known names, %.2f ms for unknown ones; area under the ROC curve %.3f (0.45"
                        + " to 0.55 is asked for)",
                pairs, what, median(known), median(unknown), areaUnderCurve(known, unknown));
    }

    private double millis(URI graphQL, JsonObject body, String expected) throws IOException, InterruptedException {
        HttpRequest request = request(graphQL, body);
        long begin = System.nanoTime();
        String answer =
                client.send(request, HttpResponse.BodyHandlers.ofString()).body();
        double millis = (System.nanoTime() - begin) / 1e6;
        if (!answer.contains(expected)) {
            throw new IOException(answer);
        }
        return millis;
    }

    /** How often a known name takes longer than an unknown one, over all pairs of both; ties count half. */
    private static double areaUnderCurve(double[] known, double[] unknown) {
        double[] sorted = unknown.clone();
        Arrays.sort(sorted);
        double shorter = 0;
        for (double each : known) {
            int at = Arrays.binarySearch(sorted, each);
            shorter += at < 0 ? -at - 1 : at + 0.5;
        }
        return shorter / known.length / unknown.length;
    }

    private void askWhileOthersLogIn(URI graphQL) throws IOException, InterruptedException {
        Histogram quiet = new Histogram(3);
        while (quiet.getTotalCount() < QUIET_ANSWERS) {
            ask(graphQL, quiet);
        }
        Histogram busy = new Histogram(3);
        int name = WARM_UP_PAIRS + pairs;
        Histogram taken = new Histogram(3);
        for (int round = 0; round < rounds; round++) {
            List<CompletableFuture<?>> all = new ArrayList<>();
            for (int at = 0; at < logins; at++) {
                long begin = System.nanoTime();
                all.add(client.sendAsync(
                                request(graphQL, login("login-" + ++name, PASSWORD)),
                                HttpResponse.BodyHandlers.ofString())
                        .thenAccept(answer -> {
                            if (!answer.body().contains("accessToken")) {
                                throw new IllegalStateException(answer.body());
                            }
                            synchronized (taken) {
                                taken.recordValue((System.nanoTime() - begin) / 1_000);
                            }
                        }));
            }
            CompletableFuture<?> done = CompletableFuture.allOf(all.toArray(CompletableFuture[]::new));
            while (!done.isDone()) {
                ask(graphQL, busy);
            }
            done.join();
        }
        say(
                "%d rounds of %d logins at once: median %.0f ms, the slowest %.0f ms",
                rounds, logins, taken.getValueAtPercentile(50) / 1e3, taken.getMaxValue() / 1e3);
        say("{ __typename }, ms       %10s %10s %10s %10s", "p50", "p99", "max", "answers");
        row("while nobody logs in", quiet);
        row("meanwhile", busy);
    }

    private void row(String label, Histogram latency) {
        say(
                "%-24s %10.1f %10.1f %10.1f %10d",
                label,
                latency.getValueAtPercentile(50) / 1e3,
                latency.getValueAtPercentile(99) / 1e3,
                latency.getMaxValue() / 1e3,
                latency.getTotalCount());
    }

    private void ask(URI graphQL, Histogram latency) throws IOException, InterruptedException {
        long begin = System.nanoTime();
        String answer = client.send(
                        request(graphQL, new JsonObject().put("query", "{ __typename }")),
                        HttpResponse.BodyHandlers.ofString())
                .body();
        latency.recordValue((System.nanoTime() - begin) / 1_000);
        if (!answer.startsWith("{\"data\":{\"__typename\"")) {
            throw new IOException(answer);
        }
    }

    private static JsonObject login(String name, String password) {
        return mutation(
                "($input: LoginInput!) { login(input: $input) { session { accessToken } userErrors { code } } }",
                JsonObject.of("username", name, "password", password));
    }

    private static JsonObject registration(String name) {
        return mutation(
                "($input: RegisterInput!) { register(input: $input) { userErrors { code } } }",
                JsonObject.of("username", name, "email", name + "@example.org", "password", PASSWORD));
    }

    private static JsonObject reset(String name) {
        return mutation(
                "($input: RequestPasswordResetInput!) { requestPasswordReset(input: $input) { userErrors { code } } }",
                JsonObject.of("username", name));
    }

    private static JsonObject question(String name) {
        return JsonObject.of(
                "query",
                "query ($name: String!) { securityQuestion(username: $name) }",
                "variables",
                JsonObject.of("name", name));
    }

    private static JsonObject mutation(String document, JsonObject input) {
        return JsonObject.of("query", "mutation " + document, "variables", JsonObject.of("input", input));
    }

    private static HttpRequest request(URI graphQL, JsonObject body) {
        return HttpRequest.newBuilder(graphQL)
                .timeout(Duration.ofSeconds(60))
                .header("content-type", "application/json")
                .POST(HttpRequest.BodyPublishers.ofString(body.encode()))
                .build();
    }

    private static double median(double[] figures) {
        double[] sorted = figures.clone();
        Arrays.sort(sorted);
        return (sorted[(sorted.length - 1) / 2] + sorted[sorted.length / 2]) / 2;
    }

    private static long count(Path log, String text) throws IOException {
        try (Stream<String> lines = Files.lines(log)) {
            return lines.filter(line -> line.contains(text)).count();
        }
    }

    private void say(String format, Object... values) {
        out.println(format.formatted(values));
    }
}
