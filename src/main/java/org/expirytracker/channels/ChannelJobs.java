package org.expirytracker.channels;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.sqlclient.SqlClient;
import io.vertx.sqlclient.Tuple;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.function.Supplier;
import org.expirytracker.activities.ActivityLog;
import org.expirytracker.activities.LiveFeed;
import org.expirytracker.credentials.SecretKeys;
import org.expirytracker.db.Rows;
import org.expirytracker.items.Item;
import org.expirytracker.jobs.Job;
import org.expirytracker.jobs.JobRepository;
import org.expirytracker.jobs.Lease;
import org.expirytracker.kernel.InventoryId;
import org.expirytracker.kernel.NodeId;
import org.expirytracker.kernel.UserId;
import org.expirytracker.mail.Mailer;
import org.expirytracker.mail.Message;
import org.expirytracker.notifications.QuietTime;
import org.expirytracker.notifications.SystemNotices;
import org.expirytracker.outbound.OutboundClient;
import org.jspecify.annotations.Nullable;

/**
 * How channels send what is notified: at least once. Each channel that may have something to send has a job, so one node
 * does it. It makes deliveries of the notifications since its last look, notes in the same statement how far it has looked
 * in each inventory, and sends them one after the other. What is not taken is sent again after a pause under the same id,
 * and everything behind it waits; after three days the channel is switched off. In quiet hours nothing is sent.
 */
public final class ChannelJobs {

    /** The kind of the jobs; their tenant is the user, their object the channel. */
    public static final String KIND = "channel";

    /** How long nothing may be taken until a channel is switched off. */
    static final Duration LONGEST_FAILURE = Duration.ofDays(3);

    /** After the first failure, the second and so on; the last one also after each further one. */
    private static final List<Duration> PAUSES = List.of(
            Duration.ofSeconds(5),
            Duration.ofSeconds(30),
            Duration.ofMinutes(2),
            Duration.ofMinutes(10),
            Duration.ofMinutes(30),
            Duration.ofHours(1));

    private static final Duration WITHOUT_HINT = Duration.ofMinutes(1);
    private static final int MOST_AT_ONCE = 8;
    private static final int MOST_NOTIFICATIONS = 1_000;
    private static final int MOST_DELIVERIES = 10;
    private static final int MOST_REASON = 500;
    private static final String TITLE = "A channel was switched off";

    private final Context context;
    private final ChannelRepository repository = new ChannelRepository();
    private final ChannelDeliveryRepository deliveries = new ChannelDeliveryRepository();
    private final SystemNotices notices = new SystemNotices();

    /**
     * What a node has for it.
     *
     * @param liveFeed wakes subscribers when a channel is switched off
     * @param home where people find this server, without a slash at the end; asked for with each mail
     * @param publicUrl the same, where an operator has said so
     * @param keys decrypt where and how channels send
     * @param client sends there
     */
    public record Context(
            Vertx vertx,
            LiveFeed liveFeed,
            Mailer mailer,
            Supplier<String> home,
            Optional<String> publicUrl,
            SecretKeys keys,
            OutboundClient client) {}

    private ChannelJobs(Context context) {
        this.context = context;
    }

    /** The jobs. */
    public static List<Job> of(Context context) {
        return List.of(
                Job.once(KIND, Job.Retries.USUAL, MOST_AT_ONCE, new ChannelJobs(context)::deliver),
                new Job("wake-channels", WITHOUT_HINT, ChannelJobs::wakeAll));
    }

