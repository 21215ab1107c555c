package org.expirytracker.webhooks;

import io.vertx.core.Future;
import io.vertx.sqlclient.SqlClient;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.UUID;
import java.util.function.Function;
import java.util.regex.Pattern;
import org.expirytracker.activities.ActivityLog;
import org.expirytracker.activities.Actor;
import org.expirytracker.db.Database;
import org.expirytracker.kernel.Caller;
import org.expirytracker.kernel.Connection;
import org.expirytracker.kernel.Cursor;
import org.expirytracker.kernel.Fetchers;
import org.expirytracker.kernel.Field;
import org.expirytracker.kernel.Input;
import org.expirytracker.kernel.Page;
import org.expirytracker.kernel.Payload;
import org.expirytracker.kernel.Problem;
import org.expirytracker.kernel.Role;
import org.expirytracker.kernel.Wiring;
import org.expirytracker.outbound.OutboundTargets;
import org.jspecify.annotations.Nullable;

/** GraphQL fields of the webhooks room. */
public final class WebhookFetchers implements Fetchers {

    private static final String NEWEST_FIRST = "webhook deliveries";
    private static final String PAGES_BY_WEBHOOK = "deliveries by webhook";
    private static final String COUNT_BY_WEBHOOK = "number of deliveries by webhook";
    private static final Pattern PLACE = Pattern.compile("[0-9]{1,18}");
    private static final int USUAL_KEEP_HOURS = 24;
    private static final int MOST_KEEP_HOURS = 168;
    private static final int MOST_CURSOR = 20;

    private final SqlClient reads;
    private final Webhooks webhooks;
    private final OutboundTargets targets;
    private final WebhookRepository repository = new WebhookRepository();
    private final DeliveryRepository deliveries = new DeliveryRepository();

    /**
     * Fields over one event loop's connections.
     *
     * @param targets where webhooks may lead
     */
    public WebhookFetchers(Database database, Webhooks webhooks, OutboundTargets targets) {
        this.reads = database.reads();
        this.webhooks = webhooks;
        this.targets = targets;
    }

    @Override
    public void register(Wiring wiring) {
        wiring.declare(WebhooksAccess.ALL)
                .declare(WebhookActivities.ALL)
                .query("webhooks", this::webhooks)
                .query("webhook", WebhookFetchers::webhook)
                .mutation("createWebhook", this::createWebhook)
                .mutation("updateWebhook", this::updateWebhook)
                .mutation("deleteWebhook", this::deleteWebhook)
                .mutation("rotateWebhookSecret", this::rotateWebhookSecret)
                .mutation("sendTestEvent", this::sendTestEvent)
                .mutation("redeliverWebhook", this::redeliverWebhook)
                .mutation("replayWebhook", this::replayWebhook)
                .field("Webhook", "deliveries", WebhookFetchers::deliveries)
                .connection("WebhookDeliveryConnection")
                .state("WebhookState", WebhookState.class)
                .node(Webhook.TYPE, Webhook.class, Webhook::id, this::find)
                .node(WebhookDelivery.TYPE, WebhookDelivery.class, WebhookDelivery::id, this::findDeliveries)
                .loader(PAGES_BY_WEBHOOK, this::findPages)
                .loader(COUNT_BY_WEBHOOK, this::findCounts);
    }

    private Future<Map<UUID, Webhook>> find(Caller caller, Set<UUID> ids) {
        return mayLook(caller) ? repository.find(reads, caller.inventoryId(), ids) : Future.succeededFuture(Map.of());
    }

    private Future<Map<UUID, WebhookDelivery>> findDeliveries(Caller caller, Set<UUID> ids) {
        return mayLook(caller) ? deliveries.find(reads, caller.inventoryId(), ids) : Future.succeededFuture(Map.of());
    }

    private static boolean mayLook(Caller caller) {
        return caller.role() != Role.VIEWER;
    }

    private static void requireLook(Caller caller) {
        if (!mayLook(caller)) {
            throw Problem.of(
                    Problem.Code.FORBIDDEN,
                    "As a viewer you may not see the webhooks of this inventory. Its owner can make you an editor.");
        }
    }

    private Future<List<Webhook>> webhooks(Field field) {
        Caller caller = field.caller();
        requireLook(caller);
        return repository.list(reads, caller.inventoryId(), Webhooks.MOST);
    }

