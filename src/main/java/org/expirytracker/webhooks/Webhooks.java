package org.expirytracker.webhooks;

import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vertx.sqlclient.SqlClient;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Function;
import java.util.function.Supplier;
import org.expirytracker.activities.ActivityLog;
import org.expirytracker.activities.Actor;
import org.expirytracker.activities.Change;
import org.expirytracker.backups.AfterRestore;
import org.expirytracker.categories.CategoryRepository;
import org.expirytracker.credentials.EncryptedColumn;
import org.expirytracker.credentials.SecretKeys;
import org.expirytracker.db.Database;
import org.expirytracker.db.Erasure;
import org.expirytracker.jobs.Job;
import org.expirytracker.kernel.Caller;
import org.expirytracker.kernel.ExpectedVersion;
import org.expirytracker.kernel.InventoryId;
import org.expirytracker.kernel.KeptAnswer;
import org.expirytracker.kernel.KeptOperations;
import org.expirytracker.kernel.Payload;
import org.expirytracker.kernel.Problem;
import org.expirytracker.kernel.RowIds;
import org.jspecify.annotations.Nullable;

/**
 * How webhooks come, change and go. Whoever has one told of something must be allowed to read that themselves: else an API
 * token could have sent elsewhere what it may not see.
 */
public final class Webhooks {

    /** Most webhooks of an inventory. */
    static final int MOST = 20;

    /** What becomes of webhooks in a restored copy: see {@link AfterRestore}. */
    public static final List<AfterRestore> AFTER_RESTORE = List.of(
            WebhookRepository.AFTER_RESTORE,
            DeliveryRepository.AFTER_RESTORE,
            WebhookRepository.AFTER_RESTORE.parkedAs("u20261129_11_webhooks"),
            DeliveryRepository.AFTER_RESTORE.parkedAs("u20261129_11_webhook_deliveries"));

    /** What goes of this room with an inventory. */
    public static final Erasure ERASURE = DeliveryRepository.ERASURE;

    /** What this room keeps encrypted. */
    public static final List<EncryptedColumn> ENCRYPTED = WebhookRepository.ENCRYPTED;

    /** Forgets old deliveries. */
    public static final Job JANITOR = DeliveryRepository.JANITOR;

    private final ActivityLog log;
    private final SecretKeys keys;
    private final Clock clock;
    private final SqlClient reads;
    private final ChosenPayloads chosen;
    private final WebhookRepository repository = new WebhookRepository();
    private final DeliveryRepository deliveries = new DeliveryRepository();
    private final CategoryRepository categories = new CategoryRepository();

    /**
     * Rules over one event loop's log.
     *
     * @param keys encrypt secrets
     * @param operations execute queries; asked for with each
     */
    public Webhooks(
            Database database,
            ActivityLog log,
            SecretKeys keys,
            Supplier<? extends KeptOperations> operations,
            Clock clock) {
        this.reads = database.reads();
        this.chosen = new ChosenPayloads(operations);
        this.log = log;
        this.keys = keys;
        this.clock = clock;
    }

    /** Answer of {@code createWebhook} and {@code rotateWebhookSecret}; the secret is shown this once. */
    record Secret(Webhook webhook, String secret) implements Payload {
        @Override
        public String toString() {
            return "Secret[" + webhook.id() + "]";
        }
    }

    /**
     * Answer of {@code updateWebhook}.
     *
     * @param changed whether this call changed it
     */
    record Updated(Webhook webhook, boolean changed) implements Payload {}

    /** Answer of {@code replayWebhook}. */
    record Replayed(Webhook webhook) implements Payload {}

    /** Answer of {@code sendTestEvent} and {@code redeliverWebhook}. */
    record Sending(WebhookDelivery webhookDelivery) implements Payload {}

    /**
     * Creates a webhook. Its answer is secret, so none is kept for a repetition.
     *
     * @return fails with {@code NOT_FOUND} when there is no such category, {@code CONFLICT} when there are as many as may be,
     *     {@code FORBIDDEN} when the caller may not read what it would be told, {@code INVALID} at {@code query}
     */
    Future<Secret> create(Actor actor, NewWebhook fresh) {
        requireAccess(actor.caller(), fresh.events());
        return requireQuery(actor.caller(), fresh.query()).compose(fit -> insert(actor, fresh));
    }

