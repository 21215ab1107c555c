package org.expirytracker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Map;
import org.expirytracker.TestApi.User;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Nodes whose clocks are off say of today, of now and of tokens what the database's clock says. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@ProvenRoom("product")
class OneClockTest {

    private static final TestApi RIGHT = TestApi.node();

    private static final String TODAY = """
            {
              items { nodes { name status daysLeft } }
              expired: items(filter: { status: [EXPIRED] }) { totalCount }
              categories { nodes { name itemCount items(filter: { status: [EXPIRING_SOON] }) { totalCount nodes { daysLeft } } } }
              inventory { asOf byStatus { status count value } }
              atRisk { asOf }
            }
            """;

    private TestApi ahead;
    private TestApi behind;

    @BeforeAll
    void start() {
        ahead = node(Duration.ofDays(1));
        behind = node(Duration.ofDays(-1));
    }

    @AfterAll
    void stop() throws IOException {
        ahead.close();
        behind.close();
    }

    private static TestApi node(Duration off) {
        return TestApi.start(TestDatabase.migrated(), Map.of(), Clock.offset(Clock.systemUTC(), off));
    }

    private TestApi wrong(String which) {
        return which.equals("ahead") ? ahead : behind;
    }

    private static JsonObject item(String name, int days, String category) {
        return JsonObject.of(
                "name", name, "expiryDate", Noon.inDays(days), "categoryId", category, "leadDays", 3, "costPrice", "2");
    }

    private static Instant instant(JsonObject object, String field) {
        return Instant.parse(object.getString(field));
    }

    private static void assertNow(Instant told) {
        assertThat(told).isCloseTo(Instant.now(), within(20, ChronoUnit.SECONDS));
    }

    @ParameterizedTest
    @ValueSource(strings = {"ahead", "behind"})
    void what_depends_on_today_is_answered_alike(String which) {
        User user = RIGHT.newUser(Noon.ZONE);
        User there = user.on(wrong(which));
        String shelf = there.createCategory("Shelf");
        there.createItem(item("yesterday", -1, shelf));
        user.createItem(item("today", 0, shelf));
        there.createItem(item("soon", 3, shelf));
        user.createItem(item("later", 4, shelf));

        JsonObject told = there.query(TODAY);

        assertThat(told).isEqualTo(user.query(TODAY));
        assertThat(told.getJsonObject("inventory").getString("asOf")).isEqualTo(Noon.inDays(0));
        assertThat(told.getJsonObject("expired").getInteger("totalCount")).isEqualTo(1);
    }

