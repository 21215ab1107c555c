package org.expirytracker.notifications;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.Vertx;
import java.time.Instant;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.expirytracker.ProvenRoom;
import org.expirytracker.Stock;
import org.expirytracker.TestDatabase;
import org.expirytracker.db.Database;
import org.expirytracker.db.DatabaseUrl;
import org.expirytracker.kernel.InventoryId;
import org.expirytracker.kernel.Page;
import org.expirytracker.kernel.Role;
import org.expirytracker.kernel.UserId;
import org.expirytracker.notifications.Notification.Kind;
import org.expirytracker.notifications.Notification.Status;
import org.expirytracker.notifications.NotificationRepository.Filter;
import org.expirytracker.notifications.NotificationRepository.Marked;
import org.expirytracker.notifications.NotificationRepository.Place;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(60)
@ParameterizedClass
@EnumSource(Role.class)
@ProvenRoom("product")
class NotificationRepositoryTest {

    private static final DatabaseUrl URL = TestDatabase.migrated();
    private static final Database DATABASE = new Database(Vertx.vertx(), URL.connectOptions(), 4);
    private static final Filter ALL = new Filter(null, null, null, null, null, null);
    private static final Instant NOON = Instant.parse("2026-11-22T12:00:00.123456Z");

    private final NotificationRepository notifications = new NotificationRepository();
    private final Stock stock = new Stock(URL);
    private final InventoryId mine = stock.user();
    private final InventoryId theirs = stock.user();
    private final UUID milk = stock.item(mine, "milk", LocalDate.of(2026, 11, 22), 3);
    private final UUID eggs = stock.item(mine, "eggs", LocalDate.of(2026, 11, 22), 3);
    private final UUID foreign = stock.item(theirs, "rice", LocalDate.of(2026, 11, 22), 3);

    private final Role role;
    private final Reader reader;

    /** What the owner has read stands elsewhere than what another member has, and must look the same to each of them. */
    NotificationRepositoryTest(Role role) {
        UUID user = role == Role.OWNER ? mine.value() : stock.user().value();
        if (role != Role.OWNER) {
            stock.run("INSERT INTO members VALUES (?, ?, ?, '2026-01-01')", mine.value(), user, role.name());
        }
        this.role = role;
        reader = new Reader(mine, new UserId(user), role == Role.OWNER);
    }

    /** Seven of milk, three of eggs, one of someone else; pairs were created at the same instant, each third is read. */
    private void fill() {
        for (int number = 0; number < 7; number++) {
            add(mine, milk, number, number % 3 == 0);
        }
        for (int number = 0; number < 3; number++) {
            add(mine, eggs, number, number % 3 == 0);
        }
        add(theirs, foreign, 0, false);
    }

    private void add(InventoryId user, UUID item, int number, boolean isRead) {
        boolean read = isRead && role == Role.OWNER;
        stock.run(
                "INSERT INTO notifications (user_id, id, item_id, kind, title, message, status, read_at, created_at, expiry_date)"
                        + " VALUES (?, new_id(), ?, ?, ?, '', ?, ?::timestamptz, ?::timestamptz, ?)",
                user.value(),
                item,
                number % 2 == 0 ? "EXPIRED" : "EXPIRING_SOON",
                "title " + number,
                read ? "READ" : "UNREAD",
                read ? NOON.toString() : null,
                NOON.plusSeconds(number / 2).toString(),
                LocalDate.of(2026, 11, 1).plusDays(number));
        if (isRead && !read) {
            stock.run(
                    "INSERT INTO notification_marks SELECT user_id, id, ?, 'READ', ?::timestamptz FROM notifications"
                            + " WHERE user_id = ? AND item_id = ? AND title = ?",
                    reader.userId().value(),
                    NOON.toString(),
                    user.value(),
                    item,
                    "title " + number);
        }
    }

    private List<Notification> pages(Filter filter, boolean forward) {
        List<Notification> all = new ArrayList<>();
        Place place = null;
        while (true) {
            Page page = new Page(2, forward, null);
            List<Notification> found = notifications
                    .list(DATABASE.reads(), reader, filter, page, place)
                    .await();
            List<Notification> rows = found.subList(0, Math.min(2, found.size()));
            all.addAll(rows);
            if (found.size() <= 2) {
                return forward ? all : all.reversed();
            }
            place = new Place(rows.getLast().createdAt(), rows.getLast().id());
        }
    }

