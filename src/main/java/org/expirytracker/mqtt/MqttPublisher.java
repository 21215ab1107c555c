package org.expirytracker.mqtt;

import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.io.IOException;
import java.time.Clock;
import java.time.Duration;
import java.time.LocalDate;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.expirytracker.activities.LiveFeed;
import org.expirytracker.jobs.Job;
import org.expirytracker.jobs.Lease;
import org.expirytracker.kernel.InventoryId;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps at a broker of MQTT how inventories stand, in the form in which Home Assistant finds it by itself. One node does, by
 * a job that lasts as long as its connection; another takes over when it ends.
 *
 * <p>Published is what has changed, within seconds and when a day has turned; the broker keeps it. Which inventories and
 * categories were published before, and are no more, is seen from what it kept: nothing else remembers it.
 */
public final class MqttPublisher {

    /** The kind of the job. */
    public static final String KIND = "publish-mqtt";

    /** Most inventories that are published. */
    public static final int MOST_INVENTORIES = 50;

    static final String ONLINE = "online";
    static final String OFFLINE = "offline";

    private static final Logger LOG = LoggerFactory.getLogger(MqttPublisher.class);

    /** After a connection that failed or did not last, the second and so on; the last one also after each further one. */
    private static final List<Duration> PAUSES = List.of(
            Duration.ofSeconds(1),
            Duration.ofSeconds(5),
            Duration.ofSeconds(15),
            Duration.ofSeconds(30),
            Duration.ofMinutes(1));

    /** A connection that has lasted so long was a good one. */
    private static final Duration LASTING = Duration.ofMinutes(1);

    private static final Duration RECURS = Duration.ofSeconds(5);
    private static final Job.Retries RETRIES =
            new Job.Retries(List.of(Duration.ofSeconds(5), Duration.ofSeconds(30)), Integer.MAX_VALUE);

    /** Nobody tells this node what others change. */
    private static final long LOOK_MILLIS = 2_000;

    /** Within which a stop is noticed, and the least between two looks. */
    private static final long TURN_MILLIS = 500;

    /** Well within a lease, and seldom: each is a write. */
    private static final long HOLD_MILLIS = 10_000;

    private static final long QUIET_MILLIS = 500;

    private final Context context;
    private final Topics topics;
    private final Set<InventoryId> inventories;
    private final StateRepository repository = new StateRepository();
    private final Discovery discovery;
    private final Semaphore wake = new Semaphore(0);
    private volatile boolean connected;
    private int failures;
    private boolean logged;

    /**
     * What a node has for it.
     *
     * @param inventories those that are published; of others what was published before is taken away
     * @param prefix with which the topics of this installation begin
     * @param version of this program
     * @param home where people find this server; empty when it is not known
     * @param metrics show whether this node is connected
     */
    public record Context(
            Vertx vertx,
            MqttUrl url,
            List<InventoryId> inventories,
            String prefix,
            String version,
            Optional<String> home,
            Clock clock,
            MeterRegistry metrics) {}

    /** A publisher that does nothing until its job is run. */
    public MqttPublisher(Context context) {
        this.context = context;
        this.topics = new Topics(context.prefix);
        this.inventories = Set.copyOf(context.inventories);
        this.discovery = new Discovery(topics, context.version, context.home);
        Gauge.builder("expiry.mqtt.connected", this, publisher -> publisher.connected ? 1 : 0)
                .description("Whether this node is connected to the MQTT broker; of all nodes one is")
                .register(context.metrics);
    }

    /** The job. */
    public Job job() {
        return new Job(KIND, RECURS, RETRIES, 1, this::run);
    }

    /** Has what changed on this node published at once, when this node does it. */
    public LiveFeed.Follower follower() {
        return (client, grown) -> {
            if (grown.stream().anyMatch(inventories::contains)) {
                hint();
            }
            return Future.succeededFuture();
        };
    }

    /** Says that something may be new. From any thread; returns at once. */
    void hint() {
        wake.release();
    }

    private void run(Lease lease) {
        long begun = System.nanoTime();
        try {
            publishAsLongAs(lease);
            return;
        } catch (IOException away) {
            if (System.nanoTime() - begun > LASTING.toNanos()) {
                failures = 0;
            }
            failures++;
            if (!logged) {
                logged = true;
                LOG.warn(
                        "Nothing is published at {}: {}. It is tried again, and nothing else waits for it",
                        context.url,
                        away.getMessage());
            }
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            return;
        }
        lease.postpone(PAUSES.get(Math.min(failures, PAUSES.size()) - 1));
    }

    private void publishAsLongAs(Lease lease) throws IOException, InterruptedException {
        Inbox inbox = new Inbox(topics, wake);
        String name = context.prefix + "-tracker";
        BrokerConnection.Will will = new BrokerConnection.Will(name, topics.status(), OFFLINE);
        BrokerConnection broker = BrokerConnection.open(context.vertx, context.url, will, inbox);
        try {
            connected = true;
            broker.subscribe(List.of(topics.states(), Topics.BIRTH));
            inbox.awaitQuiet(QUIET_MILLIS);
            Publishing publishing = new Publishing(lease, broker, inbox);
            publishing.publishChanged();
            broker.publish(topics.status(), ONLINE);
            lease.recovered();
            logged = false;
            LOG.info("What {} inventories hold is published at {}", inventories.size(), context.url);
            publishing.goOn();
            if (!broker.isOpen()) {
                throw new IOException(
                        ("the broker has closed the connection. If it does so again and again, another server"
                                        + " is there by the name %s: give it another EXPIRY_MQTT_PREFIX")
                                .formatted(name));
            }
        } finally {
            connected = false;
            leave(broker);
        }
    }

