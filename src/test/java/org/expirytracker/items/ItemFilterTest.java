package org.expirytracker.items;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.math.BigDecimal;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.text.Normalizer;
import java.time.Instant;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.expirytracker.TestDatabase;
import org.expirytracker.categories.Category;
import org.expirytracker.db.Database;
import org.expirytracker.kernel.Input;
import org.expirytracker.kernel.InventoryId;
import org.expirytracker.kernel.NodeId;
import org.expirytracker.kernel.Page;
import org.expirytracker.kernel.RowIds;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What the input {@code ItemFilter} finds, on a real database. */
class ItemFilterTest {

    private static final LocalDate TODAY = LocalDate.of(2026, 6, 15);
    private static final Vertx VERTX = Vertx.vertx();
    private static final Database DATABASE =
            new Database(VERTX, TestDatabase.migrated().connectOptions(), 6);
    private static final ItemRepository ITEMS = new ItemRepository();
    private static final InventoryId ME = new InventoryId(RowIds.next());
    private static final UUID DAIRY = RowIds.next();
    private static final UUID DRY = RowIds.next();

    @BeforeAll
    static void twoUsersWithTheSameItems() {
        InventoryId other = new InventoryId(RowIds.next());
        open(ME);
        open(other);
        run("INSERT INTO categories (user_id, id, name) VALUES (?, ?, 'Dairy')", ME.value(), DAIRY);
        run("INSERT INTO categories (user_id, id, name) VALUES (?, ?, 'Dry')", ME.value(), DRY);
        await(ITEMS.insert(
                DATABASE.reads(),
                ME,
                List.of(
                        new Thing("yoghurt").expires(-1).in("Fridge").of(DAIRY).made(),
                        new Thing("bread").expires(0).in("shelf").lot("L-7").made(),
                        new Thing("milk")
                                .expires(5)
                                .in("Fridge")
                                .of(DAIRY)
                                .cost("1.20")
                                .barcode("40084107")
                                .made(),
                        new Thing("rice")
                                .expires(31)
                                .quantity("2.5")
                                .of(DRY)
                                .cost("3")
                                .sells("4")
                                .made(),
                        new Thing("salt")
                                .of(DRY)
                                .in("Küche")
                                .quantity("12")
                                .barcode("A1")
                                .called("sku-1")
                                .made(),
                        new Thing("Crème brûlée 50%").bought(-3).lot("l-7").made(),
                        new Thing("cheese")
                                .expires(5)
                                .quantity("0")
                                .of(DAIRY)
                                .in("Fridge")
                                .made())));
        await(ITEMS.insert(
                DATABASE.reads(),
                other,
                List.of(new Thing("bread").expires(0).in("shelf").lot("L-7").made())));
    }

    @AfterAll
    static void close() {
        await(DATABASE.close());
        await(VERTX.close());
    }

    @Nested
    class Finds {

        @ParameterizedTest
        @CsvSource({
            "UNDATED, Crème brûlée 50%|salt",
            "EXPIRED, yoghurt",
            "EXPIRING_SOON, bread|milk",
            "ACTIVE, rice",
            "EXPIRED EXPIRING_SOON, bread|milk|yoghurt",
            "UNDATED EXPIRED, Crème brûlée 50%|salt|yoghurt",
            "ACTIVE UNDATED, Crème brûlée 50%|rice|salt"
        })
        void by_status(String statuses, String expected) {
            assertThat(found("status", List.of(statuses.split(" ")))).isEqualTo(expected);
        }

        @Test
        void by_status_as_of_another_day() {
            Map<String, Object> expired = Map.of("status", List.of("EXPIRED"));

            assertThat(found(ItemFilter.of(Input.arguments(expired), TODAY.plusDays(6))))
                    .isEqualTo("bread|milk|yoghurt");
        }

        @Test
        void by_expiry_date_without_the_undated() {
            assertThat(found("expiryDate", Map.of("from", TODAY))).isEqualTo("bread|milk|rice");
            assertThat(found("expiryDate", Map.of("to", TODAY))).isEqualTo("bread|yoghurt");
            assertThat(found("expiryDate", Map.of("from", TODAY, "to", TODAY))).isEqualTo("bread");
        }

