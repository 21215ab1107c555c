package org.expirytracker.kernel;

import io.vertx.core.Future;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Collects what the rooms offer: fields, node types and loaders. Who may use a field is declared in the schema and
 * checked before anything runs.
 */
public final class Wiring {

    /** Answers one field: a plain value, a {@link Future}, a completion stage or a publisher. */
    @FunctionalInterface
    public interface Fetcher {
        @Nullable
        Object fetch(Field field);
    }

    /** Loads values for all keys of one level of a query, in one statement. A key without a value is left out. */
    @FunctionalInterface
    public interface Loader<K, V> {
        Future<Map<K, V>> load(Caller caller, Set<K> keys);
    }

    /**
     * A type that has global ids.
     *
     * @param record its Java form
     */
    public record Node<V>(Class<V> record, Function<V, UUID> id) {}

    private final Map<String, Map<String, Fetcher>> fields = new LinkedHashMap<>();
    private final Map<NodeId.Type, Node<?>> nodes = new LinkedHashMap<>();
    private final Map<String, Loader<?, ?>> loaders = new LinkedHashMap<>();
    private final Map<String, Class<?>> states = new LinkedHashMap<>();
    private final Map<String, Function<Object, Record>> stateObjects = new LinkedHashMap<>();

    private final Map<Class<?>, Map<String, Named>> declared = new HashMap<>();

    /** Values of open sets that a room declares. */
    public Wiring declare(Named... values) {
        for (Named value : values) {
            if (declared.computeIfAbsent(value.getClass(), first -> new LinkedHashMap<>())
                            .put(value.name(), value)
                    != null) {
                throw new IllegalStateException("Two rooms declare " + value.name());
            }
        }
        return this;
    }

    /** What rooms have declared of one open set so far, in their order. */
    public <T extends Named> List<T> declared(Class<T> set) {
        return declared.getOrDefault(set, Map.of()).values().stream()
                .map(set::cast)
                .toList();
    }

    /** What a room has declared of one open set under a name; empty when none has. */
    public <T extends Named> Optional<T> declared(Class<T> set, String name) {
        return Optional.ofNullable(declared.getOrDefault(set, Map.of()).get(name))
                .map(set::cast);
    }

    /** The fetchers registered so far, by type and field. */
    public Map<String, Map<String, Fetcher>> fields() {
        return Collections.unmodifiableMap(fields);
    }

    /** The node types registered so far. */
    public Map<NodeId.Type, Node<?>> nodes() {
        return Collections.unmodifiableMap(nodes);
    }

    /** The loaders registered so far, by name. A node type's loader bears the type's name. */
    public Map<String, Loader<?, ?>> loaders() {
        return Collections.unmodifiableMap(loaders);
    }

    /** A query. */
    public Wiring query(String name, Fetcher fetcher) {
        return fetcher("Query", name, fetcher);
    }

    /** A mutation; a {@link Problem} that is a refusal becomes its {@code userErrors}. */
    public Wiring mutation(String name, Fetcher fetcher) {
        return fetcher("Mutation", name, refusing(fetcher));
    }

    /** A subscription. */
    public Wiring subscription(String name, Fetcher fetcher) {
        return fetcher("Subscription", name, fetcher);
    }

    /** A field of an object type that is not simply a component of its record. */
    public Wiring field(String type, String name, Fetcher fetcher) {
        return fetcher(type, name, fetcher);
    }

    /** A connection type: its {@code totalCount} is counted only when selected. */
    public Wiring connection(String type) {
        return fetcher(type, "totalCount", field -> {
            Connection<?> connection = field.source();
            return connection == null ? null : connection.count().fetch(field);
        });
    }

    /** A type with global ids: its {@code id} field, {@code node}, {@code nodes}, and the loader of its name. */
    public <V> Wiring node(NodeId.Type type, Class<V> record, Function<V, UUID> id, Loader<UUID, V> loader) {
        if (nodes.keySet().stream().anyMatch(other -> other.letter() == type.letter())) {
            throw new IllegalStateException("Two types have the letter " + type.letter());
        }
        declare(type);
        nodes.put(type, new Node<>(record, id));
        loader(type.name(), loader);
        return fetcher(type.name(), "id", field -> {
            V source = field.source();
            return source == null ? null : new NodeId(type, id.apply(source)).encoded();
        });
    }

    /**
     * A type of what the log keeps: an object as it was at a moment. It is no node, so no client takes it for the object
     * as it is.
     *
     * @param record reads the JSON that the log keeps
     */
    public Wiring state(String type, Class<?> record) {
        if (states.put(type, record) != null) {
            throw new IllegalStateException("Two records are " + type);
        }
        return this;
    }

    /**
     * As {@link #state(String, Class)}, of an object whose members are fields of the type too, where the record itself has
     * none of that name.
     *
     * @param object the object within the record
     */
    public <S extends Record> Wiring state(String type, Class<S> record, Function<S, ? extends Record> object) {
        stateObjects.put(type, state -> object.apply(record.cast(state)));
        return state(type, record);
    }

    /** The objects within states, by type, registered by {@link #state(String, Class, Function)} so far. */
    public Map<String, Function<Object, Record>> stateObjects() {
        return Collections.unmodifiableMap(stateObjects);
    }

    /** The types registered by {@link #state(String, Class)} so far. */
    public Map<String, Class<?>> states() {
        return Collections.unmodifiableMap(states);
    }

    /** What the log has kept, as a type that was registered; null for null. */
    public @Nullable Object state(String type, @Nullable String json) {
        Class<?> record = states.get(type);
        if (record == null) {
            throw new IllegalStateException("No room has registered " + type);
        }
        return json == null ? null : RecordJson.read(json, record);
    }

    /** A loader under a name of its own. */
    public <K, V> Wiring loader(String name, Loader<K, V> loader) {
        if (loaders.put(name, loader) != null) {
            throw new IllegalStateException("Two loaders are named " + name);
        }
        return this;
    }

    private Wiring fetcher(String type, String name, Fetcher fetcher) {
        if (fields.computeIfAbsent(type, first -> new LinkedHashMap<>()).put(name, fetcher) != null) {
            throw new IllegalStateException("Two rooms answer %s.%s".formatted(type, name));
        }
        return this;
    }

    private static Fetcher refusing(Fetcher fetcher) {
        return field -> {
            try {
                Object result = fetcher.fetch(field);
                return result instanceof Future<?> future
                        ? future.<Object>map(value -> value).recover(Wiring::refusal)
                        : result;
            } catch (Problem problem) {
                return refusal(problem);
            }
        };
    }

    private static Future<Object> refusal(Throwable failure) {
        return failure instanceof Problem problem && problem.code().isRefusal()
                ? Future.succeededFuture(new Payload.Refusal(problem.errors()))
                : Future.failedFuture(failure);
    }
}
