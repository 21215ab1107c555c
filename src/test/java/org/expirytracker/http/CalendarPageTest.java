package org.expirytracker.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.io.StringReader;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDate;
import java.time.LocalTime;
import java.time.ZoneId;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import net.fortuna.ical4j.data.CalendarBuilder;
import net.fortuna.ical4j.data.ParserException;
import net.fortuna.ical4j.model.Calendar;
import net.fortuna.ical4j.model.Property;
import net.fortuna.ical4j.model.component.VEvent;
import org.expirytracker.TestApi;
import org.expirytracker.TestApi.User;
import org.expirytracker.TestDatabase;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Read as calendar programs do, by the library ical4j. */
class CalendarPageTest {

    private static final TestApi NODE = TestApi.node();
    private static final HttpClient HTTP = HttpClient.newHttpClient();
    private static final ZoneId ZONE = ZoneId.of("Pacific/Auckland");

    private final User user = NODE.newUser(ZONE.getId());
    private final LocalDate today = LocalDate.now(ZONE);
    private final String address = "/calendar/" + token(user, "ITEMS_READ") + ".ics";

    private static String token(User of, String... scopes) {
        JsonObject input = new JsonObject().put("name", "My phone").put("scopes", new JsonArray(Arrays.asList(scopes)));
        return of.mutate("createApiToken", "token", input).getString("token");
    }

    private static HttpResponse<String> get(String path, String... headers) {
        return get(NODE, path, headers);
    }

    private static HttpResponse<String> get(TestApi node, String path, String... headers) {
        HttpRequest.Builder request = HttpRequest.newBuilder(node.uri(path)).GET();
        if (headers.length > 0) {
            request.headers(headers);
        }
        try {
            return HTTP.send(request.build(), HttpResponse.BodyHandlers.ofString());
        } catch (IOException | InterruptedException broken) {
            throw new AssertionError(broken);
        }
    }

    private static Calendar calendar(String path) {
        HttpResponse<String> answer = get(path);
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
        assertThat(answer.headers().firstValue("Content-Type")).contains("text/calendar; charset=utf-8");
        try {
            Calendar calendar = new CalendarBuilder().build(new StringReader(answer.body()));
            assertThat(calendar.validate().getEntries()).isEmpty();
            return calendar;
        } catch (IOException | ParserException broken) {
            throw new AssertionError(answer.body(), broken);
        }
    }

    private static List<VEvent> events(String path) {
        return calendar(path).getComponents("VEVENT");
    }

    private static List<String> summaries(String path) {
        return events(path).stream().map(event -> value(event, "SUMMARY")).toList();
    }

    private static String value(VEvent event, String property) {
        return event.getProperty(property).map(Property::getValue).orElse("");
    }

