package org.expirytracker.webhooks;

import java.net.URI;
import java.time.Instant;
import java.util.List;
import java.util.UUID;
import org.expirytracker.kernel.NodeId;
import org.jspecify.annotations.Nullable;

/**
 * Where a program of somebody else is told what happens in an inventory. Its secrets are no part of it.
 *
 * @param url to which it is posted
 * @param description what it is for, up to 500 characters; null when nobody said
 * @param events of what, at least one, each once
 * @param query of GraphQL, of which the answer is its payload; null for the one that this server makes
 * @param offBecause why it is told nothing; null while it is
 * @param afterSeq the place in the log up to which deliveries were made of it
 * @param failingSince when the first of the attempts failed of which none has succeeded since; null when the last one did
 * @param nextAttemptAt when the next try is due after one that failed; null when none did
 * @param formerSecretUntil until when the former secret signs as well; null when there is none
 * @param version 1 at first, counts up with every change by a member
 */
public record Webhook(
        UUID id,
        String url,
        @Nullable String description,
        List<WebhookEvent> events,
        WebhookFilter filter,
        @Nullable String query,
        @Nullable Off offBecause,
        long afterSeq,
        @Nullable Instant failingSince,
        @Nullable Instant nextAttemptAt,
        @Nullable Instant formerSecretUntil,
        int version,
        Instant createdAt,
        Instant updatedAt) {

    /** Its global ids. */
    public static final NodeId.Type TYPE = new NodeId.Type('W', "Webhook");

    /** Why it is told nothing (GraphQL enumeration {@code WebhookOff}). */
    public enum Off {
        /** A member switched it off. */
        MEMBER,
        /** Nothing was taken for three days. */
        FAILED,
        /** The receiver said that it is gone for good (HTTP status 410). */
        GONE,
        /** Its query may not be asked any more. */
        QUERY
    }

    /** How it is (GraphQL enumeration {@code WebhookStatus}). */
    public enum Status {
        ACTIVE,
        FAILING,
        OFF
    }

    /** How it is. */
    public Status status() {
        return offBecause != null ? Status.OFF : failingSince != null ? Status.FAILING : Status.ACTIVE;
    }

    /** Of what happens after this place in the log it is still to be told. */
    public String cursor() {
        return Long.toString(afterSeq);
    }

    /** Its address without path and query, which may be secret. */
    String origin() {
        URI uri = URI.create(url);
        return uri.getScheme() + "://" + uri.getRawAuthority();
    }

    /** Without the address, of which path and query may be secret. */
    @Override
    public String toString() {
        return "Webhook[" + id + "]";
    }

    /** What a member has set of it. */
    WebhookState state() {
        return new WebhookState(id, origin(), description, events, offBecause, version, createdAt, updatedAt);
    }
}
