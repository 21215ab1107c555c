package org.expirytracker.mqtt;

import java.util.Optional;
import org.expirytracker.inventories.Membership;
import org.expirytracker.kernel.InventoryId;
import org.expirytracker.kernel.NodeId;

/**
 * Where what is published stands. All that is of one installation begins with its prefix, so that several can share a broker.
 *
 * @param prefix letters, digits, {@code -} and {@code _}
 */
record Topics(String prefix) {

    /** Where Home Assistant says that it has started. */
    static final String BIRTH = "homeassistant/status";

    private static final String STATE = "/state";

    /** Whether this server tells the broker what changes: {@code online} or {@code offline}. */
    String status() {
        return prefix + "/status";
    }

    /** The state of an inventory. */
    String state(InventoryId inventory) {
        return prefix + "/" + id(inventory) + STATE;
    }

    /** The states of all inventories that were ever published. */
    String states() {
        return prefix + "/+" + STATE;
    }

    /** Of which inventory a topic is the state; empty for another topic. */
    Optional<InventoryId> inventoryOf(String topic) {
        return topic.startsWith(prefix + "/")
                        && topic.endsWith(STATE)
                        && topic.length() > prefix.length() + STATE.length()
                ? NodeId.decode(topic.substring(prefix.length() + 1, topic.length() - STATE.length()), Membership.TYPE)
                        .map(InventoryId::new)
                : Optional.empty();
    }

    /** Where Home Assistant is told of the device that stands for an inventory. */
    String discovery(InventoryId inventory) {
        return "homeassistant/device/" + device(inventory) + "/config";
    }

    /** What Home Assistant knows the device by; nothing else on the broker is called so. */
    String device(InventoryId inventory) {
        return prefix + "_" + id(inventory);
    }

    /** The id of an inventory, as the API says it. */
    static String id(InventoryId inventory) {
        return new NodeId(Membership.TYPE, inventory.value()).encoded();
    }
}