    private static String encoded(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8);
    }

    private JsonObject milk() {
        return new JsonObject()
                .put("name", "Milk, whole; 3.5 %\\")
                .put("quantity", "2")
                .put("unit", "bottles")
                .put("expiryDate", today.plusDays(9).toString());
    }

    @Nested
    class AnEvent {

        @Test
        void says_what_is_known_of_an_item() {
            String category = user.createCategory("Dairy, cooled");
            String id = user.createItem(milk().put("categoryId", category)
                    .put("location", "Fridge; upper shelf")
                    .put("lotNumber", "L-77")
                    .put("description", "Opened on Monday,\nsmells good.")
                    .put("leadDays", 3));

            VEvent event = events(address).getFirst();

            assertThat(value(event, "SUMMARY")).isEqualTo("Milk, whole; 3.5 %\\ expires (2 bottles)");
            assertThat(event.getProperty("DTSTART").orElseThrow().toString().strip())
                    .isEqualTo(
                            "DTSTART;VALUE=DATE:" + today.plusDays(9).toString().replace("-", ""));
            assertThat(value(event, "LOCATION")).isEqualTo("Fridge; upper shelf");
            assertThat(value(event, "CATEGORIES")).contains("Dairy");
            assertThat(value(event, "DESCRIPTION"))
                    .isEqualTo(
                            "Quantity: 2 bottles\nPlace: Fridge; upper shelf\nLot: L-77\nOpened on Monday,\nsmells good.");
            assertThat(value(event, "TRANSP")).isEqualTo("TRANSPARENT");
            assertThat(value(event, "UID")).isNotEqualTo(id).hasSize(36);
        }

        @Test
        void keeps_its_name_and_counts_its_changes() {
            String id = user.createItem(milk());
            VEvent before = events(address).getFirst();

            user.mutate(
                    "updateItem",
                    "item { id }",
                    new JsonObject()
                            .put("id", id)
                            .put("expiryDate", today.plusDays(20).toString()));
            VEvent after = events(address).getFirst();

            assertThat(value(after, "UID")).isEqualTo(value(before, "UID"));
            assertThat(value(before, "SEQUENCE")).isEqualTo("0");
            assertThat(value(after, "SEQUENCE")).isEqualTo("1");
        }

        @ParameterizedTest
        @CsvSource({"'', 9", "?alarm=18, 18", "?alarm=0, 0"})
        void reminds_when_it_counts_as_expiring_at_an_hour_where_the_inventory_is(String query, int hour) {
            user.createItem(milk().put("leadDays", 3));

            VEvent event = events(address + query).getFirst();

            assertThat(event.getAlarms())
                    .singleElement()
                    .satisfies(alarm -> assertThat(
                                    alarm.getProperty("TRIGGER").orElseThrow().getValue())
                            .isEqualTo(today.plusDays(6)
                                    .atTime(LocalTime.of(hour, 0))
                                    .atZone(ZONE)
                                    .toInstant()
                                    .toString()
                                    .replaceAll("[-:]", "")));
        }

        @Test
        void does_not_remind_where_nobody_wants_it() {
            user.createItem(milk());

            assertThat(events(address + "?alarm=none").getFirst().getAlarms()).isEmpty();
        }

        @Test
        void stands_in_lines_that_any_program_takes() {
            user.createItem(
                    milk().put("name", "Přeštice 🥛🧀 žluťoučký kůň ".repeat(7).strip()));

            String body = get(address).body();

            assertThat(summaries(address).getFirst()).startsWith("Přeštice 🥛🧀 žluťoučký kůň Přeštice 🥛🧀");
            assertThat(body).endsWith("END:VCALENDAR\r\n");
            assertThat(body.split("\r\n"))
                    .allSatisfy(line -> assertThat(line.getBytes(StandardCharsets.UTF_8).length)
                            .isLessThanOrEqualTo(75));
        }
    }

    @Nested
    class ACalendar {

        @Test
        void has_what_is_in_stock_and_dated_soonest_first() {
            user.createItem(milk().put("name", "Later")
                    .put("expiryDate", today.plusDays(100).toString()));
            user.createItem(milk().put("name", "Overdue")
                    .put("expiryDate", today.minusDays(3).toString()));
            user.createItem(milk().put("name", "Forgotten")
                    .put("expiryDate", today.minusDays(31).toString()));
            user.createItem(milk().put("name", "Undated").putNull("expiryDate"));
            String gone = user.createItem(milk().put("name", "Gone"));
            user.mutate(
                    "takeOut",
                    "item { id }",
                    new JsonObject().put("itemId", gone).put("outcome", "USED"));
            user.createItem(milk().put("name", "Soon"));

            assertThat(summaries(address))
                    .containsExactly(
                            "Overdue expires (2 bottles)", "Soon expires (2 bottles)", "Later expires (2 bottles)");
        }

        @Test
        void is_called_as_its_inventory_and_says_how_often_to_ask() {
            Calendar calendar = calendar(address);

            String name = user.query("{ currentInventory { name } }")
                    .getJsonObject("currentInventory")
                    .getString("name");
            assertThat(calendar.getProperty("NAME").orElseThrow().getValue()).isEqualTo(name);
            assertThat(calendar.getProperty("X-WR-CALNAME").orElseThrow().getValue())
                    .isEqualTo(name);
            assertThat(calendar.getProperty("REFRESH-INTERVAL")
                            .orElseThrow()
                            .toString()
                            .strip())
                    .isEqualTo("REFRESH-INTERVAL;VALUE=DURATION:PT1H");
        }

        @Test
        void is_narrowed_by_its_address() {
            String category = user.createCategory("Dairy");
            user.createItem(
                    milk().put("name", "Butter").put("categoryId", category).put("location", "Fridge"));
            user.createItem(milk().put("name", "Rice").put("location", "Cellar"));
            user.createItem(milk().put("name", "Salt")
                    .put("expiryDate", today.plusDays(90).toString()));

            assertThat(summaries(address + "?category=" + encoded(category)))
                    .containsExactly("Butter expires (2 bottles)");
            assertThat(summaries(address + "?location=cellar")).containsExactly("Rice expires (2 bottles)");
            assertThat(summaries(address + "?location=Fridge&location=Cellar")).hasSize(2);
            assertThat(summaries(address + "?search=sal")).containsExactly("Salt expires (2 bottles)");
            assertThat(summaries(address + "?withinDays=30")).hasSize(2);
        }

        @Test
        void goes_on_over_many_pages() {
            JsonObject[] items = IntStream.range(0, 250)
                    .mapToObj(number -> milk().put("name", "Number " + number))
                    .toArray(JsonObject[]::new);
            user.createItems(items);

            assertThat(summaries(address)).hasSize(250).doesNotHaveDuplicates();
        }

        @Test
        void is_sent_again_only_when_something_changed() {
            user.createItem(milk());
            HttpResponse<String> first = get(address);
            String tag = first.headers().firstValue("ETag").orElseThrow();

            HttpResponse<String> second = get(address, "If-None-Match", tag);
            user.createItem(milk());
            HttpResponse<String> third = get(address, "If-None-Match", tag);

            assertThat(second.statusCode()).isEqualTo(304);
            assertThat(third.statusCode()).isEqualTo(200);
            assertThat(first.headers().firstValue("Cache-Control")).contains("private, no-cache");
        }
    }

    @Nested
    class AnAddress {

        @Test
        void ends_with_its_token() {
            String id = user.query("{ apiTokens(first: 1) { nodes { id } } }")
                    .getJsonObject("apiTokens")
                    .getJsonArray("nodes")
                    .getJsonObject(0)
                    .getString("id");
            assertThat(get(address).statusCode()).isEqualTo(200);

            user.mutate("revokeApiToken", "apiToken { id }", new JsonObject().put("id", id));

            assertThat(get(address).statusCode()).isEqualTo(404);
        }

        @ParameterizedTest
        @ValueSource(strings = {"/calendar/none.ics", "/calendar/etp_AAAA.ics", "/calendar/.ics", "/calendar/etp_AAAA"})
        void that_proves_nothing_leads_nowhere(String wrong) {
            HttpResponse<String> answer = get(wrong);

            assertThat(answer.statusCode()).isEqualTo(404);
            assertThat(answer.body()).contains("no such calendar");
        }

        @Test
        void is_read_from_a_server_that_answers_listed_operations_alone(@TempDir Path folder) throws IOException {
            Path list = Files.writeString(folder.resolve("operations.json"), "{\"me\": \"{ viewer { id } }\"}");
            user.createItem(milk());

            try (TestApi node = TestApi.start(TestDatabase.migrated(), Map.of("EXPIRY_OPERATIONS", list.toString()))) {
                assertThat(get(node, address).body()).contains("BEGIN:VEVENT");
            }
        }

        @Test
        void is_no_access_token_of_a_session() {
            assertThat(get("/calendar/" + user.token() + ".ics").statusCode()).isEqualTo(404);
        }

        @ParameterizedTest
        @ValueSource(strings = {"ITEMS_WRITE", "NOTIFICATIONS_WRITE", "REPORTS_WRITE", "ACCOUNT"})
        void may_not_let_in_whoever_reads_it(String scope) {
            HttpResponse<String> answer = get("/calendar/" + token(user, "ITEMS_READ", scope) + ".ics");

            assertThat(answer.statusCode()).isEqualTo(403);
            assertThat(answer.body()).contains("ITEMS_READ alone");
        }

        @Test
        void needs_the_scope_that_it_reads_by() {
            HttpResponse<String> answer = get("/calendar/" + token(user, "REPORTS_READ") + ".ics");

            assertThat(answer.statusCode()).isEqualTo(403);
            assertThat(answer.body()).contains("items:read");
        }

        @ParameterizedTest
        @CsvSource(
                delimiter = '|',
                value = {
                    "?categories=x | no parameter categories",
                    "?alarm=24 | hour from 0 to 23",
                    "?withinDays=soon | number of days",
                    "?search=a&search=b | more than once",
                    "?category=x | category"
                })
        void that_cannot_be_read_says_why(String query, String message) {
            HttpResponse<String> answer = get(address + query);

            assertThat(answer.statusCode()).isEqualTo(400);
            assertThat(answer.body()).contains(message);
        }
    }
}