        @Test
        void everything_that_has_a_date_or_a_price_in_an_empty_range() {
            assertThat(found("expiryDate", Map.of())).isEqualTo("bread|milk|rice|yoghurt");
            assertThat(found("purchaseDate", Map.of())).isEqualTo("Crème brûlée 50%");
            assertThat(found("costPrice", Map.of())).isEqualTo("milk|rice");
            assertThat(found("sellingPrice", Map.of())).isEqualTo("rice");
            assertThat(found("quantity", Map.of()).split("\\|")).hasSize(6);
        }

        @ParameterizedTest
        @CsvSource({"0, bread", "5, bread|milk", "31, bread|milk|rice", "3650, bread|milk|rice"})
        void what_expires_within_so_many_days_but_not_what_is_expired(int days, String expected) {
            assertThat(found("expiresWithinDays", days)).isEqualTo(expected);
        }

        @Test
        void what_expires_before_the_end_of_all_dates() {
            Map<String, Object> within = Map.of("expiresWithinDays", 3650);

            assertThat(found(ItemFilter.of(Input.arguments(within), LocalDate.of(9999, 12, 31))))
                    .isEmpty();
        }

        @Test
        void by_category_and_without() {
            assertThat(found("categoryId", List.of(id(DAIRY), id(DRY)))).isEqualTo("milk|rice|salt|yoghurt");
            assertThat(found("withoutCategory", true)).isEqualTo("Crème brûlée 50%|bread");
            assertThat(found("withoutCategory", false)).isEqualTo("milk|rice|salt|yoghurt");
        }

        @ParameterizedTest
        @CsvSource({
            "fridge, milk|yoghurt",
            "FRIDGE, milk|yoghurt",
            "KÜCHE, salt",
            "shelf FRIDGE, bread|milk|yoghurt",
            "Frid, ''",
            "%, ''"
        })
        void by_places_without_regard_to_case(String places, String expected) {
            assertThat(found("locations", List.of(places.split(" ")))).isEqualTo(expected);
            if (!places.contains(" ")) {
                assertThat(found("location", places)).isEqualTo(expected);
            }
        }

        @Test
        void by_having_a_place_or_none() {
            assertThat(found("withoutLocation", true)).isEqualTo("Crème brûlée 50%|rice");
            assertThat(found("withoutLocation", false)).isEqualTo("bread|milk|salt|yoghurt");
        }

        @Test
        void by_codes() {
            assertThat(found("barcode", "40084107")).isEqualTo("milk");
            assertThat(found("barcodes", List.of("A1", "40084107", "none"))).isEqualTo("milk|salt");
            assertThat(found("lotNumbers", List.of("L-7"))).isEqualTo("Crème brûlée 50%|bread");
            assertThat(found("externalId", "sku-1 ")).isEqualTo("salt");
            assertThat(found("externalIds", List.of("SKU-1", "sku-2"))).isEmpty();
        }

        @Test
        void by_quantity_and_prices() {
            assertThat(found("quantity", Map.of("from", new BigDecimal("2.5")))).isEqualTo("rice|salt");
            assertThat(found("quantity", Map.of("from", new BigDecimal("2.5001"), "to", BigDecimal.valueOf(12))))
                    .isEqualTo("salt");
            assertThat(found("costPrice", Map.of("to", new BigDecimal("1.2")))).isEqualTo("milk");
            assertThat(found("sellingPrice", Map.of("from", new BigDecimal("-1E+30"))))
                    .isEqualTo("rice");
        }

        @Test
        void by_purchase_date() {
            assertThat(found("purchaseDate", Map.of("from", TODAY.minusDays(3))))
                    .isEqualTo("Crème brûlée 50%");
            assertThat(found("purchaseDate", Map.of("to", TODAY.minusDays(4)))).isEmpty();
        }

        @ParameterizedTest
        @CsvSource({
            "creme, Crème brûlée 50%",
            "BRULEE CREME, Crème brûlée 50%",
            "50%, Crème brûlée 50%",
            "50_, ''",
            "\\, ''",
            "fridge mil, milk"
        })
        void by_words_without_regard_to_case_and_accents(String search, String expected) {
            assertThat(found("search", search)).isEqualTo(expected);
        }
    }

    @Nested
    class UsedUp {

