package org.expirytracker.items;

import java.math.BigDecimal;
import java.time.Instant;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Collectors;
import org.expirytracker.categories.Category;
import org.expirytracker.items.ItemCondition.Kind;
import org.expirytracker.items.ItemCondition.Test;
import org.expirytracker.kernel.Input;
import org.expirytracker.kernel.Problem;
import org.expirytracker.kernel.Text;
import org.jspecify.annotations.Nullable;

/**
 * Which items are asked for.
 *
 * @param stock whether those in stock, those used up, or both
 * @param conditions all must be met
 */
record ItemFilter(Stock stock, List<ItemCondition> conditions) {

    /** Whether something is left of an item. */
    enum Stock {
        IN_STOCK,
        USED_UP,
        BOTH
    }

    /** Everything in stock. */
    static final ItemFilter IN_STOCK = new ItemFilter(Stock.IN_STOCK, List.of());

    /** How deep filters may stand in filters. */
    static final int MOST_LEVELS = 5;

    /** How many filters may stand in one, at any depth. */
    static final int MOST_PARTS = 50;

    private static final int MOST_CATEGORIES = 100;
    private static final int MOST_PRODUCTS = 100;
    private static final int MOST_TEXTS = 100;
    static final int MOST_LOCATION = 200;
    private static final int MOST_LOT_NUMBER = 64;
    private static final int MOST_BARCODE = 200;
    private static final int MOST_DAYS = 3_650;
    private static final int MOST_SEARCH = 200;
    private static final LocalDate FIRST_DATE = LocalDate.of(1, 1, 1);
    private static final LocalDate LAST_DATE = LocalDate.of(9999, 12, 31);
    private static final BigDecimal MOST_NUMBER = BigDecimal.TEN.pow(38);
    private static final int MOST_PLACES = 38;

    /**
     * Reads the GraphQL input {@code ItemFilter}; what is wrong is noted in the input.
     *
     * @param filter an empty object when there is none
     * @param asOf the day from which status and days are told
     */
    static ItemFilter of(Input filter, LocalDate asOf) {
        Reading reading = new Reading(asOf);
        List<ItemCondition> conditions = new ArrayList<>(reading.conditions(filter, 1));
        boolean inStock = filter.has("usedUp") ? filter.isFalse("usedUp") : !reading.usedUpWithin;
        boolean usedUp = filter.flag("usedUp", false);
        if (inStock && !usedUp && conditions.stream().anyMatch(Test.of(Kind.EXPIRING_AFTER, asOf)::isPartOf)) {
            conditions.add(Test.of(Kind.FROM_FIRST_ACTIVE, asOf, asOf));
        }
        return new ItemFilter(usedUp ? Stock.USED_UP : inStock ? Stock.IN_STOCK : Stock.BOTH, List.copyOf(conditions));
    }

    /** The reading of one filter and those within it. */
    private static final class Reading {

        private final LocalDate asOf;
        private int parts;
        private boolean usedUpWithin;

        Reading(LocalDate asOf) {
            this.asOf = asOf;
        }

        List<ItemCondition> conditions(Input filter, int level) {
            List<ItemCondition> conditions = new ArrayList<>();
            status(filter, conditions);
            expiry(filter, conditions);
            category(filter, conditions);
            product(filter, conditions);
            location(filter, conditions);
            codes(filter, conditions);
            numbers(filter, conditions);
            purchaseDate(filter, conditions);
            search(filter, conditions);
            Instant updatedSince = filter.optionalInstant("updatedSince");
            if (updatedSince != null) {
                conditions.add(Test.of(Kind.UPDATED_SINCE, updatedSince));
            }
            parts(filter, level, conditions);
            return List.copyOf(conditions);
        }

        private void status(Input filter, List<ItemCondition> conditions) {
            List<ItemStatus> statuses = filter.optionalChoices("status", ItemStatus.class);
            if (statuses != null) {
                conditions.add(status(Set.copyOf(statuses)));
            }
        }

