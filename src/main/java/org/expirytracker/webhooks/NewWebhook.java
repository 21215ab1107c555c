package org.expirytracker.webhooks;

import java.util.List;
import org.expirytracker.kernel.Input;
import org.expirytracker.kernel.Problem;
import org.expirytracker.outbound.OutboundTargets;
import org.jspecify.annotations.Nullable;

/** A webhook to be created. */
record NewWebhook(
        String url,
        @Nullable String description,
        List<WebhookEvent> events,
        WebhookFilter filter,
        @Nullable String query) {

    private static final int MOST_URL = 2_000;
    private static final int MOST_DESCRIPTION = 500;

    /** Reads one; what is wrong is noted in the input. */
    static NewWebhook of(Input input, OutboundTargets targets) {
        return new NewWebhook(
                url(input, targets),
                description(input),
                events(input),
                WebhookFilter.of(input.object("filter")),
                query(input));
    }

    static String url(Input input, OutboundTargets targets) {
        String url = input.exactText("url", MOST_URL);
        targets.objection(url)
                .ifPresent(objection -> input.reject("url", Problem.Code.INVALID, "url " + objection + "."));
        return url;
    }

    static @Nullable String description(Input input) {
        return input.optionalText("description", MOST_DESCRIPTION);
    }

    static @Nullable String query(Input input) {
        if (!input.isGiven("query")) {
            return null;
        }
        String query = input.exactText("query", ChosenPayloads.MOST_CHARACTERS);
        if (query.isBlank()) {
            input.reject(
                    "query",
                    Problem.Code.INVALID,
                    "query must be a GraphQL document with one query; leave it out for the usual payload.");
        }
        return query;
    }

    static List<WebhookEvent> events(Input input) {
        List<WebhookEvent> events = input.optionalChoices("events", WebhookEvent.class);
        if (events == null || events.isEmpty()) {
            input.reject("events", Problem.Code.INVALID, "events must name at least one event.");
            return List.of();
        }
        if (events.contains(WebhookEvent.WEBHOOK_TEST)) {
            input.reject(
                    "events",
                    Problem.Code.INVALID,
                    "WEBHOOK_TEST comes of sendTestEvent alone; leave it out of events.");
        }
        return events.stream().distinct().toList();
    }

    /** Without the address, of which path and query may be secret. */
    @Override
    public String toString() {
        return "NewWebhook[" + events + "]";
    }
}
