package org.expirytracker.kernel;

import java.util.List;

/**
 * A query for all that connections hold, made ready to be read page by page. Each document takes {@code $first} and {@code
 * $after}, those below the first one {@code $id} as well, the global id of the object that has the connection.
 *
 * @param pageSize for {@code $first}
 * @param parts the first is at the root, the others below it
 */
public record BulkQuery(int pageSize, List<Part> parts) {

    /** Under which name a connection tells whether there is more of it. */
    public static final String PAGE = "bulkPage";

    /**
     * A connection.
     *
     * @param document reads the next page of it
     * @param path where it is in the answer
     * @param below the connections in each of its objects
     */
    public record Part(String document, List<String> path, List<Below> below) {}

    /**
     * A connection in an object of another.
     *
     * @param part its place in {@link #parts}
     * @param path where it is in the object
     */
    public record Below(int part, List<String> path) {}
}
