package org.expirytracker.webhooks;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.sqlclient.SqlClient;
import io.vertx.sqlclient.Tuple;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import org.expirytracker.activities.Activity;
import org.expirytracker.activities.ActivityLog;
import org.expirytracker.activities.LiveFeed;
import org.expirytracker.credentials.SecretKeys;
import org.expirytracker.db.Rows;
import org.expirytracker.jobs.Job;
import org.expirytracker.jobs.JobRepository;
import org.expirytracker.jobs.Lease;
import org.expirytracker.kernel.Caller;
import org.expirytracker.kernel.InventoryId;
import org.expirytracker.kernel.KeptAnswer;
import org.expirytracker.kernel.KeptOperations;
import org.expirytracker.kernel.Problem;
import org.expirytracker.kernel.UserId;
import org.expirytracker.mail.Mailer;
import org.expirytracker.mail.Message;
import org.expirytracker.notifications.SystemNotices;
import org.expirytracker.outbound.OutboundClient;
import org.expirytracker.outbound.OutboundRequest;

/**
 * How webhooks are told what happens: at least once, and in the order of the log. Each webhook that may have something to
 * be told has a job, so one node tells it. It makes deliveries of the next part of the log, notes in the same statement how
 * far it has come, and sends them one after the other. What is not taken is sent again after a pause, and everything behind
 * it waits; after three days the webhook is switched off, and goes on from there when a member switches it on again.
 *
 * <p>Nothing of this is in the way of a change: when the log of an inventory has grown, one statement after the commit gives
 * its webhooks their jobs, and another looks regularly for those of which that was lost.
 */
public final class WebhookJobs {

    /** The kind of the jobs; their tenant is the inventory, their object the webhook. */
    public static final String KIND = "webhook";

    /** How long nothing may be taken until a webhook is switched off. */
    static final Duration LONGEST_FAILURE = Duration.ofDays(3);

    /** After the first failure, the second and so on; the last one also after each further one. */
    static final List<Duration> PAUSES = List.of(
            Duration.ofSeconds(2),
            Duration.ofSeconds(15),
            Duration.ofMinutes(1),
            Duration.ofMinutes(5),
            Duration.ofMinutes(15),
            Duration.ofMinutes(30),
            Duration.ofHours(1));

    private static final Duration WITHOUT_HINT = Duration.ofSeconds(10);
    private static final String USER_AGENT = "Expiry-Tracker-Webhooks/1";
    private static final int MOST_AT_ONCE = 16;
    private static final int MOST_ACTIVITIES = 200;
    private static final int MOST_DELIVERIES = 10;
    /** Of what was answered, after which it is told; a part ends in time for the lease. */
    private static final int MOST_CHARACTERS = 1_000_000;

    private static final Duration LONGEST_ASKING = Duration.ofSeconds(3);
    /** After this, others that are due have their turn. */
    private static final Duration LONGEST_RUN = Duration.ofSeconds(10);

    private final Context context;
    private final WebhookRepository repository = new WebhookRepository();
    private final DeliveryRepository deliveries = new DeliveryRepository();
    private final ChosenPayloads chosen;
    private final SystemNotices notices = new SystemNotices();

    /**
     * What a node has for it.
     *
     * @param liveFeed wakes subscribers when a webhook is switched off
     * @param home where people find this server, without a slash at the end; asked for with each mail
     * @param keys decrypt secrets
     * @param client sends to where webhooks lead
     */
    public record Context(
            Vertx vertx,
            LiveFeed liveFeed,
            Mailer mailer,
            java.util.function.Supplier<String> home,
            SecretKeys keys,
            Clock clock,
            OutboundClient client) {}

    private WebhookJobs(Context context, KeptOperations operations) {
        this.context = context;
        this.chosen = new ChosenPayloads(() -> operations);
    }

    /**
     * The jobs.
     *
     * @param operations execute queries, from any thread
     */
    public static List<Job> of(Context context, KeptOperations operations) {
        return List.of(
                Job.once(KIND, Job.Retries.USUAL, MOST_AT_ONCE, new WebhookJobs(context, operations)::deliver),
                new Job("wake-webhooks", WITHOUT_HINT, WebhookJobs::wakeAll));
    }