        @Test
        void is_left_out_unless_the_filter_speaks_of_it() {
            assertThat(found("categoryId", List.of(id(DAIRY)))).isEqualTo("milk|yoghurt");
            assertThat(found("usedUp", true)).isEqualTo("cheese");
            assertThat(found("usedUp", false).split("\\|")).hasSize(6);
        }

        @Test
        void is_found_beside_what_is_in_stock_when_the_filter_says_null() {
            Map<String, Object> both = new HashMap<>(Map.of("location", "fridge"));
            both.put("usedUp", null);

            assertThat(found(both)).isEqualTo("cheese|milk|yoghurt");
        }

        @Test
        void may_be_one_of_several_conditions() {
            assertThat(found("or", List.of(Map.of("usedUp", true), Map.of("status", List.of("EXPIRED")))))
                    .isEqualTo("cheese|yoghurt");
            assertThat(found("not", Map.of("usedUp", false))).isEqualTo("cheese");
        }

        @Test
        void contradicts_itself_without_an_error() {
            assertThat(found("and", List.of(Map.of("usedUp", true), Map.of("usedUp", false))))
                    .isEmpty();
        }
    }

    @Nested
    class Joined {

        @Test
        void one_of_several_or_all_of_them() {
            List<Map<String, Object>> parts =
                    List.of(Map.of("location", "fridge"), Map.of("status", List.of("EXPIRED")));

            assertThat(found("and", parts)).isEqualTo("yoghurt");
            assertThat(found("or", parts)).isEqualTo("milk|yoghurt");
        }

        @Test
        void the_opposite_holds_also_of_what_does_not_tell() {
            assertThat(found("not", Map.of("location", "Fridge"))).isEqualTo("Crème brûlée 50%|bread|rice|salt");
            assertThat(found("not", Map.of("not", Map.of("location", "Fridge"))))
                    .isEqualTo("milk|yoghurt");
        }

        @Test
        void of_nothing() {
            assertThat(found("and", List.of()).split("\\|")).hasSize(6);
            assertThat(found("or", List.of())).isEmpty();
            assertThat(found("not", Map.of())).isEmpty();
        }

        @ParameterizedTest
        @ValueSource(strings = {"status", "categoryId", "locations", "barcodes", "externalIds", "lotNumbers"})
        void an_empty_list_is_met_by_nothing(String list) {
            assertThat(found(list, List.of())).isEmpty();
            assertThat(found("not", Map.of(list, List.of())).split("\\|")).hasSize(6);
        }
    }

    @Nested
    class Refuses {

        @ParameterizedTest
        @ValueSource(strings = {"expiryDate", "purchaseDate"})
        void a_range_that_ends_before_it_begins(String range) {
            assertThat(refusals(Map.of(range, Map.of("from", TODAY, "to", TODAY.minusDays(1)))))
                    .containsExactly(range + ".from: from is after to: no date is in this range.");
        }

        @ParameterizedTest
        @ValueSource(strings = {"quantity", "costPrice", "sellingPrice"})
        void numbers_that_end_before_they_begin(String range) {
            assertThat(refusals(Map.of(range, Map.of("from", BigDecimal.TWO, "to", BigDecimal.ONE))))
                    .containsExactly(range + ".from: from is more than to: no number is in this range.");
        }

        @Test
        void texts_that_are_empty_and_too_many_of_them() {
            assertThat(refusals(Map.of("location", " ")))
                    .containsExactly(
                            "location: location must not be empty: it needs a character that can be seen, besides blanks.");
            assertThat(refusals(Map.of("locations", List.of("a", "\t"))))
                    .containsExactly("locations: Entry 2 of locations is empty.");
            assertThat(refusals(Map.of(
                            "barcodes", Stream.generate(() -> "1").limit(101).toList())))
                    .containsExactly("barcodes: barcodes has 101 entries; at most 100 are allowed.");
        }

        @Test
        void what_is_wrong_within_other_filters_at_its_place() {
            assertThat(refusals(Map.of(
                            "or",
                            List.of(
                                    Map.of("not", Map.of("expiresWithinDays", -1)),
                                    Map.of("categoryId", List.of("nonsense"))))))
                    .containsExactly(
                            "or.0.not.expiresWithinDays: expiresWithinDays must be from 0 to 3650.",
                            "or.1.categoryId: categoryId names no category.");
        }

