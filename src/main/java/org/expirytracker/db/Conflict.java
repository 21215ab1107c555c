package org.expirytracker.db;

import io.vertx.core.Future;
import java.util.List;
import org.expirytracker.kernel.Problem;

/**
 * What the violation of a unique key means to a client, in the words of the room that owns the table.
 *
 * @param key name of the unique constraint or index
 * @param field of the input whose value is taken
 * @param message what is taken, and what to do next
 */
public record Conflict(String key, String field, String message) {

    /**
     * The failure of a statement in the words of the key that was violated.
     *
     * @param conflicts the keys of the table that was written
     * @return fails with {@code CONFLICT} on the field; with the failure as it is when it is about none of these keys
     */
    public static <T> Future<T> reword(Throwable failure, List<Conflict> conflicts) {
        return Future.failedFuture(conflicts.stream()
                .filter(conflict -> SqlFailures.violates(failure, conflict.key))
                .findFirst()
                .<Throwable>map(conflict ->
                        Problem.at(Problem.Code.CONFLICT, List.of("input", conflict.field), conflict.message))
                .orElse(failure));
    }
}
