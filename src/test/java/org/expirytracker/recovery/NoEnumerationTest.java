package org.expirytracker.recovery;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadInfo;
import java.net.http.HttpResponse;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.UUID;
import org.expirytracker.DatabaseWire;
import org.expirytracker.ProvenRoom;
import org.expirytracker.Stock;
import org.expirytracker.TestApi;
import org.expirytracker.TestDatabase;
import org.expirytracker.credentials.OpaqueToken;
import org.expirytracker.db.DatabaseUrl;
import org.expirytracker.kernel.UserId;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * What an attempt to log in makes the server do does not depend on whether the name exists: counted, not timed. How well
 * times tell names apart is measured by {@code bench/run logins}.
 */
@Timeout(120)
@ProvenRoom("product")
class NoEnumerationTest {

    private static final int PAIRS = 5;

    /** One more than are verified without delay. */
    private static final int ATTEMPTS = 4;

    private static final DatabaseUrl DATABASE = TestDatabase.freshMigrated();
    private static final Stock STOCK = new Stock(DATABASE);
    private static final DatabaseWire WIRE = new DatabaseWire(DATABASE);
    // The turn of the day looks after users once, at the start, and then not for an hour.
    private static final TestApi NODE =
            TestApi.start(WIRE.url(), Map.of("EXPIRY_TURN_INTERVAL_SECONDS", "3600", "EXPIRY_INSTANCES", "1"));

    /** Bytes that the library allocates to hash one password with 19 MiB and two iterations. */
    private static final double ALLOCATED_BY_ONE = 100e6;

    private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();

    @AfterAll
    static void stop() throws IOException {
        NODE.close();
    }

    /**
     * What can be seen of an attempt from outside and inside.
     *
     * @param hashed how many passwords were hashed
     */
    private record Trace(int status, String data, List<String> statements, long hashed) {}

    private static Trace attempt(JsonObject input) {
        JsonObject request = new JsonObject()
                .put(
                        "query",
                        "mutation ($input: LoginInput!) { login(input: $input) { session { expiresAt } deviceToken userErrors { code message field } } }")
                .put("variables", new JsonObject().put("input", input));
        WIRE.clear();
        long before = allocatedToHash();
        HttpResponse<String> answer = NODE.post("", request.encode());
        return new Trace(
                answer.statusCode(),
                new JsonObject(answer.body()).getJsonObject("data").encode(),
                // Of a registration before, other nodes are told a moment later; budgets are taken for many requests;
                // whoever listens asks now and then whether the server still takes changes. Two connections work side
                // by
                // side, in no order.
                WIRE.statements().stream()
                        .filter(statement -> !statement.contains("pg_notify")
                                && !statement.contains("budgets")
                                && !statement.contains("pg_is_in_recovery()"))
                        .sorted()
                        .toList(),
                Math.round((allocatedToHash() - before) / ALLOCATED_BY_ONE));
    }

    private static long allocatedToHash() {
        long allocated = 0;
        for (ThreadInfo thread : THREADS.getThreadInfo(THREADS.getAllThreadIds())) {
            if (thread != null && Objects.toString(thread.getThreadName()).startsWith("passwords")) {
                allocated += THREADS.getThreadAllocatedBytes(thread.getThreadId());
            }
        }
        return allocated;
    }

    private static List<Trace> attempts(String name, String deviceToken) {
        return attempts(Collections.nCopies(ATTEMPTS, name), deviceToken);
    }

    private static List<Trace> attempts(List<String> names, String deviceToken) {
        List<Trace> traces = new ArrayList<>();
        for (String name : names) {
            // A slow machine must not let a second pass.
            STOCK.run(
                    "UPDATE credential_guards SET blocked_until = now() + interval '1 hour' WHERE blocked_until > last_tried_at");
            traces.add(attempt(
                    JsonObject.of("username", name, "password", "a wrong password", "deviceToken", deviceToken)));
        }
        return traces;
    }

    private static String unknownName() {
        return "nobody-" + UUID.randomUUID();
    }

    @Test
    void known_and_unknown_names_get_the_same_answers_after_the_same_work() {
        // The first of all makes the threads, and prepares the statements.
        attempts(NODE.newUser().name(), "");
        attempts(unknownName(), "");
        for (int pair = 0; pair < PAIRS; pair++) {
            List<Trace> known = attempts(NODE.newUser().name(), "");
            List<Trace> unknown = attempts(unknownName(), "");

            for (int at = 0; at < ATTEMPTS; at++) {
                assertThat(known.get(at)).as("Attempt %d", at).isEqualTo(unknown.get(at));
            }
            assertThat(known.subList(0, ATTEMPTS - 1))
                    .allSatisfy(trace -> assertThat(trace.hashed).isOne())
                    .allSatisfy(trace -> assertThat(trace.data).contains("WRONG_CREDENTIALS"));
            assertThat(known.getLast().hashed).isZero();
            assertThat(known.getLast().data).contains("ACCOUNT_LOCKED");
        }
    }

    @Test
    void what_the_database_takes_for_one_name_is_one_name_for_nobody_too() {
        String known = "kiwi-" + NODE.newUser().name();
        STOCK.run("UPDATE users SET username = ? WHERE 'kiwi-' || username = ?", known, known);

        assertThat(spelledInTwoWays(known)).isEqualTo(spelledInTwoWays("kiwi-" + unknownName()));
    }

    private static List<String> spelledInTwoWays(String name) {
        // A dotted capital I and the sign of Kelvin, which are i and k in lower case, but not everywhere.
        String otherwise = name.replace('i', '\u0130').replace('k', '\u212a');
        List<String> names = new ArrayList<>(Collections.nCopies(ATTEMPTS - 1, otherwise));
        names.add(name);
        return attempts(names, "").stream()
                .map(trace -> trace.data.replaceAll("\\d{4}-\\d\\d-\\d\\dT[0-9:.]+Z", "then"))
                .toList();
    }

    @Test
    void a_device_token_makes_no_difference_that_tells_names_apart() {
        String foreign = OpaqueToken.create(OpaqueToken.Kind.DEVICE, new UserId(UUID.randomUUID()))
                .encoded();
        attempts(NODE.newUser().name(), foreign);

        assertThat(attempts(NODE.newUser().name(), foreign)).isEqualTo(attempts(unknownName(), foreign));
    }

    @Test
    void an_account_that_is_not_active_is_answered_like_one_that_does_not_exist() {
        TestApi.User inactive = NODE.newUser();
        STOCK.run("UPDATE users SET active = false WHERE username = ?", inactive.name());
        JsonObject right = JsonObject.of("username", inactive.name(), "password", TestApi.PASSWORD);
        JsonObject unknown = JsonObject.of("username", unknownName(), "password", TestApi.PASSWORD);
        attempt(unknown);

        assertThat(attempt(right)).isEqualTo(attempt(unknown.put("username", unknownName())));
    }
}
