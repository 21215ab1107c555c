package org.expirytracker.kernel;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * One page of a list (Relay Cursor Connections).
 *
 * @param edges the rows with their cursors, in list order
 * @param pageInfo where this page stands
 * @param count answers {@code totalCount}; asked only when that is selected
 * @param precision answers {@code totalCountPrecision}, of lists that have it
 */
public record Connection<T>(List<Edge<T>> edges, PageInfo pageInfo, Wiring.Fetcher count, Wiring.Fetcher precision) {

    /** How exact a number of rows is (GraphQL enumeration {@code CountPrecision}). */
    public enum CountPrecision {
        EXACT,
        AT_LEAST
    }

    /**
     * One row and its place.
     *
     * @param place makes the cursor, which few ask for
     */
    public record Edge<T>(T node, Supplier<String> place) {

        /** Hand it back as {@code after} or {@code before}. */
        public String cursor() {
            return place.get();
        }
    }

    /** Where a page stands in its list; its first and last row are null when it is empty. */
    public record PageInfo(
            boolean hasNextPage,
            boolean hasPreviousPage,
            @Nullable Edge<?> first,
            @Nullable Edge<?> last) {

        /** The cursor of the first row; null when the page is empty. */
        public @Nullable String startCursor() {
            return first == null ? null : first.cursor();
        }

        /** The cursor of the last row; null when the page is empty. */
        public @Nullable String endCursor() {
            return last == null ? null : last.cursor();
        }
    }

    /**
     * Makes a page of what the database gave.
     *
     * @param found at most {@link Page#limit} rows, in the direction of reading
     * @param cursor a row's place in the ordering
     */
    public static <T> Connection<T> of(List<T> found, Page page, Function<T, String> cursor, Wiring.Fetcher count) {
        boolean more = found.size() > page.size();
        List<T> rows = more ? found.subList(0, page.size()) : found;
        List<Edge<T>> edges = new ArrayList<>(rows.size());
        for (T row : page.forward() ? rows : rows.reversed()) {
            edges.add(new Edge<>(row, () -> cursor.apply(row)));
        }
        boolean beyondCursor = page.cursor() != null;
        return new Connection<>(
                edges,
                new PageInfo(
                        page.forward() ? more : beyondCursor,
                        page.forward() ? beyondCursor : more,
                        edges.isEmpty() ? null : edges.getFirst(),
                        edges.isEmpty() ? null : edges.getLast()),
                count,
                field -> CountPrecision.EXACT);
    }

    /** The same page, whose number of rows may not be exact. */
    public Connection<T> withPrecision(Wiring.Fetcher asked) {
        return new Connection<>(edges, pageInfo, count, asked);
    }

    /** The same page of what the rows stand for. */
    public <R> Connection<R> map(Function<T, R> shown) {
        return new Connection<>(
                edges.stream()
                        .map(edge -> new Edge<>(shown.apply(edge.node()), edge.place()))
                        .toList(),
                pageInfo,
                count,
                precision);
    }

    /** The rows without their cursors. */
    public List<T> nodes() {
        return edges.stream().map(Edge::node).toList();
    }
}