    /** What a webhook must be to have a job, when there is something in the log. */
    private static final String MAY_BE_DELIVERED = """
            (off_because IS NULL AND (retry_at IS NULL OR retry_at <= now())
             OR EXISTS (SELECT FROM webhook_deliveries AS asked
                         WHERE asked.user_id = webhooks.user_id AND asked.webhook_id = webhooks.id
                           AND asked.state = 'PENDING' AND asked.once))
            """;

    private static final String WAKE = """
            INSERT INTO jobs (tenant_id, kind, object_id, due_at)
            SELECT webhooks.user_id, 'webhook', webhooks.id, now()
              FROM webhooks
             WHERE webhooks.user_id = ANY ($1) AND
            """ + MAY_BE_DELIVERED + JobRepository.OR_ONCE_MORE;

    /**
     * Has the webhooks of inventories delivered, once their logs have grown.
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
            INSERT INTO jobs (tenant_id, kind, object_id, due_at)
            SELECT webhooks.user_id, 'webhook', webhooks.id, now()
              FROM webhooks
              JOIN feeds ON feeds.user_id = webhooks.user_id
             WHERE (feeds.last_seq > webhooks.after_seq
                    OR EXISTS (SELECT FROM webhook_deliveries AS waiting
                                WHERE waiting.user_id = webhooks.user_id AND waiting.webhook_id = webhooks.id
                                  AND waiting.state = 'PENDING')) AND
            """ + MAY_BE_DELIVERED + JobRepository.OR_ONCE_MORE;

    private static void wakeAll(Lease lease) {
        Rows.change(lease.client(), WAKE_ALL, Tuple.tuple()).await();
    }

    /** One webhook while it is delivered, on the one thread that does it. */
    private record Delivering(Lease lease, InventoryId inventoryId, WebhookRepository.Delivered delivered) {

        Webhook webhook() {
            return delivered.webhook();
        }
    }

    private void deliver(Lease lease) {
        InventoryId inventoryId = new InventoryId(lease.tenantId());
        long begun = System.nanoTime();
        while (lease.goesOn()) {
            Optional<WebhookRepository.Delivered> found = repository
                    .findDelivered(lease.client(), inventoryId, lease.objectId())
                    .await();
            if (found.isEmpty() || !deliverSome(new Delivering(lease, inventoryId, found.get()))) {
                return;
            }
            if (System.nanoTime() - begun > LONGEST_RUN.toNanos()) {
                lease.postpone(Duration.ZERO);
                return;
            }
        }
    }

    /** Whether there may be more. */
    private boolean deliverSome(Delivering delivering) {
        Webhook webhook = delivering.webhook();
        boolean all = webhook.offBecause() == null && delivering.delivered.due();
        List<DeliveryRepository.Next> next = deliveries
                .next(delivering.lease.client(), delivering.inventoryId, webhook.id(), all, MOST_DELIVERIES)
                .await();
        if (!next.isEmpty()) {
            return sendAll(delivering, secrets(delivering.delivered), next);
        }
        if (all) {
            return makeSome(delivering);
        }
        if (webhook.offBecause() == null && webhook.nextAttemptAt() != null) {
            delivering.lease.postponeTo(webhook.nextAttemptAt());
        }
        return false;
    }

    /** Makes deliveries of the next part of the log; whether there may be more. */
    private boolean makeSome(Delivering delivering) {
        Webhook webhook = delivering.webhook();
        ActivityLog log = new ActivityLog(delivering.lease.database(), context.liveFeed);
        List<Activity> activities = log.listAfter(delivering.inventoryId, webhook.afterSeq(), MOST_ACTIVITIES)
                .await();
        if (activities.isEmpty()) {
            return false;
        }
        WebhookPayloads payloads = WebhookPayloads.about(
                        delivering.lease.client(), delivering.inventoryId, delivering.delivered.zoneId(), activities)
                .await();
        Part part = new Part(webhook.afterSeq());
        if (webhook.query() == null) {
            activities.forEach(activity -> part.add(activity, payloads.of(activity, webhook)));
        } else if (!askAll(delivering, activities, payloads, part)) {
            return false;
        }
        deliveries
                .insert(
                        delivering.lease.client(),
                        delivering.inventoryId,
                        webhook.id(),
                        webhook.afterSeq(),
                        part.to,
                        part.made)
                .await();
        return true;
    }

