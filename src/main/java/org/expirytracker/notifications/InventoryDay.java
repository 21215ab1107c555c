package org.expirytracker.notifications;

import java.time.LocalDate;
import org.expirytracker.kernel.InventoryId;
import org.jspecify.annotations.Nullable;

/**
 * A day of one user that has begun and of which its members are to be notified.
 *
 * @param day the local date
 * @param previousDay the local date up to which they have been notified, before {@code day}; null when never yet
 */
public record InventoryDay(
        InventoryId inventoryId, LocalDate day, @Nullable LocalDate previousDay) {}