        @Test
        void filters_that_are_too_deep_or_too_many() {
            Map<String, Object> deep = Map.of("search", "x");
            for (int level = 1; level < ItemFilter.MOST_LEVELS; level++) {
                deep = Map.of("not", deep);
            }
            List<Map<String, Object>> many = Stream.generate(() -> Map.<String, Object>of("search", "x"))
                    .limit(ItemFilter.MOST_PARTS)
                    .toList();
            String most = "A filter may hold at most 50 filters, at most 5 levels deep.";

            assertThat(refusals(deep)).isEmpty();
            assertThat(refusals(Map.of("not", deep))).containsExactly("not.not.not.not.not: " + most);
            assertThat(refusals(Map.of("or", many))).isEmpty();
            assertThat(refusals(Map.of("and", List.of(Map.of("or", many))))).containsExactly("and.0.or: " + most);
        }

        private List<String> refusals(Map<String, Object> filter) {
            Input input = Input.arguments(filter);
            ItemFilter.of(input, TODAY);
            return input.errors().stream()
                    .map(error -> String.join(".", error.field()) + ": " + error.message())
                    .toList();
        }
    }

    /** Random filters against a model of their own, in every order, in pages, counted, and by category. */
    @Nested
    class AnyFilter {

        /** Nothing is a lot of these: that of lots is in ProductsTest. */
        private static final String PRODUCT = new NodeId(Item.PRODUCT, new UUID(0, 1)).encoded();

        private static final String ANOTHER_PRODUCT = new NodeId(Item.PRODUCT, new UUID(0, 2)).encoded();

        private final Random random = new Random(20261128);
        private int called;
        private final List<UUID> categories = List.of(RowIds.next(), RowIds.next(), RowIds.next());
        private final InventoryId user = new InventoryId(RowIds.next());

        @Test
        void finds_what_it_describes() {
            open(user);
            categories.forEach(category -> run(
                    "INSERT INTO categories (user_id, id, name) VALUES (?, ?, gen_random_uuid())",
                    user.value(),
                    category));
            List<Item> made = Stream.generate(this::thing).limit(120).toList();
            Collection<Item> all =
                    await(ITEMS.insert(DATABASE.reads(), user, made)).values();
            Set<ItemCondition.Kind> asked = EnumSet.noneOf(ItemCondition.Kind.class);
            int found = 0;
            for (int round = 0; round < 250; round++) {
                Map<String, Object> described = filter(3);
                ItemFilter filter = ItemFilter.of(Input.arguments(described), TODAY);
                filter.conditions().forEach(condition -> kinds(condition, asked));
                boolean speaksOfUsedUp = speaksOfUsedUp(described);
                Set<UUID> expected = all.stream()
                        .filter(item -> speaksOfUsedUp || item.quantity().signum() != 0)
                        .filter(item -> meets(item, described))
                        .map(Item::id)
                        .collect(Collectors.toSet());

                assertThat(read(filter)).as("%s", described).containsExactlyInAnyOrderElementsOf(expected);
                assertThat(await(ITEMS.count(DATABASE.reads(), user, filter)))
                        .isEqualTo(ItemCount.exactly(expected.size()));
                assertOfCategories(
                        filter,
                        all.stream()
                                .filter(item -> expected.contains(item.id()) && item.categoryId() != null)
                                .collect(Collectors.groupingBy(
                                        item -> Objects.requireNonNull(item.categoryId()), Collectors.counting())));
                found += expected.isEmpty() ? 0 : 1;
            }

            assertThat(asked).containsExactlyInAnyOrder(ItemCondition.Kind.values());
            assertThat(found).isBetween(80, 240);
        }

        private void assertOfCategories(ItemFilter filter, Map<UUID, Long> expected) {
            assertThat(await(ITEMS.countOfEach(DATABASE.reads(), user, ofCategories(), filter)))
                    .isEqualTo(categories.stream()
                            .collect(Collectors.toMap(
                                    category -> category,
                                    category ->
                                            ItemCount.exactly(Math.toIntExact(expected.getOrDefault(category, 0L))))));
            Map<UUID, List<ItemRepository.Placed>> pages = await(ITEMS.listOfEach(
                    DATABASE.reads(), user, ofCategories(), filter, ItemOrder.USUAL, new Page(100, true, null), null));
            categories.forEach(category ->
                    assertThat(pages.get(category)).hasSize(Math.toIntExact(expected.getOrDefault(category, 0L))));
        }

