package org.expirytracker.imports;

import java.math.BigDecimal;
import java.math.RoundingMode;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.expirytracker.items.BulkRow;
import org.expirytracker.kernel.NodeId;
import org.jspecify.annotations.Nullable;

/**
 * A file that became items, or is to.
 *
 * @param name of the file
 * @param bytes so many as have come of it
 * @param utf8 whether all of it is UTF-8
 * @param options how it becomes items; null until somebody has looked into it
 * @param problem why nothing, or no more, was done; null when nothing is wrong
 * @param rowCount how many rows there are; null until all were seen
 * @param rowsDone up to which row all is done, of what is under way
 * @param createdCount items that were created, or would be
 * @param skippedCount rows that were left out on purpose
 * @param refusedCount rows that were refused, or would be
 * @param refusalCount reasons for that
 * @param begunAt when what is under way began, or what was last
 * @param updatedAt when it last went on
 */
public record Import(
        java.util.UUID id,
        String name,
        State state,
        long bytes,
        boolean utf8,
        @Nullable ImportOptions options,
        @Nullable String problem,
        @Nullable Integer rowCount,
        int rowsDone,
        int createdCount,
        int updatedCount,
        int unchangedCount,
        int skippedCount,
        int refusedCount,
        int refusalCount,
        @Nullable Instant begunAt,
        @Nullable Instant endedAt,
        Instant createdAt,
        Instant updatedAt) {

    /** Its global ids. */
    public static final NodeId.Type TYPE = new NodeId.Type('F', "Import");

    /** How far it is (GraphQL enumeration {@code ImportState}). */
    public enum State {
        UPLOADING,
        PREVIEWING,
        READY,
        RUNNING,
        DONE,
        FAILED,
        CANCELLED;

        /** Whether something is done of it just now. */
        boolean underWay() {
            return this == UPLOADING || this == PREVIEWING || this == RUNNING;
        }
    }

    /** Whether it can still begin: something is known of the file, and nothing of it was written. */
    boolean canStart() {
        return state == State.READY || (state == State.FAILED && rowsDone == 0 && options != null);
    }

    /** Of how many bytes the file is. */
    public BigDecimal size() {
        return BigDecimal.valueOf(bytes);
    }

    /** How the file is written; null until somebody has looked into it. */
    public @Nullable ImportFormat format() {
        return options == null ? null : options.layout().format();
    }

    /** Its encoding; null until somebody has looked into it. */
    public @Nullable ImportCharset charset() {
        return options == null ? null : options.layout().charset();
    }

    /** What parts its values; null until somebody has looked into it. */
    public @Nullable String delimiter() {
        return options == null ? null : options.layout().delimiter();
    }

    /** Which program has written it; null until somebody has looked into it. */
    public @Nullable Origin origin() {
        return options == null ? null : options.origin();
    }

    /** Its columns; none until somebody has looked into it. */
    public List<ImportColumn> columns() {
        return options == null ? List.of() : options.columns();
    }

    /** What was chosen for dates that could be two. */
    public @Nullable DateOrder dateOrder() {
        return options == null ? null : options.dateOrder();
    }

    /** What was chosen for numbers that could be two. */
    public @Nullable DecimalSign decimalSign() {
        return options == null ? null : options.decimalSign();
    }

    /** Whether a category that is not there is made; null until somebody has looked into the file. */
    public @Nullable Boolean createCategories() {
        return options == null ? null : options.createCategories();
    }

    /** Whether rows of what its owner keeps no more are read as well; null until somebody has looked into the file. */
    public @Nullable Boolean includeArchived() {
        return options == null ? null : options.includeArchived();
    }

    /** Whether a blank value clears what an item has; null until somebody has looked into the file. */
    public @Nullable Boolean clearBlanks() {
        return options == null ? null : options.clearBlanks();
    }

    /** What becomes of good rows beside bad ones; null until somebody has looked into the file. */
    public BulkRow.@Nullable ErrorPolicy errorPolicy() {
        return options == null ? null : options.errorPolicy();
    }

    /** Rows in a second, of what is under way; null when nothing is, or it has only begun. */
    public @Nullable BigDecimal rowsPerSecond() {
        Duration took = begunAt == null ? Duration.ZERO : Duration.between(begunAt, updatedAt);
        return !state.underWay() || rowsDone == 0 || took.toMillis() < 100
                ? null
                : BigDecimal.valueOf(rowsDone * 1_000L)
                        .divide(BigDecimal.valueOf(took.toMillis()), 1, RoundingMode.HALF_UP);
    }

    /** How long it takes until what is under way is done; null when that cannot be told. */
    public @Nullable Integer secondsLeft() {
        BigDecimal rate = rowsPerSecond();
        return rate == null || rowCount == null || rate.signum() == 0
                ? null
                : BigDecimal.valueOf(Math.max(0, rowCount - rowsDone))
                        .divide(rate, 0, RoundingMode.CEILING)
                        .intValueExact();
    }

    /** Without what it is of. */
    @Override
    public String toString() {
        return "Import[" + id + ", " + state + "]";
    }
}