    /** From a connection that broke, the broker publishes the same. */
    private void leave(BrokerConnection broker) {
        try (broker) {
            if (broker.isOpen()) {
                broker.publish(topics.status(), OFFLINE);
            }
        } catch (IOException broken) {
            LOG.debug("The broker could not be informed that nothing more is published", broken);
        }
    }

    /**
     * What the broker has of an inventory, and when it is to be looked at again.
     *
     * @param seen as of which it is
     * @param state the message; null when there is none
     * @param announced the message to Home Assistant; null when it is not known
     * @param categories of which there are sensors
     */
    private record Published(
            @Nullable Seen seen,
            @Nullable String state,
            @Nullable String announced,
            Set<String> categories) {

        static final Published NOTHING = new Published(null, null, null, Set.of());
    }

    private record Seen(StateRepository.Standing standing, LocalDate day) {}

    /** What is published by one connection, by its one thread. */
    private final class Publishing {

        private final Lease lease;
        private final BrokerConnection broker;
        private final Inbox inbox;
        private final Map<InventoryId, Published> published = new HashMap<>();
        private final Set<InventoryId> missed = new HashSet<>();

        Publishing(Lease lease, BrokerConnection broker, Inbox inbox) {
            this.lease = lease;
            this.broker = broker;
            this.inbox = inbox;
        }

        /** Until the connection breaks or the job is to end. */
        void goOn() throws IOException, InterruptedException {
            long held = System.nanoTime();
            long looked = held;
            boolean hinted = false;
            while (broker.isOpen()) {
                hinted |= wake.tryAcquire(TURN_MILLIS, TimeUnit.MILLISECONDS);
                wake.drainPermits();
                if (lease.isStopping() || isOver(held, HOLD_MILLIS)) {
                    if (!lease.goesOn()) {
                        return;
                    }
                    held = System.nanoTime();
                }
                // However much happens, not more often.
                if (broker.isOpen() && isOver(looked, hinted ? TURN_MILLIS : LOOK_MILLIS)) {
                    hinted = false;
                    looked = System.nanoTime();
                    publishChanged();
                }
            }
        }

        private static boolean isOver(long since, long millis) {
            return System.nanoTime() - since >= TimeUnit.MILLISECONDS.toNanos(millis);
        }

        void publishChanged() throws IOException {
            if (inbox.takeBirth()) {
                published.replaceAll((inventory, was) -> new Published(null, null, null, was.categories));
            }
            for (Map.Entry<InventoryId, String> kept : inbox.takeKept().entrySet()) {
                takeUp(kept.getKey(), kept.getValue());
            }
            Map<InventoryId, StateRepository.Standing> standings =
                    repository.standings(lease.client(), inventories).await();
            for (InventoryId inventory : inventories) {
                StateRepository.Standing standing = standings.get(inventory);
                if (standing == null) {
                    miss(inventory);
                } else {
                    publish(
                            inventory,
                            new Seen(standing, LocalDate.ofInstant(context.clock.instant(), standing.zone())));
                }
            }
        }

        /** Goes on from what was published by a connection before. */
        private void takeUp(InventoryId inventory, String state) throws IOException {
            if (!inventories.contains(inventory)) {
                takeAway(inventory);
                return;
            }
            Published was = published.getOrDefault(inventory, Published.NOTHING);
            Set<String> categories = new HashSet<>(was.categories);
            categories.addAll(InventoryState.categoriesOf(state));
            published.put(inventory, new Published(null, was.state == null ? state : was.state, null, categories));
        }

        private void miss(InventoryId inventory) throws IOException {
            if (published.remove(inventory) != null) {
                takeAway(inventory);
            }
            if (missed.add(inventory)) {
                LOG.warn("EXPIRY_MQTT_INVENTORIES names {}, and there is no such inventory", Topics.id(inventory));
            }
        }

        /** The state last: while the broker has it, the next connection takes away what is left. */
        private void takeAway(InventoryId inventory) throws IOException {
            broker.publish(topics.discovery(inventory), "");
            broker.publish(topics.state(inventory), "");
        }

        private void publish(InventoryId inventory, Seen seen) throws IOException {
            Published was = published.getOrDefault(inventory, Published.NOTHING);
            if (seen.equals(was.seen)) {
                return;
            }
            InventoryState state = repository
                    .state(lease.database(), inventory, seen.standing.name(), seen.day)
                    .await();
            Set<String> categories = state.categories().stream()
                    .map(InventoryState.OfCategory::id)
                    .collect(Collectors.toSet());
            Set<String> removed = new TreeSet<>(was.categories);
            removed.removeAll(categories);
            if (!removed.isEmpty()) {
                // Before the state that no longer has them, so that a connection that breaks between does it again.
                broker.publish(topics.discovery(inventory), discovery.json(inventory, state, removed));
            }
            String json = state.json();
            if (!json.equals(was.state)) {
                broker.publish(topics.state(inventory), json);
            }
            String announced = discovery.json(inventory, state, Set.of());
            if (!removed.isEmpty() || !announced.equals(was.announced)) {
                broker.publish(topics.discovery(inventory), announced);
            }
            missed.remove(inventory);
            published.put(inventory, new Published(seen, json, announced, categories));
        }
    }
}