    /**
     * Adds jobs for what may be due after common table expressions that name {@code member (user_id, inventory_id,
     * joined_at)}: whose channels are looked at, and because of which inventories.
     */
    private static final String ADD_WHAT_MAY_BE_DUE = """
            , latest AS MATERIALIZED (
                SELECT member.user_id, member.inventory_id, member.joined_at,
                       (SELECT max(created_at) FROM notifications WHERE user_id = members.inventory_id) AS notified_at
                  FROM member
                  JOIN members ON members.inventory_id = member.inventory_id AND members.user_id = member.user_id
            ), due AS MATERIALIZED (
                SELECT DISTINCT channels.user_id, channels.id
                  FROM latest
                  JOIN channels ON channels.user_id = latest.user_id
                  JOIN inventories AS own ON own.id = channels.user_id
                 WHERE off_because IS NULL AND (retry_at IS NULL OR retry_at <= now())
                   AND (rhythm = 'AT_ONCE'
                        AND latest.notified_at > greatest(channels.since, latest.joined_at, (
                            SELECT notified_at
                              FROM channel_places
                             WHERE channel_places.user_id = channels.user_id
                               AND channel_places.channel_id = channels.id
                               AND channel_places.inventory_id = latest.inventory_id))
                        OR rhythm = 'DAILY' AND own.last_day > day
                        OR EXISTS (SELECT FROM channel_deliveries AS waiting
                                    WHERE waiting.user_id = channels.user_id AND waiting.channel_id = channels.id
                                      AND waiting.state = 'PENDING'))
            )
            INSERT INTO jobs (tenant_id, kind, object_id, due_at)
            SELECT due.user_id, 'channel', due.id, now()
              FROM due
             -- What follows is no condition of a join.
             WHERE true
            """ + JobRepository.OR_ONCE_MORE;

    private static final String WAKE = """
            WITH member AS MATERIALIZED (
                SELECT user_id, inventory_id, joined_at
                  FROM members
                 WHERE inventory_id = ANY ($1)
            )
            """ + ADD_WHAT_MAY_BE_DUE;

    /**
     * Has the channels of the members of inventories looked after, once their logs have grown.
     *
     * @param wake has this node look for jobs at once
     */
    public static LiveFeed.Follower follower(Runnable wake) {
        return (feed, inventories) -> wake(feed, inventories).onSuccess(woken -> {
            if (woken > 0) {
                wake.run();
            }
        });
    }

    private static Future<Integer> wake(SqlClient client, Set<InventoryId> inventories) {
        Tuple parameters = Tuple.tuple()
                .addArrayOfUUID(inventories.stream().map(InventoryId::value).toArray(UUID[]::new));
        return Rows.change(client, WAKE, parameters);
    }

    private static final String WAKE_ALL = """
            WITH reached AS MATERIALIZED (
                SELECT DISTINCT user_id
                  FROM channels
                 WHERE off_because IS NULL
            ), member AS MATERIALIZED (
                SELECT members.user_id, members.inventory_id, members.joined_at
                  FROM reached
                  JOIN members ON members.user_id = reached.user_id
            )
            """ + ADD_WHAT_MAY_BE_DUE;

    private static void wakeAll(Lease lease) {
        Rows.change(lease.client(), WAKE_ALL, Tuple.tuple()).await();
    }

    private void deliver(Lease lease) {
        UserId userId = new UserId(lease.tenantId());
        while (lease.goesOn()) {
            Optional<ChannelRepository.Delivered> found = repository
                    .findDelivered(lease.client(), userId, lease.objectId())
                    .await();
            if (found.isEmpty() || found.get().channel().offBecause() != null) {
                return;
            }
            Optional<Instant> later = later(lease, userId, found.get());
            if (later.isPresent()) {
                lease.postponeTo(later.get());
                return;
            }
            if (!deliverSome(lease, userId, found.get())) {
                return;
            }
        }
    }

    /** Until when nothing may be sent; empty when something may. */
    private static Optional<Instant> later(Lease lease, UserId userId, ChannelRepository.Delivered delivered) {
        return delivered.due()
                ? QuietTime.find(lease.client(), userId).await()
                : Optional.ofNullable(delivered.channel().nextAttemptAt());
    }

    /** Whether there may be more. */
    private boolean deliverSome(Lease lease, UserId userId, ChannelRepository.Delivered delivered) {
        Channel channel = delivered.channel();
        List<ChannelDelivery> next = deliveries
                .next(lease.client(), userId, channel.id(), MOST_DELIVERIES)
                .await();
        if (next.isEmpty()) {
            return (channel.rhythm() == Channel.Rhythm.AT_ONCE || delivered.turned())
                    && hasMade(lease, userId, delivered);
        }
        ChannelSettings settings =
                Channels.settings(context.keys, channel, delivered.secret()).await();
        for (ChannelDelivery each : next) {
            if (!lease.goesOn() || !isSent(lease, userId, channel, settings, each)) {
                return false;
            }
        }
        return true;
    }

