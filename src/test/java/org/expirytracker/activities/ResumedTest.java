package org.expirytracker.activities;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.stream.Stream;
import org.expirytracker.Noon;
import org.expirytracker.ProvenRoom;
import org.expirytracker.TestApi;
import org.expirytracker.TestApi.Events;
import org.expirytracker.TestApi.User;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Subscriptions that go on after their connection broke, without gap and without repeat. */
@Timeout(60)
@ProvenRoom("product")
class ResumedTest {

    private static final HttpClient CLIENT =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

    private final User user = TestApi.node().newUser(Noon.ZONE);
    private final User elsewhere = user.on(TestApi.otherNode());

    /** A subscription of the log, and something that it tells. */
    enum Subscribed {
        ACTIVITY("activity", "cursor"),
        ITEM_CHANGED("itemChanged", "cursor"),
        NOTIFICATION_RECEIVED("notificationReceived", "id"),
        REPORT_READY("reportReady", "date");

        final String document;

        Subscribed(String field, String selection) {
            this.document = "subscription ($after: String) { %s(after: $after) { %s } }".formatted(field, selection);
        }

        void happens(User user) {
            switch (this) {
                case ACTIVITY -> user.createCategory("c" + user.activityCount());
                case ITEM_CHANGED -> user.createItem(JsonObject.of("name", "Milk"));
                case NOTIFICATION_RECEIVED ->
                    user.createItem(JsonObject.of("name", "Milk", "expiryDate", Noon.inDays(-1)));
                case REPORT_READY -> user.mutate("generateReport", "report { id }", new JsonObject());
            }
        }
    }

    /** What a client of Server-Sent Events reads: the lines of one answer. */
    private static final class EventLines implements AutoCloseable {

        final HttpResponse<Stream<String>> answer;
        final Iterator<String> lines;

        EventLines(User user, String document, @Nullable String after, @Nullable String lastEventId) {
            String variables = JsonObject.of("after", after).encode();
            HttpRequest.Builder request = HttpRequest.newBuilder(user.api()
                            .uri("/graphql?query=" + URLEncoder.encode(document, UTF_8) + "&variables="
                                    + URLEncoder.encode(variables, UTF_8)))
                    .header("accept", "text/event-stream")
                    .header("authorization", "Bearer " + user.token());
            if (lastEventId != null) {
                request.header("last-event-id", lastEventId);
            }
            try {
                answer = CLIENT.send(request.build(), HttpResponse.BodyHandlers.ofLines());
            } catch (IOException | InterruptedException failure) {
                throw new AssertionError(failure);
            }
            lines = answer.body().iterator();
        }

        /** The id of the next event. */
        long id() {
            String line = lines.next();
            while (!line.startsWith("id: ")) {
                line = lines.next();
            }
            assertThat(lines.next()).isEqualTo("event: next");
            assertThat(lines.next()).contains("\"cursor\":\"" + line.substring(4) + "\"");
            return Long.parseLong(line.substring(4));
        }

        /** The data of the next event that has no id. */
        JsonObject error() {
            String line = lines.next();
            while (!line.startsWith("data: ")) {
                assertThat(line).doesNotStartWith("id");
                line = lines.next();
            }
            return new JsonObject(line.substring(6)).getJsonArray("errors").getJsonObject(0);
        }

        @Override
        public void close() {
            answer.body().close();
        }
    }

    private static long cursor(Events events) {
        return Long.parseLong(events.nextResult().getJsonObject("extensions").getString("cursor"));
    }

    @Nested
    class OverWebSocket {

        @ParameterizedTest
        @EnumSource(Subscribed.class)
        void go_on_on_another_node_after_the_cursor_of_the_last_result(Subscribed subscribed) {
            long seen;
            try (Events before = user.subscribe(subscribed.document)) {
                subscribed.happens(user);
                seen = cursor(before);
            }
            subscribed.happens(user);
            JsonObject after = JsonObject.of("after", Long.toString(seen));

            try (Events resumed = elsewhere.subscribe(subscribed.document, after);
                    Events again = user.subscribe(subscribed.document, after)) {
                subscribed.happens(user);
                List<Long> missed = List.of(cursor(resumed), cursor(resumed));

                assertThat(missed.getFirst()).isGreaterThan(seen).isLessThan(missed.getLast());
                assertThat(List.of(cursor(again), cursor(again))).isEqualTo(missed);
            }
        }

        @ParameterizedTest
        @EnumSource(Subscribed.class)
        void refuse_an_empty_cursor_and_say_to_leave_it_out(Subscribed subscribed) {
            try (Events events = user.subscribe(subscribed.document, JsonObject.of("after", ""))) {
                assertThat(events.errors().getJsonObject(0).getString("message"))
                        .startsWith("after is empty. Leave it out");
            }
        }

        @Test
        void tell_the_same_cursor_in_the_change_of_an_item() {
            try (Events events = user.subscribe("subscription { itemChanged { cursor } }")) {
                user.createItem(JsonObject.of("name", "Milk"));
                JsonObject result = events.nextResult();

                assertThat(result.getJsonObject("data")
                                .getJsonObject("itemChanged")
                                .getString("cursor"))
                        .isEqualTo(result.getJsonObject("extensions").getString("cursor"));
            }
        }
    }

    @Nested
    class OverServerSentEvents {

        @ParameterizedTest
        @EnumSource(Subscribed.class)
        void go_on_after_the_last_event_though_the_client_repeats_where_it_began(Subscribed subscribed) {
            subscribed.happens(user);
            long seen;
            try (EventLines before = new EventLines(user, subscribed.document, "0", null)) {
                seen = before.id();
            }
            subscribed.happens(user);

            try (EventLines resumed = new EventLines(elsewhere, subscribed.document, "0", Long.toString(seen))) {
                long next = resumed.id();
                subscribed.happens(user);

                assertThat(next).isGreaterThan(seen);
                assertThat(resumed.id()).isGreaterThan(next);
            }
        }

        @Test
        void tell_each_once_over_many_broken_connections() {
            List<Long> all = new ArrayList<>();
            String last = null;
            for (int connection = 0; connection < 10; connection++) {
                user.createCategory("a" + connection);
                user.createCategory("b" + connection);
                User at = connection % 2 == 0 ? user : elsewhere;
                try (EventLines events = new EventLines(at, Subscribed.ACTIVITY.document, "0", last)) {
                    all.add(events.id());
                    all.add(events.id());
                }
                last = all.getLast().toString();
            }

            assertThat(all).hasSize(20).isSorted().doesNotHaveDuplicates();
            assertThat(all.getLast()).isEqualTo(all.getFirst() + 19);
        }

        @Test
        void begin_where_the_argument_says_when_that_is_further_on_and_when_no_event_was_seen() {
            user.createCategory("one");
            long end = user.activityCount();
            try (EventLines further = new EventLines(user, Subscribed.ACTIVITY.document, Long.toString(end), "1");
                    EventLines blank = new EventLines(user, Subscribed.ACTIVITY.document, "0", " ")) {
                user.createCategory("two");

                assertThat(further.id()).isEqualTo(end + 1);
                assertThat(blank.id()).isEqualTo(1);
            }
        }

        @ParameterizedTest
        @ValueSource(strings = {"nonsense", "-1", "1000000"})
        void refuse_what_is_no_place_in_the_log(String lastEventId) {
            try (EventLines events = new EventLines(user, Subscribed.ACTIVITY.document, null, lastEventId)) {
                assertThat(events.answer.statusCode()).isEqualTo(200);
                assertThat(events.error().getJsonObject("extensions").getString("code"))
                        .isEqualTo("INVALID");
            }
        }
    }
}