    /** A part of the log, as far as deliveries were made of it. */
    private static final class Part {

        private final List<WebhookPayloads.Made> made = new ArrayList<>();
        private long to;

        Part(long from) {
            this.to = from;
        }

        void add(Activity activity, List<WebhookPayloads.Made> ofIt) {
            made.addAll(ofIt);
            to = activity.seq();
        }
    }

    /** Asks a webhook's query about each event, as long as it may take; whether it could be asked about any activity. */
    private boolean askAll(Delivering delivering, List<Activity> activities, WebhookPayloads payloads, Part part) {
        String query = Objects.requireNonNull(delivering.webhook().query());
        long begun = System.nanoTime();
        try {
            Caller asker = chosen.asker(
                            delivering.lease.client(),
                            delivering.inventoryId,
                            Objects.requireNonNull(delivering.delivered.queryMaker()))
                    .await();
            long characters = 0;
            for (Activity activity : activities) {
                List<WebhookPayloads.Made> ofIt = new ArrayList<>();
                for (WebhookPayloads.Made made : payloads.of(activity, delivering.webhook())) {
                    KeptAnswer answer = chosen.answer(asker, query, made).await();
                    characters += answer.data().length();
                    ofIt.add(made.with(answer));
                }
                part.add(activity, ofIt);
                if (characters > MOST_CHARACTERS || System.nanoTime() - begun > LONGEST_ASKING.toNanos()) {
                    break;
                }
            }
        } catch (Problem problem) {
            // What was answered before is told first; then the same question comes again.
            if (part.to > delivering.webhook().afterSeq()) {
                return true;
            }
            if (problem.code() == Problem.Code.UNAVAILABLE) {
                putOff(delivering, "its query was not answered: " + problem.getMessage());
            } else {
                switchOff(
                        delivering, Webhook.Off.QUERY, "its query may not be asked any more. " + problem.getMessage());
            }
            return false;
        }
        return true;
    }

    private List<byte[]> secrets(WebhookRepository.Delivered delivered) {
        List<byte[]> secrets = new ArrayList<>();
        secrets.add(decrypt(delivered, delivered.secret()));
        Buffer former = delivered.former();
        if (former != null) {
            secrets.add(decrypt(delivered, former));
        }
        return secrets;
    }

    private byte[] decrypt(WebhookRepository.Delivered delivered, Buffer secret) {
        return context.keys
                .decrypt(
                        new SecretKeys.Owner(
                                WebhookRepository.OWNER, delivered.webhook().id()),
                        WebhookRepository.SECRET,
                        secret)
                .await();
    }

    /** Whether there may be more. */
    private boolean sendAll(Delivering delivering, List<byte[]> secrets, List<DeliveryRepository.Next> next) {
        for (DeliveryRepository.Next each : next) {
            if (!delivering.lease.goesOn() || !isSent(delivering, secrets, each)) {
                return false;
            }
        }
        return true;
    }

    /** Whether the next one may be sent. */
    private boolean isSent(Delivering delivering, List<byte[]> secrets, DeliveryRepository.Next next) {
        WebhookDelivery delivery = next.delivery();
        long begun = System.nanoTime();
        OutboundClient.Answer answer = send(delivering.webhook(), secrets, delivery);
        Duration took = Duration.ofNanos(System.nanoTime() - begun);
        boolean last = answer.taken() || next.once();
        WebhookDelivery.State state = answer.taken()
                ? WebhookDelivery.State.DELIVERED
                : last ? WebhookDelivery.State.FAILED : WebhookDelivery.State.PENDING;
        deliveries
                .attempted(delivering.lease.client(), delivering.inventoryId, delivery.id(), state, answer, took)
                .await();
        if (answer.taken() && delivering.webhook().failingSince() != null) {
            repository
                    .taken(
                            delivering.lease.client(),
                            delivering.inventoryId,
                            delivering.webhook().id())
                    .await();
        }
        if (answer.gone() && !last) {
            repository
                    .failed(
                            delivering.lease.client(),
                            delivering.inventoryId,
                            delivering.webhook().id(),
                            LONGEST_FAILURE)
                    .await();
            switchOff(delivering, Webhook.Off.GONE, "its receiver says that it is gone");
        } else if (!last) {
            putOff(
                    delivering,
                    "the last answer was: " + (answer.statusCode() == null ? answer.text() : answer.statusCode()));
        }
        return last;
    }

