package org.expirytracker.http;

import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.IntFunction;
import org.expirytracker.items.Item;
import org.expirytracker.kernel.Caller;
import org.expirytracker.kernel.Connection;
import org.expirytracker.kernel.Cursor;
import org.expirytracker.kernel.Fetchers;
import org.expirytracker.kernel.Field;
import org.expirytracker.kernel.Page;
import org.expirytracker.kernel.Payload;
import org.expirytracker.kernel.Problem;
import org.expirytracker.kernel.Wiring;
import org.expirytracker.limits.Policy;
import org.expirytracker.limits.Receipt;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Publisher;
import org.reactivestreams.Subscriber;
import org.reactivestreams.Subscription;

/** A room of its own for tests of the rooms around it: schema things.graphqls, nothing stored but in memory. */
public final class Things implements Fetchers {

    /** One thing. */
    public record Thing(UUID uuid, String name, BigDecimal price) {}

    /** Answer of addThing; not public, as the payloads of rooms are not. */
    record Added(Thing item) implements Payload {}

    /** How many changes were made. */
    public final AtomicInteger changes = new AtomicInteger();

    /** How many batches of things were loaded. */
    public final AtomicInteger batches = new AtomicInteger();

    /** How often the slow field was asked for. */
    public final AtomicInteger slow = new AtomicInteger();

    /** How many subscriptions are open. */
    public final AtomicInteger open = new AtomicInteger();

    /** How many events were made for all subscriptions. */
    public final AtomicInteger produced = new AtomicInteger();

    private final Vertx vertx;

    /** Things of one event loop. */
    public Things(Vertx vertx) {
        this.vertx = vertx;
    }

