package org.expirytracker.mqtt;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class MqttUrlTest {

    @Nested
    class Parse {

        @Test
        void reads_where_the_broker_is_and_the_login() {
            assertThat(MqttUrl.parse("mqtt://broker.example.org"))
                    .isEqualTo(new MqttUrl("broker.example.org", 1883, false, null, null, null));
            assertThat(MqttUrl.parse("mqtts://me:p%40s+s@[::1]:8884/"))
                    .isEqualTo(new MqttUrl("::1", 8884, true, "me", "p@s+s", null));
            assertThat(MqttUrl.parse("MQTTS://me@broker"))
                    .isEqualTo(new MqttUrl("broker", 8883, true, "me", null, null));
        }

        @Test
        void reads_an_authority_that_is_a_file(@TempDir Path folder) throws IOException {
            Path file = Files.createFile(folder.resolve("ca.pem"));

            assertThat(MqttUrl.parse("mqtts://broker?ca=" + file).ca()).isEqualTo(file);
            assertThatThrownBy(() -> MqttUrl.parse("mqtts://me:hunter2@broker?ca=" + folder.resolve("none.pem")))
                    .isInstanceOf(MqttUrl.Invalid.class)
                    .hasMessageContaining("cannot be read")
                    .hasMessageNotContaining("hunter2");
        }

        @ParameterizedTest
        @ValueSource(
                strings = {
                    "broker:1883",
                    "http://broker",
                    "mqtt://",
                    "mqtt://a:b@c@broker",
                    "mqtt://broker/topic",
                    "mqtt://broker#x",
                    "mqtt://broker?ca=/etc/hosts",
                    "mqtts://broker?verify=no"
                })
        void refuses_what_is_of_another_form(String text) {
            assertThatThrownBy(() -> MqttUrl.parse(text)).isInstanceOf(MqttUrl.Invalid.class);
        }
    }

    @Nested
    class ToString {

        @Test
        void hides_the_login() {
            assertThat(MqttUrl.parse("mqtts://me:hunter2@broker")).hasToString("mqtts://***@broker:8883");
        }
    }
}
