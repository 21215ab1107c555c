package org.expirytracker.members;

import java.time.Instant;
import java.time.ZoneId;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * An inventory as something that people share (GraphQL type {@code InventoryAccount}); what is in it, counted and valued, is
 * {@code Inventory} of the items room.
 *
 * @param ownerId the user whose it is
 * @param name 1 to 200 characters
 * @param currency ISO 4217; null when nobody said
 * @param leadDays how many days before its date a thing counts as expiring soon, 0 to 3650
 * @param turnHour the hour at which its day turns, 0 to 23
 */
record InventoryAccount(
        UUID id,
        UUID ownerId,
        String name,
        @Nullable String currency,
        ZoneId timeZone,
        int leadDays,
        int turnHour,
        int version,
        Instant createdAt,
        Instant updatedAt) {

    /** Whether it is the one that its owner has from registration on. */
    boolean isOwn() {
        return id.equals(ownerId);
    }
}
