package org.expirytracker.api;

import graphql.schema.GraphQLFieldDefinition;
import graphql.schema.PropertyDataFetcher;
import io.vertx.core.Future;
import java.lang.invoke.LambdaMetafactory;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import org.expirytracker.kernel.Wiring;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Publisher;

/**
 * A field that is simply a component of a record, as graphql-java's {@link PropertyDataFetcher} finds it, but looked up
 * once for each class. What that class has not is null. What is not there yet is no property: it would have to be waited
 * for, which only a fetcher's value is.
 */
final class Property {

    /** The public methods without parameters that were looked up, for the process. */
    private static final Map<Accessor, Function<Object, @Nullable Object>> ACCESSORS = new ConcurrentHashMap<>();

    private static final List<Class<?>> LATER = List.of(Future.class, CompletionStage.class, Publisher.class);

    private record Accessor(Class<?> of, String name) {}

    private final GraphQLFieldDefinition field;
    private final @Nullable Class<?> state;
    private final @Nullable Function<Object, Record> object;
    private final Map<Class<?>, Function<Object, @Nullable Object>> accessors = new HashMap<>();
    /** That of the last class, which is nearly always that of the next. */
    private Function<Object, @Nullable Object> accessor = absent -> null;

    private @Nullable Class<?> of;

    /** A property of whatever record the type is made of. */
    Property(GraphQLFieldDefinition field) {
        this(field, null, null);
    }

    /**
     * A property of a state, or else of the object within it.
     *
     * @see Wiring#state(String, Class, Function)
     */
    Property(GraphQLFieldDefinition field, @Nullable Class<?> state, @Nullable Function<Object, Record> object) {
        this.field = field;
        this.state = state;
        this.object = object;
    }

    /** Its value of a record. */
    @Nullable
    Object of(Object source) {
        Class<?> now = source.getClass();
        if (now != of) {
            accessor = accessors.computeIfAbsent(now, this::accessor);
            of = now;
        }
        return accessor.apply(source);
    }

    private Function<Object, @Nullable Object> accessor(Class<?> now) {
        if (object == null || method(Objects.requireNonNull(state), field.getName()) != null) {
            return accessor(now, field);
        }
        Function<Object, Record> within = object;
        Property inner = new Property(field);
        return outer -> inner.of(within.apply(outer));
    }

    private static Function<Object, @Nullable Object> accessor(Class<?> of, GraphQLFieldDefinition field) {
        String name = field.getName();
        Method method = Map.class.isAssignableFrom(of) ? null : method(of, name);
        return method == null
                ? source -> other(field, source)
                : ACCESSORS.computeIfAbsent(new Accessor(of, name), first -> function(of, method));
    }

    private static @Nullable Object other(GraphQLFieldDefinition field, Object source) {
        try {
            return PropertyDataFetcher.fetching(field.getName()).get(field, source, () -> {
                throw new IllegalStateException("A property asks for more than its record: " + field.getName());
            });
        } catch (RuntimeException fault) {
            throw fault;
        } catch (Exception fault) {
            throw new IllegalStateException(fault);
        }
    }

    private static @Nullable Method method(Class<?> of, String name) {
        return Arrays.stream(of.getMethods())
                .filter(method -> method.getName().equals(name)
                        && method.getParameterCount() == 0
                        && !Modifier.isStatic(method.getModifiers())
                        && !method.isBridge()
                        && method.getDeclaringClass() != Object.class)
                .findFirst()
                .orElse(null);
    }

    /**
     * Refuses records of which something is not there yet.
     *
     * @throws IllegalStateException naming each such component
     */
    static void requireReady(Set<Class<?>> records) {
        List<String> later = records.stream()
                .flatMap(record -> Arrays.stream(record.getMethods()))
                .filter(method -> method.getParameterCount() == 0 && isLater(method.getReturnType()))
                .map(method -> method.getDeclaringClass().getSimpleName() + "." + method.getName())
                .sorted()
                .toList();
        if (!later.isEmpty()) {
            throw new IllegalStateException("These are not there when their objects are; give their fields a fetcher: "
                    + String.join(", ", later));
        }
    }

    private static boolean isLater(Class<?> type) {
        return LATER.stream().anyMatch(later -> later.isAssignableFrom(type));
    }

    @SuppressWarnings("unchecked") // LambdaMetafactory makes what it is told to.
    private static Function<Object, @Nullable Object> function(Class<?> of, Method method) {
        if (isLater(method.getReturnType())) {
            throw new IllegalStateException("%s.%s is not there when its object is: its field needs a fetcher"
                    .formatted(of.getSimpleName(), method.getName()));
        }
        try {
            MethodHandles.Lookup lookup = MethodHandles.privateLookupIn(of, MethodHandles.lookup());
            MethodHandle handle =
                    lookup.findVirtual(of, method.getName(), MethodType.methodType(method.getReturnType()));
            return (Function<Object, @Nullable Object>) LambdaMetafactory.metafactory(
                            lookup,
                            "apply",
                            MethodType.methodType(Function.class),
                            MethodType.methodType(Object.class, Object.class),
                            handle,
                            handle.type().wrap())
                    .getTarget()
                    .invoke();
        } catch (RuntimeException | Error fault) {
            throw fault;
        } catch (Throwable fault) {
            throw new IllegalStateException("Not readable: " + of.getName() + "." + method.getName(), fault);
        }
    }
}