    private OutboundClient.Answer send(Webhook webhook, List<byte[]> secrets, WebhookDelivery delivery) {
        long timestamp = context.clock.instant().getEpochSecond();
        OutboundRequest request = OutboundRequest.post(
                webhook.url(),
                Map.of(
                        "user-agent",
                        USER_AGENT,
                        "webhook-id",
                        delivery.eventId(),
                        "webhook-timestamp",
                        Long.toString(timestamp),
                        "webhook-signature",
                        WebhookSecret.signatures(secrets, delivery.eventId(), timestamp, delivery.body())),
                delivery.body());
        return context.client.send(request, OutboundClient.PATIENCE).await();
    }

    /**
     * Has the next try wait, or be the last.
     *
     * @param failure what went wrong, as the end of a sentence
     */
    private void putOff(Delivering delivering, String failure) {
        UUID id = delivering.webhook().id();
        Optional<WebhookRepository.Failing> failing = repository
                .failed(delivering.lease.client(), delivering.inventoryId, id, LONGEST_FAILURE)
                .await();
        if (failing.isEmpty()) {
            return;
        }
        if (failing.get().hopeless()) {
            switchOff(delivering, Webhook.Off.FAILED, "nothing was taken for three days; " + failure);
            return;
        }
        Duration pause = PAUSES.get(Math.clamp(failing.get().failures(), 1, PAUSES.size()) - 1);
        repository
                .putOff(delivering.lease.client(), delivering.inventoryId, id, pause)
                .await();
        delivering.lease.postpone(pause);
    }

    private void switchOff(Delivering delivering, Webhook.Off why, String reason) {
        Webhook webhook = delivering.webhook();
        UUID maker = Objects.requireNonNullElse(delivering.delivered.makerId(), delivering.inventoryId.value());
        boolean off = new ActivityLog(delivering.lease.database(), context.liveFeed)
                .changeBySystem(
                        delivering.inventoryId,
                        new UserId(maker),
                        change -> repository
                                .switchOff(change.connection(), change.inventoryId(), webhook.id(), why)
                                .compose(switched -> {
                                    if (switched.isEmpty()) {
                                        return Future.succeededFuture(false);
                                    }
                                    change.record(
                                            WebhookActivities.WEBHOOK_SWITCHED_OFF,
                                            webhook.id(),
                                            webhook.state(),
                                            switched.get().state());
                                    return notices.add(change, "A webhook was switched off", text(webhook, reason))
                                            .map(added -> true);
                                }))
                .await();
        if (off && context.mailer.sends()) {
            mail(delivering, maker, text(webhook, reason));
        }
    }

    private static final int MOST_REASON = 500;

    private static String text(Webhook webhook, String reason) {
        String cut = reason.length() > MOST_REASON ? reason.substring(0, MOST_REASON) : reason;
        return "The webhook %s was switched off, because %s. Nothing is lost: once it is switched on again, it is told of all that has happened since."
                .formatted(webhook.origin(), cut.strip());
    }

    private static final String MAKER = """
            WITH member AS MATERIALIZED (
                SELECT user_id
                  FROM members
                 WHERE inventory_id = $1 AND user_id = $2
            )
            SELECT users.username, users.email
              FROM member
              JOIN users ON users.id = $2
             WHERE users.active AND users.email_verified
            """;

    private void mail(Delivering delivering, UUID maker, String text) {
        Rows.first(
                        delivering.lease.client(),
                        MAKER,
                        Tuple.of(delivering.inventoryId.value(), maker),
                        row -> new Message(row.getString("email"), "A webhook was switched off", """
                                Hello %s,

                                %s

                                %s/
                                """.formatted(
                                        row.getString("username"), text, context.home.get())))
                .await()
                .ifPresent(context.mailer::send);
    }
}