    private Future<Secret> insert(Actor actor, NewWebhook fresh) {
        byte[] secret = WebhookSecret.create();
        UUID id = RowIds.next();
        QueryMaker maker = QueryMaker.of(actor.caller());
        return log.change(
                actor,
                Secret.class,
                change -> requireCategories(change, fresh.filter())
                        .compose(there -> encrypt(change, id, secret))
                        .compose(encrypted -> repository.insert(
                                change.connection(), change.inventoryId(), id, fresh, encrypted, maker, MOST))
                        .map(inserted -> {
                            Webhook created = inserted.orElseThrow(Webhooks::tooMany);
                            change.record(WebhookActivities.WEBHOOK_CREATED, id, null, created.state());
                            return new Secret(created, WebhookSecret.encoded(secret));
                        }));
    }

    /** Those of a filter that is new: one that is deleted later stays in it, and nothing is in it any more. */
    private Future<?> requireCategories(Change change, @Nullable WebhookFilter filter) {
        List<UUID> wanted = filter == null ? null : filter.categories();
        if (wanted == null || wanted.isEmpty()) {
            return Future.succeededFuture();
        }
        return categories
                .find(change.connection(), change.inventoryId(), wanted)
                .map(found -> {
                    if (!found.keySet().containsAll(wanted)) {
                        throw Problem.at(
                                Problem.Code.NOT_FOUND,
                                List.of("input", "filter", "categoryIds"),
                                "There is no category with one of these ids.");
                    }
                    return found;
                });
    }

    private static void requireAccess(Caller caller, List<WebhookEvent> events) {
        events.forEach(event -> caller.require(event.needs()));
    }

    private Future<Void> requireQuery(Caller caller, @Nullable String query) {
        return query == null ? Future.succeededFuture() : chosen.check(caller, query);
    }

    private static Problem tooMany() {
        return Problem.of(
                Problem.Code.CONFLICT,
                "This inventory has %d webhooks, as many as there may be. Delete one first.".formatted(MOST));
    }

    private Future<Buffer> encrypt(Change change, UUID id, byte[] secret) {
        return keys.encrypt(
                change.connection(),
                new SecretKeys.Owner(WebhookRepository.OWNER, id),
                WebhookRepository.SECRET,
                secret);
    }

    /**
     * Changes a webhook. Switched on again, it is told of all that has happened meanwhile. Whoever gives its query, leads it
     * elsewhere or switches it on answers for what it is told: from then on, its query is asked as them.
     *
     * @return fails with {@code NOT_FOUND}, {@code STALE_VERSION}, {@code FORBIDDEN} when it is on and the caller may
     *     not read what it is told, {@code INVALID} at {@code query}
     */
    Future<Updated> update(Actor actor, WebhookPatch patch) {
        return log.change(
                actor,
                Updated.class,
                change -> require(change, patch.id(), patch.expected()).compose(before -> {
                    Webhook after = patch.apply(before);
                    if (after.equals(before)) {
                        return Future.succeededFuture(new Updated(before, false));
                    }
                    if (after.offBecause() == null) {
                        requireAccess(actor.caller(), after.events());
                    }
                    boolean on = before.offBecause() != null && after.offBecause() == null;
                    boolean vouches =
                            on || !after.url().equals(before.url()) || !Objects.equals(after.query(), before.query());
                    QueryMaker maker = vouches ? QueryMaker.of(actor.caller()) : null;
                    return requireQuery(actor.caller(), vouches ? after.query() : null)
                            .compose(fit -> requireCategories(
                                    change, after.filter().equals(before.filter()) ? null : after.filter()))
                            .compose(there ->
                                    repository.update(change.connection(), change.inventoryId(), after, on, maker))
                            .map(updated -> {
                                change.record(
                                        WebhookActivities.WEBHOOK_UPDATED,
                                        updated.id(),
                                        before.state(),
                                        updated.state());
                                return new Updated(updated, true);
                            });
                }));
    }