    private static @Nullable Object webhook(Field field) {
        requireLook(field.caller());
        return field.loadNode(Webhook.TYPE, field.argument("id"));
    }

    /** Which page of which webhook's deliveries. */
    private record WebhookPage(
            UUID webhook,
            @Nullable List<WebhookDelivery.State> states,
            Page page,
            @Nullable Long place) {}

    private static @Nullable Object deliveries(Field field) {
        Webhook webhook = Objects.requireNonNull(field.<Webhook>source());
        Page page = Page.of(field);
        WebhookPage key = new WebhookPage(
                webhook.id(),
                Input.arguments(field).optionalChoices("state", WebhookDelivery.State.class),
                page,
                Cursor.decode(page, NEWEST_FIRST, keys -> Long.valueOf(keys.getFirst())));
        return field.<WebhookPage, List<WebhookDelivery>, Connection<WebhookDelivery>>load(
                PAGES_BY_WEBHOOK,
                key,
                found -> Connection.of(
                        found,
                        page,
                        delivery -> Cursor.encode(NEWEST_FIRST, delivery.place()),
                        counting -> counting.load(COUNT_BY_WEBHOOK, key)));
    }

    private Future<Map<WebhookPage, List<WebhookDelivery>>> findPages(Caller caller, Set<WebhookPage> keys) {
        return each(
                keys,
                key -> deliveries.list(reads, caller.inventoryId(), key.webhook, key.states, key.page, key.place));
    }

    private Future<Map<WebhookPage, Integer>> findCounts(Caller caller, Set<WebhookPage> keys) {
        return each(keys, key -> deliveries.count(reads, caller.inventoryId(), key.webhook, key.states));
    }

    /** One statement for each webhook, of which there are few; in one round trip. */
    private static <V> Future<Map<WebhookPage, V>> each(
            Set<WebhookPage> keys, Function<WebhookPage, Future<V>> statement) {
        Map<WebhookPage, V> values = HashMap.newHashMap(keys.size());
        return Future.all(keys.stream()
                        .map(key -> statement.apply(key).onSuccess(value -> values.put(key, value)))
                        .toList())
                .map(all -> values);
    }

    private Future<Webhooks.Secret> createWebhook(Field field) {
        ActivityLog.refuseKey(field);
        Input input = Input.of(field);
        NewWebhook fresh = NewWebhook.of(input, targets);
        input.check();
        return webhooks.create(Actor.of(field), fresh);
    }

    private Future<Webhooks.Updated> updateWebhook(Field field) {
        Input input = Input.of(field);
        WebhookPatch patch = WebhookPatch.of(input, targets);
        input.check();
        return webhooks.update(Actor.of(field), patch);
    }

    private Future<Payload.Deletion> deleteWebhook(Field field) {
        Input input = Input.of(field);
        UUID id = input.id("id", Webhook.TYPE);
        input.check();
        return webhooks.delete(Actor.of(field), id, input.expectedVersion());
    }

    private Future<Webhooks.Secret> rotateWebhookSecret(Field field) {
        ActivityLog.refuseKey(field);
        Input input = Input.of(field);
        UUID id = input.id("id", Webhook.TYPE);
        Integer hours = input.optionalInt("keepFormerHours", 0, MOST_KEEP_HOURS);
        input.check();
        return webhooks.rotate(Actor.of(field), id, Duration.ofHours(hours == null ? USUAL_KEEP_HOURS : hours));
    }

    private Future<Webhooks.Sending> sendTestEvent(Field field) {
        Input input = Input.of(field);
        UUID id = input.id("id", Webhook.TYPE);
        input.check();
        return webhooks.sendTest(Actor.of(field), id);
    }

    private Future<Webhooks.Sending> redeliverWebhook(Field field) {
        Input input = Input.of(field);
        UUID id = input.id("id", WebhookDelivery.TYPE);
        input.check();
        return webhooks.redeliver(Actor.of(field), id);
    }

    private Future<Webhooks.Replayed> replayWebhook(Field field) {
        Input input = Input.of(field);
        UUID id = input.id("id", Webhook.TYPE);
        String after = input.exactText("after", MOST_CURSOR);
        if (!PLACE.matcher(after).matches()) {
            input.reject(
                    "after", Problem.Code.INVALID, "after must be the cursor of an activity; 0 for all there are.");
        }
        input.check();
        return webhooks.replay(Actor.of(field), id, Long.parseLong(after));
    }
}
