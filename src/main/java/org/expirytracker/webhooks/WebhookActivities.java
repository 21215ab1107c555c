package org.expirytracker.webhooks;

import org.expirytracker.activities.ActivityKind;

/** What can happen to a webhook. */
final class WebhookActivities {

    private static final String STATE = "WebhookState";

    static final ActivityKind WEBHOOK_CREATED =
            new ActivityKind("WEBHOOK_CREATED", Webhook.TYPE, WebhooksAccess.READ, STATE);
    static final ActivityKind WEBHOOK_UPDATED =
            new ActivityKind("WEBHOOK_UPDATED", Webhook.TYPE, WebhooksAccess.READ, STATE);
    static final ActivityKind WEBHOOK_SECRET_ROTATED =
            new ActivityKind("WEBHOOK_SECRET_ROTATED", Webhook.TYPE, WebhooksAccess.READ, STATE);
    static final ActivityKind WEBHOOK_SWITCHED_OFF =
            new ActivityKind("WEBHOOK_SWITCHED_OFF", Webhook.TYPE, WebhooksAccess.READ, STATE);
    static final ActivityKind WEBHOOK_DELETED =
            new ActivityKind("WEBHOOK_DELETED", Webhook.TYPE, WebhooksAccess.READ, STATE);

    static final ActivityKind[] ALL = {
        WEBHOOK_CREATED, WEBHOOK_UPDATED, WEBHOOK_SECRET_ROTATED, WEBHOOK_SWITCHED_OFF, WEBHOOK_DELETED
    };

    private WebhookActivities() {}
}
