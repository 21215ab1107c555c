package org.expirytracker.mqtt;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.io.StringReader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import java.util.TreeMap;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.expirytracker.CapturedLog;
import org.expirytracker.DatabaseProxy;
import org.expirytracker.MovedClock;
import org.expirytracker.ProvenRoom;
import org.expirytracker.Secrets;
import org.expirytracker.Stock;
import org.expirytracker.TestApi;
import org.expirytracker.TestApi.User;
import org.expirytracker.TestDatabase;
import org.expirytracker.inventories.Membership;
import org.expirytracker.jobs.JobsVerticle;
import org.expirytracker.jobs.LookingNode;
import org.expirytracker.kernel.InventoryId;
import org.expirytracker.kernel.NodeId;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What a broker has, as Mosquitto's own client reads it, of users who change their inventories by the API. */
@Timeout(60)
@ProvenRoom("product")
class MqttPublisherTest {

    private static final Duration LOOKS = Duration.ofMillis(100);
    private static final Duration LEASE = Duration.ofSeconds(20);
    private static final String STATUS = "expiry/status";
    private static final Pattern TEMPLATE =
            Pattern.compile("\\{\\{ value_json\\.(?:categories\\['([\\w-]+)']\\.)?(\\w+) }}");
    private static final Stock STOCK = new Stock(TestDatabase.migrated());

    @TempDir
    private Path folder;

    private final User user = TestApi.node().newUser("UTC");
    private final MovedClock clock = new MovedClock();
    private final LocalDate today = LocalDate.ofInstant(clock.instant(), ZoneOffset.UTC);
    private final Vertx vertx = Vertx.vertx();
    private final List<AutoCloseable> open = new ArrayList<>();
    private TestBroker broker;

    @BeforeAll
    static void requireBroker() {
        TestBroker.require();
    }

    @BeforeEach
    void startBroker() throws IOException, InterruptedException {
        STOCK.run("DELETE FROM jobs WHERE kind = ?", MqttPublisher.KIND);
        broker = new TestBroker(folder);
        open.add(broker);
    }

    @AfterEach
    void stop() throws Exception {
        vertx.close().await();
        for (AutoCloseable each : open.reversed()) {
            each.close();
        }
    }

    /** A node that does nothing else. */
    private final class Node {

        private final MeterRegistry metrics = new SimpleMeterRegistry();
        private final MqttPublisher publisher;
        private final String deployment;

        Node(String url, Clock clock, InventoryId... inventories) {
            publisher = new MqttPublisher(new MqttPublisher.Context(
                    vertx,
                    MqttUrl.parse(url),
                    List.of(inventories),
                    "expiry",
                    "1.2.3",
                    Optional.of("https://expiry.example.org"),
                    clock,
                    metrics));
            deployment = vertx.deployVerticle(
                            LookingNode.verticle(
                                    TestDatabase.migrated().connectOptions(), List.of(publisher.job()), LOOKS, LEASE),
                            JobsVerticle.OPTIONS)
                    .await();
        }

        boolean isConnected() {
            return metrics.get("expiry.mqtt.connected").gauge().value() == 1;
        }

        /** What follows a commit on this node. */
        void hint() {
            publisher.hint();
        }

        void stop() {
            vertx.undeploy(deployment).await();
        }
    }

    private Node node(InventoryId... inventories) {
        return new Node("mqtt://127.0.0.1:" + broker.port(), clock, inventories);
    }

    private TestBroker.Watch watch() throws IOException {
        TestBroker.Watch watch = broker.watch();
        open.add(watch);
        return watch;
    }

    private static String id(User user) {
        return user.query("{ currentInventory { id } }")
                .getJsonObject("currentInventory")
                .getString("id");
    }

    private static InventoryId inventory(User user) {
        return new InventoryId(NodeId.decode(id(user), Membership.TYPE).orElseThrow());
    }

    private String state() {
        return "expiry/" + id(user) + "/state";
    }

    private String discovery() {
        return "homeassistant/device/expiry_" + id(user) + "/config";
    }