    private List<UUID> ids(Filter filter) {
        return pages(filter, true).stream().map(Notification::id).toList();
    }

    @Nested
    class Lists {

        @Test
        void pages_newest_first_both_ways_without_gap_or_repeat() {
            fill();

            List<Notification> forward = pages(ALL, true);

            assertThat(forward).hasSize(10).doesNotHaveDuplicates();
            assertThat(forward.stream().map(Notification::createdAt).toList().reversed())
                    .isSorted();
            assertThat(pages(ALL, false)).isEqualTo(forward);
        }

        @ParameterizedTest
        @ValueSource(strings = {"", "READ", "UNREAD"})
        void filters_by_status_and_kind_and_counts_the_same(String status) {
            fill();
            Status wanted = status.isEmpty() ? null : Status.valueOf(status);
            for (List<Kind> kinds : List.of(List.of(Kind.EXPIRED), List.of(Kind.EXPIRED, Kind.EXPIRING_SOON))) {
                Filter filter = new Filter(wanted, kinds, null, null, null, null);

                List<Notification> found = pages(filter, true);

                assertThat(found)
                        .isEqualTo(pages(ALL, true).stream()
                                .filter(each -> wanted == null || each.status() == wanted)
                                .filter(each -> kinds.contains(each.kind()))
                                .toList());
                assertThat(notifications.count(DATABASE.reads(), reader, filter).await())
                        .isEqualTo(found.size());
                assertThat(notifications
                                .countUnread(DATABASE.reads(), reader, filter)
                                .await())
                        .isEqualTo((int) found.stream()
                                .filter(each -> each.status() == Status.UNREAD)
                                .count());
            }
        }

        @Test
        void filters_by_item_and_time_from_an_instant_on_and_before_another() {
            fill();
            List<Notification> all = pages(ALL, true);
            UUID item = all.get(3).itemId();
            Instant since = all.get(7).createdAt();
            Instant before = all.get(2).createdAt();

            for (UUID about : Arrays.asList(null, item)) {
                Filter filter = new Filter(null, null, null, about, since, before);
                List<Notification> found = pages(filter, true);
                assertThat(found)
                        .isNotEmpty()
                        .isEqualTo(all.stream()
                                .filter(each -> about == null || about.equals(each.itemId()))
                                .filter(each -> !each.createdAt().isBefore(since)
                                        && each.createdAt().isBefore(before))
                                .toList())
                        .isEqualTo(pages(filter, false));
                assertThat(notifications.count(DATABASE.reads(), reader, filter).await())
                        .isEqualTo(found.size());
            }
            assertThat(pages(new Filter(null, null, null, UUID.randomUUID(), null, null), true))
                    .isEmpty();
        }

        @Test
        void an_empty_list_of_kinds_meets_none() {
            fill();

            assertThat(pages(new Filter(null, List.of(), null, null, null, null), true))
                    .isEmpty();
        }
    }

    @Nested
    class OfItems {

        @ParameterizedTest
        @ValueSource(booleans = {true, false})
        void gives_the_same_page_of_each_item_and_nothing_of_another_user(boolean forward) {
            fill();
            Page page = new Page(4, forward, null);

            Map<UUID, List<Notification>> found = notifications
                    .listOfItems(DATABASE.reads(), reader, List.of(milk, eggs, foreign), page, null)
                    .await();

            assertThat(found).containsOnlyKeys(milk, eggs);
            for (UUID item : List.of(milk, eggs)) {
                List<Notification> all = pages(ALL, true).stream()
                        .filter(each -> item.equals(each.itemId()))
                        .toList();
                assertThat(found.get(item))
                        .isEqualTo((forward ? all : all.reversed())
                                .stream().limit(5).toList());
            }
        }