        private ItemGroups ofCategories() {
            return new ItemGroups(ItemGroups.By.CATEGORY, categories);
        }

        private List<UUID> read(ItemFilter filter) {
            ItemOrder order = new ItemOrder(any(ItemOrder.Field.values()), random.nextBoolean());
            Page page = new Page(7 + random.nextInt(40), random.nextBoolean(), null);
            List<UUID> read = new ArrayList<>();
            ItemOrder.Place place = null;
            while (true) {
                List<ItemRepository.Placed> found =
                        await(ITEMS.list(DATABASE.reads(), user, filter, order, page, place, ItemColumns.ALL));
                found.stream()
                        .limit(page.size())
                        .forEach(placed -> read.add(placed.item().id()));
                if (found.size() <= page.size()) {
                    return read;
                }
                place = found.get(page.size() - 1).place();
            }
        }

        private Item thing() {
            Thing thing = new Thing(any("milk", "Müsli", "MILK 50%", "rice_1"));
            thing.expiry = random.nextInt(4) == 0 ? null : TODAY.plusDays(random.nextInt(-5, 45));
            thing.purchase = random.nextBoolean() ? null : TODAY.minusDays(random.nextInt(9));
            thing.category = random.nextBoolean() ? null : any(categories.toArray(UUID[]::new));
            thing.location = any(null, "Fridge", "fridge", "Küche");
            thing.barcode = any(null, "1", "2");
            thing.lot = any(null, "a", "A", "b");
            thing.externalId = random.nextInt(4) == 0 ? "x-" + called++ : null;
            thing.quantity = new BigDecimal(any("0", "1", "2.5"));
            thing.cost = random.nextBoolean() ? null : new BigDecimal(any("1", "2.25", "9"));
            thing.sells = random.nextBoolean() ? null : new BigDecimal(any("1", "2.25", "9"));
            return thing.made();
        }

        private Map<String, Object> filter(int levels) {
            Map<String, Object> filter = new HashMap<>();
            for (int conditions = random.nextInt(3); conditions >= 0; conditions--) {
                condition(filter, levels);
            }
            return filter;
        }

        private void condition(Map<String, Object> filter, int levels) {
            switch (random.nextInt(levels > 0 ? 19 : 16)) {
                case 0 -> filter.put("status", some("UNDATED", "EXPIRED", "EXPIRING_SOON", "ACTIVE"));
                case 1 -> filter.put("expiryDate", range(TODAY.minusDays(2), TODAY.plusDays(random.nextInt(30))));
                case 2 -> filter.put("expiresWithinDays", random.nextInt(40));
                case 3 -> filter.put("purchaseDate", range(TODAY.minusDays(6), TODAY.minusDays(random.nextInt(6))));
                case 4 ->
                    filter.put(
                            "categoryId",
                            some(categories.stream().map(ItemFilterTest::id).toArray(Object[]::new)));
                case 5 -> filter.put("withoutCategory", random.nextBoolean());
                case 6 -> filter.put("locations", some("FRIDGE", "kÜche", "nowhere"));
                case 7 -> filter.put("withoutLocation", random.nextBoolean());
                case 8 -> filter.put("barcodes", some("1", "2", "3"));
                case 9 -> {
                    filter.put("lotNumbers", random.nextBoolean() ? null : some("A", "b"));
                    filter.put("externalIds", random.nextBoolean() ? null : some("x-0", "x-1", "x-2", "X-3"));
                }
                case 10 -> filter.put("quantity", range(BigDecimal.ONE, BigDecimal.TWO));
                case 11 -> filter.put("costPrice", range(new BigDecimal("1.5"), new BigDecimal("2.25")));
                case 12 -> filter.put("sellingPrice", range(new BigDecimal("1.5"), new BigDecimal("2.25")));
                case 13 -> filter.put("search", any("milk", "MUSLI kuch", "50%", "e_1", "fridge"));
                case 14 -> {
                    filter.put("usedUp", any(true, false, null));
                    filter.put("updatedSince", any(Instant.EPOCH, Instant.parse("2200-01-01T00:00:00Z")));
                }
                case 15 -> {
                    filter.put("productIds", any(null, some(PRODUCT, ANOTHER_PRODUCT), List.of(PRODUCT)));
                    filter.put("withoutProduct", any(true, false, null));
                }
                case 16 -> filter.put("and", List.of(filter(levels - 1), filter(levels - 1)));
                case 17 -> filter.put("or", List.of(filter(levels - 1), filter(levels - 1)));
                default -> filter.put("not", filter(levels - 1));
            }
        }