    private void hold(String name, String categoryId, int days) {
        JsonObject item = new JsonObject()
                .put("name", name)
                .put("leadDays", 5)
                .put("expiryDate", today.plusDays(days).toString());
        user.createItem(categoryId.isEmpty() ? item : item.put("categoryId", categoryId));
    }

    private static JsonObject sensors(JsonObject discovery) {
        return discovery.getJsonObject("components");
    }

    private static boolean has(String json, String member, Object value) {
        return !json.isEmpty() && value.equals(new JsonObject(json).getValue(member));
    }

    private static void awaitLogged(String text) throws IOException, InterruptedException {
        Instant end = Instant.now().plusSeconds(20);
        while (!new String(CapturedLog.bytes(), UTF_8).contains(text)) {
            assertThat(Instant.now()).as(text).isBefore(end);
            TimeUnit.MILLISECONDS.sleep(20);
        }
    }

    @Nested
    class Published {

        @Test
        void are_counts_and_the_next_date_of_everything_and_of_each_category() throws IOException {
            String dairy = user.createCategory("Dairy & \"eggs\"");
            String empty = user.createCategory("Ämpty");
            hold("Yoghurt", dairy, -1);
            hold("Cheese", dairy, 5);
            hold("Rice", "", 0);
            hold("Salt", "", 300);
            node(inventory(user));

            TestBroker.Heard heard = watch().await(state(), payload -> true);

            String name = user.query("{ currentInventory { name } }")
                    .getJsonObject("currentInventory")
                    .getString("name");
            assertThat(new JsonObject(heard.payload()))
                    .isEqualTo(new JsonObject()
                            .put("name", name)
                            .put("expired", 1)
                            .put("expiring_soon", 2)
                            .put("next_date", today.toString())
                            .put(
                                    "categories",
                                    JsonObject.of(
                                            dairy,
                                            JsonObject.of(
                                                    "name",
                                                    "Dairy & \"eggs\"",
                                                    "expired",
                                                    1,
                                                    "expiring_soon",
                                                    1,
                                                    "next_date",
                                                    today.plusDays(5).toString()),
                                            empty,
                                            new JsonObject()
                                                    .put("name", "Ämpty")
                                                    .put("expired", 0)
                                                    .put("expiring_soon", 0)
                                                    .putNull("next_date"))));
        }

        @Test
        void is_a_device_with_three_sensors_of_each_that_read_the_state() throws IOException {
            String dairy = user.createCategory("Dairy");
            hold("Yoghurt", dairy, -1);
            node(inventory(user));
            TestBroker.Watch watch = watch();
            watch.await(STATUS, MqttPublisher.ONLINE::equals);

            JsonObject discovery =
                    new JsonObject(watch.await(discovery(), payload -> true).payload());

            assertThat(discovery.getJsonObject("device"))
                    .isEqualTo(JsonObject.of(
                                    "identifiers",
                                    new JsonArray().add("expiry_" + id(user)),
                                    "name",
                                    user.query("{ currentInventory { name } }")
                                            .getJsonObject("currentInventory")
                                            .getString("name"),
                                    "manufacturer",
                                    "Expiry Tracker",
                                    "model",
                                    "Inventory",
                                    "sw_version",
                                    "1.2.3")
                            .put("configuration_url", "https://expiry.example.org"));
            assertThat(discovery.getJsonObject("origin").getString("name")).isEqualTo("Expiry Tracker");
            assertThat(discovery.getString("availability_topic")).isEqualTo(STATUS);
            JsonObject state = new JsonObject(watch.await(discovery.getString("state_topic"), payload -> true)
                    .payload());
            Map<String, Object> shown = new TreeMap<>();
            for (Map.Entry<String, Object> entry : sensors(discovery)) {
                JsonObject sensor = (JsonObject) entry.getValue();
                assertThat(sensor.getString("platform")).isEqualTo("sensor");
                assertThat(sensor.getString("unique_id")).isEqualTo("expiry_" + id(user) + "_" + entry.getKey());
                assertThat(sensor.getString("icon")).startsWith("mdi:");
                boolean date = entry.getKey().endsWith("next_date");
                assertThat(sensor.getString("device_class")).isEqualTo(date ? "date" : null);
                assertThat(sensor.getString("state_class")).isEqualTo(date ? null : "measurement");
                Matcher template = TEMPLATE.matcher(sensor.getString("value_template"));
                assertThat(template.matches()).as(sensor.encode()).isTrue();
                JsonObject of = template.group(1) == null
                        ? state
                        : state.getJsonObject("categories").getJsonObject(template.group(1));
                assertThat(of.containsKey(template.group(2))).isTrue();
                shown.put(sensor.getString("name"), String.valueOf(of.getValue(template.group(2))));
            }
            assertThat(shown)
                    .isEqualTo(Map.of(
                            "Expired",
                            "1",
                            "Expiring soon",
                            "0",
                            "Next expiry date",
                            "null",
                            "Dairy expired",
                            "1",
                            "Dairy expiring soon",
                            "0",
                            "Dairy next expiry date",
                            "null"));
        }

