package org.expirytracker.activities;

import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.SqlClient;
import io.vertx.sqlclient.Tuple;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CopyOnWriteArrayList;
import org.expirytracker.db.Database;
import org.expirytracker.db.Listener;
import org.expirytracker.db.Rows;
import org.expirytracker.db.ServerOptions;
import org.expirytracker.db.SqlFailures;
import org.expirytracker.kernel.InventoryId;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Wakes subscribers when the logs of their users grow: one for each process, on an event loop of its own.
 *
 * <p>Hints say that something may be new: after a commit on this node at once, from other nodes by NOTIFY, and every
 * few seconds for whatever was missed. Only the log says what is new. So a lost hint delays an activity and never
 * loses it. All users for whom there is a hint are read in one statement.
 *
 * <p>That notifications arrive is not taken for granted: a node tells itself something and waits for it. Until it comes, and
 * where there is nothing to listen on, the node asks several times a second instead.
 */
public final class LiveFeed extends VerticleBase {

    private static final Logger LOG = LoggerFactory.getLogger(LiveFeed.class);

    private static final String CHANNEL = "expiry_activities";
    private static final int CONNECTIONS = 3;
    private static final int NOTIFY_AFTER_MILLIS = 20;
    /** Nobody notices them, and under load one statement reads for all users who changed something meanwhile. */
    private static final int READ_AFTER_MILLIS = 5;

    /** Between two looks of a node that hears nothing of others. */
    private static final int POLL_EVERY_MILLIS = 500;

    /** Of that many looks one is made by a node that is told by others. */
    private static final int LOOKS_LEFT_OUT = 4;

    private static final int RETRY_AFTER_MILLIS = 500;
    /** A notification's payload stays below PostgreSQL's 8,000 bytes: 22 characters for each user. */
    private static final int MOST_USERS_IN_A_HINT = 300;

    private static final int MOST_ACTIVITIES_IN_A_READ = 256;
    private static final String EVERYBODY = "*";

    /** What else follows when logs have grown, on the node where they have. */
    @FunctionalInterface
    public interface Follower {

        /**
         * Called soon after commits, once for many of them; not where the node ends between. What fails is not tried again.
         *
         * @param client runs single statements
         */
        Future<?> grown(SqlClient client, Set<InventoryId> inventories);
    }

    private final List<Follower> followers = new CopyOnWriteArrayList<>();
    private final ServerOptions options;
    private final String node = UUID.randomUUID().toString();
    private final Map<InventoryId, Channel> channels = new HashMap<>();
    private final Set<InventoryId> hinted = new HashSet<>();
    private final Set<InventoryId> unannounced = new HashSet<>();
    private final boolean listens;
    private boolean readingSoon;
    private boolean reading;
    private boolean polling;
    private int looks;
    private volatile boolean hears;
    private boolean closed;
    private @Nullable Context feedContext;
    private @Nullable Database database;
    private @Nullable Listener listener;

    /** The streams of one user on this node, and how far they are. */
    private static final class Channel {
        final Set<ActivityStream<?>> streams = new HashSet<>();
        long seq;

        Channel(long seq) {
            this.seq = seq;
        }
    }

    /** A feed that will read and listen where {@code options} say, once it is deployed. */
    public LiveFeed(ServerOptions options) {
        this(options, true);
    }

    private LiveFeed(ServerOptions options, boolean listens) {
        this.options = options;
        this.listens = listens;
    }

    /** A feed that asks and does not listen, since no pooler passes on what is notified. */
    public static LiveFeed polling(ServerOptions options) {
        return new LiveFeed(options, false);
    }

    /** Whether this node asks what is new, since it hears nothing of the other nodes. From any thread. */
    public boolean polls() {
        return !hears;
    }

    @Override
    public Future<?> start() {
        feedContext = context;
        database = new Database(vertx, options, CONNECTIONS);
        return listen().onSuccess(listening -> vertx.setPeriodic(POLL_EVERY_MILLIS, timer -> pollIfDue()))
                // It may be started again.
                .recover(failure -> disconnect().transform(closed -> Future.failedFuture(failure)));
    }