        private Map<String, Object> range(Object from, Object to) {
            return any(Map.of(), Map.of("from", from), Map.of("to", to), Map.of("from", from, "to", to));
        }

        private List<Object> some(Object... of) {
            return Stream.of(of).filter(each -> random.nextBoolean()).toList();
        }

        @SafeVarargs
        private <T extends @Nullable Object> T any(T... of) {
            return of[random.nextInt(of.length)];
        }

        private boolean speaksOfUsedUp(Map<String, Object> filter) {
            return filter.containsKey("usedUp") || within(filter).stream().anyMatch(this::speaksOfUsedUp);
        }

        private List<Map<String, Object>> within(Map<String, Object> filter) {
            List<Map<String, Object>> within = new ArrayList<>(list(filter.getOrDefault("and", List.of())));
            within.addAll(list(filter.getOrDefault("or", List.of())));
            within.addAll(filter.get("not") == null ? List.of() : list(List.of(filter.get("not"))));
            return within;
        }

        @SuppressWarnings("unchecked")
        private List<Map<String, Object>> list(Object value) {
            return (List<Map<String, Object>>) value;
        }

        private boolean meets(Item item, Map<String, Object> filter) {
            return filter.entrySet().stream().allMatch(entry -> entry.getValue() == null || meets(item, entry));
        }

        private boolean meets(Item item, Map.Entry<String, Object> asked) {
            Object wanted = asked.getValue();
            return switch (asked.getKey()) {
                case "status" ->
                    ((List<?>) wanted)
                            .contains(ItemStatus.on(TODAY, item.expiryDate(), item.leadDays())
                                    .name());
                case "expiryDate" -> isIn(item.expiryDate(), wanted);
                case "expiresWithinDays" ->
                    isIn(item.expiryDate(), Map.of("from", TODAY, "to", TODAY.plusDays((Integer) wanted)));
                case "purchaseDate" -> isIn(item.purchaseDate(), wanted);
                case "categoryId" -> item.categoryId() != null && ((List<?>) wanted).contains(id(item.categoryId()));
                case "withoutCategory" -> wanted.equals(item.categoryId() == null);
                case "productIds" -> false;
                case "withoutProduct" -> wanted.equals(true);
                case "locations" -> isOneOf(item.location(), wanted);
                case "withoutLocation" -> wanted.equals(item.location() == null);
                case "barcodes" -> ((List<?>) wanted).stream().anyMatch(each -> each.equals(item.barcode()));
                case "externalIds" -> ((List<?>) wanted).stream().anyMatch(each -> each.equals(item.externalId()));
                case "lotNumbers" -> isOneOf(item.lotNumber(), wanted);
                case "quantity" -> isIn(item.quantity(), wanted);
                case "costPrice" -> isIn(item.costPrice(), wanted);
                case "sellingPrice" -> isIn(item.sellingPrice(), wanted);
                case "search" ->
                    Arrays.stream(((String) wanted).split(" "))
                            .allMatch(word -> folded(item.name() + " " + item.location() + " " + item.barcode() + " "
                                            + item.lotNumber())
                                    .contains(folded(word)));
                case "usedUp" -> wanted.equals(item.quantity().signum() == 0);
                case "updatedSince" -> !item.updatedAt().isBefore((Instant) wanted);
                case "and" -> list(wanted).stream().allMatch(part -> meets(item, part));
                case "or" -> list(wanted).stream().anyMatch(part -> meets(item, part));
                case "not" -> !meets(item, list(List.of(wanted)).getFirst());
                default -> throw new IllegalArgumentException(asked.getKey());
            };
        }

        private <T extends Comparable<? super T>> boolean isIn(@Nullable T value, Object range) {
            @SuppressWarnings("unchecked")
            Map<String, T> ends = (Map<String, T>) range;
            T from = ends.get("from");
            T to = ends.get("to");
            return value != null
                    && (from == null || value.compareTo(from) >= 0)
                    && (to == null || value.compareTo(to) <= 0);
        }