    /** Deletes a webhook and what it was told; fails with {@code NOT_FOUND}, {@code STALE_VERSION}. */
    Future<Payload.Deletion> delete(Actor actor, UUID id, ExpectedVersion expected) {
        return log.change(
                actor,
                Payload.Deletion.class,
                change -> require(change, id, expected)
                        .compose(before -> deliveries
                                .deleteAll(change.connection(), change.inventoryId(), id)
                                .compose(emptied -> repository.delete(change.connection(), change.inventoryId(), id))
                                .map(deleted -> {
                                    change.record(WebhookActivities.WEBHOOK_DELETED, id, before.state(), null);
                                    return Payload.Deletion.of(Webhook.TYPE, id);
                                })));
    }

    /**
     * Makes another secret. Its answer is secret, so none is kept for a repetition.
     *
     * @param keepFormer how long the present one signs as well; none when it shall not any more
     * @return fails with {@code NOT_FOUND}
     */
    Future<Secret> rotate(Actor actor, UUID id, Duration keepFormer) {
        byte[] secret = WebhookSecret.create();
        Instant until = keepFormer.isZero() ? null : clock.instant().plus(keepFormer);
        return log.change(
                actor,
                Secret.class,
                change -> require(change, id)
                        .compose(before -> rotate(change, before, secret, until))
                        .map(rotated -> new Secret(rotated, WebhookSecret.encoded(secret))));
    }

    private Future<Webhook> rotate(Change change, Webhook before, byte[] secret, @Nullable Instant until) {
        return repository
                .findSecret(change.connection(), change.inventoryId(), before.id())
                .compose(former -> encrypt(change, before.id(), secret)
                        .compose(encrypted -> repository.setSecrets(
                                change.connection(),
                                change.inventoryId(),
                                before.id(),
                                encrypted,
                                until == null ? null : former,
                                until)))
                .onSuccess(rotated -> change.record(
                        WebhookActivities.WEBHOOK_SECRET_ROTATED, rotated.id(), before.state(), rotated.state()));
    }

    /** Of so many activities the latest is looked for of which a webhook is told. */
    private static final int RECENT = 200;

    private static final KeptAnswer NOTHING = new KeptAnswer("null", null);

    /**
     * Has a test sent, also to a webhook that is off. Its query is asked about the latest event of which it is told.
     *
     * @return fails with {@code NOT_FOUND}, {@code CONFLICT} when its query may not be asked
     */
    Future<Sending> sendTest(Actor actor, UUID id) {
        return answerForTest(actor.inventoryId(), id).compose(answer -> sendTest(actor, id, answer));
    }

    private Future<Sending> sendTest(Actor actor, UUID id, Optional<KeptAnswer> answer) {
        UUID deliveryId = RowIds.next();
        return sending(
                actor,
                change -> require(change, id).compose(webhook -> {
                    WebhookPayloads.Made test = WebhookPayloads.test(
                            change.inventoryId(),
                            webhook,
                            deliveryId,
                            clock.instant(),
                            actor.caller().userId());
                    return deliveries.insertOnce(
                            change.connection(),
                            change.inventoryId(),
                            id,
                            deliveryId,
                            answer.map(test::with).orElse(test));
                }));
    }

    /** Empty where there is no query. Before the change, so that none waits for another connection while it has one. */
    private Future<Optional<KeptAnswer>> answerForTest(InventoryId inventoryId, UUID id) {
        return repository
                .findDelivered(reads, inventoryId, id)
                .compose(found -> found.map(delivered -> answerForTest(inventoryId, delivered))
                        .orElseGet(() -> Future.succeededFuture(Optional.empty())));
    }

    private Future<Optional<KeptAnswer>> answerForTest(InventoryId inventoryId, WebhookRepository.Delivered delivered) {
        String query = delivered.webhook().query();
        QueryMaker maker = delivered.queryMaker();
        return query == null || maker == null
                ? Future.succeededFuture(Optional.empty())
                : answerForTest(inventoryId, delivered, query, maker)
                        .recover(failure -> Future.failedFuture(
                                failure instanceof Problem problem && problem.code() != Problem.Code.UNAVAILABLE
                                        ? notAsked(problem)
                                        : failure))
                        .map(Optional::of);
    }

