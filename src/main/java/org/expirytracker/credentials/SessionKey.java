package org.expirytracker.credentials;

import java.util.UUID;
import org.expirytracker.kernel.InventoryId;
import org.expirytracker.kernel.UserId;

/** A session, whose it is, and the inventory in which it acts. */
public record SessionKey(UserId userId, UUID sessionId, InventoryId inventoryId) {}
