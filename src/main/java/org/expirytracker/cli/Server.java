package org.expirytracker.cli;

import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.binder.jvm.ClassLoaderMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmGcMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmMemoryMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmThreadMetrics;
import io.micrometer.core.instrument.binder.system.ProcessorMetrics;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import io.vertx.core.Deployable;
import io.vertx.core.DeploymentOptions;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.VertxBuilder;
import io.vertx.core.VertxOptions;
import io.vertx.micrometer.MicrometerMetricsFactory;
import io.vertx.micrometer.MicrometerMetricsOptions;
import io.vertx.sqlclient.Tuple;
import java.io.IOException;
import java.io.PrintWriter;
import java.net.BindException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.InstantSource;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.expirytracker.activities.LiveFeed;
import org.expirytracker.administration.KeyRotation;
import org.expirytracker.api.GraphQLFactory;
import org.expirytracker.api.OnEventLoop;
import org.expirytracker.api.PersistedDocuments;
import org.expirytracker.channels.ChannelJobs;
import org.expirytracker.credentials.AccessTokens;
import org.expirytracker.credentials.LiveSessions;
import org.expirytracker.credentials.Passwords;
import org.expirytracker.credentials.SecretKeys;
import org.expirytracker.daily.DailyVerticle;
import org.expirytracker.db.Database;
import org.expirytracker.db.DatabaseClock;
import org.expirytracker.db.DatabaseUrl;
import org.expirytracker.db.EmbeddedDatabase;
import org.expirytracker.db.EmbeddedSupervisor;
import org.expirytracker.db.KeptSecret;
import org.expirytracker.db.Replicas;
import org.expirytracker.db.Rows;
import org.expirytracker.db.ServerOptions;
import org.expirytracker.db.StartWait;
import org.expirytracker.http.CountedTransport;
import org.expirytracker.http.DashboardOperations;
import org.expirytracker.http.FixedOperation;
import org.expirytracker.http.Health;
import org.expirytracker.http.HttpOptions;
import org.expirytracker.http.HttpVerticle;
import org.expirytracker.http.Occupancy;
import org.expirytracker.jobs.Job;
import org.expirytracker.jobs.JobRepository;
import org.expirytracker.jobs.JobsVerticle;
import org.expirytracker.kernel.RowIds;
import org.expirytracker.limits.Budgets;
import org.expirytracker.limits.BytesInFlight;
import org.expirytracker.mail.Mailer;
import org.expirytracker.maintenance.DatabaseCheck;
import org.expirytracker.maintenance.ScheduledBackups;
import org.expirytracker.maintenance.Signals;
import org.expirytracker.migrations.Migrations;
import org.expirytracker.mqtt.MqttPublisher;
import org.expirytracker.outbound.OutboundClient;
import org.expirytracker.tracing.Telemetry;
import org.expirytracker.users.Letters;
import org.expirytracker.webhooks.WebhookJobs;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A node. Starts in this order, and stops in the reverse one: the database when it is the embedded one, the migrations,
 * the live feed, the event loops that answer requests, the turn of the day, the jobs. Started once, closed once.
 */