        @Test
        void is_kept_by_the_broker_for_whoever_comes_later() throws IOException {
            node(inventory(user));
            watch().await(STATUS, MqttPublisher.ONLINE::equals);

            TestBroker.Watch later = watch();

            assertThat(Stream.of(STATUS, state(), discovery()).map(topic -> later.await(topic, payload -> true)))
                    .allMatch(TestBroker.Heard::kept);
        }

        @Test
        void is_only_what_has_changed() throws IOException {
            User other = TestApi.node().newUser("UTC");
            Node node = node(inventory(user), inventory(other));
            TestBroker.Watch watch = watch();
            watch.await(STATUS, MqttPublisher.ONLINE::equals);
            watch.await("expiry/" + id(other) + "/state", payload -> true);

            hold("Milk", "", 1);
            node.hint();
            watch.await(state(), payload -> has(payload, "expiring_soon", 1));
            hold("Salt", "", 300);
            hold("Ham", "", 1);
            node.hint();
            watch.await(state(), payload -> has(payload, "expiring_soon", 2));

            assertThat(watch.all(discovery())).hasSize(1);
            assertThat(watch.all("expiry/" + id(other) + "/state")).hasSize(1);
            // What was there, and the two changes; salt changes nothing of it.
            assertThat(watch.all(state())).hasSize(3);
        }

        @Test
        void is_anew_what_the_turn_of_the_day_has_changed() throws IOException {
            hold("Milk", "", 0);
            Node node = node(inventory(user));
            TestBroker.Watch watch = watch();
            watch.await(state(), payload -> has(payload, "expiring_soon", 1));

            clock.pass(Duration.ofDays(1));
            node.hint();

            String after =
                    watch.await(state(), payload -> has(payload, "expired", 1)).payload();
            assertThat(new JsonObject(after).getValue("next_date")).isNull();
        }

        @Test
        void is_told_again_when_home_assistant_has_started() throws IOException, InterruptedException {
            node(inventory(user));
            TestBroker.Watch watch = watch();
            watch.await(STATUS, MqttPublisher.ONLINE::equals);
            TestBroker.Heard first = watch.await(discovery(), payload -> true);

            broker.publish("homeassistant/status", "online");

            TestBroker.Heard again =
                    watch.await(discovery(), payload -> watch.all(discovery()).size() > 1);
            assertThat(again).isEqualTo(new TestBroker.Heard(false, first.topic(), first.payload()));
        }
    }

    @Nested
    class Removed {