    /** The schema of this room, whole. */
    public static String schema() {
        try (InputStream resource = Things.class.getResourceAsStream("/things.graphqls")) {
            return new String(Objects.requireNonNull(resource).readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException cause) {
            throw new UncheckedIOException(cause);
        }
    }

    /** Whoever asks for things pays from a budget that never ends. */
    public static Future<Receipt> costFree(
            Optional<Caller> caller, @Nullable String address, int cost, boolean checksCredential) {
        return Future.succeededFuture(new Receipt(1, true, new Policy("things", 1_000, 1), 1_000, Duration.ZERO));
    }

    /** The thing of this number. */
    public static Thing thing(int number) {
        return new Thing(new UUID(7, number), "thing " + number, new BigDecimal(number).movePointLeft(1));
    }

    @Override
    public void register(Wiring wiring) {
        wiring.query("things", this::things)
                .query("fails", this::fails)
                .query("failsAndMustNot", field -> null)
                .query("slow", this::slow)
                .query("scalars", this::scalars)
                .query("secret", field -> "x")
                .field("Secret", "token", Things::characters)
                .field("Secret", "name", Things::characters)
                .mutation("addThing", this::addThing)
                .mutation("login", this::addThing)
                .subscription("count", field -> counter(field.<Integer>argument("to"), number -> number))
                .subscription(
                        "large",
                        field -> counter(
                                null,
                                number -> String.valueOf(number)
                                        .repeat(Objects.requireNonNull(field.<Integer>argument("characters")) / 10
                                                + 1)))
                .subscription("tick", field -> ticker())
                .subscription("late", this::late)
                .subscription("countThings", field -> counter(3, Things::thing))
                .connection("ItemConnection")
                .node(Item.TYPE, Thing.class, Thing::uuid, this::load)
                .field(
                        "Item",
                        "parent",
                        field -> field.load(
                                "Item",
                                new UUID(
                                        7,
                                        Objects.requireNonNull(field.<Thing>source())
                                                        .uuid()
                                                        .getLeastSignificantBits()
                                                + 1)))
                .field("Item", "parts", field -> List.of(thing(1), thing(2)))
                .field("Item", "things", this::things);
    }

    private Future<Map<UUID, Thing>> load(Caller caller, Set<UUID> ids) {
        batches.incrementAndGet();
        Map<UUID, Thing> found = new HashMap<>();
        ids.stream()
                .filter(id -> id.getMostSignificantBits() == 7)
                .forEach(id -> found.put(id, thing((int) id.getLeastSignificantBits())));
        Promise<Map<UUID, Thing>> later = Promise.promise();
        vertx.runOnContext(now -> later.complete(found));
        return later.future();
    }

    private Future<Connection<Thing>> things(Field field) {
        Page page = Page.of(field);
        List<Thing> found = new ArrayList<>();
        for (int number = 1; number <= page.limit(); number++) {
            found.add(thing(number));
        }
        return Future.succeededFuture(Connection.of(
                found,
                page,
                thing -> Cursor.encode("things", thing.name()),
                counting -> Future.succeededFuture(1_000)));
    }

    private @Nullable Object fails(Field field) {
        String how = Objects.requireNonNull(field.<String>argument("how"));
        return switch (how) {
            case "BUG" -> throw new IllegalStateException("secret detail of a bug");
            case "LATER" -> Future.failedFuture(new IllegalStateException("secret detail of a later bug"));
            case "SEVERAL" ->
                throw Problem.all(List.of(
                        new org.expirytracker.kernel.UserError(Problem.Code.INVALID, "One.", List.of("a")),
                        new org.expirytracker.kernel.UserError(Problem.Code.INVALID, "Two.", List.of("b"))));
            case "NOT" -> "fine";
            default -> throw Problem.at(Problem.Code.valueOf(how), List.of("how"), "You asked for it.");
        };
    }

    private Future<String> slow(Field field) {
        slow.incrementAndGet();
        Promise<String> later = Promise.promise();
        Integer characters = field.argument("characters");
        vertx.setTimer(
                Objects.requireNonNull(field.<Integer>argument("millis")),
                timer -> later.complete(characters == null ? "done" : "x".repeat(characters)));
        return later.future();
    }

    private static String characters(Field field) {
        return "x".repeat(Objects.requireNonNull(field.<Integer>argument("characters")));
    }

    private Map<String, Object> scalars(Field field) {
        Map<String, Object> values = new HashMap<>(field.arguments());
        values.put("json", new JsonObject("{\"a\":[1,null,{\"b\":true}]}").getMap());
        return values;
    }

    private Added addThing(Field field) {
        Map<String, Object> input = Objects.requireNonNull(field.<Map<String, Object>>argument("input"));
        if ("taken".equals(input.get("name"))) {
            throw Problem.at(Problem.Code.CONFLICT, List.of("input", "name"), "This name is taken.");
        }
        changes.incrementAndGet();
        return new Added(thing(1));
    }

    private Publisher<Integer> ticker() {
        return subscriber -> {
            open.incrementAndGet();
            subscriber.onSubscribe(new Counter<>(subscriber, Integer.MAX_VALUE, number -> number, 20));
        };
    }

    /** As a subscription that listens to something from before it is known: it is open although nobody subscribes. */
    private Future<Publisher<Integer>> late(Field field) {
        open.incrementAndGet();
        Promise<Publisher<Integer>> later = Promise.promise();
        vertx.setTimer(
                Objects.requireNonNull(field.<Integer>argument("millis")),
                timer -> later.complete(
                        subscriber -> subscriber.onSubscribe(new Counter<>(subscriber, 1, number -> number, 1))));
        return later.future();
    }

    private <T> Publisher<T> counter(@Nullable Integer to, IntFunction<T> show) {
        return subscriber -> {
            open.incrementAndGet();
            subscriber.onSubscribe(new Counter<>(subscriber, to == null ? Integer.MAX_VALUE : to, show, 1));
        };
    }

    private final class Counter<T> implements Subscription {

        private final Subscriber<? super T> subscriber;
        private final int last;
        private final IntFunction<T> show;
        private final int everyMillis;
        private long demand;
        private int number;
        private boolean busy;
        private boolean over;

        Counter(Subscriber<? super T> subscriber, int last, IntFunction<T> show, int everyMillis) {
            this.subscriber = subscriber;
            this.last = last;
            this.show = show;
            this.everyMillis = everyMillis;
        }

        @Override
        public void request(long more) {
            demand += more;
            if (!busy) {
                busy = true;
                vertx.setTimer(everyMillis, now -> deliver());
            }
        }

        private void deliver() {
            busy = false;
            // What is asked for meanwhile waits for the next turn, so that the event loop has others between.
            for (long batch = demand; batch > 0 && number < last && !over; batch--) {
                demand--;
                produced.incrementAndGet();
                subscriber.onNext(show.apply(++number));
            }
            if (number == last && !over) {
                finish();
                subscriber.onComplete();
            }
        }

        @Override
        public void cancel() {
            finish();
        }

        private void finish() {
            if (!over) {
                over = true;
                open.decrementAndGet();
            }
        }
    }
}
