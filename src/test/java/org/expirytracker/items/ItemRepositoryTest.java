package org.expirytracker.items;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.math.BigDecimal;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Instant;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Iterator;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.UUID;
import org.expirytracker.TestDatabase;
import org.expirytracker.db.Database;
import org.expirytracker.kernel.InventoryId;
import org.expirytracker.kernel.Page;
import org.expirytracker.kernel.RowIds;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The SQL of items, on a real database. */
class ItemRepositoryTest {

    private static final LocalDate TODAY = LocalDate.of(2026, 6, 15);
    private static final ItemFilter EVERYTHING = ItemFilter.IN_STOCK;

    private static final Vertx VERTX = Vertx.vertx();
    private static final Database DATABASE =
            new Database(VERTX, TestDatabase.migrated().connectOptions(), 6);

    private final ItemRepository items = new ItemRepository();
    private final InventoryId me = newUser();

    @BeforeAll
    static void someoneElseHasItemsToo() {
        ItemRepository items = new ItemRepository();
        InventoryId other = newUser();
        await(items.insert(DATABASE.reads(), other, someItems(50, new Random(1))));
    }

    @AfterAll
    static void close() {
        await(DATABASE.close());
        await(VERTX.close());
    }

    @Nested
    class Lists {

        @ParameterizedTest
        @EnumSource(ItemOrder.Field.class)
        void every_ordering_page_by_page_both_ways_without_gap_or_repeat(ItemOrder.Field field) {
            await(items.insert(DATABASE.reads(), me, someItems(83, new Random(7))));
            for (boolean descending : new boolean[] {false, true}) {
                ItemOrder order = new ItemOrder(field, descending);

                List<Item> forward = readAll(order, true, 10);
                List<Item> backward = readAll(order, false, 9);

                assertThat(forward).hasSize(83).doesNotHaveDuplicates();
                assertThat(backward.reversed()).isEqualTo(forward);
                assertThat(forward).isSortedAccordingTo(comparator(order));
            }
        }

        @Test
        void the_undated_last_by_expiry_date() {
            await(items.insert(
                    DATABASE.reads(),
                    me,
                    List.of(item("salt", null), item("milk", TODAY), item("flour", LocalDate.of(9999, 12, 31)))));

            assertThat(readAll(ItemOrder.USUAL, true, 1))
                    .extracting(Item::name)
                    .containsExactly("milk", "flour", "salt");
        }

        @Test
        void neither_skip_nor_repeat_what_stays_while_others_come_and_go() {
            List<Item> stay = someItems(40, new Random(3));
            List<Item> go = someItems(20, new Random(4));
            await(items.insert(DATABASE.reads(), me, stay));
            await(items.insert(DATABASE.reads(), me, go));
            List<UUID> seen = new ArrayList<>();
            ItemOrder.Place place = null;
            Iterator<Item> leaving = go.iterator();
            List<ItemRepository.Placed> page;
            do {
                page = await(items.list(
                        DATABASE.reads(),
                        me,
                        EVERYTHING,
                        ItemOrder.USUAL,
                        new Page(3, true, null),
                        place,
                        ItemColumns.ALL));
                page.stream().limit(3).forEach(placed -> seen.add(placed.item().id()));
                if (!page.isEmpty()) {
                    place = page.get(Math.min(2, page.size() - 1)).place();
                }
                if (leaving.hasNext()) {
                    Item gone = leaving.next();
                    await(items.delete(DATABASE.reads(), me, List.of(gone.id())));
                    Item fresh = item("new", TODAY.plusDays(gone.id().hashCode() % 50));
                    await(items.insert(DATABASE.reads(), me, List.of(fresh)));
                }
            } while (leaving.hasNext() || !page.isEmpty());

            assertThat(seen).doesNotHaveDuplicates();
            assertThat(seen).containsAll(stay.stream().map(Item::id).toList());
        }
    }

    private List<Item> readAll(ItemOrder order, boolean forward, int size) {
        List<Item> all = new ArrayList<>();
        Page page = new Page(size, forward, null);
        ItemOrder.Place place = null;
        while (true) {
            List<ItemRepository.Placed> found =
                    await(items.list(DATABASE.reads(), me, EVERYTHING, order, page, place, ItemColumns.ALL));
            found.stream().limit(size).forEach(placed -> all.add(placed.item()));
            if (found.size() <= size) {
                return all;
            }
            // The place goes through its opaque text, as it does with clients.
            ItemOrder.Place last = Objects.requireNonNull(found.get(size - 1).place());
            place = org.expirytracker.kernel.Cursor.decode(
                    new Page(size, forward, order.cursor(last)), order.cursorName(), order::place);
        }
    }

    private static Comparator<Item> comparator(ItemOrder order) {
        Comparator<Item> byKey = switch (order.field()) {
            case EXPIRY_DATE ->
                Comparator.comparing(item -> item.expiryDate() == null ? LocalDate.MAX : item.expiryDate());
            case NAME -> Comparator.comparing(Item::name);
            case CREATED_AT -> Comparator.comparing(Item::createdAt);
            case UPDATED_AT -> Comparator.comparing(Item::updatedAt);
        };
        // UUIDs of version 7 made in one process sort as text as they do in PostgreSQL.
        Comparator<Item> whole = byKey.thenComparing(item -> item.id().toString());
        return order.descending() ? whole.reversed() : whole;
    }

    private static List<Item> someItems(int count, Random random) {
        List<Item> some = new ArrayList<>();
        for (int at = 0; at < count; at++) {
            // Few different names and dates, so that many rows share a key.
            String name = "item " + (char) ('a' + random.nextInt(6));
            some.add(item(name, random.nextInt(4) == 0 ? null : TODAY.plusDays(random.nextInt(9))));
        }
        return some;
    }

    private static Item item(String name, @Nullable LocalDate expiryDate) {
        return new Item(
                RowIds.next(),
                null,
                name,
                null,
                BigDecimal.ONE,
                "pcs",
                null,
                null,
                expiryDate,
                null,
                null,
                0,
                null,
                null,
                null,
                null,
                null,
                1,
                Instant.EPOCH,
                Instant.EPOCH);
    }

    private static InventoryId newUser() {
        UUID id = RowIds.next();
        String sql = "INSERT INTO users (id, username, email, password_hash) VALUES (?, ?, ?, '-')";
        try (Connection connection = TestDatabase.connect(TestDatabase.migrated());
                PreparedStatement insert = connection.prepareStatement(sql);
                Statement feed = connection.createStatement()) {
            insert.setObject(1, id);
            insert.setString(2, id.toString());
            insert.setString(3, id + "@example.org");
            insert.executeUpdate();
            feed.execute("INSERT INTO feeds (user_id) VALUES ('" + id + "') ON CONFLICT DO NOTHING");
            return new InventoryId(id);
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
    }

    private static <T> T await(Future<T> future) {
        try {
            return future.toCompletionStage().toCompletableFuture().get(20, SECONDS);
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
    }
}
