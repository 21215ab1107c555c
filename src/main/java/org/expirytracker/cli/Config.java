package org.expirytracker.cli;

import java.net.URI;
import java.net.URISyntaxException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import javax.crypto.SecretKey;
import javax.crypto.spec.SecretKeySpec;
import org.expirytracker.backups.Encryption;
import org.expirytracker.credentials.SecretKeys;
import org.expirytracker.db.DatabaseUrl;
import org.expirytracker.http.TrustedProxies;
import org.expirytracker.inventories.Membership;
import org.expirytracker.kernel.AddressRange;
import org.expirytracker.kernel.InventoryId;
import org.expirytracker.kernel.NodeId;
import org.expirytracker.limits.RateLimits;
import org.expirytracker.login.Registration;
import org.expirytracker.mail.MailAddress;
import org.expirytracker.mail.SmtpUrl;
import org.expirytracker.maintenance.BackupSettings;
import org.expirytracker.maintenance.BackupStore;
import org.expirytracker.maintenance.DirectoryStore;
import org.expirytracker.maintenance.Retention;
import org.expirytracker.maintenance.S3Address;
import org.expirytracker.maintenance.S3Key;
import org.expirytracker.maintenance.S3Store;
import org.expirytracker.maintenance.Schedule;
import org.expirytracker.mqtt.MqttPublisher;
import org.expirytracker.mqtt.MqttUrl;
import org.expirytracker.outbound.OutboundTargets;

/**
 * How a node runs: the only reader of the environment. {@link #help} documents every variable from the same
 * declarations that {@link #from} reads with.
 *
 * @param databaseUrl the PostgreSQL to use; empty for the embedded one
 * @param databaseDirectUrl the same database without the pooler to which {@code databaseUrl} leads; empty when that is
 *     PostgreSQL itself, or a pooler and nothing else can be reached
 * @param poolerAlone whether {@code databaseUrl} leads to a pooler past which nothing can be reached
 * @param databaseReplicaUrl standbys of that database from which queries may read; empty for none
 * @param data directory of the embedded database and of the secrets made for it
 * @param host address to listen on
 * @param port port to listen on, 0 to 65535; 0 for any free one
 * @param instances event loops, 1 to 256, never more than {@code databaseConnections}
 * @param databaseConnections connections of this node to the database, 4 to 500
 * @param clientConnections most connections of clients to this node, 100 to 1,000,000
 * @param socketsPerUser most WebSockets and event streams of one user to this node, 1 to 1,000
 * @param jwtKey key that signs access tokens, at least 256 bits; present whenever {@code databaseUrl} is
 * @param secretKeys keys of 256 bits that encrypt secrets at rest, the current one first; present whenever
 *     {@code databaseUrl} is
 * @param allowedOrigins origins ({@code https://host[:port]}) whose pages may call, besides this server's own
 * @param trustedProxies whose word about a client's address is believed
 * @param rateCapacity what a user may spend at once, in points
 * @param rateRestore what of it comes back, in points a second
 * @param logFormat how log lines look
 * @param logLevel least level logged
 * @param requestTimeout after which a request is answered with an error, 1 to 300 seconds
 * @param startTimeout how long a start waits for a database that does not answer yet, 0 to 3,600 seconds
 * @param drain how long a stop shows that the node is not ready before it stops serving, 0 to 300 seconds
 * @param shutdownTimeout in which a stop finishes what is under way, 1 to 300 seconds
 * @param turnInterval between two looks for users whose day has turned, 1 to 3,600 seconds
 * @param smtpUrl the server that sends mail; empty when none is sent
 * @param mailFrom sender of that mail; present exactly when {@code smtpUrl} is
 * @param publicUrl where people find this server, without a slash at the end; present whenever {@code smtpUrl} and
 *     {@code databaseUrl} are
 * @param registration who may open an account
 * @param operations file of the only operations that may be asked for; empty when any may
 * @param webhookAllow where webhooks may lead besides public addresses
 * @param importMegabytes most megabytes of a file that is imported, 1 to 4,096
 * @param mqttUrl the broker that is told how inventories stand; empty when none is
 * @param mqttInventories those that it is told of; none without {@code mqttUrl}
 * @param mqttPrefix with which this installation's topics begin
 * @param backups how backups are made by themselves; empty when none are
 * @param telemetry the variables of OpenTelemetry by their names; empty when nothing is traced
 */