        /**
         * Statuses as ranges of dates, since only of columns that are compared the database knows how many rows they leave.
         * The first range is of all dates that the statuses allow, so that an index by date is entered there.
         */
        private ItemCondition status(Set<ItemStatus> statuses) {
            if (statuses.isEmpty()) {
                return Test.of(Kind.NEVER);
            }
            boolean expired = statuses.contains(ItemStatus.EXPIRED);
            boolean soon = statuses.contains(ItemStatus.EXPIRING_SOON);
            boolean active = statuses.contains(ItemStatus.ACTIVE);
            boolean undated = statuses.contains(ItemStatus.UNDATED);
            LocalDate yesterday = asOf.minusDays(1);
            LocalDate first = expired ? LocalDate.MIN : soon || active ? asOf : LocalDate.MAX;
            LocalDate last = undated ? LocalDate.MAX : soon || active ? LAST_DATE : yesterday;
            Test range = Test.of(Kind.EXPIRY_DATE, first, last);
            ItemCondition within;
            if (expired && active && !soon) {
                within = new ItemCondition.Any(List.of(
                        Test.of(Kind.EXPIRY_DATE, LocalDate.MIN, yesterday), Test.of(Kind.EXPIRING_AFTER, asOf)));
            } else if (soon && !active) {
                within = Test.of(Kind.EXPIRING_BY, asOf);
            } else if (active && !soon) {
                within = Test.of(Kind.EXPIRING_AFTER, asOf);
            } else if (expired && undated && !active) {
                within = Test.of(Kind.EXPIRY_DATE, LocalDate.MIN, yesterday);
            } else {
                return range;
            }
            return new ItemCondition.All(List.of(
                    range,
                    undated
                            ? new ItemCondition.Any(
                                    List.of(within, Test.of(Kind.EXPIRY_DATE, LocalDate.MAX, LocalDate.MAX)))
                            : within));
        }

        private void expiry(Input filter, List<ItemCondition> conditions) {
            dates(filter, "expiryDate", Kind.EXPIRY_DATE, conditions);
            Integer days = filter.optionalInt("expiresWithinDays", 0, MOST_DAYS);
            if (days != null) {
                LocalDate last = asOf.plusDays(days);
                conditions.add(Test.of(Kind.EXPIRY_DATE, asOf, last.isAfter(LAST_DATE) ? LAST_DATE : last));
            }
        }

        private static void category(Input filter, List<ItemCondition> conditions) {
            List<UUID> ids = filter.optionalIds("categoryId", Category.TYPE, MOST_CATEGORIES);
            if (ids != null) {
                conditions.add(ids.size() == 1 ? Test.of(Kind.CATEGORY, ids.getFirst()) : oneOf(Kind.CATEGORIES, ids));
            }
            without(filter, "withoutCategory", Kind.WITHOUT_CATEGORY, Kind.WITH_CATEGORY, conditions);
        }

        private static void product(Input filter, List<ItemCondition> conditions) {
            List<UUID> ids = filter.optionalIds("productIds", Item.PRODUCT, MOST_PRODUCTS);
            if (ids != null) {
                conditions.add(ids.size() == 1 ? Test.of(Kind.PRODUCT, ids.getFirst()) : oneOf(Kind.PRODUCTS, ids));
            }
            without(filter, "withoutProduct", Kind.WITHOUT_PRODUCT, Kind.WITH_PRODUCT, conditions);
        }

        private static void location(Input filter, List<ItemCondition> conditions) {
            if (filter.isGiven("location")) {
                String location = filter.name("location", MOST_LOCATION);
                conditions.add(Test.of(Kind.LOCATION, Text.identity(location)));
            }
            List<String> locations = filter.optionalNames("locations", MOST_LOCATION, MOST_TEXTS);
            names(locations, locations != null && locations.size() == 1 ? Kind.LOCATION : Kind.LOCATIONS, conditions);
            without(filter, "withoutLocation", Kind.WITHOUT_LOCATION, Kind.WITH_LOCATION, conditions);
        }

        private static void codes(Input filter, List<ItemCondition> conditions) {
            codes(filter, "barcode", "barcodes", MOST_BARCODE, Kind.BARCODE, conditions);
            codes(filter, "externalId", "externalIds", ItemPatch.MOST_EXTERNAL_ID, Kind.EXTERNAL_ID, conditions);
            names(filter.optionalNames("lotNumbers", MOST_LOT_NUMBER, MOST_TEXTS), Kind.LOT_NUMBER, conditions);
        }

        private static void codes(
                Input filter, String name, String names, int most, Kind kind, List<ItemCondition> conditions) {
            if (filter.isGiven(name)) {
                String code = filter.optionalCode(name, most);
                if (code == null) {
                    filter.reject(name, Problem.Code.INVALID, name + " must not be empty.");
                } else {
                    conditions.add(oneOf(kind, List.of(code)));
                }
            }
            List<String> codes = filter.optionalCodes(names, most, MOST_TEXTS);
            if (codes != null) {
                conditions.add(oneOf(kind, codes));
            }
        }

        private static void numbers(Input filter, List<ItemCondition> conditions) {
            range(filter, "quantity", null, Kind.QUANTITY_FROM, Kind.QUANTITY_TO, conditions);
            range(filter, "costPrice", Kind.COST_PRICE_KNOWN, Kind.COST_PRICE_FROM, Kind.COST_PRICE_TO, conditions);
            range(
                    filter,
                    "sellingPrice",
                    Kind.SELLING_PRICE_KNOWN,
                    Kind.SELLING_PRICE_FROM,
                    Kind.SELLING_PRICE_TO,
                    conditions);
        }

        private static void purchaseDate(Input filter, List<ItemCondition> conditions) {
            dates(filter, "purchaseDate", Kind.PURCHASE_DATE, conditions);
        }

