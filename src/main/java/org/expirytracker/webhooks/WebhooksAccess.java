package org.expirytracker.webhooks;

import org.expirytracker.kernel.Access;

/** What it takes to see and change webhooks. Viewers of an inventory do neither: addresses of receivers may be secret. */
public final class WebhooksAccess {

    /** Scope {@code webhooks:read}: webhooks, and what they were told. */
    public static final Access READ = new Access("WEBHOOKS_READ");

    /** Scope {@code webhooks:write}: create, change and delete webhooks, and have them told again. */
    public static final Access WRITE = new Access("WEBHOOKS_WRITE");

    static final Access[] ALL = {READ, WRITE};

    private WebhooksAccess() {}
}