public record Config(
        Optional<DatabaseUrl> databaseUrl,
        Optional<DatabaseUrl> databaseDirectUrl,
        boolean poolerAlone,
        Optional<DatabaseUrl> databaseReplicaUrl,
        Path data,
        String host,
        int port,
        int instances,
        int databaseConnections,
        int clientConnections,
        int socketsPerUser,
        Optional<SecretKey> jwtKey,
        Optional<List<SecretKey>> secretKeys,
        List<String> allowedOrigins,
        TrustedProxies trustedProxies,
        int rateCapacity,
        int rateRestore,
        LogFormat logFormat,
        LogLevel logLevel,
        Duration requestTimeout,
        Duration startTimeout,
        Duration drain,
        Duration shutdownTimeout,
        Duration turnInterval,
        Optional<SmtpUrl> smtpUrl,
        Optional<String> mailFrom,
        Optional<String> publicUrl,
        Registration registration,
        Optional<Path> operations,
        OutboundTargets webhookAllow,
        int importMegabytes,
        Optional<MqttUrl> mqttUrl,
        List<InventoryId> mqttInventories,
        String mqttPrefix,
        Optional<BackupSettings> backups,
        Map<String, String> telemetry) {

    private static final int LEAST_KEY_BYTES = 32;
    private static final int HELP_WIDTH = 92;
    /** Two looks of the usual load balancer, and a little. */
    private static final int USUAL_DRAIN_SECONDS = 5;

    private static final Pattern SENDER_NAME = Pattern.compile("[^<>()@,\"\\\\\\p{Cntrl}]{0,100}");
    private static final Pattern HOST = Pattern.compile("[A-Za-z0-9.:_-]{1,253}");

    private static final Pattern TOPIC_PREFIX = Pattern.compile("[A-Za-z0-9_-]{1,32}");
    private static final Pattern WORD = Pattern.compile("[!-~]+");
    private static final String NO_INVENTORIES = "none";

    private static final String TELEMETRY = "OTEL_";
    private static final String OTLP_PROTOCOL = "OTEL_EXPORTER_OTLP_PROTOCOL";
    private static final String OTLP_INTERVAL = "OTEL_METRIC_EXPORT_INTERVAL";
    private static final String HTTP_PROTOBUF = "http/protobuf";

    private static final Pattern ADDRESS = Pattern.compile("[0-9]+(\\.[0-9]+){3}|[0-9A-Fa-f:]*:[0-9A-Fa-f:.]*");
    private static final Pattern NUMBER = Pattern.compile("[0-9]{1,5}");
    private static final Pattern PROTOCOL = Pattern.compile("tcp|udp|sctp");
    private static final Pattern LINK = Pattern.compile("(tcp|udp|sctp)://\\S+:[0-9]{1,5}");

    /** Names of variables to the form of what they say. */
    private static final Map<Pattern, Pattern> SERVICE_LINKS = Map.of(
            Pattern.compile("EXPIRY(_[A-Z0-9_]+)?_SERVICE_HOST"), ADDRESS,
            Pattern.compile("EXPIRY(_[A-Z0-9_]+)?_SERVICE_PORT(_[A-Z0-9_]+)?"), NUMBER,
            Pattern.compile("EXPIRY(_[A-Z0-9_]+)?_PORT(_[0-9]+_(TCP|UDP|SCTP))?"), LINK,
            Pattern.compile("EXPIRY(_[A-Z0-9_]+)?_PORT_[0-9]+_(TCP|UDP|SCTP)_PROTO"), PROTOCOL,
            Pattern.compile("EXPIRY(_[A-Z0-9_]+)?_PORT_[0-9]+_(TCP|UDP|SCTP)_PORT"), NUMBER,
            Pattern.compile("EXPIRY(_[A-Z0-9_]+)?_PORT_[0-9]+_(TCP|UDP|SCTP)_ADDR"), ADDRESS);

    private static final Variable<DatabaseUrl> DATABASE_URL = new Variable<>(
            "DATABASE_URL",
            "postgresql://user:password@host:port/database",
            "none: an embedded PostgreSQL",
            "PostgreSQL 15 or newer to use. Several servers, host:port,host:port, are a primary and its standbys: whichever takes"
                    + " changes is used. Without it the program runs one of its own in EXPIRY_DATA.",
            true,
            DatabaseUrl::parse);
    private static final Variable<Direct> DATABASE_DIRECT_URL = new Variable<>(
            "DATABASE_DIRECT_URL",
            "postgresql://user:password@host:port/database, or " + Direct.NONE,
            "DATABASE_URL, which is PostgreSQL itself then",
            "The same database without the pooler that DATABASE_URL leads to (PgBouncer with pool_mode = transaction, or one"
                    + " of a hosting provider): for migrations, commands, and what listens. With " + Direct.NONE
                    + " this node reaches the pooler alone: it asks twice a second what is new, and does not migrate.",
            true,
            Direct::parse);
    private static final Variable<DatabaseUrl> DATABASE_REPLICA_URL = new Variable<>(
            "DATABASE_REPLICA_URL",
            "postgresql://user:password@host:port/database",
            "none: everything is read from the primary",
            "Standbys of that database, host:port,host:port, from which queries read as soon as they have all that their"
                    + " inventory and their user have changed: docs/operations.md. Past any pooler.",
            true,
            DatabaseUrl::parse);
    private static final Variable<Path> DATA = new Variable<>(
            "EXPIRY_DATA",
            "a directory",
            "data",
            "Where the embedded database and its secrets are kept, relative to the program's directory when the"
                    + " script expiry starts it.",
            false,
            Path::of);
    private static final Variable<String> HOST_ADDRESS = new Variable<>(
            "EXPIRY_HOST",
            "an address or host name of this machine",
            "127.0.0.1; 0.0.0.0 with DATABASE_URL",
            "Address to listen on. A first try on a laptop is not offered to its network; a node with a database of"
                    + " its own is there to be reached.",
            false,
            Config::host);
    private static final Variable<Integer> PORT =
            number("EXPIRY_PORT", 0, 65_535, "8080", "Port to listen on; 0 takes any free one.");
    private static final Variable<Integer> INSTANCES = number(
            "EXPIRY_INSTANCES",
            1,
            256,
            "one per processor",
            "Event loops. Each has a connection of its own, so no more than EXPIRY_DATABASE_CONNECTIONS.");
    private static final Variable<Integer> DATABASE_CONNECTIONS = number(
            "EXPIRY_DATABASE_CONNECTIONS",
            4,
            500,
            "20",
            "Most connections of this node to the database. All nodes together must stay below its max_connections.");
    private static final Variable<Integer> CLIENT_CONNECTIONS = number(
            "EXPIRY_CLIENT_CONNECTIONS",
            100,
            1_000_000,
            "10000",
            "Most connections of clients to this node, but never more than three quarters of the files that the process"
                    + " may open. Those beyond are closed at once.");
    private static final Variable<Integer> SOCKETS_PER_USER = number(
            "EXPIRY_SOCKETS_PER_USER",
            1,
            1_000,
            "5",
            "Most WebSockets of one user to this node, with those of their API tokens. One more is closed with 1008.");
    private static final Variable<SecretKey> JWT_KEY = new Variable<>(
            "EXPIRY_JWT_KEY",
            "base64 of at least 256 bits, as openssl rand -base64 48 makes it",
            "required with DATABASE_URL; else made and kept in EXPIRY_DATA",
            "Signs access tokens; the same on every node.",
            true,
            Config::key);
    private static final Variable<List<SecretKey>> SECRET_KEYS = new Variable<>(
            "EXPIRY_SECRET_KEYS",
            "one or more keys separated by commas, each base64 of exactly 256 bits, as openssl rand -base64 32 makes it",
            "required with DATABASE_URL; else made and kept in EXPIRY_DATA",
            "Encrypts the secrets of two-factor authentication, webhooks and channels in the database; the same on every node. The first key"
                    + " encrypts, all of them decrypt. Without them those secrets are lost: keep them apart from the"
                    + " backups. expiry keys --help teaches how to exchange a key.",
            true,
            Config::secretKeys);
    private static final Variable<List<String>> ALLOWED_ORIGINS = new Variable<>(
            "EXPIRY_ALLOWED_ORIGINS",
            "origins like https://app.example.org, separated by commas",
            "",
            "Origins whose pages may call the API from a browser (CORS, WebSocket), besides this server's own.",
            false,
            Config::origins);
    private static final Variable<TrustedProxies> TRUSTED_PROXIES = new Variable<>(
            "EXPIRY_TRUSTED_PROXIES",
            "addresses and ranges like 10.0.0.7, 10.0.0.0/8, 2001:db8::/32, separated by commas",
            "",
            "Proxies before this server. What they say in X-Forwarded-For is the client's address, by which logins are"
                    + " limited and recorded; without them it is the peer of the connection.",
            false,
            Config::proxies);
    private static final Variable<OutboundTargets> WEBHOOK_ALLOW = new Variable<>(
            "EXPIRY_WEBHOOK_ALLOW",
            "hosts, addresses and ranges like hooks.example.lan, 10.0.0.7, 10.0.0.0/8, separated by commas",
            "",
            "Where webhooks and channels may lead besides public addresses by https://. By default they reach nothing in this server's"
                    + " own network, which could trust it.",
            false,
            Config::targets);
    private static final Variable<Integer> IMPORT_MEGABYTES = number(
            "EXPIRY_IMPORT_MEGABYTES",
            1,
            4_096,
            "512",
            "Most megabytes of a file that is imported. Files are kept in the database until their import has ended, at"
                    + " most five of an inventory; the same on every node.");
    private static final Variable<MqttUrl> MQTT_URL = new Variable<>(
            "EXPIRY_MQTT_URL",
            "mqtt://user:password@host:1883, or mqtts://user:password@host:8883?ca=FILE",
            "none: nothing is published",
            "MQTT broker at which Home Assistant finds sensors of inventories: docs/home-assistant.md. With mqtts:// its"
                    + " certificate must be one that Java trusts, or, with ca=, one of that file. The same on every node.",
            true,
            MqttUrl::parse);
    private static final Variable<List<InventoryId>> MQTT_INVENTORIES = new Variable<>(
            "EXPIRY_MQTT_INVENTORIES",
            "ids of inventories, as the query { inventories { id } } answers them, separated by commas: at most "
                    + MqttPublisher.MOST_INVENTORIES + "; or none, which takes away what was published before",
            "required with EXPIRY_MQTT_URL",
            "Which inventories are published there. Whoever reads the broker's topics sees their counts, their dates and the"
                    + " names of their categories. The same on every node.",
            false,
            Config::inventories);
    private static final Variable<String> MQTT_PREFIX = new Variable<>(
            "EXPIRY_MQTT_PREFIX",
            "1 to 32 letters, digits, - or _",
            "expiry",
            "What the topics begin with: another one for each installation that shares a broker. The same on every node.",
            false,
            Config::topicPrefix);
    private static final Variable<Schedule> BACKUP_CRON = new Variable<>(
            "EXPIRY_BACKUP_CRON",
            "a cron expression of five fields, such as 30 2 * * * for each day at 2:30, in UTC",
            "none: no backups are made by themselves",
            "When a node backs the database up: docs/backups.md. The first backup is made at once. The same on every node.",
            false,
            Schedule::parse);
    private static final Variable<String> BACKUP_TO = new Variable<>(
            "EXPIRY_BACKUP_TO",
            "a folder that exists, or a bucket like s3://bucket/prefix?endpoint=https://s3.example.org&region=eu-central-1",
            "required with EXPIRY_BACKUP_CRON",
            "Where those backups go: the same place for every node, since any of them may make the next one, and not the"
                    + " disk of the database. A bucket of Amazon S3, MinIO, Ceph, R2, B2 or another store that speaks S3"
                    + " takes encrypted ones only; docs/backups.md has examples.",
            false,
            Config::place);
    private static final Variable<String> AWS_ACCESS_KEY_ID = new Variable<>(
            "AWS_ACCESS_KEY_ID",
            "the id of a key",
            "what Amazon's tools take: a file, or the role of the container or the instance",
            "Who stores backups in a bucket. Read for nothing else, as the other variables of AWS.",
            false,
            Config::word);
    private static final Variable<String> AWS_SECRET_ACCESS_KEY = new Variable<>(
            "AWS_SECRET_ACCESS_KEY",
            "the secret of that key",
            "required with AWS_ACCESS_KEY_ID",
            "Signs what is sent to the bucket.",
            true,
            Config::word);
    private static final Variable<String> AWS_SESSION_TOKEN = new Variable<>(
            "AWS_SESSION_TOKEN", "a token without spaces", "", "Of a key that ends.", true, Config::word);
    private static final Variable<String> AWS_REGION = new Variable<>(
            "AWS_REGION",
            "a region like eu-central-1",
            "us-east-1, and from there the one of the bucket",
            "Where the bucket is, when its address does not say it.",
            false,
            S3Address::region);
    private static final Variable<URI> AWS_ENDPOINT_URL_S3 = new Variable<>(
            "AWS_ENDPOINT_URL_S3",
            "a URL like https://s3.example.org:9000",
            "Amazon's",
            "The store of the bucket, when its address does not say it.",
            false,
            S3Address::endpoint);
    private static final Variable<Retention> BACKUP_KEEP = new Variable<>(
            "EXPIRY_BACKUP_KEEP",
            "a number of backups, such as 14, or of days, such as 30d",
            "14",
            "Which of them are kept; the others are deleted after a backup that went well. The newest one is always kept.",
            false,
            Retention::parse);
    private static final Variable<List<String>> BACKUP_RECIPIENTS = new Variable<>(
            "EXPIRY_BACKUP_RECIPIENTS",
            "recipients of age (age1…), as expiry db backup-key or age-keygen makes them, separated by commas",
            "",
            "For whom they are encrypted: whoever has the identity of one of them can read the backups, and this server"
                    + " cannot. Without recipients they are not encrypted.",
            // No secret; but whoever pastes the identity instead does not want it in the log.
            true,
            Config::recipients);
    private static final Variable<BackupSettings.Verify> BACKUP_VERIFY = choice(
            "EXPIRY_BACKUP_VERIFY",
            BackupSettings.Verify.class,
            "restore",
            "How each of them is proved good before it is stored: restored into a scratch database beside the other, which"
                    + " needs a role with CREATEDB and room for all data once more; or only read from end to end.");
    private static final Variable<Integer> RATE_CAPACITY = number(
            "EXPIRY_RATE_CAPACITY",
            RateLimits.USUAL_CAPACITY,
            1_000_000_000,
            Integer.toString(RateLimits.USUAL_CAPACITY),
            "What a user may spend at once, in points: about one for each object of an answer. An API token may spend"
                    + " half of it, a network address without a token a fifth. The same on every node.");
    private static final Variable<Integer> RATE_RESTORE = number(
            "EXPIRY_RATE_RESTORE",
            1,
            1_000_000,
            "1000",
            "Points of it that come back each second. The same on every node.");
    private static final Variable<LogFormat> LOG_FORMAT =
            choice("EXPIRY_LOG_FORMAT", LogFormat.class, "text", "Log lines for people or for a log collector.");
    private static final Variable<LogLevel> LOG_LEVEL =
            choice("EXPIRY_LOG_LEVEL", LogLevel.class, "info", "Least level of this program's own log lines.");
    private static final Variable<Integer> REQUEST_TIMEOUT = number(
            "EXPIRY_REQUEST_TIMEOUT_SECONDS", 1, 300, "10", "After this long a request is answered with an error.");
    private static final Variable<Integer> START = number(
            "EXPIRY_START_SECONDS",
            0,
            3_600,
            "60",
            "How long a start, and every command, waits for a database that does not answer yet or has no connection"
                    + " left. What it refuses, such as a wrong password, ends the start at once.");
    private static final Variable<Integer> DRAIN = number(
            "EXPIRY_DRAIN_SECONDS",
            0,
            300,
            "0; 5 with DATABASE_URL",
            "After SIGTERM or Ctrl-C, how long the node serves on while /health/ready says 503, so that a load balancer"
                    + " sends nothing more: longer than two of its looks. Then EXPIRY_SHUTDOWN_SECONDS begin.");
    private static final Variable<Integer> SHUTDOWN = number(
            "EXPIRY_SHUTDOWN_SECONDS",
            1,
            300,
            "30",
            "After SIGTERM or Ctrl-C, how long requests under way may take to finish.");
    private static final Variable<Integer> TURN_INTERVAL = number(
            "EXPIRY_TURN_INTERVAL_SECONDS", 1, 3_600, "5", "Seconds between two looks for users whose day has turned.");
    private static final Variable<SmtpUrl> SMTP_URL = new Variable<>(
            "EXPIRY_SMTP_URL",
            "smtp://user:password@host:587?starttls=required, =optional or =disabled, or smtps://user:password@host",
            "none: no mail is sent; the embedded server writes it to its log instead",
            "Mail server for verifying addresses, resetting passwords and daily digests. Its certificate must be one that Java trusts.",
            true,
            SmtpUrl::parse);
    private static final Variable<String> MAIL_FROM = new Variable<>(
            "EXPIRY_MAIL_FROM",
            "an address, or Name <address>",
            "required with EXPIRY_SMTP_URL",
            "Sender of that mail.",
            false,
            Config::sender);
    private static final Variable<String> PUBLIC_URL = new Variable<>(
            "EXPIRY_PUBLIC_URL",
            "a URL like https://expiry.example.org",
            "this server's own address; required with EXPIRY_SMTP_URL and DATABASE_URL",
            "Where people find this server: what the links in mails begin with. With a path, such as"
                    + " https://example.org/expiry, requests may come with it and without.",
            false,
            Config::base);
    private static final Variable<Registration> REGISTRATION = choice(
            "EXPIRY_REGISTRATION",
            Registration.class,
            "open; verified with EXPIRY_SMTP_URL",
            "Who may open an account: anybody at once; anybody who proves their address by mail, and then nobody learns"
                    + " which names are taken; or only who is added by: expiry user add");
    private static final Variable<Path> OPERATIONS = new Variable<>(
            "EXPIRY_OPERATIONS",
            "a file: Apollo's manifest of persisted queries, or a JSON object of documents by id",
            "none: any operation may be asked for",
            "The only operations that clients may ask for, by id or by their text, besides those of the dashboard. Each is"
                    + " checked at the start. The same on every node.",
            false,
            Path::of);
    private static final Variable<String> OTLP_ENDPOINT = new Variable<>(
            "OTEL_EXPORTER_OTLP_ENDPOINT",
            "http://host:4318 or https://host, of a collector that takes OTLP over HTTP",
            "none: nothing is sent",
            "Where traces and metrics are sent. The other variables of OpenTelemetry are then read as everywhere:"
                    + " docs/operations.md.",
            true,
            Config::endpoint);
    private static final Variable<String> LAUNCHER_JAVA_HOME = new Variable<>(
            "EXPIRY_JAVA_HOME",
            "a directory",
            "the first one found",
            "Java 25 or newer to run and build with. Read by the script expiry.",
            false,
            Function.identity());
    private static final Variable<String> LAUNCHER_JAVA_OPTS = new Variable<>(
            "EXPIRY_JAVA_OPTS",
            "options of java",
            "",
            "Further options for the Java virtual machine, such as -Xmx512m. Read by the script expiry.",
            false,
            Function.identity());

    private static final List<Variable<?>> VARIABLES = List.of(
            DATABASE_URL,
            DATABASE_DIRECT_URL,
            DATABASE_REPLICA_URL,
            DATA,
            HOST_ADDRESS,
            PORT,
            INSTANCES,
            DATABASE_CONNECTIONS,
            CLIENT_CONNECTIONS,
            SOCKETS_PER_USER,
            JWT_KEY,
            SECRET_KEYS,
            ALLOWED_ORIGINS,
            TRUSTED_PROXIES,
            RATE_CAPACITY,
            RATE_RESTORE,
            LOG_FORMAT,
            LOG_LEVEL,
            REQUEST_TIMEOUT,
            START,
            DRAIN,
            SHUTDOWN,
            TURN_INTERVAL,
            SMTP_URL,
            MAIL_FROM,
            PUBLIC_URL,
            REGISTRATION,
            OPERATIONS,
            WEBHOOK_ALLOW,
            IMPORT_MEGABYTES,
            MQTT_URL,
            MQTT_INVENTORIES,
            MQTT_PREFIX,
            BACKUP_CRON,
            BACKUP_TO,
            BACKUP_KEEP,
            BACKUP_RECIPIENTS,
            BACKUP_VERIFY,
            OTLP_ENDPOINT,
            AWS_ACCESS_KEY_ID,
            AWS_SECRET_ACCESS_KEY,
            AWS_SESSION_TOKEN,
            AWS_REGION,
            AWS_ENDPOINT_URL_S3,
            LAUNCHER_JAVA_HOME,
            LAUNCHER_JAVA_OPTS);

    /** How a log line looks. */
    public enum LogFormat {
        TEXT,
        JSON
    }

    /** The least level that is logged. */
    public enum LogLevel {
        ERROR,
        WARN,
        INFO,
        DEBUG,
        TRACE
    }

    /** An environment this program refuses to start with. The message has one line per problem. */
    public static final class Invalid extends RuntimeException {

        private static final long serialVersionUID = 1;

        Invalid(List<String> problems) {
            super(String.join("\n", problems), null, false, false);
        }
    }

    /**
     * Reads and checks all variables. An empty or blank one counts as absent.
     *
     * @param environment as of {@link System#getenv()}; names outside of {@code EXPIRY_*} and
     *     {@code DATABASE_URL} are ignored
     * @throws Invalid naming every wrong, unknown or missing variable and what is allowed, but no secret
     */
    public static Config from(Map<String, String> environment) {
        return from(environment, true);
    }

    /** As {@link #from}, for a command that serves no one and so needs no key to sign with. */
    static Config forMaintenance(Map<String, String> environment) {
        return from(environment, false);
    }

    /**
     * The variables by which Kubernetes tells containers of a Service whose name begins with {@code expiry} (Kubernetes
     * documentation, "Service": environment variables), recognised by name and value. They are no settings.
     *
     * @return their names, in order
     */
    static List<String> serviceLinks(Map<String, String> environment) {
        return environment.entrySet().stream()
                .filter(each -> SERVICE_LINKS.entrySet().stream()
                        .anyMatch(link -> link.getKey().matcher(each.getKey()).matches()
                                && link.getValue().matcher(each.getValue()).matches()))
                .map(Map.Entry::getKey)
                .sorted()
                .toList();
    }

    /**
     * Variables of the environment that are none of this program's, and one slip of the pen from one that is: to what was
     * probably meant. Those that begin with {@code EXPIRY_} are refused anyway.
     */
    static Map<String, String> misspelt(Map<String, String> environment) {
        Map<String, String> meant = new TreeMap<>();
        for (String name : environment.keySet()) {
            boolean known = VARIABLES.stream().anyMatch(variable -> variable.name.equals(name));
            if (!known && !name.startsWith("EXPIRY_")) {
                VARIABLES.stream()
                        .map(Variable::name)
                        .filter(variable -> isOneSlipFrom(variable, name))
                        .findFirst()
                        .ifPresent(variable -> meant.put(name, variable));
            }
        }
        return meant;
    }

    /** Whether one letter is too many, too few, another one or swapped with its neighbour. */
    private static boolean isOneSlipFrom(String name, String written) {
        int from = 0;
        int most = Math.min(name.length(), written.length());
        while (from < most && name.charAt(from) == written.charAt(from)) {
            from++;
        }
        String left = name.substring(from);
        String right = written.substring(from);
        return switch (left.length() - right.length()) {
            case 0 ->
                !left.isEmpty()
                        && (left.substring(1).equals(right.substring(1))
                                || (left.length() > 1
                                        && left.charAt(0) == right.charAt(1)
                                        && left.charAt(1) == right.charAt(0)
                                        && left.substring(2).equals(right.substring(2))));
            case 1 -> left.substring(1).equals(right);
            case -1 -> right.substring(1).equals(left);
            default -> false;
        };
    }

    private static Config from(Map<String, String> environment, boolean serves) {
        Reading reading = new Reading(environment);
        reading.refuseUnknown();
        Optional<DatabaseUrl> databaseUrl = reading.find(DATABASE_URL);
        Optional<Direct> direct = reading.find(DATABASE_DIRECT_URL);
        Optional<DatabaseUrl> databaseDirectUrl = direct.flatMap(Direct::url);
        boolean poolerAlone = direct.isPresent() && databaseDirectUrl.isEmpty();
        Optional<DatabaseUrl> databaseReplicaUrl = reading.find(DATABASE_REPLICA_URL);
        if (reading.has(DATABASE_REPLICA_URL) && !reading.has(DATABASE_URL)) {
            reading.problems.add(DATABASE_REPLICA_URL.name + " goes with " + DATABASE_URL.name + ", which is not set");
        }
        if (reading.has(DATABASE_DIRECT_URL) && !reading.has(DATABASE_URL)) {
            reading.problems.add(DATABASE_DIRECT_URL.name + " goes with " + DATABASE_URL.name + ", which is not set");
        }
        Optional<SecretKey> jwtKey = reading.find(JWT_KEY);
        if (serves && reading.has(DATABASE_URL) && !reading.has(JWT_KEY)) {
            reading.problems.add(JWT_KEY.name + " is required with " + DATABASE_URL.name
                    + ", so that every node accepts the others' tokens. Make one with: openssl rand -base64 48");
        }
        Optional<List<SecretKey>> secretKeys = reading.find(SECRET_KEYS);
        if (serves && reading.has(DATABASE_URL) && !reading.has(SECRET_KEYS)) {
            reading.problems.add(SECRET_KEYS.name + " is required with " + DATABASE_URL.name
                    + ", so that every node reads what another has encrypted. Make one with: openssl rand -base64 32");
        }
        Optional<SmtpUrl> smtpUrl = reading.find(SMTP_URL);
        reading.require(MAIL_FROM, smtpUrl.isPresent(), SMTP_URL.name);
        reading.require(
                PUBLIC_URL,
                smtpUrl.isPresent() && reading.has(DATABASE_URL),
                SMTP_URL.name + " and " + DATABASE_URL.name);
        Registration registration =
                reading.find(REGISTRATION).orElse(reading.has(SMTP_URL) ? Registration.VERIFIED : Registration.OPEN);
        if (registration == Registration.VERIFIED && reading.has(DATABASE_URL)) {
            reading.require(SMTP_URL, true, REGISTRATION.name + "=verified");
        }
        Optional<MqttUrl> mqttUrl = reading.find(MQTT_URL);
        reading.require(MQTT_INVENTORIES, reading.has(MQTT_URL), MQTT_URL.name);
        if (reading.has(MQTT_INVENTORIES) && !reading.has(MQTT_URL)) {
            reading.problems.add(MQTT_INVENTORIES.name + " goes with " + MQTT_URL.name + ", which is not set");
        }
        Optional<BackupSettings> backups = backups(reading);
        if (poolerAlone && reading.has(BACKUP_CRON)) {
            reading.problems.add(BACKUP_CRON.name + " needs PostgreSQL itself: set it on nodes that have it in "
                    + DATABASE_DIRECT_URL.name + ", and not on those that have " + Direct.NONE + " there");
        }
        int connections = reading.read(DATABASE_CONNECTIONS);
        int instances = reading.find(INSTANCES)
                .orElseGet(() -> Math.min(Runtime.getRuntime().availableProcessors(), connections));
        if (instances > connections) {
            reading.problems.add(INSTANCES.name + " (" + instances + ") must not exceed " + DATABASE_CONNECTIONS.name
                    + " (" + connections + ")");
        }
        Config config = new Config(
                databaseUrl,
                databaseDirectUrl,
                poolerAlone,
                databaseReplicaUrl,
                reading.read(DATA),
                reading.find(HOST_ADDRESS).orElse(reading.has(DATABASE_URL) ? "0.0.0.0" : "127.0.0.1"),
                reading.read(PORT),
                instances,
                connections,
                reading.read(CLIENT_CONNECTIONS),
                reading.read(SOCKETS_PER_USER),
                jwtKey,
                secretKeys,
                reading.read(ALLOWED_ORIGINS),
                reading.read(TRUSTED_PROXIES),
                reading.read(RATE_CAPACITY),
                reading.read(RATE_RESTORE),
                reading.read(LOG_FORMAT),
                reading.read(LOG_LEVEL),
                Duration.ofSeconds(reading.read(REQUEST_TIMEOUT)),
                Duration.ofSeconds(reading.read(START)),
                Duration.ofSeconds(reading.find(DRAIN).orElse(reading.has(DATABASE_URL) ? USUAL_DRAIN_SECONDS : 0)),
                Duration.ofSeconds(reading.read(SHUTDOWN)),
                Duration.ofSeconds(reading.read(TURN_INTERVAL)),
                smtpUrl,
                reading.find(MAIL_FROM),
                reading.find(PUBLIC_URL),
                registration,
                reading.find(OPERATIONS),
                reading.read(WEBHOOK_ALLOW),
                reading.read(IMPORT_MEGABYTES),
                mqttUrl,
                reading.find(MQTT_INVENTORIES).orElse(List.of()),
                reading.read(MQTT_PREFIX),
                backups,
                reading.telemetry());
        if (!reading.problems.isEmpty()) {
            throw new Invalid(reading.problems);
        }
        return config;
    }

    private static Optional<BackupSettings> backups(Reading reading) {
        reading.require(BACKUP_TO, reading.has(BACKUP_CRON), BACKUP_CRON.name);
        for (Variable<?> variable : List.of(BACKUP_TO, BACKUP_KEEP, BACKUP_RECIPIENTS, BACKUP_VERIFY)) {
            if (reading.has(variable) && !reading.has(BACKUP_CRON)) {
                reading.problems.add(variable.name + " goes with " + BACKUP_CRON.name + ", which is not set");
            }
        }
        Optional<Schedule> schedule = reading.find(BACKUP_CRON);
        Optional<BackupStore> store = reading.find(BACKUP_TO).map(place -> store(place, reading));
        Retention retention = reading.read(BACKUP_KEEP);
        List<String> recipients = reading.read(BACKUP_RECIPIENTS);
        BackupSettings.Verify verify = reading.read(BACKUP_VERIFY);
        if (store.orElse(null) instanceof S3Store bucket
                && !reading.has(BACKUP_RECIPIENTS)
                && !bucket.address().readable()) {
            reading.problems.add(
                    BACKUP_RECIPIENTS.name + " is required with a bucket, so that nobody but you reads what lies"
                            + " there: expiry db backup-key makes a key. To store backups that anybody can read who gets at them,"
                            + " add encryption=none to " + BACKUP_TO.name);
        }
        return schedule.isPresent() && store.isPresent()
                ? Optional.of(new BackupSettings(schedule.get(), store.get(), retention, recipients, verify))
                : Optional.empty();
    }

    private static BackupStore store(String place, Reading reading) {
        if (!S3Address.isOne(place)) {
            return new DirectoryStore(Path.of(place));
        }
        reading.require(AWS_SECRET_ACCESS_KEY, reading.has(AWS_ACCESS_KEY_ID), AWS_ACCESS_KEY_ID.name);
        reading.require(AWS_ACCESS_KEY_ID, reading.has(AWS_SECRET_ACCESS_KEY), AWS_SECRET_ACCESS_KEY.name);
        Optional<String> secret = reading.find(AWS_SECRET_ACCESS_KEY);
        String token = reading.find(AWS_SESSION_TOKEN).orElse(null);
        return new S3Store(
                S3Address.parse(place).or(reading.find(AWS_REGION), reading.find(AWS_ENDPOINT_URL_S3)),
                reading.find(AWS_ACCESS_KEY_ID)
                        .flatMap(id -> secret.map(signsWith -> new S3Key(id, signsWith, token))));
    }

    /**
     * The store at a place that somebody names, such as {@code EXPIRY_BACKUP_TO} may have.
     *
     * @param environment says who asks a bucket
     */
    static BackupStore backupStore(String place, Map<String, String> environment) {
        Reading reading = new Reading(environment);
        try {
            BackupStore store = store(place, reading);
            if (reading.problems.isEmpty()) {
                return store;
            }
        } catch (S3Address.Invalid e) {
            reading.problems.add(place + " cannot be used: " + e.reason());
        }
        throw new Invalid(reading.problems);
    }

    /** The PostgreSQL to use, without a pooler between unless {@link #poolerAlone}; empty for the embedded one. */
    Optional<DatabaseUrl> postgres() {
        return databaseDirectUrl.or(this::databaseUrl);
    }

    /** Whether {@link #databaseUrl} leads to a pooler. */
    boolean pooled() {
        return poolerAlone || databaseDirectUrl.isPresent();
    }

    /**
     * What is said of PostgreSQL itself.
     *
     * @param url empty when it cannot be reached
     */
    private record Direct(Optional<DatabaseUrl> url) {

        static final String NONE = "none";

        static Direct parse(String text) {
            return new Direct(text.equals(NONE) ? Optional.empty() : Optional.of(DatabaseUrl.parse(text)));
        }
    }

    /** The documentation of all variables: name, what is allowed, what holds when it is absent, what it is for. */
    public static String help() {
        StringBuilder help = new StringBuilder();
        for (Variable<?> variable : VARIABLES) {
            help.append("  ").append(variable.name).append('\n');
            appendWrapped(help, variable.purpose);
            appendWrapped(help, "Allowed: " + variable.allowed + ".");
            appendWrapped(help, "Default: " + (variable.fallback.isEmpty() ? "none" : variable.fallback) + ".");
        }
        return help.toString();
    }

    /** For the log: everything but the secrets. */
    @Override
    public String toString() {
        return "Config[databaseUrl=" + databaseUrl.map(DatabaseUrl::toString).orElse("embedded")
                + ", databaseDirectUrl="
                + databaseDirectUrl.map(DatabaseUrl::toString).orElse(poolerAlone ? Direct.NONE : "unset")
                + ", databaseReplicaUrl="
                + databaseReplicaUrl.map(DatabaseUrl::toString).orElse("none") + ", data=" + data
                + ", host=" + host + ", port=" + port + ", instances=" + instances + ", databaseConnections="
                + databaseConnections + ", clientConnections=" + clientConnections + ", socketsPerUser="
                + socketsPerUser + ", jwtKey="
                + jwtKey.map(secret -> "***").orElse("own") + ", secretKeys="
                + secretKeys.map(secrets -> secrets.size() + " ***").orElse("own") + ", allowedOrigins="
                + allowedOrigins + ", trustedProxies=" + trustedProxies + ", rateCapacity=" + rateCapacity
                + ", rateRestore=" + rateRestore + ", logFormat=" + logFormat + ", logLevel=" + logLevel
                + ", requestTimeout="
                + requestTimeout + ", startTimeout=" + startTimeout + ", drain=" + drain + ", shutdownTimeout="
                + shutdownTimeout + ", turnInterval=" + turnInterval
                + ", smtpUrl="
                + smtpUrl.map(SmtpUrl::toString).orElse("none") + ", mailFrom=" + mailFrom.orElse("none")
                + ", publicUrl=" + publicUrl.orElse("own") + ", registration=" + registration
                + ", operations=" + operations.map(Path::toString).orElse("any")
                + ", mqttUrl=" + mqttUrl.map(MqttUrl::toString).orElse("none") + ", mqttInventories="
                + mqttInventories.size() + ", mqttPrefix=" + mqttPrefix
                + ", backups=" + backups.map(BackupSettings::toString).orElse("none")
                + ", telemetry=" + (telemetry.isEmpty() ? "none" : String.join(" ", telemetry.keySet())) + "]";
    }

    /**
     * One variable.
     *
     * @param allowed what a value must be, to follow "must be"
     * @param fallback what holds when it is absent; for those that are {@linkplain Reading#read read}, a value
     * @param purpose whole sentences for the operator
     * @param parser throws {@link IllegalArgumentException} for a value that is not allowed
     */
    private record Variable<T>(
            String name, String allowed, String fallback, String purpose, boolean secret, Function<String, T> parser) {}

    private static final class Reading {

        private final Map<String, String> environment;
        private final List<String> problems = new ArrayList<>();

        Reading(Map<String, String> environment) {
            this.environment = new HashMap<>(environment);
            this.environment.keySet().removeAll(serviceLinks(environment));
        }

        boolean has(Variable<?> variable) {
            return !environment.getOrDefault(variable.name, "").isBlank();
        }

        <T> T read(Variable<T> variable) {
            return find(variable).orElseGet(() -> variable.parser.apply(variable.fallback));
        }

        <T> Optional<T> find(Variable<T> variable) {
            if (!has(variable)) {
                return Optional.empty();
            }
            String value = environment.getOrDefault(variable.name, "").strip();
            try {
                return Optional.of(variable.parser.apply(value));
            } catch (DatabaseUrl.Invalid e) {
                problems.add(
                        variable.name + " must be " + variable.allowed + "; what it is cannot be used: " + e.reason());
                return Optional.empty();
            } catch (MqttUrl.Invalid e) {
                problems.add(
                        variable.name + " must be " + variable.allowed + "; what it is cannot be used: " + e.reason());
                return Optional.empty();
            } catch (S3Address.Invalid e) {
                problems.add(
                        variable.name + " must be " + variable.allowed + "; what it is cannot be used: " + e.reason());
                return Optional.empty();
            } catch (IllegalArgumentException e) {
                problems.add(variable.name + " must be " + variable.allowed
                        + (variable.secret ? "" : ", not \"" + value + "\""));
                return Optional.empty();
            }
        }

        /** The variables of OpenTelemetry, if there is where to send to. */
        Map<String, String> telemetry() {
            Map<String, String> given = new TreeMap<>();
            environment.forEach((name, value) -> {
                if (name.startsWith(TELEMETRY) && !value.isBlank()) {
                    given.put(name, value.strip());
                }
            });
            if (find(OTLP_ENDPOINT).isEmpty()
                    || given.getOrDefault("OTEL_SDK_DISABLED", "").equalsIgnoreCase("true")) {
                return Map.of();
            }
            String protocol = given.getOrDefault(OTLP_PROTOCOL, HTTP_PROTOBUF);
            if (!protocol.equals(HTTP_PROTOBUF)) {
                problems.add(OTLP_PROTOCOL + " must be " + HTTP_PROTOBUF
                        + ", which collectors take at port 4318, not \"" + protocol + "\"");
            }
            if (!given.getOrDefault(OTLP_INTERVAL, "1").matches("[1-9][0-9]{0,8}")) {
                problems.add(OTLP_INTERVAL + " must be a number of milliseconds");
            }
            return given;
        }

        /** Notes that a variable is missing. */
        void require(Variable<?> variable, boolean required, String with) {
            if (required && !has(variable)) {
                problems.add(variable.name + " is required with " + with);
            }
        }

        void refuseUnknown() {
            for (String name : new TreeSet<>(environment.keySet())) {
                if (name.startsWith("EXPIRY_")
                        && VARIABLES.stream().noneMatch(variable -> variable.name.equals(name))) {
                    problems.add(name + " is not a variable of this program; known are "
                            + String.join(
                                    ", ", VARIABLES.stream().map(Variable::name).toList()));
                }
            }
        }
    }

    private static Variable<Integer> number(String name, int least, int most, String fallback, String purpose) {
        return new Variable<>(name, "a whole number from " + least + " to " + most, fallback, purpose, false, text -> {
            int number = Integer.parseInt(text);
            if (number < least || number > most) {
                throw new IllegalArgumentException("out of range");
            }
            return number;
        });
    }

    private static <E extends Enum<E>> Variable<E> choice(String name, Class<E> type, String fallback, String purpose) {
        List<String> names = Arrays.stream(type.getEnumConstants())
                .map(value -> value.name().toLowerCase(Locale.ROOT))
                .toList();
        return new Variable<>(
                name,
                "one of " + String.join(", ", names),
                fallback,
                purpose,
                false,
                text -> Enum.valueOf(type, text.toUpperCase(Locale.ROOT)));
    }

    private static String endpoint(String text) {
        URI uri = URI.create(text);
        if (!Set.of("http", "https").contains(String.valueOf(uri.getScheme())) || uri.getHost() == null) {
            throw new IllegalArgumentException("no collector");
        }
        return text;
    }

    private static String host(String text) {
        if (!HOST.matcher(text).matches()) {
            throw new IllegalArgumentException("not a host");
        }
        return text;
    }

    private static SecretKey key(String text) {
        byte[] key = Base64.getDecoder().decode(text.replace('-', '+').replace('_', '/'));
        if (key.length < LEAST_KEY_BYTES) {
            throw new IllegalArgumentException("too short");
        }
        return new SecretKeySpec(key, "HmacSHA256");
    }

    private static List<SecretKey> secretKeys(String text) {
        return Arrays.stream(text.split(",", -1))
                .map(String::strip)
                .map(SecretKeys::key)
                .toList();
    }

    private static String sender(String text) {
        int open = text.lastIndexOf('<');
        String address = open < 0 || !text.endsWith(">") ? text : text.substring(open + 1, text.length() - 1);
        if (MailAddress.of(address).isEmpty()
                || !SENDER_NAME.matcher(open < 0 ? "" : text.substring(0, open)).matches()) {
            throw new IllegalArgumentException("no address");
        }
        return text;
    }

    private static String base(String text) {
        String base = text.endsWith("/") ? text.substring(0, text.length() - 1) : text;
        try {
            URI uri = new URI(base);
            if (!Set.of("http", "https").contains(String.valueOf(uri.getScheme()))
                    || uri.getHost() == null
                    || uri.getRawUserInfo() != null
                    || uri.getRawQuery() != null
                    || uri.getRawFragment() != null) {
                throw new IllegalArgumentException("no base of links");
            }
            return base;
        } catch (URISyntaxException e) {
            throw new IllegalArgumentException(e);
        }
    }

    private static List<String> origins(String text) {
        return listed(text).map(Config::origin).distinct().toList();
    }

    private static TrustedProxies proxies(String text) {
        return new TrustedProxies(
                listed(text).map(AddressRange::parse).distinct().toList());
    }

    private static OutboundTargets targets(String text) {
        return OutboundTargets.allowing(listed(text).distinct().toList());
    }

    private static List<InventoryId> inventories(String text) {
        if (text.equals(NO_INVENTORIES)) {
            return List.of();
        }
        List<InventoryId> inventories = listed(text)
                .map(id -> NodeId.decode(id, Membership.TYPE)
                        .map(InventoryId::new)
                        .orElseThrow(() -> new IllegalArgumentException("no id of an inventory")))
                .distinct()
                .toList();
        if (inventories.isEmpty() || inventories.size() > MqttPublisher.MOST_INVENTORIES) {
            throw new IllegalArgumentException("too few or too many");
        }
        return inventories;
    }

    private static String place(String text) {
        if (S3Address.isOne(text)) {
            S3Address.parse(text);
        } else {
            Path ignored = Path.of(text);
        }
        return text;
    }

    private static String word(String text) {
        if (!WORD.matcher(text).matches()) {
            throw new IllegalArgumentException("has spaces in it");
        }
        return text;
    }

    private static List<String> recipients(String text) {
        return listed(text).map(Encryption::requireRecipient).distinct().toList();
    }

    private static String topicPrefix(String text) {
        if (!TOPIC_PREFIX.matcher(text).matches()) {
            throw new IllegalArgumentException("no part of a topic");
        }
        return text;
    }

    private static Stream<String> listed(String text) {
        return Arrays.stream(text.split(",", -1)).map(String::strip).filter(each -> !each.isEmpty());
    }

    /** RFC 6454 section 6.1: scheme, host and a port that is not the scheme's own; nothing else. */
    private static String origin(String text) {
        try {
            URI uri = new URI(text.toLowerCase(Locale.ROOT));
            boolean https = "https".equals(uri.getScheme());
            if ((!https && !"http".equals(uri.getScheme())) || uri.getHost() == null) {
                throw new IllegalArgumentException("no origin");
            }
            String origin = uri.getScheme() + "://" + uri.getHost();
            String written = uri.getPort() < 0 ? origin : origin + ":" + uri.getPort();
            if (!written.equals(uri.toString())) {
                throw new IllegalArgumentException("more than an origin");
            }
            return uri.getPort() == (https ? 443 : 80) ? origin : written;
        } catch (URISyntaxException e) {
            throw new IllegalArgumentException(e);
        }
    }

    private static void appendWrapped(StringBuilder help, String text) {
        String indent = "      ";
        int column = 0;
        for (String word : text.split(" ", -1)) {
            if (column == 0 || column + 1 + word.length() > HELP_WIDTH) {
                help.append(column == 0 ? "" : "\n").append(indent).append(word);
                column = indent.length() + word.length();
            } else {
                help.append(' ').append(word);
                column += 1 + word.length();
            }
        }
        help.append('\n');
    }
}