    @ParameterizedTest
    @ValueSource(strings = {"ahead", "behind"})
    void a_change_answers_the_status_of_today_and_is_dated_now(String which) {
        User there = wrong(which).newUser(Noon.ZONE);

        JsonObject created = there.mutate(
                        "createItem",
                        "item { id status daysLeft createdAt updatedAt }",
                        JsonObject.of("name", "Milk", "expiryDate", Noon.inDays(0), "quantity", 3))
                .getJsonObject("item");
        JsonObject taken = there.mutate(
                        "takeOut",
                        "item { status daysLeft updatedAt }",
                        JsonObject.of("itemId", created.getString("id"), "quantity", 1, "outcome", "USED"))
                .getJsonObject("item");

        assertThat(created.getInteger("daysLeft")).isZero();
        assertThat(created.getString("status")).isEqualTo("EXPIRING_SOON");
        assertThat(taken.getInteger("daysLeft")).isZero();
        assertNow(instant(created, "createdAt"));
        assertNow(instant(taken, "updatedAt"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"ahead", "behind"})
    void notices_and_reminders_are_of_today(String which) {
        User there = wrong(which).newUser(Noon.ZONE);
        there.createItem(JsonObject.of("name", "Milk", "expiryDate", Noon.inDays(0)));
        there.createItem(JsonObject.of("name", "Eggs", "expiryDate", Noon.inDays(-1)));

        JsonArray notices = there.query("{ notifications { nodes { id title createdAt } } }")
                .getJsonObject("notifications")
                .getJsonArray("nodes");

        assertThat(TestApi.each(notices, "title"))
                .containsExactlyInAnyOrder("Milk expires today", "Eggs expired on " + Noon.inDays(-1));
        notices.forEach(notice -> assertNow(instant((JsonObject) notice, "createdAt")));
        String id = notices.getJsonObject(0).getString("id");
        assertThat(there.refusals("snoozeNotification", JsonObject.of("id", id, "until", Noon.inDays(0))))
                .isNotEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"ahead", "behind"})
    void a_report_is_of_today_and_none_of_tomorrow(String which) {
        User there = wrong(which).newUser(Noon.ZONE);
        there.createItem(JsonObject.of("name", "Milk", "expiryDate", Noon.inDays(0)));

        JsonObject report = there.mutate(
                        "generateReport", "report { date expiringItems expiredItems generatedAt }", new JsonObject())
                .getJsonObject("report");

        assertThat(report.getString("date")).isEqualTo(Noon.inDays(0));
        assertThat(report.getInteger("expiringItems")).isEqualTo(1);
        assertThat(report.getInteger("expiredItems")).isZero();
        assertNow(instant(report, "generatedAt"));
        assertThat(there.refusals("generateReport", JsonObject.of("date", Noon.inDays(1))))
                .isNotEmpty();
        assertThat(there.refusals("generateReport", JsonObject.of("date", Noon.inDays(0))))
                .isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"ahead", "behind"})
    void tokens_are_good_on_every_node_and_end_when_they_say(String which) {
        User here = RIGHT.newUser();
        User there = wrong(which).newUser();

        assertThat(here.on(wrong(which)).query("{ viewer { id } }")).isNotNull();
        assertThat(there.on(RIGHT).query("{ viewer { id } }")).isNotNull();

        JsonObject session = there.mutate(
                        "login",
                        "session { accessToken expiresAt }",
                        JsonObject.of("username", there.name(), "password", TestApi.PASSWORD))
                .getJsonObject("session");
        assertNow(instant(session, "expiresAt").minus(Duration.ofMinutes(10)));
        JsonArray sessions = there.query("{ sessions { nodes { current createdAt } } }")
                .getJsonObject("sessions")
                .getJsonArray("nodes");
        assertThat(TestApi.each(sessions, "current")).containsExactly(false, true);
        sessions.forEach(each -> assertNow(instant((JsonObject) each, "createdAt")));
    }

    @ParameterizedTest
    @ValueSource(strings = {"ahead", "behind"})
    void an_api_token_may_end_in_an_hour_and_not_an_hour_ago(String which) {
        User there = wrong(which).newUser();
        JsonObject input = JsonObject.of("name", "kitchen", "scopes", new JsonArray().add("ITEMS_READ"));

        assertThat(there.refusals(
                        "createApiToken",
                        input.copy()
                                .put(
                                        "expiresAt",
                                        Instant.now().minusSeconds(3_600).toString())))
                .isNotEmpty();
        assertThat(there.refusals(
                        "createApiToken",
                        input.copy()
                                .put(
                                        "expiresAt",
                                        Instant.now().plusSeconds(3_600).toString())))
                .isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"ahead", "behind"})
    void a_code_is_the_one_that_the_app_shows_now(String which) {
        User there = wrong(which).newUser();
        Authenticator app = new Authenticator(there.mutate(
                        "startTwoFactor", "twoFactorEnrolment { secret }", JsonObject.of("password", TestApi.PASSWORD))
                .getJsonObject("twoFactorEnrolment")
                .getString("secret"));

        assertThat(there.refusals(
                        "confirmTwoFactor",
                        JsonObject.of("code", app.code(Instant.now().plus(Duration.ofDays(1))))))
                .isNotEmpty();
        assertThat(there.refusals("confirmTwoFactor", JsonObject.of("code", app.code(Instant.now()))))
                .isEmpty();
    }

    @Test
    void what_was_made_last_comes_first_whichever_node_made_it() {
        User user = RIGHT.newUser();
        for (TestApi node : List.of(ahead, behind, RIGHT)) {
            user.on(node)
                    .mutate(
                            "login",
                            "session { expiresAt }",
                            JsonObject.of("username", user.name(), "password", TestApi.PASSWORD));
        }

        JsonArray opened = user.query("{ sessions { nodes { createdAt } } }")
                .getJsonObject("sessions")
                .getJsonArray("nodes");

        assertThat(TestApi.each(opened, "createdAt"))
                .map(each -> Instant.parse((String) each))
                .isSortedAccordingTo((one, other) -> other.compareTo(one));
    }

    @Test
    void how_far_a_node_is_off_is_measured() {
        assertThat(offset(ahead)).isCloseTo(-86_400, within(5.0));
        assertThat(offset(behind)).isCloseTo(86_400, within(5.0));
        assertThat(offset(RIGHT)).isCloseTo(0, within(1.0));
    }

    private static double offset(TestApi node) {
        return node.get("/metrics")
                .body()
                .lines()
                .filter(line -> line.startsWith("expiry_clock_offset_seconds"))
                .mapToDouble(line -> Double.parseDouble(line.substring(line.lastIndexOf(' '))))
                .findFirst()
                .orElseThrow();
    }
}