public final class Server implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(Server.class);

    /** For migrations, the live feed, the turn of the day and an operator, besides the pools. */
    private static final int SPARE_CONNECTIONS = 20;

    private static final int LEAST_CONNECTIONS_OF_A_LOOP = 3;
    private static final Duration START_PATIENCE = Duration.ofSeconds(60);
    private static final Duration DEMO_PATIENCE = Duration.ofMinutes(5);
    /** For how long an embedded database may be away before the process is not alive: longer than a recovery takes. */
    private static final Duration LONGEST_ABSENCE = Duration.ofSeconds(60);

    /** Vert.x finds a free port for the first event loop that asks for it and gives the others the same. */
    private static final int ANY_PORT_SHARED = -1;

    private static final int KEY_BYTES = 48;
    private static final int PASSWORD_BYTES = 12;

    private final Config config;
    /** Of this machine alone: by it pauses are measured, which nobody lengthens or shortens by setting it right. */
    private final Clock ownClock;

    private final DatabaseClock clock;
    private final StartWait waiting;
    private final PrometheusMeterRegistry shown = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
    /** What {@code /metrics} shows, and what is sent of it. */
    private MeterRegistry metrics = shown;

    private final CountDownLatch closed = new CountDownLatch(1);
    private final List<HttpVerticle> listeners = new ArrayList<>();
    private final List<Rooms> rooms = new ArrayList<>();
    private final Health health = new Health(
            List.of(
                    new Health.Check("database", this::databaseAnswers),
                    new Health.Check("writable database", this::databaseIsWritable),
                    new Health.Check("schema", this::schemaIsCurrent)),
            this::isAlive,
            this::maintenance,
            this::ways);
    private final Occupancy occupancy;
    /** In the order of their start; those in one list stop together. */
    private final List<List<String>> deployments = new ArrayList<>();

    private @Nullable Telemetry telemetry;
    private volatile @Nullable Signals signals;
    private volatile @Nullable EmbeddedSupervisor embedded;
    private volatile @Nullable IOException failure;
    private volatile @Nullable LiveFeed feed;
    private volatile @Nullable Replicas replicas;
    private @Nullable Mailer mailer;
    private volatile @Nullable JobsVerticle jobsVerticle;
    private @Nullable Vertx vertx;

    /**
     * A node that will run as {@code config} says.
     *
     * @param clock of this machine, which is set right by the database's
     */
    public Server(Config config, Clock clock) {
        this.config = config;
        this.occupancy = new Occupancy(config.clientConnections(), config.socketsPerUser());
        this.ownClock = clock;
        this.clock = new DatabaseClock(clock);
        this.waiting = new StartWait(config.startTimeout());
    }

    /**
     * Starts everything in order and returns when the node serves. Blocking.
     *
     * @param demo whether to add the demo user
     * @param out where to tell the operator what to open next
     * @throws IOException with a message for the operator
     */
    public synchronized void start(boolean demo, PrintWriter out) throws IOException {
        if (closed.getCount() == 0) {
            throw new IOException("Stopped before it had started");
        }
        LOG.atInfo().addKeyValue("config", config).addKeyValue("demo", demo).log("Starting");
        TemporaryFiles.require();
        // What needs not wait for each other is done at the same time: a start has two processors at least.
        Meanwhile.run("schema", Executors.callable(GraphQLFactory::prepare));
        Meanwhile<DatabaseUrl> located = Meanwhile.run("database", this::database);
        Vertx running;
        DatabaseUrl database;
        try {
            running = vertx();
            vertx = running;
        } finally {
            database = located.get();
        }
        Rooms.Shared shared =
                shared(running, config.poolerAlone() ? database.pooledOptions() : database.connectOptions());
        int loops =
                Math.max(1, Math.min(config.instances(), config.databaseConnections() / LEAST_CONNECTIONS_OF_A_LOOP));
        Meanwhile<List<Rooms>> built = Meanwhile.run(
                "rooms",
                () -> Stream.generate(() -> new Rooms(running, shared, config.databaseConnections() / loops))
                        .limit(loops)
                        .toList());
        try {
            if (!config.poolerAlone()) {
                migrate(database);
            }
        } finally {
            rooms.addAll(built.get());
        }
        RowIds.follow(clock);
        if (config.pooled()) {
            waiting.until("the pooler of the database", () -> requirePooler(running, shared));
        }
        requireKeys(waiting.until("the keys in the database", () -> findMissingKeys(running, shared)));
        deployments.add(
                List.of(waiting.until("the live feed of the database", () -> deploy(running, shared.liveFeed()))));
        List<String> listening = new ArrayList<>();
        deployments.add(listening);
        for (Rooms each : rooms) {
            listening.add(listen(running, each));
        }
        clock.follow(running, rooms.getFirst().database().reads());
        shared.replicas()
                .ifPresent(replicas ->
                        replicas.start(running, rooms.getFirst().database().reads()));
        Mailer sender = Objects.requireNonNull(mailer);
        deployments.add(List.of(deploy(
                running, new DailyVerticle(shared.database(), shared.liveFeed(), config.turnInterval(), metrics))));
        Optional<MqttPublisher> mqtt = mqtt(running, shared);
        List<Job> upkeep = upkeep(database, shared);
        if (config.backups().isEmpty()) {
            endBackups(rooms.getFirst().database());
        }
        Signals following = new Signals(upkeep.stream().map(Job::kind).toList(), metrics);
        following.follow(running, rooms.getFirst().database().reads());
        signals = following;
        JobsVerticle jobs = new JobsVerticle(
                shared.database(),
                Registered.jobs(
                        new WebhookJobs.Context(
                                running,
                                shared.liveFeed(),
                                sender,
                                this::home,
                                shared.secretKeys(),
                                shared.clock(),
                                shared.outbound()),
                        new ChannelJobs.Context(
                                running,
                                shared.liveFeed(),
                                sender,
                                this::home,
                                config.publicUrl(),
                                shared.secretKeys(),
                                shared.outbound()),
                        new OnEventLoop(
                                listeners.getFirst().loop(), rooms.getFirst().engine()),
                        mqtt,
                        upkeep),
                config.turnInterval(),
                metrics);
        deployments.add(List.of(deploy(running, jobs, JobsVerticle.OPTIONS)));
        jobsVerticle = jobs;
        shared.liveFeed().follow(WebhookJobs.follower(jobs::wake));
        shared.liveFeed().follow(ChannelJobs.follower(jobs::wake));
        mqtt.ifPresent(publisher -> shared.liveFeed().follow(publisher.follower()));
        new Welcome(out, config.host(), port(), config.operations().orElse(null)).print();
        if (demo) {
            addDemo(running, out);
        }
        out.flush();
    }

    /** The port on which the node listens. */
    public int port() {
        return listeners.getFirst().actualPort();
    }

    /**
     * Waits until {@link #close} has finished: when the process was asked to stop, or cannot go on.
     *
     * @throws IOException why it cannot go on, with a message for the operator
     */
    void awaitClose() throws InterruptedException, IOException {
        closed.await();
        if (failure != null) {
            throw failure;
        }
    }

    /** Stops in the reverse order, the database last. Calling it again does nothing. Blocking. */
    @Override
    public void close() throws IOException {
        // A start that waits holds the lock.
        waiting.stop();
        closeAll();
    }

    private synchronized void closeAll() throws IOException {
        EmbeddedSupervisor database = embedded;
        try (database) {
            if (vertx != null) {
                stop(vertx);
                vertx = null;
                if (telemetry != null) {
                    telemetry.close();
                }
                // From now on nobody measures how far this node's clock is off.
                RowIds.follow(InstantSource.system());
            }
        } finally {
            embedded = null;
            closed.countDown();
        }
    }

    private void stop(Vertx running) throws IOException {
        health.drain();
        Duration patience = config.shutdownTimeout();
        for (List<String> parts : deployments.reversed()) {
            // The event loops together, or each of them would drain on its own.
            Future<?> stopped =
                    Future.join(parts.stream().map(running::undeploy).toList());
            await("A part of the server did not stop in time", stopped, patience.plus(config.drain()));
        }
        if (mailer != null) {
            await("The last messages were not sent in time", mailer.close(), patience);
        }
        Replicas asked = replicas;
        if (asked != null) {
            await("A connection to a replica did not close in time", asked.close(running), patience);
        }
        for (Rooms each : rooms) {
            await("A connection pool did not close in time", each.close(), patience);
        }
        await("The event loops did not stop in time", running.close(), patience);
    }

    private DatabaseUrl database() throws IOException {
        if (config.postgres().isPresent()) {
            return config.postgres().get();
        }
        EmbeddedSupervisor started = new EmbeddedSupervisor(
                EmbeddedDatabase.start(config.data(), config.databaseConnections() + SPARE_CONNECTIONS),
                this::databaseLost);
        embedded = started;
        return DatabaseUrl.parse(started.url());
    }

    /** Better no process, which its supervisor starts again, than one that can only refuse. */
    private void databaseLost(IOException why) {
        failure = new IOException(
                "The server stops, because its database has ended and cannot be started again. " + why.getMessage(),
                why);
        LOG.error("The database is lost: the server stops", why);
        Thread.ofPlatform().name("stop").start(() -> {
            try {
                close();
            } catch (IOException unclean) {
                LOG.error("The server did not stop cleanly", unclean);
            }
        });
    }

    private boolean isAlive() {
        EmbeddedSupervisor database = embedded;
        return database == null || database.away().compareTo(LONGEST_ABSENCE) < 0;
    }

    private void migrate(DatabaseUrl database) throws IOException {
        waiting.untilWritable(database);
        if (config.databaseUrl().isPresent()) {
            waiting.untilSessionsLast(database);
        }
        waiting.until("the migrations of " + database.address(), () -> Migrations.migrate(database));
    }

    private Vertx vertx() throws IOException {
        if (!config.telemetry().isEmpty()) {
            Telemetry started = telemetry();
            telemetry = started;
            metrics = started.beside(shown);
        }
        new ClassLoaderMetrics().bindTo(metrics);
        new JvmMemoryMetrics().bindTo(metrics);
        new JvmThreadMetrics().bindTo(metrics);
        new ProcessorMetrics().bindTo(metrics);
        Gauge.builder("expiry.clock.offset.seconds", clock, now -> now.offset().toMillis() / 1_000.0)
                .description("By how much the database's clock, which is followed, is ahead of this node's")
                .register(metrics);
        JvmGcMetrics collections = new JvmGcMetrics();
        collections.bindTo(metrics);
        VertxOptions options = new VertxOptions().setMetricsOptions(new MicrometerMetricsOptions().setEnabled(true));
        VertxBuilder builder = Vertx.builder()
                .with(options)
                .withMetrics(new MicrometerMetricsFactory(metrics))
                .withTransport(new CountedTransport(occupancy));
        if (telemetry != null) {
            builder.withTracer(telemetry.tracing());
        }
        return builder.build();
    }

    private Telemetry telemetry() throws IOException {
        try {
            return Telemetry.start(config.telemetry(), Main.Version.number());
        } catch (RuntimeException refused) {
            throw new IOException(
                    "The variables of OpenTelemetry (OTEL_…) cannot be used: " + refused.getMessage(), refused);
        }
    }

    /** @param database PostgreSQL itself, or its pooler where that is all that can be reached */
    private Rooms.Shared shared(Vertx running, ServerOptions database) throws IOException {
        Clock now = clock.withZone(ZoneOffset.UTC);
        return new Rooms.Shared(
                now,
                config.databaseDirectUrl().isPresent()
                        ? config.databaseUrl().orElseThrow().pooledOptions()
                        : database,
                replicas(),
                liveFeed(database),
                new AccessTokens(running, key(), now),
                new SecretKeys(running, SecretKeyFile.or(config)),
                new Passwords(running),
                new LiveSessions(),
                new Letters(mailer(running), this::home, ownClock),
                config.registration(),
                documents(),
                new Budgets(),
                inFlight(),
                new OutboundClient(running, config.webhookAllow()),
                (long) config.importMegabytes() << 20,
                this::wakeJobs,
                config.rateCapacity(),
                config.rateRestore());
    }

    private Optional<Replicas> replicas() {
        Optional<Replicas> made = config.databaseReplicaUrl().map(Replicas::new);
        made.ifPresent(each -> {
            each.all().forEach(replica -> measure(each, replica));
            FunctionCounter.builder("expiry.replica.passed.over", each, Replicas::primaryReads)
                    .description("Queries that read from the primary, since no replica had all they must see")
                    .register(metrics);
            replicas = each;
        });
        return made;
    }

    private void measure(Replicas all, Replicas.Replica replica) {
        FunctionCounter.builder("expiry.replica.statements", replica, Replicas.Replica::reads)
                .tag("replica", replica.toString())
                .description("Statements that a replica has answered")
                .register(metrics);
        FunctionCounter.builder("expiry.replica.repeated", replica, Replicas.Replica::failures)
                .tag("replica", replica.toString())
                .description("Statements that failed on a replica and were repeated on the primary")
                .register(metrics);
        Gauge.builder("expiry.replica.used", replica, each -> each.isUsed() ? 1 : 0)
                .tag("replica", replica.toString())
                .description("Whether queries may read from a replica")
                .register(metrics);
        Gauge.builder("expiry.replica.lag.bytes", replica, all::lagBytes)
                .tag("replica", replica.toString())
                .description(
                        "How much of the primary's log, as far as queries have seen it, a replica has not replayed")
                .register(metrics);
    }

    private LiveFeed liveFeed(ServerOptions database) {
        LiveFeed made = config.poolerAlone() ? LiveFeed.polling(database) : new LiveFeed(database);
        Gauge.builder("expiry.live.polling", made, each -> each.polls() ? 1 : 0)
                .description("Whether this node asks what is new twice a second, since it hears nothing of the others")
                .register(metrics);
        feed = made;
        return made;
    }

    private PersistedDocuments documents() throws IOException {
        if (config.operations().isEmpty()) {
            return PersistedDocuments.ofCallers();
        }
        Path file = config.operations().get();
        try {
            List<String> own = new ArrayList<>(DashboardOperations.read());
            FixedOperation.all().forEach(operation -> own.add(operation.document()));
            PersistedDocuments documents =
                    PersistedDocuments.trusted(PersistedDocuments.read(Files.readString(file)), own);
            GraphQLFactory.check(documents);
            return documents;
        } catch (NoSuchFileException missing) {
            throw new IOException("EXPIRY_OPERATIONS names %s, and there is no such file.".formatted(file), missing);
        } catch (IOException | IllegalArgumentException unusable) {
            throw new IOException(
                    "EXPIRY_OPERATIONS names %s, which cannot be used: %s".formatted(file, unusable.getMessage()),
                    unusable);
        }
    }

    private Optional<MqttPublisher> mqtt(Vertx running, Rooms.Shared shared) {
        return config.mqttUrl()
                .map(url -> new MqttPublisher(new MqttPublisher.Context(
                        running,
                        url,
                        config.mqttInventories(),
                        config.mqttPrefix(),
                        Main.Version.number(),
                        config.publicUrl(),
                        shared.clock(),
                        metrics)));
    }

    /** @param database PostgreSQL itself */
    private List<Job> upkeep(DatabaseUrl database, Rooms.Shared shared) {
        List<Job> jobs = new ArrayList<>();
        config.backups()
                .ifPresent(settings -> jobs.add(
                        new ScheduledBackups(settings, database, Registered.AFTER_RESTORE, shared.clock()).job()));
        // It sets up sessions as it needs them, which would be others' next behind a pooler.
        if (!config.poolerAlone()) {
            jobs.add(new DatabaseCheck(new LightCheck(database)::findings).job());
        }
        return jobs;
    }

    /** What an earlier start was set to do stands there yet, and would look as if it were late. */
    private static void endBackups(Database database) {
        new JobRepository()
                .endRecurring(database.reads(), ScheduledBackups.KIND)
                .onFailure(
                        failure -> LOG.debug("The job of backups, which is not wanted, was not taken away", failure));
    }

    private List<Signals.Signal> maintenance() {
        Signals known = signals;
        return known == null ? List.of() : known.all();
    }

    private Map<String, String> ways() {
        Map<String, String> ways = new TreeMap<>();
        LiveFeed known = feed;
        if (known != null) {
            ways.put("news of other nodes", known.polls() ? "asked for" : "heard");
        }
        Replicas asked = replicas;
        if (asked != null) {
            asked.all().forEach(each -> ways.put("replica " + each, each.isUsed() ? "used" : "not used"));
        }
        return ways;
    }

    private BytesInFlight inFlight() {
        BytesInFlight bytes = new BytesInFlight();
        Gauge.builder("expiry.bytes.in.flight", bytes, BytesInFlight::taken)
                .description("What requests hold of this node's memory, as far as it is counted")
                .register(metrics);
        return bytes;
    }

    private boolean requirePooler(Vertx running, Rooms.Shared shared) throws IOException {
        Database database = new Database(running, shared.database(), 1);
        await(
                "The pooler of the database could not be asked for its settings",
                onEventLoop(
                        running,
                        () -> database.requireSettingsOfPooler()
                                // Whoever reaches PostgreSQL itself has migrated.
                                .compose(set -> config.poolerAlone()
                                        ? DatabaseAccess.requireCurrent(database)
                                        : Future.succeededFuture())
                                .<Void>mapEmpty()
                                .eventually(database::close)),
                START_PATIENCE);
        return true;
    }

    /** Also asks what time it is, before anything is done by it. */
    private Map<String, Integer> findMissingKeys(Vertx running, Rooms.Shared shared) throws IOException {
        Database database = new Database(running, shared.database(), 1);
        KeyRotation rotation = new KeyRotation(database, shared.secretKeys(), Registered.ENCRYPTED);
        return await(
                "The keys of the secrets in the database could not be looked up",
                onEventLoop(
                        running,
                        () -> clock.measure(database.reads())
                                .compose(measured -> rotation.countUnderMissingKeys())
                                .eventually(database::close)),
                START_PATIENCE);
    }

    /** Better no server than one that lets nobody with a second factor in, and notices only when they come. */
    private void requireKeys(Map<String, Integer> missing) throws IOException {
        if (!missing.isEmpty()) {
            throw new IOException("""
                    The database holds secrets of two-factor authentication, webhooks or channels under keys that this server does not have:
                    %s
                    Add them to %s, after the first key, and start again. If they are lost: expiry keys rotate names the
                    users, and expiry user reset-two-factor turns it off for each of them, who can set it up anew; the webhooks,
                    for which rotateWebhookSecret makes new ones; and the channels, which updateChannel sets up anew.""".formatted(
                            missing.entrySet().stream()
                                    .map(under -> "  key %s: %,d".formatted(under.getKey(), under.getValue()))
                                    .collect(Collectors.joining("\n")),
                            config.secretKeys().isPresent()
                                    ? "EXPIRY_SECRET_KEYS"
                                    : SecretKeyFile.of(config).path()));
        }
    }

    private Mailer mailer(Vertx running) {
        Mailer made = config.smtpUrl().isPresent()
                ? Mailer.by(config.smtpUrl().get(), config.mailFrom().orElseThrow(), running)
                : Mailer.without(running, config.databaseUrl().isEmpty());
        mailer = made;
        return made;
    }

    /** Before there are any, the first look finds what is due. */
    private void wakeJobs() {
        JobsVerticle jobs = jobsVerticle;
        if (jobs != null) {
            jobs.wake();
        }
    }

    private String home() {
        return config.publicUrl().orElseGet(() -> Welcome.url(config.host(), port()));
    }

    private byte[] key() throws IOException {
        if (config.jwtKey().isPresent()) {
            return config.jwtKey().get().getEncoded();
        }
        return Base64.getUrlDecoder().decode(KeptSecret.in(secretFile("access-token-key"), KEY_BYTES));
    }

    private Path secretFile(String name) throws IOException {
        return Files.createDirectories(config.data()).resolve(name);
    }

    private String listen(Vertx running, Rooms made) throws IOException {
        HttpOptions options = new HttpOptions(
                config.host(),
                config.port() == 0 ? ANY_PORT_SHARED : config.port(),
                Set.copyOf(config.allowedOrigins()),
                config.requestTimeout(),
                HttpOptions.USUAL_KEEP_ALIVE,
                config.drain(),
                config.shutdownTimeout(),
                HttpOptions.SocketTimes.USUAL,
                config.trustedProxies(),
                config.publicUrl().map(url -> URI.create(url).getPath()).orElse(""));
        HttpVerticle listener = new HttpVerticle(
                options,
                made.engine(),
                made::authenticate,
                Optional.of(made.downloads()),
                Optional.of(made.imports()),
                health,
                occupancy,
                metrics,
                shown,
                clock);
        String deployment = deploy(running, listener);
        listeners.add(listener);
        return deployment;
    }

    private String deploy(Vertx running, Deployable part) throws IOException {
        return deploy(running, part, new DeploymentOptions());
    }

    private String deploy(Vertx running, Deployable part, DeploymentOptions options) throws IOException {
        return await("The server could not start", running.deployVerticle(part, options), START_PATIENCE);
    }

    private void addDemo(Vertx running, PrintWriter out) throws IOException {
        String password = KeptSecret.in(secretFile("demo-password"), PASSWORD_BYTES);
        waiting.until("the demo inventory", () -> {
            DemoInventory demo = new DemoInventory(running, rooms.getFirst(), clock.withZone(ZoneOffset.UTC));
            return await(
                    "The demo inventory could not be made",
                    onEventLoop(running, () -> demo.fill(password)),
                    DEMO_PATIENCE);
        });
        new Welcome(out, config.host(), port(), config.operations().orElse(null))
                .printDemo(DemoInventory.USERNAME, password);
    }

    private static final String ANSWERS = """
            SELECT true AS answers
            """;

    private Future<Boolean> databaseAnswers() {
        return Rows.first(rooms.getFirst().database().reads(), ANSWERS, Tuple.tuple(), row -> row.getBoolean("answers"))
                .map(Optional::isPresent);
    }

    private Future<Boolean> databaseIsWritable() {
        return rooms.getFirst().database().isWritable();
    }

    private Future<Boolean> schemaIsCurrent() {
        return Rows.first(
                        rooms.getFirst().database().reads(),
                        Migrations.IS_CURRENT,
                        Tuple.of(Migrations.head().version()),
                        row -> row.getBoolean("current"))
                .map(current -> current.orElse(false));
    }

    private static <T> Future<T> onEventLoop(Vertx running, Supplier<Future<T>> work) {
        Promise<T> done = Promise.promise();
        running.runOnContext(now -> work.get().onComplete(done));
        return done.future();
    }

    private <T> T await(String trouble, Future<T> future, Duration patience) throws IOException {
        try {
            return future.toCompletionStage().toCompletableFuture().get(patience.toMillis(), TimeUnit.MILLISECONDS);
        } catch (ExecutionException failed) {
            Throwable cause = Optional.ofNullable(failed.getCause()).orElse(failed);
            if (cause instanceof BindException) {
                throw new IOException(
                        "Port %d of %s is in use; choose another one with --port or EXPIRY_PORT"
                                .formatted(config.port(), config.host()),
                        cause);
            }
            throw new IOException(trouble + ": " + cause.getMessage(), cause);
        } catch (TimeoutException late) {
            throw new IOException(trouble + " (" + patience.toSeconds() + " s)", late);
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            throw new IOException(trouble + ": interrupted", interrupted);
        }
    }
}
