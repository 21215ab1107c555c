package org.expirytracker.webhooks;

import java.util.List;
import java.util.UUID;
import org.expirytracker.kernel.ExpectedVersion;
import org.expirytracker.kernel.Input;
import org.expirytracker.outbound.OutboundTargets;
import org.jspecify.annotations.Nullable;

/**
 * Changes to one webhook; what is null stays.
 *
 * @param expected which version of it was read
 * @param setsDescription whether the description is given, be it null
 * @param setsQuery whether the query is given, be it null
 * @param active whether it is to be on
 */
record WebhookPatch(
        UUID id,
        ExpectedVersion expected,
        @Nullable String url,
        boolean setsDescription,
        @Nullable String description,
        @Nullable List<WebhookEvent> events,
        @Nullable WebhookFilter filter,
        boolean setsQuery,
        @Nullable String query,
        @Nullable Boolean active) {

    /** Reads one; what is wrong is noted in the input. */
    static WebhookPatch of(Input input, OutboundTargets targets) {
        return new WebhookPatch(
                input.id("id", Webhook.TYPE),
                input.expectedVersion(),
                input.isGiven("url") ? NewWebhook.url(input, targets) : null,
                input.has("description"),
                NewWebhook.description(input),
                input.isGiven("events") ? NewWebhook.events(input) : null,
                input.has("filter") ? WebhookFilter.of(input.object("filter")) : null,
                input.has("query"),
                NewWebhook.query(input),
                input.isGiven("active") ? input.flag("active", true) : null);
    }

    /** The webhook with these changes. */
    Webhook apply(Webhook before) {
        return new Webhook(
                before.id(),
                url == null ? before.url() : url,
                setsDescription ? description : before.description(),
                events == null ? before.events() : events,
                filter == null ? before.filter() : filter,
                setsQuery ? query : before.query(),
                off(before),
                before.afterSeq(),
                before.failingSince(),
                before.nextAttemptAt(),
                before.formerSecretUntil(),
                before.version(),
                before.createdAt(),
                before.updatedAt());
    }

    private Webhook.@Nullable Off off(Webhook before) {
        if (active == null) {
            return before.offBecause();
        }
        if (active) {
            return null;
        }
        return before.offBecause() == null ? Webhook.Off.MEMBER : before.offBecause();
    }

    /** Without the address, of which path and query may be secret. */
    @Override
    public String toString() {
        return "WebhookPatch[" + id + "]";
    }
}