        @Test
        void are_the_sensors_of_a_category_that_is_deleted_and_others_get_its_new_name() throws IOException {
            String dairy = user.createCategory("Dairy");
            String meat = user.createCategory("Meat");
            Node node = node(inventory(user));
            TestBroker.Watch watch = watch();
            watch.await(discovery(), payload -> payload.contains("Dairy expired"));

            user.mutate("updateCategory", "category { id }", JsonObject.of("id", meat, "name", "Fish"));
            node.hint();
            watch.await(discovery(), payload -> payload.contains("Fish expired"));
            user.mutate("deleteCategory", "deletedId", JsonObject.of("id", dairy));
            node.hint();

            watch.await(
                    discovery(), payload -> !sensors(new JsonObject(payload)).containsKey(dairy + "_expired"));
            List<String> told = watch.all(discovery());
            JsonObject farewell = sensors(new JsonObject(told.get(told.size() - 2)));
            assertThat(List.of("expired", "expiring_soon", "next_date"))
                    .allSatisfy(sensor -> assertThat(farewell.getJsonObject(dairy + "_" + sensor))
                            .isEqualTo(JsonObject.of("platform", "sensor")));
            assertThat(watch.await(state(), payload -> true).payload())
                    .contains("Fish")
                    .doesNotContain("Dairy");
        }

        @Test
        void is_also_what_went_while_nobody_published() throws IOException {
            String dairy = user.createCategory("Dairy");
            User gone = TestApi.node().newUser("UTC");
            String stateOfGone = "expiry/" + id(gone) + "/state";
            Node before = node(inventory(user), inventory(gone));
            TestBroker.Watch watch = watch();
            watch.await(STATUS, MqttPublisher.ONLINE::equals);
            before.stop();
            watch.await(STATUS, MqttPublisher.OFFLINE::equals);
            user.mutate("deleteCategory", "deletedId", JsonObject.of("id", dairy));

            node(inventory(user));

            watch.await(STATUS, MqttPublisher.ONLINE::equals);
            watch.await(stateOfGone, String::isEmpty);
            watch.await("homeassistant/device/expiry_" + id(gone) + "/config", String::isEmpty);
            assertThat(watch.all(discovery()))
                    .anyMatch(payload -> JsonObject.of("platform", "sensor")
                            .equals(sensors(new JsonObject(payload)).getJsonObject(dairy + "_expired")));
            watch.await(discovery(), payload -> !payload.contains(dairy));
            TestBroker.Watch later = watch();
            later.await(discovery(), payload -> true);
            assertThat(later.last(stateOfGone)).isNull();
        }

        @Test
        void is_an_inventory_that_there_is_no_more_while_others_go_on() throws IOException, InterruptedException {
            InventoryId none = new InventoryId(UUID.randomUUID());
            node(none, inventory(user));
            TestBroker.Watch watch = watch();

            watch.await(state(), payload -> true);

            awaitLogged("EXPIRY_MQTT_INVENTORIES names " + Topics.id(none) + ", and there is no such inventory");
        }
    }

    @Nested
    class Broken {

        @Test
        void is_a_connection_whose_end_the_broker_tells_and_another_node_takes_over() throws IOException {
            DatabaseProxy line = new DatabaseProxy("127.0.0.1", broker.port());
            open.add(line);
            Node first = new Node("mqtt://127.0.0.1:" + line.port(), clock, inventory(user));
            TestBroker.Watch watch = watch();
            watch.await(STATUS, MqttPublisher.ONLINE::equals);
            assertThat(first.isConnected()).isTrue();
            line.refuse();
            watch.await(STATUS, MqttPublisher.OFFLINE::equals);
            first.stop();
            assertThat(first.isConnected()).isFalse();

            Node second = node(inventory(user));

            watch.await(STATUS, MqttPublisher.ONLINE::equals);
            assertThat(second.isConnected()).isTrue();
            hold("Milk", "", 1);
            watch.await(state(), payload -> has(payload, "expiring_soon", 1));
        }

        @Test
        void is_a_node_whose_job_another_goes_on_with_as_if_nothing_had_failed() throws IOException {
            // What a node leaves behind that was killed.
            STOCK.run(
                    "INSERT INTO jobs (tenant_id, kind, object_id, due_at, claim_id, tries)"
                            + " VALUES (?, ?, ?, now(), ?, 7)",
                    new UUID(0, 0),
                    MqttPublisher.KIND,
                    new UUID(0, 0),
                    UUID.randomUUID());
            Node node = node(inventory(user));

            watch().await(STATUS, MqttPublisher.ONLINE::equals);
            node.stop();

            assertThat(STOCK.column(
                            "SELECT tries || coalesce(error, ' none') FROM jobs WHERE kind = ?", MqttPublisher.KIND))
                    .containsExactly("0 none");
        }

