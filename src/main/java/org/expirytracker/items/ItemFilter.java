package org.expirytracker.items;

import java.time.Instant;
import java.time.LocalDate;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Collectors;
import org.expirytracker.kernel.Input;
import org.expirytracker.kernel.NodeId;
import org.expirytracker.kernel.Problem;
import org.expirytracker.kernel.Text;
import org.jspecify.annotations.Nullable;

/**
 * Which items are asked for: every condition that is not null must be met.
 *
 * @param statuses one of these, as of {@code asOf}
 * @param asOf the day as of which status is told
 * @param from expiry date not before; an undated item is in no range
 * @param to expiry date not after
 * @param words folded; each occurs somewhere in the item's texts; at most {@value #MOST_WORDS}
 * @param location as {@link Text#identity} has it
 * @param barcode as it was scanned
 * @param usedUp true for the items of which nothing is left, false for those in stock
 */
record ItemFilter(
        @Nullable Set<ItemStatus> statuses,
        LocalDate asOf,
        @Nullable List<UUID> categoryIds,
        @Nullable LocalDate from,
        @Nullable LocalDate to,
        List<String> words,
        @Nullable String location,
        @Nullable String barcode,
        @Nullable Instant updatedSince,
        boolean usedUp) {

    private static final int MOST_CATEGORIES = 100;
    private static final int MOST_SEARCH = 200;
    private static final int MOST_WORDS = 10;
    private static final int MOST_LOCATION = 200;
    private static final int MOST_BARCODE = 200;
    private static final LocalDate LAST_DATE = LocalDate.of(9999, 12, 31);

    /**
     * Reads the GraphQL input {@code ItemFilter}; what is wrong is noted in the input.
     *
     * @param filter an empty object when there is none
     */
    static ItemFilter of(Input filter, LocalDate asOf) {
        List<ItemStatus> statuses = filter.optionalChoices("status", ItemStatus.class);
        Input range = filter.object("expiryDate");
        LocalDate from = range.optionalDate("from");
        LocalDate to = range.optionalDate("to");
        if (from != null && to != null && from.isAfter(to)) {
            range.reject("from", Problem.Code.INVALID, "from is after to: no date is in this range.");
        }
        String search = filter.optionalText("search", MOST_SEARCH);
        List<String> words = search == null
                ? List.of()
                : Text.words(search).stream()
                        .map(Text::fold)
                        .filter(word -> !word.isEmpty())
                        .limit(MOST_WORDS)
                        .toList();
        return new ItemFilter(
                statuses == null ? null : Set.copyOf(statuses),
                asOf,
                filter.optionalIds("categoryId", NodeId.Type.Category, MOST_CATEGORIES),
                from,
                to,
                words,
                identity(filter.optionalName("location", MOST_LOCATION)),
                filter.optionalCode("barcode", MOST_BARCODE),
                filter.optionalInstant("updatedSince"),
                filter.flag("usedUp", false));
    }

    private static @Nullable String identity(@Nullable String text) {
        return text == null ? null : Text.identity(text);
    }

    /** Whether everything in stock, or everything used up, is asked for. */
    boolean isPlain() {
        return statuses == null
                && categoryIds == null
                && from == null
                && to == null
                && words.isEmpty()
                && location == null
                && barcode == null
                && updatedSince == null;
    }

    /** The earliest expiry date that can meet the conditions, so that an index by date is entered there. */
    LocalDate earliest() {
        LocalDate byStatus = statuses == null || statuses.contains(ItemStatus.EXPIRED) ? LocalDate.MIN : asOf;
        return from == null || from.isBefore(byStatus) ? byStatus : from;
    }

    /** The latest expiry date that can meet the conditions; {@link LocalDate#MAX} lets the undated in. */
    LocalDate latest() {
        LocalDate byStatus = statuses == null || statuses.contains(ItemStatus.UNDATED)
                ? LocalDate.MAX
                : Set.of(ItemStatus.EXPIRED).containsAll(statuses) ? asOf.minusDays(1) : LAST_DATE;
        if (to != null && to.isBefore(byStatus)) {
            return to;
        }
        return from != null && byStatus.isAfter(LAST_DATE) ? LAST_DATE : byStatus;
    }

    /** The words as LIKE patterns, one a line. */
    String patterns() {
        return words.stream().map(Text::pattern).collect(Collectors.joining("\n"));
    }

    /** The longest word as a LIKE pattern: the one by which the index finds fewest. */
    String longestPattern() {
        return words.stream()
                .reduce((one, other) -> other.length() > one.length() ? other : one)
                .map(Text::pattern)
                .orElse("%");
    }
}
