package org.expirytracker.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.time.Duration;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.UUID;
import javax.crypto.SecretKey;
import org.expirytracker.backups.Encryption;
import org.expirytracker.db.DatabaseUrl;
import org.expirytracker.http.TrustedProxies;
import org.expirytracker.inventories.Membership;
import org.expirytracker.kernel.InventoryId;
import org.expirytracker.kernel.NodeId;
import org.expirytracker.login.Registration;
import org.expirytracker.mail.SmtpUrl;
import org.expirytracker.maintenance.BackupSettings;
import org.expirytracker.mqtt.MqttUrl;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ConfigTest {

    private static final String KEY = Base64.getEncoder().encodeToString(new byte[32]);
    private static final String OTHER_KEY = "_".repeat(42) + "8";
    private static final String DATABASE = "postgresql://expiry:hunter2@db.example.org:5432/expiry";

    @Nested
    class From {

        @Test
        void an_empty_environment_is_a_laptop_with_a_database_of_its_own() {
            Config config = Config.from(Map.of());

            assertThat(config.databaseUrl()).isEmpty();
            assertThat(config.jwtKey()).isEmpty();
            assertThat(config.secretKeys()).isEmpty();
            assertThat(config.data()).isEqualTo(Path.of("data"));
            assertThat(config.host()).isEqualTo("127.0.0.1");
            assertThat(config.port()).isEqualTo(8080);
            assertThat(config.instances())
                    .isEqualTo(Math.min(Runtime.getRuntime().availableProcessors(), 20));
            assertThat(config.databaseConnections()).isEqualTo(20);
            assertThat(config.allowedOrigins()).isEmpty();
            assertThat(config.trustedProxies()).isEqualTo(TrustedProxies.NONE);
            assertThat(config.rateCapacity()).isEqualTo(20_000);
            assertThat(config.rateRestore()).isEqualTo(1_000);
            assertThat(config.logFormat()).isEqualTo(Config.LogFormat.TEXT);
            assertThat(config.logLevel()).isEqualTo(Config.LogLevel.INFO);
            assertThat(config.requestTimeout()).isEqualTo(Duration.ofSeconds(10));
            assertThat(config.drain()).isEqualTo(Duration.ZERO);
            assertThat(config.shutdownTimeout()).isEqualTo(Duration.ofSeconds(30));
            assertThat(config.turnInterval()).isEqualTo(Duration.ofSeconds(5));
            assertThat(config.smtpUrl()).isEmpty();
            assertThat(config.mailFrom()).isEmpty();
            assertThat(config.publicUrl()).isEmpty();
            assertThat(config.registration()).isEqualTo(Registration.OPEN);
        }

        @Test
        void reads_every_variable() {
            Config config = Config.from(Map.ofEntries(
                    Map.entry("DATABASE_URL", DATABASE),
                    Map.entry("EXPIRY_DATA", "/srv/expiry"),
                    Map.entry("EXPIRY_HOST", "::1"),
                    Map.entry("EXPIRY_PORT", "0"),
                    Map.entry("EXPIRY_INSTANCES", "3"),
                    Map.entry("EXPIRY_DATABASE_CONNECTIONS", "4"),
                    Map.entry("EXPIRY_JWT_KEY", KEY),
                    Map.entry("EXPIRY_SECRET_KEYS", KEY + ", " + OTHER_KEY),
                    Map.entry("EXPIRY_ALLOWED_ORIGINS", "https://App.example.org:443, http://localhost:3000,"),
                    Map.entry("EXPIRY_TRUSTED_PROXIES", "10.0.0.0/8, ::1"),
                    Map.entry("EXPIRY_RATE_CAPACITY", "30000"),
                    Map.entry("EXPIRY_RATE_RESTORE", "10"),
                    Map.entry("EXPIRY_LOG_FORMAT", "json"),
                    Map.entry("EXPIRY_LOG_LEVEL", "Debug"),
                    Map.entry("EXPIRY_REQUEST_TIMEOUT_SECONDS", "7"),
                    Map.entry("EXPIRY_START_SECONDS", "0"),
                    Map.entry("EXPIRY_DRAIN_SECONDS", "4"),
                    Map.entry("EXPIRY_SHUTDOWN_SECONDS", "8"),
                    Map.entry("EXPIRY_TURN_INTERVAL_SECONDS", "9"),
                    Map.entry("EXPIRY_SMTP_URL", "smtps://mx.example.org"),
                    Map.entry("EXPIRY_MAIL_FROM", "Expiry Tracker <no-reply@example.org>"),
                    Map.entry("EXPIRY_PUBLIC_URL", "https://example.org/expiry/"),
                    Map.entry("EXPIRY_REGISTRATION", "closed"),
                    Map.entry("EXPIRY_JAVA_HOME", "/opt/jdk"),
                    Map.entry("EXPIRY_JAVA_OPTS", "-Xmx512m")));

            assertThat(config.databaseUrl()).contains(DatabaseUrl.parse(DATABASE));
            assertThat(config.data()).isEqualTo(Path.of("/srv/expiry"));
            assertThat(config.host()).isEqualTo("::1");
            assertThat(config.port()).isZero();
            assertThat(config.instances()).isEqualTo(3);
            assertThat(config.databaseConnections()).isEqualTo(4);
            assertThat(config.jwtKey().map(SecretKey::getEncoded)).contains(new byte[32]);
            assertThat(config.secretKeys().orElseThrow())
                    .extracting(SecretKey::getEncoded)
                    .containsExactly(new byte[32], Base64.getUrlDecoder().decode(OTHER_KEY));
            assertThat(config.allowedOrigins()).containsExactly("https://app.example.org", "http://localhost:3000");
            assertThat(config.trustedProxies()).hasToString("[10.0.0.0/8, ::1]");
            assertThat(config.rateCapacity()).isEqualTo(30_000);
            assertThat(config.rateRestore()).isEqualTo(10);
            assertThat(config.logFormat()).isEqualTo(Config.LogFormat.JSON);
            assertThat(config.logLevel()).isEqualTo(Config.LogLevel.DEBUG);
            assertThat(config.requestTimeout()).isEqualTo(Duration.ofSeconds(7));
            assertThat(config.drain()).isEqualTo(Duration.ofSeconds(4));
            assertThat(config.shutdownTimeout()).isEqualTo(Duration.ofSeconds(8));
            assertThat(config.turnInterval()).isEqualTo(Duration.ofSeconds(9));
            assertThat(config.smtpUrl()).contains(SmtpUrl.parse("smtps://mx.example.org"));
            assertThat(config.mailFrom()).contains("Expiry Tracker <no-reply@example.org>");
            assertThat(config.publicUrl()).contains("https://example.org/expiry");
            assertThat(config.registration()).isEqualTo(Registration.CLOSED);
        }

        @Test
        void with_a_mail_server_addresses_are_verified_before_an_account_opens() {
            assertThat(Config.from(Map.of("EXPIRY_SMTP_URL", "smtp://mx.org", "EXPIRY_MAIL_FROM", "a@b.org"))
                            .registration())
                    .isEqualTo(Registration.VERIFIED);
        }

        @Test
        void a_mail_server_requires_a_sender_and_links_that_lead_somewhere() {
            assertThatThrownBy(() -> Config.from(Map.of(
                            "DATABASE_URL", DATABASE, "EXPIRY_JWT_KEY", KEY, "EXPIRY_SMTP_URL", "smtp://mx.org")))
                    .isInstanceOf(Config.Invalid.class)
                    .message()
                    .contains(
                            "EXPIRY_MAIL_FROM is required with EXPIRY_SMTP_URL",
                            "EXPIRY_PUBLIC_URL is required with EXPIRY_SMTP_URL and DATABASE_URL");
        }

        @Test
        void a_broker_is_told_of_the_inventories_that_are_named() {
            InventoryId inventory = new InventoryId(new UUID(1, 2));
            String id = new NodeId(Membership.TYPE, inventory.value()).encoded();

            Config config = Config.from(Map.of(
                    "EXPIRY_MQTT_URL",
                    "mqtts://expiry:hunter2@broker.example.org",
                    "EXPIRY_MQTT_INVENTORIES",
                    id + ","));

            assertThat(config.mqttUrl()).contains(MqttUrl.parse("mqtts://expiry:hunter2@broker.example.org"));
            assertThat(config.mqttInventories()).containsExactly(inventory);
            assertThat(config.mqttPrefix()).isEqualTo("expiry");
            assertThat(config.toString())
                    .contains("mqtts://***@broker.example.org:8883")
                    .doesNotContain("hunter2");
            assertThat(Config.from(Map.of("EXPIRY_MQTT_URL", "mqtt://b", "EXPIRY_MQTT_INVENTORIES", "none"))
                            .mqttInventories())
                    .isEmpty();
            assertThat(Config.from(Map.of()).mqttUrl()).isEmpty();
        }

        @Test
        void what_a_broker_is_told_is_said_with_it_and_as_it_must_be() {
            assertThatThrownBy(() -> Config.from(Map.of("EXPIRY_MQTT_URL", "mqtt://b")))
                    .hasMessageContaining("EXPIRY_MQTT_INVENTORIES is required with EXPIRY_MQTT_URL");
            assertThatThrownBy(() -> Config.from(Map.of("EXPIRY_MQTT_INVENTORIES", "none")))
                    .hasMessageContaining("EXPIRY_MQTT_INVENTORIES goes with EXPIRY_MQTT_URL, which is not set");
            assertThatThrownBy(() -> Config.from(Map.of(
                            "EXPIRY_MQTT_URL",
                            "mqtt://a:hunter2@b?ca=x",
                            "EXPIRY_MQTT_INVENTORIES",
                            "pantry",
                            "EXPIRY_MQTT_PREFIX",
                            "home/#")))
                    .message()
                    .contains(
                            "EXPIRY_MQTT_URL must be",
                            "only ca=FILE is known, with mqtts://",
                            "{ inventories { id } }",
                            "not \"pantry\"",
                            "EXPIRY_MQTT_PREFIX must be 1 to 32 letters, digits, - or _, not \"home/#\"")
                    .doesNotContain("hunter2");
        }

        @Test
        void verifying_by_mail_requires_a_mail_server() {
            assertThatThrownBy(() -> Config.from(
                            Map.of("DATABASE_URL", DATABASE, "EXPIRY_JWT_KEY", KEY, "EXPIRY_REGISTRATION", "verified")))
                    .isInstanceOf(Config.Invalid.class)
                    .hasMessageContaining("EXPIRY_SMTP_URL is required with EXPIRY_REGISTRATION=verified");
        }

        @Test
        void with_a_database_url_it_is_there_to_be_reached() {
            assertThat(Config.from(Map.of("DATABASE_URL", DATABASE, "EXPIRY_JWT_KEY", KEY, "EXPIRY_SECRET_KEYS", KEY))
                            .host())
                    .isEqualTo("0.0.0.0");
        }

        @Test
        void a_blank_variable_counts_as_absent() {
            assertThat(Config.from(Map.of(
                            "EXPIRY_PORT", " ", "DATABASE_URL", "", "EXPIRY_JWT_KEY", "", "EXPIRY_SECRET_KEYS", "")))
                    .isEqualTo(Config.from(Map.of()));
        }

        @Test
        void what_kubernetes_tells_of_services_of_that_name_is_no_setting() {
            Map<String, String> links = Map.ofEntries(
                    Map.entry("EXPIRY_SERVICE_HOST", "10.96.0.17"),
                    Map.entry("EXPIRY_SERVICE_PORT", "80"),
                    Map.entry("EXPIRY_SERVICE_PORT_HTTP", "80"),
                    Map.entry("EXPIRY_PORT", "tcp://10.96.0.17:80"),
                    Map.entry("EXPIRY_PORT_80_TCP", "tcp://10.96.0.17:80"),
                    Map.entry("EXPIRY_PORT_80_TCP_PROTO", "tcp"),
                    Map.entry("EXPIRY_PORT_80_TCP_PORT", "80"),
                    Map.entry("EXPIRY_PORT_80_TCP_ADDR", "10.96.0.17"),
                    Map.entry("EXPIRY_TRACKER_SERVICE_HOST", "fd00::17"),
                    Map.entry("EXPIRY_TRACKER_PORT", "tcp://[fd00::17]:8080"),
                    Map.entry("EXPIRY_DATA_PORT_5432_UDP_ADDR", "fd00::17"));

            assertThat(Config.from(links)).isEqualTo(Config.from(Map.of()));
            assertThat(Config.serviceLinks(links)).containsExactlyElementsOf(new TreeSet<>(links.keySet()));
            assertThat(Config.serviceLinks(Map.of("EXPIRY_PORT", "9000", "PATH", "/bin", "EXPIRY_HOST", "::1")))
                    .isEmpty();
        }

        @ParameterizedTest
        @CsvSource({
            "EXPIRY_SERVICE_HOST, db.example.org",
            "EXPIRY_SERVICE_PORT, http",
            "EXPIRY_PORTS, tcp://10.96.0.17:80",
            "EXPIRY_PORT_80_TCP_PROTO, 80",
            "EXPIRY_SERVICES_HOST, 10.96.0.17"
        })
        void a_typing_error_is_none_of_those(String name, String value) {
            assertThatThrownBy(() -> Config.from(Map.of(name, value)))
                    .hasMessageStartingWith(name + " is not a variable of this program");
        }

        @Test
        void says_what_is_wrong_with_a_database_url() {
            assertThatThrownBy(() -> Config.forMaintenance(
                            Map.of("DATABASE_URL", "postgresql://anna:hunter2@h/d?sslmode=require&pool_timeout=3")))
                    .hasMessageStartingWith("DATABASE_URL must be postgresql://")
                    .hasMessageContaining("the parameter pool_timeout is not supported; leave it out")
                    .message()
                    .doesNotContain("hunter2")
                    .hasLineCount(1);
        }

        @ParameterizedTest
        @CsvSource(delimiter = '|', textBlock = """
                EXPIRY_START_SECONDS           | 3601           | EXPIRY_START_SECONDS must be a whole number from 0 to 3600
                EXPIRY_PORT                    | 65536          | EXPIRY_PORT must be a whole number from 0 to 65535, not "65536"
                EXPIRY_PORT                    | http           | EXPIRY_PORT must be a whole number from 0 to 65535, not "http"
                EXPIRY_PORT                    | -1             | EXPIRY_PORT must be a whole number
                EXPIRY_PORT                    | 99999999999    | EXPIRY_PORT must be a whole number
                EXPIRY_HOST                    | not a host     | EXPIRY_HOST must be an address or host name
                EXPIRY_INSTANCES               | 0              | EXPIRY_INSTANCES must be a whole number from 1 to 256
                EXPIRY_INSTANCES               | 21             | EXPIRY_INSTANCES (21) must not exceed EXPIRY_DATABASE_CONNECTIONS (20)
                EXPIRY_DATABASE_CONNECTIONS    | 3              | EXPIRY_DATABASE_CONNECTIONS must be a whole number from 4 to 500
                EXPIRY_DATABASE_CONNECTIONS    | 501            | EXPIRY_DATABASE_CONNECTIONS must be a whole number from 4 to 500
                EXPIRY_TRUSTED_PROXIES         | proxy.a.org    | EXPIRY_TRUSTED_PROXIES must be addresses and ranges
                EXPIRY_RATE_CAPACITY           | 19999          | EXPIRY_RATE_CAPACITY must be a whole number from 20000 to
                EXPIRY_RATE_RESTORE            | 0              | EXPIRY_RATE_RESTORE must be a whole number from 1 to
                EXPIRY_ALLOWED_ORIGINS         | *              | EXPIRY_ALLOWED_ORIGINS must be origins like https://app.example.org
                EXPIRY_ALLOWED_ORIGINS         | ftp://a.org    | EXPIRY_ALLOWED_ORIGINS must be origins
                EXPIRY_ALLOWED_ORIGINS         | https://a.org/ | EXPIRY_ALLOWED_ORIGINS must be origins
                EXPIRY_ALLOWED_ORIGINS         | https://u@a.io | EXPIRY_ALLOWED_ORIGINS must be origins
                EXPIRY_LOG_FORMAT              | xml            | EXPIRY_LOG_FORMAT must be one of text, json, not "xml"
                EXPIRY_LOG_LEVEL               | loud           | EXPIRY_LOG_LEVEL must be one of error, warn, info, debug, trace
                EXPIRY_REQUEST_TIMEOUT_SECONDS | 0              | EXPIRY_REQUEST_TIMEOUT_SECONDS must be a whole number from 1 to 300
                EXPIRY_DRAIN_SECONDS           | -1             | EXPIRY_DRAIN_SECONDS must be a whole number from 0 to 300
                EXPIRY_SHUTDOWN_SECONDS        | 301            | EXPIRY_SHUTDOWN_SECONDS must be a whole number from 1 to 300
                EXPIRY_TURN_INTERVAL_SECONDS   | 5s             | EXPIRY_TURN_INTERVAL_SECONDS must be a whole number from 1 to 3600
                EXPIRY_SMTP_URL                | mx.example.org | EXPIRY_SMTP_URL must be smtp://user:password@host:587
                EXPIRY_MAIL_FROM               | nobody         | EXPIRY_MAIL_FROM must be an address, or Name <address>, not "nobody"
                EXPIRY_MAIL_FROM               | a@b.c, d@e.f   | EXPIRY_MAIL_FROM must be an address
                EXPIRY_PUBLIC_URL              | example.org    | EXPIRY_PUBLIC_URL must be a URL like https://expiry.example.org
                EXPIRY_PUBLIC_URL              | https://a.b/#c | EXPIRY_PUBLIC_URL must be a URL
                EXPIRY_BACKUP_TO               | /backups       | EXPIRY_BACKUP_TO goes with EXPIRY_BACKUP_CRON, which is not set
                EXPIRY_REGISTRATION            | sometimes      | EXPIRY_REGISTRATION must be one of open, verified, closed, not "sometimes"
                EXPIRY_PROT                    | 8080           | EXPIRY_PROT is not a variable of this program; known are DATABASE_URL, DATABASE_DIRECT_URL, DATABASE_REPLICA_URL
                """)
        void refuses_a_wrong_variable_by_name(String name, String value, String problem) {
            assertThatThrownBy(() -> Config.from(Map.of(name, value)))
                    .isInstanceOf(Config.Invalid.class)
                    .message()
                    .startsWith(problem)
                    .hasLineCount(1);
        }

        @Test
        void a_pooler_may_be_all_that_a_node_reaches() {
            Map<String, String> environment = new HashMap<>(Map.of(
                    "DATABASE_URL",
                    "postgresql://a:b@pooler:6432/c",
                    "DATABASE_DIRECT_URL",
                    "none",
                    "EXPIRY_JWT_KEY",
                    Base64.getEncoder().encodeToString(new byte[48]),
                    "EXPIRY_SECRET_KEYS",
                    Base64.getEncoder().encodeToString(new byte[32])));

            Config config = Config.from(environment);

            assertThat(config.poolerAlone()).isTrue();
            assertThat(config.pooled()).isTrue();
            assertThat(config.databaseDirectUrl()).isEmpty();
            assertThat(config.toString()).contains("databaseDirectUrl=none");
            environment.putAll(Map.of("EXPIRY_BACKUP_CRON", "30 2 * * *", "EXPIRY_BACKUP_TO", "/backups"));
            assertThatThrownBy(() -> Config.from(environment))
                    .hasMessageContaining("EXPIRY_BACKUP_CRON needs PostgreSQL itself");
        }

        @Test
        void backups_are_made_when_and_where_it_says() {
            Map<String, String> environment =
                    new HashMap<>(Map.of("EXPIRY_BACKUP_CRON", "30 2 * * *", "EXPIRY_BACKUP_TO", "/backups"));

            assertThat(Config.from(environment).backups())
                    .map(BackupSettings::toString)
                    .contains("[30 2 * * * to /backups, keep=14, recipients=0, RESTORE]");
            environment.putAll(Map.of(
                    "EXPIRY_BACKUP_KEEP",
                    "30d",
                    "EXPIRY_BACKUP_RECIPIENTS",
                    Encryption.newKey().recipient() + ", " + Encryption.newKey().recipient(),
                    "EXPIRY_BACKUP_VERIFY",
                    "read"));
            assertThat(Config.from(environment).backups())
                    .map(BackupSettings::toString)
                    .contains("[30 2 * * * to /backups, keep=30d, recipients=2, READ]");
            assertThat(Config.from(Map.of()).backups()).isEmpty();
        }

        @Test
        void backups_go_to_a_bucket_when_they_are_encrypted_or_it_is_said_that_they_are_not() {
            Map<String, String> environment = new HashMap<>(Map.of(
                    "EXPIRY_BACKUP_CRON",
                    "30 2 * * *",
                    "EXPIRY_BACKUP_TO",
                    "s3://backups/expiry?endpoint=https://s3.example.org",
                    "AWS_ACCESS_KEY_ID",
                    "AKIAEXAMPLE",
                    "AWS_SECRET_ACCESS_KEY",
                    "hush-hush"));

            assertThatThrownBy(() -> Config.from(environment))
                    .hasMessageContaining("EXPIRY_BACKUP_RECIPIENTS is required with a bucket")
                    .hasMessageContaining("expiry db backup-key")
                    .hasMessageContaining("encryption=none");
            environment.put("EXPIRY_BACKUP_RECIPIENTS", Encryption.newKey().recipient());
            assertThat(Config.from(environment).toString())
                    .contains("[30 2 * * * to s3://backups/expiry, keep=14, recipients=1, RESTORE]")
                    .doesNotContain("hush");
            environment.remove("EXPIRY_BACKUP_RECIPIENTS");
            environment.put("EXPIRY_BACKUP_TO", "s3://backups?encryption=none");
            assertThat(Config.from(environment).backups()).isPresent();
            environment.remove("AWS_SECRET_ACCESS_KEY");
            assertThatThrownBy(() -> Config.from(environment))
                    .hasMessageContaining("AWS_SECRET_ACCESS_KEY is required with AWS_ACCESS_KEY_ID");
            environment.put("EXPIRY_BACKUP_TO", "s3://x?region=eu");
            assertThatThrownBy(() -> Config.from(environment))
                    .hasMessageContaining("what it is cannot be used: \"x\" is no name of a bucket");
        }

        @Test
        void backups_are_refused_without_a_place_and_when_they_are_said_wrongly() {
            assertThatThrownBy(() -> Config.from(Map.of(
                            "EXPIRY_BACKUP_CRON",
                            "daily",
                            "EXPIRY_BACKUP_KEEP",
                            "0",
                            "EXPIRY_BACKUP_RECIPIENTS",
                            Encryption.newKey().identity())))
                    .isInstanceOf(Config.Invalid.class)
                    .message()
                    .contains(
                            "EXPIRY_BACKUP_TO is required with EXPIRY_BACKUP_CRON",
                            "EXPIRY_BACKUP_CRON must be a cron expression of five fields",
                            "EXPIRY_BACKUP_KEEP must be a number of backups",
                            "EXPIRY_BACKUP_RECIPIENTS must be recipients of age")
                    .doesNotContain("AGE-SECRET-KEY");
        }

        @Test
        void names_every_problem_at_once_and_repeats_no_secret() {
            Map<String, String> environment = new HashMap<>();
            environment.put("DATABASE_URL", "mysql://root:hunter2@db/expiry");
            environment.put("EXPIRY_JWT_KEY", "c2hvcnQ=");
            environment.put("EXPIRY_SECRET_KEYS", KEY + ",c2hvcnQ=");
            environment.put("EXPIRY_PORT", "x");
            environment.put("EXPIRY_UNKNOWN", "y");
            environment.put("PATH", "/usr/bin");

            assertThatThrownBy(() -> Config.from(environment))
                    .isInstanceOf(Config.Invalid.class)
                    .message()
                    .doesNotContain("hunter2", "c2hvcnQ", KEY, "PATH")
                    .satisfies(message -> assertThat(message.lines().map(line -> line.substring(0, line.indexOf(" "))))
                            .containsExactlyInAnyOrder(
                                    "DATABASE_URL",
                                    "EXPIRY_JWT_KEY",
                                    "EXPIRY_SECRET_KEYS",
                                    "EXPIRY_PORT",
                                    "EXPIRY_UNKNOWN"));
        }

        @Test
        void a_database_url_requires_keys() {
            assertThatThrownBy(() -> Config.from(Map.of("DATABASE_URL", DATABASE)))
                    .isInstanceOf(Config.Invalid.class)
                    .message()
                    .contains(
                            "EXPIRY_JWT_KEY is required with DATABASE_URL",
                            "EXPIRY_SECRET_KEYS is required with DATABASE_URL");
        }

        @ParameterizedTest
        @ValueSource(ints = {0, 1, 16, 24, 31})
        void a_key_of_less_than_256_bits_is_refused_with_the_way_to_make_one(int bytes) {
            String shorter = Base64.getEncoder().encodeToString(new byte[bytes]) + (bytes == 0 ? "=" : "");

            assertThatThrownBy(() -> Config.from(Map.of("EXPIRY_JWT_KEY", shorter)))
                    .isInstanceOf(Config.Invalid.class)
                    .hasMessage(
                            "EXPIRY_JWT_KEY must be base64 of at least 256 bits, as openssl rand -base64 48 makes it");
            for (String keys : List.of(shorter, KEY + "," + shorter)) {
                assertThatThrownBy(() -> Config.from(Map.of("EXPIRY_SECRET_KEYS", keys)))
                        .isInstanceOf(Config.Invalid.class)
                        .hasMessage("EXPIRY_SECRET_KEYS must be one or more keys separated by commas, each base64 of"
                                + " exactly 256 bits, as openssl rand -base64 32 makes it");
            }
        }

        @ParameterizedTest
        @ValueSource(strings = {",", "key", "AAAA AAAA"})
        void what_is_no_key_is_no_secret_key(String text) {
            assertThatThrownBy(() -> Config.from(Map.of("EXPIRY_SECRET_KEYS", text)))
                    .isInstanceOf(Config.Invalid.class)
                    .hasMessageStartingWith("EXPIRY_SECRET_KEYS must be");
        }

        @Test
        void a_secret_key_of_more_than_256_bits_is_refused() {
            String longer = Base64.getEncoder().encodeToString(new byte[33]);

            assertThatThrownBy(() -> Config.from(Map.of("EXPIRY_SECRET_KEYS", longer)))
                    .isInstanceOf(Config.Invalid.class)
                    .hasMessageContaining("exactly 256 bits");
        }
    }

    @Nested
    class ToString {

        @Test
        void shows_no_secret() {
            Config config =
                    Config.from(Map.of("DATABASE_URL", DATABASE, "EXPIRY_JWT_KEY", KEY, "EXPIRY_SECRET_KEYS", KEY));

            assertThat(config.toString()).contains("port=8080").doesNotContain("hunter2", KEY);
        }
    }

    @Nested
    class Help {

        @Test
        void documents_every_variable_with_its_values_and_default() {
            List<String> lines = Config.help().lines().toList();

            List<String> names =
                    lines.stream().filter(line -> line.matches(" {2}\\S+")).toList();
            assertThat(names).hasSizeGreaterThan(20);
            assertThat(lines).filteredOn(line -> line.contains("Allowed: ")).hasSameSizeAs(names);
            assertThat(lines).filteredOn(line -> line.contains("Default: ")).hasSameSizeAs(names);
            assertThat(lines).allSatisfy(line -> assertThat(line).hasSizeLessThanOrEqualTo(100));
        }
    }
}