        @Test
        void is_a_broker_that_forgets_everything_and_has_it_again() throws IOException, InterruptedException {
            hold("Milk", "", 1);
            node(inventory(user));
            watch().await(STATUS, MqttPublisher.ONLINE::equals);

            broker.restart();

            TestBroker.Watch watch = watch();
            watch.await(STATUS, MqttPublisher.ONLINE::equals);
            watch.await(state(), payload -> has(payload, "expiring_soon", 1));
            watch.await(discovery(), payload -> true);
        }

        @Test
        void is_what_a_stop_says_at_once_so_that_another_node_goes_on() throws IOException {
            Node first = node(inventory(user));
            TestBroker.Watch watch = watch();
            watch.await(STATUS, MqttPublisher.ONLINE::equals);
            Node second = node(inventory(user));

            first.stop();

            watch.await(
                    STATUS,
                    payload ->
                            watch.all(STATUS).contains(MqttPublisher.OFFLINE) && payload.equals(MqttPublisher.ONLINE));
            assertThat(second.isConnected()).isTrue();
        }
    }

    @Nested
    class Secured {

        private String secured(String scheme, String login, String more) {
            return scheme + "://" + login + "@localhost:" + broker.port() + more;
        }

        private void restartWith(List<String> settings, List<String> login) throws IOException, InterruptedException {
            broker = new TestBroker(folder, settings, login);
            open.add(broker);
        }

        private void run(String... command) throws IOException, InterruptedException {
            assertThat(new ProcessBuilder(command)
                            .directory(folder.toFile())
                            .redirectErrorStream(true)
                            .redirectOutput(folder.resolve("command.log").toFile())
                            .start()
                            .waitFor())
                    .as(() -> String.join(" ", command))
                    .isZero();
        }

        @Test
        void is_a_broker_that_asks_for_a_login_and_of_which_a_wrong_one_is_told_once()
                throws IOException, InterruptedException {
            String password = Secrets.remember("p@ss/" + UUID.randomUUID());
            run("mosquitto_passwd", "-b", "-c", "passwords", "expiry", password);
            restartWith(
                    List.of("allow_anonymous false", "password_file " + folder.resolve("passwords")),
                    List.of("-u", "expiry", "-P", password));
            String wrong = secured("mqtt", "expiry:wrong", "");
            String told = "Nothing is published at mqtt://***@localhost:" + broker.port()
                    + ": the broker does not take the user and password of EXPIRY_MQTT_URL";
            Node refused = new Node(wrong, clock, inventory(user));
            awaitLogged(told);
            assertThat(refused.isConnected()).isFalse();
            refused.stop();

            new Node(
                    secured("mqtt", "expiry:" + password.replace("@", "%40").replace("/", "%2F"), ""),
                    clock,
                    inventory(user));

            watch().await(STATUS, MqttPublisher.ONLINE::equals);
            assertThat(new String(CapturedLog.bytes(), UTF_8)).containsOnlyOnce(told);
        }

        /** A block of the page. */
        private static String block(String page, String language, String from) {
            int start = page.indexOf("```" + language + "\n" + from) + 4 + language.length();
            return page.substring(start, page.indexOf("```", start));
        }