    private Future<?> listen() {
        if (!listens) {
            return Future.succeededFuture();
        }
        // Different from the pools' in pg_stat_activity.
        Listener made = new Listener(
                vertx, options.named("listener"), CHANNEL, this::listening, () -> hears = false, this::hinted);
        listener = made;
        return made.start()
                .recover(failure -> SqlFailures.isUnsupported(failure)
                        ? made.close()
                                .onSuccess(unheard -> LOG.warn(
                                        "The database does not let anybody listen: this node asks {} times a second what is new",
                                        1_000 / POLL_EVERY_MILLIS))
                        : Future.failedFuture(failure));
    }

    /** Hints sent while it was not open are lost: look at everybody. */
    private void listening() {
        hintEverybody();
        Database open = database;
        if (open != null && !closed) {
            tell(open.reads(), node);
        }
    }

    /** From now on calls a follower as well. */
    public void follow(Follower follower) {
        followers.add(follower);
    }

    @Override
    public Future<?> stop() {
        closed = true;
        return disconnect();
    }

    private Future<Void> disconnect() {
        Future<Void> unheard = listener == null ? Future.succeededFuture() : listener.close();
        return unheard.eventually(() -> database == null ? Future.succeededFuture() : database.close());
    }

    /** Says that a user's log has grown, after the commit. From any thread; returns at once. */
    public void changed(InventoryId inventoryId) {
        onFeed(() -> {
            hint(inventoryId);
            if (unannounced.isEmpty()) {
                vertx.setTimer(NOTIFY_AFTER_MILLIS, timer -> notifyOtherNodes());
            }
            unannounced.add(inventoryId);
        });
    }

    /**
     * Begins to wake a stream.
     *
     * @param seq the place up to which the stream needs no telling
     */
    void attach(InventoryId inventoryId, long seq, ActivityStream<?> stream) {
        onFeed(() -> {
            Channel channel = channels.computeIfAbsent(inventoryId, user -> new Channel(seq));
            channel.streams.add(stream);
            // Something may have been appended between the reading of seq and now.
            stream.reached(channel.seq);
            hint(inventoryId);
        });
    }

    /** Stops waking a stream. */
    void detach(InventoryId inventoryId, ActivityStream<?> stream) {
        onFeed(() -> {
            Channel channel = channels.get(inventoryId);
            if (channel != null) {
                channel.streams.remove(stream);
                if (channel.streams.isEmpty()) {
                    channels.remove(inventoryId);
                }
            }
        });
    }

    private void onFeed(Runnable action) {
        Context target = feedContext;
        if (target != null && !closed) {
            target.runOnContext(now -> action.run());
        }
    }

    private void hint(InventoryId inventoryId) {
        if (channels.containsKey(inventoryId)) {
            hinted.add(inventoryId);
            readSoon();
        }
    }

    private void hintEverybody() {
        hinted.addAll(channels.keySet());
        readSoon();
    }

    private void readSoon() {
        if (!readingSoon && !hinted.isEmpty()) {
            readingSoon = true;
            vertx.setTimer(READ_AFTER_MILLIS, timer -> {
                readingSoon = false;
                readHinted();
            });
        }
    }

    private static final String NEW = """
            SELECT known.user_id, fresh.seq, fresh.kind, fresh.subject_id, fresh.actor, fresh.session_id,
                   CASE WHEN fresh.actor = 'USER' THEN coalesce(fresh.actor_id, known.user_id) END AS member_id,
                   fresh.before::text AS before, fresh.after::text AS after, fresh.created_at
              FROM unnest($1::uuid[], $2::bigint[]) AS known (user_id, seq)
             CROSS JOIN LATERAL (
                   SELECT seq, kind, subject_id, actor, session_id, actor_id, before, after, created_at
                     FROM activities
                    WHERE user_id = known.user_id AND seq > known.seq
                    ORDER BY seq
                    LIMIT $3) AS fresh
             ORDER BY known.user_id, fresh.seq
            """;

    private record Fresh(InventoryId inventoryId, Activity activity) {}

    private void readHinted() {
        if (reading || hinted.isEmpty() || closed || database == null) {
            return;
        }
        Map<InventoryId, Long> known = new HashMap<>();
        hinted.forEach(user -> {
            Channel channel = channels.get(user);
            if (channel != null) {
                known.put(user, channel.seq);
            }
        });
        hinted.clear();
        if (known.isEmpty()) {
            return;
        }
        reading = true;
        Rows.list(database.reads(), NEW, places(known).addInteger(MOST_ACTIVITIES_IN_A_READ), LiveFeed::toFresh)
                .onComplete(
                        fresh -> {
                            reading = false;
                            deliver(fresh);
                            readSoon();
                        },
                        failure -> {
                            reading = false;
                            hinted.addAll(known.keySet());
                            vertx.setTimer(RETRY_AFTER_MILLIS, timer -> readSoon());
                        });
    }