    /** Makes deliveries of what was notified since the last look; whether there was anything. */
    private boolean hasMade(Lease lease, UserId userId, ChannelRepository.Delivered delivered) {
        Channel channel = delivered.channel();
        List<ChannelDeliveryRepository.Fresh> fresh = deliveries
                .fresh(lease.client(), userId, channel.id(), MOST_NOTIFICATIONS)
                .await();
        List<MessageContent> wanted = fresh.stream()
                .filter(ChannelDeliveryRepository.Fresh::wanted)
                .map(ChannelDeliveryRepository.Fresh::content)
                .toList();
        if (!fresh.isEmpty() || delivered.turned()) {
            deliveries
                    .insert(
                            lease.client(),
                            userId,
                            channel.id(),
                            delivered.place(),
                            MessageContent.of(wanted, channel.rhythm()),
                            fresh)
                    .await();
        }
        return !fresh.isEmpty();
    }

    private boolean isSent(
            Lease lease, UserId userId, Channel channel, ChannelSettings settings, ChannelDelivery delivery) {
        ChannelMessage message = new ChannelMessage(delivery.id(), delivery.content(), link(delivery.content()));
        OutboundClient.Answer answer = context.client
                .send(settings.request(message), OutboundClient.PATIENCE)
                .await();
        deliveries.attempted(lease.client(), userId, delivery.id(), answer).await();
        if (answer.taken()) {
            repository.taken(lease.client(), userId, channel.id()).await();
        } else {
            putOff(lease, userId, channel, answer);
        }
        return answer.taken();
    }

    private @Nullable String link(MessageContent content) {
        return context.publicUrl
                .map(url -> url
                        + (content.itemId() == null
                                ? "/#/notifications"
                                : "/#/items/" + new NodeId(Item.TYPE, content.itemId()).encoded()))
                .orElse(null);
    }

    private void putOff(Lease lease, UserId userId, Channel channel, OutboundClient.Answer answer) {
        String error = Channels.error(answer);
        Optional<ChannelRepository.Failing> failing = repository
                .failed(lease.client(), userId, channel.id(), error, LONGEST_FAILURE)
                .await();
        if (failing.isEmpty()) {
            return;
        }
        if (failing.get().hopeless()) {
            switchOff(lease, userId, channel, error);
            return;
        }
        Duration pause = PAUSES.get(Math.clamp(failing.get().failures(), 1, PAUSES.size()) - 1);
        repository.putOff(lease.client(), userId, channel.id(), pause).await();
        lease.postpone(pause);
    }

    private void switchOff(Lease lease, UserId userId, Channel channel, String error) {
        String text =
                "The channel %s was switched off, because nothing was taken for three days. The last answer was: %s What was notified meanwhile stands in the list of notifications."
                        .formatted(channel.name(), Cut.toCharacters(error.strip(), MOST_REASON));
        boolean off = new ActivityLog(lease.database(), context.liveFeed)
                .changeBySystem(
                        InventoryId.ownOf(userId),
                        userId,
                        change -> repository
                                .switchOff(change.connection(), userId, channel.id())
                                .compose(switched -> {
                                    if (switched.isEmpty()) {
                                        return Future.succeededFuture(false);
                                    }
                                    change.record(
                                            ChannelActivities.CHANNEL_SWITCHED_OFF,
                                            channel.id(),
                                            channel.state(),
                                            switched.get().state());
                                    return notices.addForOwner(change, TITLE, text)
                                            .map(added -> true);
                                }))
                .await();
        if (off && context.mailer.sends()) {
            mail(lease, userId, text);
        }
    }

    private static final String FIND_ADDRESS = """
            SELECT username, email
              FROM users
             WHERE id = $1 AND active AND email_verified
            """;

    private void mail(Lease lease, UserId userId, String text) {
        Rows.first(
                        lease.client(),
                        FIND_ADDRESS,
                        Tuple.of(userId.value()),
                        row -> new Message(row.getString("email"), TITLE, """
                                Hello %s,

                                %s

                                %s/#/settings/channels
                                """.formatted(
                                        row.getString("username"), text, context.home.get())))
                .await()
                .ifPresent(context.mailer::send);
    }
}