        @Test
        void is_a_broker_that_grants_what_the_page_has_people_write_down_and_has_the_state_that_it_shows()
                throws IOException, InterruptedException {
            String page = Files.readString(Path.of("docs/home-assistant.md"));
            Properties settings = new Properties();
            settings.load(new StringReader(block(page, "sh", "EXPIRY_MQTT_URL=")));
            Path rights = folder.resolve("rights");
            Files.writeString(
                    rights, block(page, "text", "user expiry") + "\nuser reader\ntopic read #\ntopic write test/#\n");
            String password = Secrets.remember("reader-" + UUID.randomUUID());
            run("mosquitto_passwd", "-b", "-c", "passwords", "expiry", "password");
            run("mosquitto_passwd", "-b", "passwords", "reader", password);
            restartWith(
                    List.of(
                            "allow_anonymous false",
                            "password_file " + folder.resolve("passwords"),
                            "acl_file " + rights),
                    List.of("-u", "reader", "-P", password));
            String dairy = user.createCategory("Dairy");
            hold("Yoghurt", dairy, -1);
            hold("Cheese", dairy, 0);
            hold("Rice", "", 3);
            TestBroker.Watch watch = watch();

            new Node(
                    settings.getProperty("EXPIRY_MQTT_URL").replaceFirst("@.*", "@127.0.0.1:" + broker.port()),
                    clock,
                    inventory(user));

            watch.await(STATUS, MqttPublisher.ONLINE::equals);
            assertThat(sensors(new JsonObject(
                            watch.await(discovery(), payload -> true).payload())))
                    .isNotEmpty();
            JsonObject shown = new JsonObject(block(page, "json", "{").replace("QwAAAAAAAAAAAAAAAAAAAAA", dairy));
            JsonObject state =
                    new JsonObject(watch.await(state(), payload -> true).payload());
            assertThat(state.fieldNames()).isEqualTo(shown.fieldNames());
            assertThat(state.getJsonObject("categories").getJsonObject(dairy).fieldNames())
                    .isEqualTo(shown.getJsonObject("categories")
                            .getJsonObject(dairy)
                            .fieldNames());
        }

        @Test
        void is_a_connection_to_a_broker_whose_certificate_is_of_an_own_authority()
                throws IOException, InterruptedException {
            run(
                    "openssl",
                    "req",
                    "-x509",
                    "-newkey",
                    "ec",
                    "-pkeyopt",
                    "ec_paramgen_curve:prime256v1",
                    "-nodes",
                    "-keyout",
                    "key.pem",
                    "-out",
                    "ca.pem",
                    "-days",
                    "2",
                    "-subj",
                    "/CN=localhost",
                    "-addext",
                    "subjectAltName=DNS:localhost");
            Path certificate = folder.resolve("ca.pem");
            restartWith(
                    List.of("allow_anonymous true", "certfile " + certificate, "keyfile " + folder.resolve("key.pem")),
                    List.of("--cafile", certificate.toString(), "--insecure"));
            Node doubting = new Node(secured("mqtts", "a:b", ""), clock, inventory(user));
            String told = "Nothing is published at mqtts://***@localhost:" + broker.port();
            awaitLogged(told);
            doubting.stop();

            new Node(secured("mqtts", "a:b", "?ca=" + certificate), clock, inventory(user));

            watch().await(STATUS, MqttPublisher.ONLINE::equals);
            assertThat(new String(CapturedLog.bytes(), UTF_8))
                    .containsPattern(Pattern.quote(told) + ": [^\n]*certificat");
        }
    }

    @Nested
    class Served {

        @Test
        void is_it_by_a_node_that_its_environment_tells_so() throws IOException {
            TestBroker.Watch watch = watch();
            try (TestApi node = TestApi.start(
                    TestDatabase.migrated(),
                    Map.of(
                            "EXPIRY_MQTT_URL",
                            "mqtt://127.0.0.1:" + broker.port(),
                            "EXPIRY_MQTT_INVENTORIES",
                            id(user),
                            "EXPIRY_MQTT_PREFIX",
                            "pantry",
                            "EXPIRY_TURN_INTERVAL_SECONDS",
                            "1"))) {
                watch.await("pantry/status", MqttPublisher.ONLINE::equals);
                assertThat(node.get("/metrics").body()).contains("expiry_mqtt_connected 1.0");
                user.on(node).createItem(JsonObject.of("name", "Milk", "expiryDate", "2020-01-01"));
                watch.await("pantry/" + id(user) + "/state", payload -> has(payload, "expired", 1));
            }

            watch.await("pantry/status", MqttPublisher.OFFLINE::equals);
        }
    }
}