    private Future<KeptAnswer> answerForTest(
            InventoryId inventoryId, WebhookRepository.Delivered delivered, String query, QueryMaker maker) {
        return chosen.asker(reads, inventoryId, maker)
                .compose(asker -> latest(inventoryId, delivered)
                        .compose(latest -> latest.map(made -> chosen.answer(asker, query, made))
                                .orElseGet(() -> Future.succeededFuture(NOTHING))));
    }

    private Future<Optional<WebhookPayloads.Made>> latest(
            InventoryId inventoryId, WebhookRepository.Delivered delivered) {
        return log.lastSeq(inventoryId)
                .compose(last -> log.listAfter(inventoryId, Math.max(0, last - RECENT), RECENT))
                .compose(activities -> WebhookPayloads.about(reads, inventoryId, delivered.zoneId(), activities)
                        .map(payloads -> activities.reversed().stream()
                                .flatMap(activity -> payloads.of(activity, delivered.webhook()).stream())
                                .findFirst()));
    }

    private static Problem notAsked(Problem problem) {
        return Problem.at(
                Problem.Code.CONFLICT,
                List.of("input", "id"),
                "Its query may not be asked. " + problem.getMessage() + " Give it again with updateWebhook.");
    }

    /** Has a delivery sent once more, as it is; fails with {@code NOT_FOUND}. */
    Future<Sending> redeliver(Actor actor, UUID id) {
        return sending(
                actor,
                change -> deliveries
                        .find(change.connection(), change.inventoryId(), List.of(id))
                        .compose(found -> {
                            WebhookDelivery delivery = Optional.ofNullable(found.get(id))
                                    .orElseThrow(() -> missing("There is no delivery with this id."));
                            return deliveries
                                    .again(change.connection(), change.inventoryId(), id)
                                    .map(again -> again.orElse(delivery));
                        }));
    }

    /** Nothing of it is in the log, so nobody would look. */
    private Future<Sending> sending(Actor actor, Function<Change, Future<WebhookDelivery>> work) {
        return log.change(actor, Sending.class, change -> work.apply(change).map(Sending::new))
                .onSuccess(done -> log.changed(List.of(actor.inventoryId())));
    }

    /**
     * Has a webhook told of all that happened after a place in the log, whether or not it was told before; what it was still
     * to be told is not sent, where it is of before that place.
     *
     * @return fails with {@code NOT_FOUND}, {@code INVALID} at {@code after} when the log has not come so far
     */
    Future<Replayed> replay(Actor actor, UUID id, long after) {
        return log.change(
                        actor,
                        Replayed.class,
                        change -> require(change, id)
                                .compose(webhook ->
                                        repository.moveTo(change.connection(), change.inventoryId(), id, after))
                                .compose(moved -> {
                                    Webhook webhook = moved.orElseThrow(() -> Problem.at(
                                            Problem.Code.INVALID,
                                            List.of("input", "after"),
                                            "after lies beyond the latest activity; take the cursor of one."));
                                    return deliveries
                                            .dropPending(change.connection(), change.inventoryId(), id)
                                            .map(dropped -> new Replayed(webhook));
                                }))
                .onSuccess(done -> log.changed(List.of(actor.inventoryId())));
    }

    private Future<Webhook> require(Change change, UUID id, ExpectedVersion expected) {
        return require(change, id).map(webhook -> {
            expected.require("webhook", webhook.version());
            return webhook;
        });
    }

    private Future<Webhook> require(Change change, UUID id) {
        InventoryId inventoryId = change.inventoryId();
        return repository
                .find(change.connection(), inventoryId, List.of(id))
                .map(found -> Optional.ofNullable(found.get(id))
                        .orElseThrow(() -> missing("There is no webhook with this id.")));
    }

    private static Problem missing(String message) {
        return Problem.at(Problem.Code.NOT_FOUND, List.of("input", "id"), message);
    }
}
