package org.expirytracker.mqtt;

import io.vertx.core.json.JsonObject;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import org.expirytracker.kernel.InventoryId;

/**
 * Writes what Home Assistant's MQTT integration makes devices and sensors of (its documentation, "MQTT discovery": device
 * discovery payload): an inventory is a device; everything and each category has three sensors.
 *
 * @param version of this program
 * @param home where people find this server; empty when it is not known
 */
record Discovery(Topics topics, String version, Optional<String> home) {

    private static final String PROGRAM = "Expiry Tracker";

    /** What a sensor shows: the end of its id, its member of the state, its name alone and behind that of a category. */
    private enum Sensor {
        EXPIRED("expired", "Expired", "expired", "mdi:calendar-remove"),
        EXPIRING_SOON("expiring_soon", "Expiring soon", "expiring soon", "mdi:calendar-clock"),
        NEXT_DATE("next_date", "Next expiry date", "next expiry date", "mdi:calendar-arrow-right");

        private final String member;
        private final String title;
        private final String ending;
        private final String icon;

        Sensor(String member, String title, String ending, String icon) {
            this.member = member;
            this.title = title;
            this.ending = ending;
            this.icon = icon;
        }

        String component(String part) {
            return part.isEmpty() ? member : part + "_" + member;
        }
    }

    /**
     * The message about an inventory.
     *
     * @param removed ids of categories whose sensors go: Home Assistant is told of each that it is no more
     */
    String json(InventoryId inventory, InventoryState state, Collection<String> removed) {
        JsonObject components = new JsonObject();
        for (Sensor sensor : Sensor.values()) {
            put(components, inventory, sensor, "", sensor.title, "value_json." + sensor.member);
        }
        for (InventoryState.OfCategory category : state.categories()) {
            for (Sensor sensor : Sensor.values()) {
                put(
                        components,
                        inventory,
                        sensor,
                        category.id(),
                        category.name() + " " + sensor.ending,
                        "value_json.categories['%s'].%s".formatted(category.id(), sensor.member));
            }
        }
        for (String category : removed) {
            for (Sensor sensor : Sensor.values()) {
                components.put(sensor.component(category), JsonObject.of("platform", "sensor"));
            }
        }
        JsonObject device = new JsonObject()
                .put("identifiers", List.of(topics.device(inventory)))
                .put("name", state.name())
                .put("manufacturer", PROGRAM)
                .put("model", "Inventory")
                .put("sw_version", version);
        home.ifPresent(url -> device.put("configuration_url", url));
        return new JsonObject()
                .put("device", device)
                .put("origin", JsonObject.of("name", PROGRAM, "sw_version", version))
                .put("availability_topic", topics.status())
                .put("state_topic", topics.state(inventory))
                .put("qos", 1)
                .put("components", components)
                .encode();
    }

    private void put(
            JsonObject components, InventoryId inventory, Sensor sensor, String part, String name, String value) {
        String component = sensor.component(part);
        JsonObject made = new JsonObject()
                .put("platform", "sensor")
                .put("unique_id", topics.device(inventory) + "_" + component)
                .put("name", name)
                .put("icon", sensor.icon)
                .put("value_template", "{{ " + value + " }}");
        components.put(
                component,
                switch (sensor) {
                    case EXPIRED, EXPIRING_SOON ->
                        made.put("state_class", "measurement").put("unit_of_measurement", "items");
                    case NEXT_DATE -> made.put("device_class", "date");
                });
    }
}