        private static void search(Input filter, List<ItemCondition> conditions) {
            List<String> words = filter.optionalWords("search", MOST_SEARCH);
            if (words.isEmpty()) {
                return;
            }
            String longest = words.stream()
                    .reduce((one, other) -> other.length() > one.length() ? other : one)
                    .orElseThrow();
            List<String> others = new ArrayList<>(words);
            others.remove(longest);
            conditions.add(
                    others.isEmpty()
                            ? Test.of(Kind.WORD, Text.pattern(longest))
                            : Test.of(
                                    Kind.WORDS,
                                    Text.pattern(longest),
                                    others.stream().map(Text::pattern).collect(Collectors.joining("\n"))));
        }

        private void parts(Input filter, int level, List<ItemCondition> conditions) {
            List<Input> all = filter.optionalObjects("and");
            if (all != null) {
                conditions.add(new ItemCondition.All(each(filter, "and", all, level)));
            }
            List<Input> any = filter.optionalObjects("or");
            if (any != null) {
                conditions.add(new ItemCondition.Any(each(filter, "or", any, level)));
            }
            if (filter.isGiven("not")) {
                conditions.addAll(each(filter, "not", List.of(filter.object("not")), level).stream()
                        .map(ItemCondition.Not::new)
                        .toList());
            }
        }

        private List<ItemCondition> each(Input filter, String name, List<Input> within, int level) {
            parts += within.size();
            if (level == MOST_LEVELS || parts > MOST_PARTS) {
                filter.reject(
                        name,
                        Problem.Code.INVALID,
                        "A filter may hold at most %d filters, at most %d levels deep."
                                .formatted(MOST_PARTS, MOST_LEVELS));
                return List.of();
            }
            return within.stream().map(part -> part(part, level + 1)).toList();
        }

        private ItemCondition part(Input part, int level) {
            List<ItemCondition> conditions = new ArrayList<>(conditions(part, level));
            if (part.isGiven("usedUp")) {
                conditions.add(Test.of(part.isFalse("usedUp") ? Kind.IN_STOCK : Kind.USED_UP));
            }
            usedUpWithin |= part.has("usedUp");
            return conditions.size() == 1 ? conditions.getFirst() : new ItemCondition.All(List.copyOf(conditions));
        }

        private static void without(
                Input filter, String name, Kind without, Kind with, List<ItemCondition> conditions) {
            if (filter.isGiven(name)) {
                conditions.add(Test.of(filter.isFalse(name) ? with : without));
            }
        }

        private static void names(@Nullable List<String> names, Kind kind, List<ItemCondition> conditions) {
            if (names != null) {
                List<String> wanted = names.stream().map(Text::identity).toList();
                conditions.add(kind == Kind.LOCATION ? Test.of(kind, wanted.getFirst()) : oneOf(kind, wanted));
            }
        }

        /** A test whose last value is a list; nothing is one of none. */
        private static ItemCondition oneOf(Kind kind, List<?> wanted, Object... before) {
            List<Object> values = new ArrayList<>(List.of(before));
            values.add(wanted);
            return wanted.isEmpty() ? Test.of(Kind.NEVER) : new Test(kind, List.copyOf(values));
        }

        /** A range of dates in which an item without the date is not, however open it is. */
        private static void dates(Input filter, String name, Kind kind, List<ItemCondition> conditions) {
            if (filter.isGiven(name)) {
                Input range = filter.object(name);
                LocalDate from = range.optionalDate("from");
                LocalDate to = range.optionalDate("to");
                if (from != null && to != null && from.isAfter(to)) {
                    range.reject("from", Problem.Code.INVALID, "from is after to: no date is in this range.");
                }
                conditions.add(Test.of(kind, from == null ? FIRST_DATE : from, to == null ? LAST_DATE : to));
            }
        }

        /** A range of numbers in which an item without the number is not, however open it is. */
        private static void range(
                Input filter,
                String name,
                @Nullable Kind known,
                Kind lower,
                Kind upper,
                List<ItemCondition> conditions) {
            if (!filter.isGiven(name)) {
                return;
            }
            Input range = filter.object(name);
            BigDecimal from = range.optionalDecimal("from", MOST_NUMBER.negate(), MOST_NUMBER, MOST_PLACES);
            BigDecimal to = range.optionalDecimal("to", MOST_NUMBER.negate(), MOST_NUMBER, MOST_PLACES);
            if (from != null && to != null && from.compareTo(to) > 0) {
                range.reject("from", Problem.Code.INVALID, "from is more than to: no number is in this range.");
            }
            if (from != null) {
                conditions.add(Test.of(lower, from));
            }
            if (to != null) {
                conditions.add(Test.of(upper, to));
            }
            if (known != null && from == null && to == null) {
                conditions.add(Test.of(known));
            }
        }
    }
}