        private boolean isOneOf(@Nullable String value, Object wanted) {
            return value != null
                    && ((List<?>) wanted).stream().anyMatch(each -> ((String) each).equalsIgnoreCase(value));
        }

        private String folded(String text) {
            return Normalizer.normalize(text, Normalizer.Form.NFD)
                    .replaceAll("\\p{M}", "")
                    .toLowerCase(Locale.ROOT);
        }

        private void kinds(ItemCondition condition, Set<ItemCondition.Kind> kinds) {
            switch (condition) {
                case ItemCondition.Test test -> kinds.add(test.kind());
                case ItemCondition.All all -> all.parts().forEach(part -> kinds(part, kinds));
                case ItemCondition.Any any -> any.parts().forEach(part -> kinds(part, kinds));
                case ItemCondition.Not not -> kinds(not.part(), kinds);
            }
        }
    }

    /** A new item; a date is so many days from {@link #TODAY}. */
    private static final class Thing {

        private final String name;
        private @Nullable LocalDate expiry;
        private @Nullable LocalDate purchase;
        private @Nullable UUID category;
        private @Nullable String location;
        private @Nullable String barcode;
        private @Nullable String lot;
        private @Nullable String externalId;
        private BigDecimal quantity = BigDecimal.ONE;
        private @Nullable BigDecimal cost;
        private @Nullable BigDecimal sells;

        Thing(String name) {
            this.name = name;
        }

        Thing expires(int days) {
            expiry = TODAY.plusDays(days);
            return this;
        }

        Thing bought(int days) {
            purchase = TODAY.plusDays(days);
            return this;
        }

        Thing of(UUID id) {
            category = id;
            return this;
        }

        Thing in(String place) {
            location = place;
            return this;
        }

        Thing barcode(String code) {
            barcode = code;
            return this;
        }

        Thing lot(String number) {
            lot = number;
            return this;
        }

        Thing called(String id) {
            externalId = id;
            return this;
        }

        Thing quantity(String left) {
            quantity = new BigDecimal(left);
            return this;
        }

        Thing cost(String price) {
            cost = new BigDecimal(price);
            return this;
        }

        Thing sells(String price) {
            sells = new BigDecimal(price);
            return this;
        }

        Item made() {
            return new Item(
                    RowIds.next(),
                    category,
                    name,
                    null,
                    quantity,
                    "pcs",
                    cost,
                    sells,
                    expiry,
                    purchase,
                    null,
                    0,
                    location,
                    barcode,
                    lot,
                    externalId,
                    null,
                    1,
                    Instant.EPOCH,
                    Instant.EPOCH);
        }
    }

    private static String id(UUID category) {
        return new NodeId(Category.TYPE, category).encoded();
    }

    private static String found(String condition, Object value) {
        return found(Map.of(condition, value));
    }

    private static String found(Map<String, Object> filter) {
        Input input = Input.arguments(filter);
        ItemFilter read = ItemFilter.of(input, TODAY);
        input.check();
        return found(read);
    }

    /** The names, in the order of their characters. */
    private static String found(ItemFilter filter) {
        return await(ITEMS.list(
                        DATABASE.reads(),
                        ME,
                        filter,
                        ItemOrder.USUAL,
                        new Page(100, true, null),
                        null,
                        ItemColumns.ALL))
                .stream()
                .map(placed -> placed.item().name())
                .sorted()
                .collect(Collectors.joining("|"));
    }

    private static void open(InventoryId user) {
        run(
                "INSERT INTO users (id, username, email, password_hash) "
                        + "VALUES (?, 'f' || gen_random_uuid(), gen_random_uuid() || '@example.org', '-')",
                user.value());
        run("INSERT INTO feeds (user_id) VALUES (?) ON CONFLICT DO NOTHING", user.value());
    }

    private static void run(String sql, Object... values) {
        try (Connection connection = TestDatabase.connect(TestDatabase.migrated());
                PreparedStatement statement = connection.prepareStatement(sql)) {
            for (int at = 0; at < values.length; at++) {
                statement.setObject(at + 1, values[at]);
            }
            statement.executeUpdate();
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
