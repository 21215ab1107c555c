package org.expirytracker.http;

import java.util.Map;
import java.util.Optional;
import org.expirytracker.inventories.Membership;
import org.expirytracker.kernel.InventoryId;
import org.expirytracker.kernel.NodeId;
import org.expirytracker.kernel.Problem;
import org.jspecify.annotations.Nullable;

/** The header by which a request names the inventory it acts in; without it, that is the caller's own. */
final class ActingInventory {

    static final String HEADER = "Expiry-Inventory";

    private ActingInventory() {}

    /**
     * The inventory that a request names.
     *
     * @param given the header's value, the global id of an {@code InventoryAccount}; null or blank for none
     * @throws Problem {@code FORBIDDEN} when it is no such id, as for one of which the caller is no member
     */
    static Optional<InventoryId> of(@Nullable String given) {
        if (given == null || given.isBlank()) {
            return Optional.empty();
        }
        return Optional.of(NodeId.decode(given.strip(), Membership.TYPE)
                .map(InventoryId::new)
                .orElseThrow(Membership::missing));
    }

    /**
     * The inventory in which a socket acts: a member of the payload of {@code connection_init} that bears the header's name, at
     * its top or in its {@code headers}, else the header of the handshake. A browser can send no header there.
     *
     * @throws Problem as {@link #of} does
     */
    static Optional<InventoryId> ofInit(@Nullable Map<String, Object> payload, @Nullable String ofHandshake) {
        Object named = payload == null ? null : BearerToken.member(payload, HEADER);
        if (named == null && payload != null && BearerToken.member(payload, "headers") instanceof Map<?, ?> around) {
            named = BearerToken.member(around, HEADER);
        }
        return of(named instanceof String text ? text : ofHandshake);
    }
}
