package org.expirytracker.activities;

import io.vertx.core.Future;
import io.vertx.sqlclient.SqlClient;
import io.vertx.sqlclient.Tuple;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.function.Function;
import org.expirytracker.db.Rows;
import org.expirytracker.kernel.Caller;
import org.expirytracker.kernel.InventoryId;
import org.expirytracker.kernel.Named;
import org.expirytracker.kernel.NodeId;

/**
 * A type of objects of which programs keep copies: {@code Query.changes} lists all there are, and then those that changed.
 * Each room declares its own.
 *
 * @param type has a loader
 * @param kind one of those that tell of it: whoever may know of these may have a copy
 * @param listing lists the ids of all there are
 * @param within how activities of other objects tell of it; empty where it is itself the subject of its activities
 */
public record Copied(NodeId.Type type, ActivityKind kind, Listing listing, Optional<Within> within) implements Named {

    /** Lists row ids in their order. */
    @FunctionalInterface
    public interface Listing {

        /** Those after an id, at most so many, to which nothing of some kinds has happened since a place in the log. */
        Future<List<UUID>> list(SqlClient client, InventoryId inventoryId, Span span);
    }

    /**
     * What is listed.
     *
     * @param after an id
     * @param seq a place in the log
     * @param kinds names of what may have happened
     * @param limit most ids
     */
    public record Span(UUID after, long seq, Set<String> kinds, int limit) {

        /**
         * Runs a statement that asks for it.
         *
         * @param sql takes what is given here as $2 to $5, after the inventory, and answers {@code id}; its conditions end in
         *     {@link #conditions}
         */
        public Future<List<UUID>> list(SqlClient client, InventoryId inventoryId, String sql) {
            Tuple parameters = Tuple.of(inventoryId.value(), after, seq)
                    .addArrayOfString(kinds.toArray(String[]::new))
                    .addInteger(limit);
            return Rows.list(client, sql, parameters, row -> row.getUUID("id"));
        }

        /** The conditions of such a statement on a table whose rows are the subjects of activities. */
        public static String conditions(String table) {
            return """
                     WHERE %1$s.user_id = $1 AND %1$s.id > $2
                       AND NOT EXISTS (
                           SELECT FROM activities
                            WHERE user_id = $1 AND subject_id = %1$s.id AND seq > $3 AND kind = ANY ($4::text[]))
                     ORDER BY %1$s.id
                     LIMIT $5
                    """.formatted(table);
        }
    }

    /**
     * How activities of other objects tell that there is one more, or one less.
     *
     * @param coming names of the kinds that tell of one more
     * @param going names of the kinds that tell of one less
     * @param id of which one
     * @param present which of some there are
     */
    public record Within(Set<String> coming, Set<String> going, Function<Activity, UUID> id, Present present) {

        boolean isChangedBy(String kind) {
            return coming.contains(kind) || going.contains(kind);
        }
    }

    /** Finds out which of some objects there are. */
    @FunctionalInterface
    public interface Present {
        Future<Set<UUID>> among(SqlClient client, InventoryId inventoryId, Collection<UUID> ids);
    }

    @Override
    public String name() {
        return type.name();
    }

    boolean isOpenTo(Caller caller) {
        return kind.isOpenTo(caller);
    }
}