        @Test
        void continues_beyond_a_place() {
            fill();
            Notification third = pages(ALL, true).stream()
                    .filter(each -> milk.equals(each.itemId()))
                    .toList()
                    .get(2);

            Map<UUID, List<Notification>> found = notifications
                    .listOfItems(
                            DATABASE.reads(),
                            reader,
                            List.of(milk),
                            new Page(10, true, null),
                            new Place(third.createdAt(), third.id()))
                    .await();

            assertThat(found.get(milk)).hasSize(4).doesNotContain(third);
        }

        @Test
        void counts_all_and_unread_ones_with_zero_for_none() {
            fill();
            List<UUID> items = List.of(milk, eggs, foreign);

            assertThat(notifications
                            .countOfItems(DATABASE.reads(), reader, items, true)
                            .await())
                    .isEqualTo(Map.of(milk, 7, eggs, 3, foreign, 0));
            assertThat(notifications
                            .countOfItems(DATABASE.reads(), reader, items, false)
                            .await())
                    .isEqualTo(Map.of(milk, 4, eggs, 2, foreign, 0));
        }
    }

    @Nested
    class Marks {

        private Map<UUID, Marked> mark(Reader who, List<UUID> ids, Status status) {
            return notifications.mark(DATABASE.reads(), who, ids, status).await();
        }

        private Notification find(UUID id) {
            return notifications.find(DATABASE.reads(), reader, List.of(id)).await().values().stream()
                    .findFirst()
                    .orElseThrow();
        }

        @Test
        void read_tells_before_and_after_and_the_second_time_that_nothing_changed() {
            fill();
            UUID id =
                    ids(new Filter(Status.UNREAD, null, null, null, null, null)).getFirst();
            Notification before = find(id);

            Marked first = mark(reader, List.of(id), Status.READ).get(id);
            Marked second = mark(reader, List.of(id), Status.READ).get(id);

            assertThat(first).isEqualTo(new Marked(before, find(id)));
            assertThat(find(id).status()).isEqualTo(Status.READ);
            assertThat(find(id).readAt()).isNotNull();
            assertThat(second).isEqualTo(new Marked(find(id), find(id)));
            assertThat(second).extracting(Marked::changed).isEqualTo(false);
        }

        @Test
        void unread_takes_the_time_of_reading_away() {
            fill();
            UUID id = ids(new Filter(Status.READ, null, null, null, null, null)).getFirst();

            mark(reader, List.of(id), Status.UNREAD);

            assertThat(find(id).status()).isEqualTo(Status.UNREAD);
            assertThat(find(id).readAt()).isNull();
        }

        @Test
        void leave_out_what_is_not_there_or_another_user_s() {
            fill();

            assertThat(mark(new Reader(theirs, new UserId(theirs.value()), true), ids(ALL), Status.READ))
                    .isEmpty();
            assertThat(notifications.countUnread(DATABASE.reads(), reader, ALL).await())
                    .isEqualTo(6);
        }

        @Test
        void read_everything_up_to_a_moment_and_only_that() {
            fill();

            List<Notification> marked = notifications
                    .markReadUpTo(DATABASE.reads(), reader, NOON.plusSeconds(1))
                    .await();

            assertThat(marked).hasSize(4).allMatch(each -> each.status() == Status.READ);
            assertThat(pages(new Filter(Status.UNREAD, null, null, null, null, null), true))
                    .hasSize(2)
                    .allMatch(each -> each.createdAt().isAfter(NOON.plusSeconds(1)));
            assertThat(notifications
                            .markReadUpTo(DATABASE.reads(), reader, NOON.plusSeconds(1))
                            .await())
                    .isEmpty();
        }
    }

    @Nested
    class Delete {

        private @Nullable Notification delete(InventoryId user, UUID id) {
            return notifications.delete(DATABASE.reads(), user, id).await().orElse(null);
        }

        @Test
        void gives_the_notification_as_the_owner_saw_it_once() {
            fill();
            UUID id = pages(ALL, true).getFirst().id();
            Notification newest = notifications
                    .find(DATABASE.reads(), reader.asOwner(), List.of(id))
                    .await()
                    .get(id);

            assertThat(delete(theirs, id)).isNull();
            assertThat(delete(mine, id)).isEqualTo(newest);
            assertThat(delete(mine, id)).isNull();
            assertThat(pages(ALL, true)).hasSize(9);
        }
    }
}