    private static Tuple places(Map<InventoryId, Long> known) {
        List<Map.Entry<InventoryId, Long>> entries = List.copyOf(known.entrySet());
        return Tuple.tuple()
                .addArrayOfUUID(
                        entries.stream().map(entry -> entry.getKey().value()).toArray(UUID[]::new))
                .addArrayOfLong(entries.stream().map(Map.Entry::getValue).toArray(Long[]::new));
    }

    private static Fresh toFresh(Row row) {
        return new Fresh(new InventoryId(row.getUUID("user_id")), ActivityLog.toActivity(row));
    }

    private void deliver(List<Fresh> fresh) {
        Map<InventoryId, List<Activity>> byUser = new HashMap<>();
        for (Fresh each : fresh) {
            byUser.computeIfAbsent(each.inventoryId, user -> new ArrayList<>()).add(each.activity);
        }
        byUser.forEach((user, activities) -> {
            Channel channel = channels.get(user);
            if (channel != null) {
                channel.seq = Math.max(channel.seq, activities.getLast().seq());
                channel.streams.forEach(stream -> stream.offer(activities));
                if (activities.size() == MOST_ACTIVITIES_IN_A_READ) {
                    hinted.add(user);
                }
            }
        });
    }

    private static final String GROWN = """
            SELECT feeds.user_id
              FROM unnest($1::uuid[], $2::bigint[]) AS known (user_id, seq)
              JOIN feeds ON feeds.user_id = known.user_id AND feeds.last_seq > known.seq
            """;

    private void pollIfDue() {
        looks++;
        if (polls() || looks % LOOKS_LEFT_OUT == 0) {
            poll();
        }
    }

    private void poll() {
        if (polling || channels.isEmpty() || closed || database == null) {
            return;
        }
        polling = true;
        Map<InventoryId, Long> known = new HashMap<>();
        channels.forEach((user, channel) -> known.put(user, channel.seq));
        Rows.list(database.reads(), GROWN, places(known), row -> new InventoryId(row.getUUID("user_id")))
                .onSuccess(grown -> grown.forEach(this::hint))
                .onComplete(looked -> polling = false);
    }

    private static final String TELL = """
            SELECT pg_notify($1, $2)
            """;

    private void notifyOtherNodes() {
        if (unannounced.isEmpty() || closed || database == null) {
            return;
        }
        StringBuilder payload = new StringBuilder(node);
        if (unannounced.size() > MOST_USERS_IN_A_HINT) {
            payload.append(EVERYBODY);
        } else {
            unannounced.forEach(user -> payload.append(compact(user)));
        }
        Set<InventoryId> grown = Set.copyOf(unannounced);
        unannounced.clear();
        SqlClient client = database.reads();
        followers.forEach(follower -> follower.grown(client, grown)
                .onFailure(failure -> LOG.debug("What follows a change waits for the next look", failure)));
        tell(client, payload.toString());
    }

    private static void tell(SqlClient client, String payload) {
        Rows.change(client, TELL, Tuple.of(CHANNEL, payload))
                .onFailure(failure -> LOG.debug("Other nodes will see the change at their next look", failure));
    }

    private void hinted(String payload) {
        hears = true;
        if (payload.length() < node.length() || payload.startsWith(node)) {
            return;
        }
        String users = payload.substring(node.length());
        if (users.equals(EVERYBODY)) {
            hintEverybody();
            return;
        }
        for (int at = 0; at + COMPACT_LENGTH <= users.length(); at += COMPACT_LENGTH) {
            ByteBuffer bytes = ByteBuffer.wrap(Base64.getUrlDecoder().decode(users.substring(at, at + COMPACT_LENGTH)));
            hint(new InventoryId(new UUID(bytes.getLong(), bytes.getLong())));
        }
    }

    private static final int COMPACT_LENGTH = 22;

    private static String compact(InventoryId inventory) {
        ByteBuffer bytes = ByteBuffer.allocate(16)
                .putLong(inventory.value().getMostSignificantBits())
                .putLong(inventory.value().getLeastSignificantBits());
        return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes.array());
    }
}
