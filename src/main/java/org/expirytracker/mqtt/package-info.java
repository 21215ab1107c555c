/**
 * What home automation shows of inventories, published to a broker of MQTT that the operator names. Owns no table: what was
 * published before stands at the broker. Imports only rooms to its left. Begin reading at {@link
 * org.expirytracker.mqtt.MqttPublisher}.
 */
@NullMarked
package org.expirytracker.mqtt;

import org.jspecify.annotations.NullMarked;
