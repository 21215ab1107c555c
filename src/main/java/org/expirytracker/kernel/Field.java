package org.expirytracker.kernel;

import java.time.Clock;
import java.time.LocalDate;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletionStage;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * A field of an operation while it is answered: all that a room learns of a request. Whatever executes operations makes
 * one for each fetch; rooms never see GraphQL itself.
 */
public interface Field {

    /** The field's name in the schema, whatever alias it has in the operation. */
    String name();

    /** The arguments that were given or have a default, in their Java form; an absent one is not in it. */
    Map<String, Object> arguments();

    /** One argument; null when it is absent or null. Its type is the Java form of the schema's. */
    @SuppressWarnings({"unchecked", "TypeParameterUnusedInFormals"}) // The schema gives the type.
    default <T> @Nullable T argument(String name) {
        return (T) arguments().get(name);
    }

    /** The object whose field this is; null at the root of an operation. Its type is the record of the schema's type. */
    @SuppressWarnings("TypeParameterUnusedInFormals") // The schema gives the type.
    <T> @Nullable T source();

    /**
     * The names of the fields that the operation asks for of objects of a type, anywhere below this field.
     *
     * @return empty when that is not known, and any may be asked for
     */
    Optional<Set<String>> asked(String type);

    /** Who is calling; empty for a request without an access token. */
    Optional<Caller> callerIfAny();

    /**
     * Who is calling.
     *
     * @throws Problem {@code UNAUTHENTICATED} when the request came without a valid access token
     */
    default Caller caller() {
        return callerIfAny().orElseThrow(Fetchers::unauthenticated);
    }

    /**
     * Today in the caller's inventory: for all fields that one answer shows the same day.
     *
     * @throws Problem {@code UNAUTHENTICATED} as {@link #caller}
     */
    default LocalDate today(Clock clock) {
        return caller().today(clock);
    }

    /** What came with the request besides its caller, such as the device that sent it; empty when nothing did. */
    <T> Optional<T> ofRequest(Class<T> type);

    /** The key of {@code @idempotent} on this mutation as the client gave it, unchecked; empty without the directive. */
    Optional<String> idempotencyKey();

    /** Whether {@code @dryRun} on this mutation makes it a trial, after which everything is as it was. */
    boolean dryRun();

    /** What could not be read of the rows that this mutation was given. */
    UnreadableRows.OfMutation unreadable();

    /** The place that the header {@code Last-Event-ID} tells (HTML, section 9.2.3), unchecked; empty without it. */
    Optional<String> lastEventId();

    /**
     * Loads one value together with the others that this level of the operation needs.
     *
     * @param loader the name under which a room has registered it
     * @return a stage that completes with null when there is no such value; null for a null key
     */
    <K> @Nullable CompletionStage<?> load(String loader, @Nullable K key);

    /** As {@link #load(String, Object)}, and makes something of what was loaded, which may be null. */
    <K, V, R> CompletionStage<R> load(String loader, K key, Function<V, R> then);

    /**
     * Loads the object that a global id names, as {@link #load(String, Object)} does.
     *
     * @param id as the client gave it
     * @return null when the id is of another type or no id at all
     */
    default @Nullable CompletionStage<?> loadNode(NodeId.Type type, @Nullable String id) {
        return load(type.name(), NodeId.decode(id == null ? "" : id, type).orElse(null));
    }
}
