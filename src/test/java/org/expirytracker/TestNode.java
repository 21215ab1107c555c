package org.expirytracker;

import graphql.ExecutionInput;
import graphql.GraphQL;
import graphql.GraphQLContext;
import graphql.execution.CoercedVariables;
import graphql.language.StringValue;
import graphql.language.Value;
import graphql.schema.Coercing;
import graphql.schema.GraphQLScalarType;
import graphql.schema.idl.RuntimeWiring;
import graphql.schema.idl.SchemaGenerator;
import graphql.schema.idl.SchemaParser;
import graphql.schema.idl.TypeRuntimeWiring;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.Reader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Clock;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import javax.crypto.SecretKey;
import org.dataloader.DataLoaderRegistry;
import org.expirytracker.activities.Activity;
import org.expirytracker.activities.ActivityLog;
import org.expirytracker.activities.LiveFeed;
import org.expirytracker.api.GraphQLField;
import org.expirytracker.cli.Registered;
import org.expirytracker.credentials.AccessTokens;
import org.expirytracker.credentials.LiveSessions;
import org.expirytracker.credentials.Passwords;
import org.expirytracker.credentials.SecretKeys;
import org.expirytracker.db.Database;
import org.expirytracker.db.DatabaseUrl;
import org.expirytracker.kernel.Caller;
import org.expirytracker.kernel.Fetchers;
import org.expirytracker.kernel.InventoryId;
import org.expirytracker.kernel.Problem;
import org.expirytracker.kernel.UserId;
import org.expirytracker.kernel.Wiring;
import org.expirytracker.login.Login;
import org.expirytracker.login.LoginFetchers;
import org.expirytracker.login.Newcomers;
import org.expirytracker.login.Registration;
import org.expirytracker.login.TwoFactor;
import org.expirytracker.mail.Mailer;
import org.expirytracker.recovery.PasswordChange;
import org.expirytracker.recovery.PasswordReset;
import org.expirytracker.recovery.RecoveryFetchers;
import org.expirytracker.recovery.SecurityQuestions;
import org.expirytracker.sessions.Device;
import org.expirytracker.sessions.Session;
import org.expirytracker.sessions.SessionFetchers;
import org.expirytracker.sessions.Sessions;
import org.expirytracker.users.Accounts;
import org.expirytracker.users.EmailVerification;
import org.expirytracker.users.Letters;
import org.expirytracker.users.PasswordConfirmation;
import org.expirytracker.users.User;
import org.expirytracker.users.UserFetchers;
import org.jspecify.annotations.Nullable;

/** One node of the product as far as people need it, on the shared database. */
public final class TestNode implements AutoCloseable {

    public static final String PASSWORD = Secrets.remember("correct horse battery");
    public static final byte[] KEY = "an access token key of 256 bits.".getBytes(StandardCharsets.US_ASCII);

    private static final SecretKey SECRET_KEY = SecretKeys.key(TestApi.SECRET_KEY);

    private static final AtomicInteger NAMES = new AtomicInteger();

    public final Vertx vertx = Vertx.vertx();
    public final Database database;
    public final ActivityLog log;
    public final AccessTokens tokens = new AccessTokens(vertx, KEY, Clock.systemUTC());
    public final Passwords passwords = new Passwords(vertx);
    public final List<UserId> leadDaysChanged = new ArrayList<>();
    public final LiveSessions live = new LiveSessions();
    public final Sessions sessions;
    public final PasswordConfirmation confirmation;
    public final Accounts accounts;
    public final Newcomers newcomers;
    public final PasswordChange passwordChange;
    /** What time it is for codes; tests move it. */
    public final MovedClock clock = new MovedClock();

    public final Letters letters = new Letters(Mailer.without(vertx, false), () -> "http://localhost", clock);
    public final SecretKeys secretKeys = secretKeys();
    public final TwoFactor twoFactor;
    public final Login login;

    private @Nullable GraphQL graphQL;

    public TestNode() {
        this(TestDatabase.migrated());
    }

    /** The same on a way to that database that a test watches. */
    public TestNode(DatabaseUrl url) {
        database = new Database(vertx, url.connectOptions(), 8);
        log = new ActivityLog(database, new LiveFeed(url.connectOptions()));
        sessions = new Sessions(vertx, database, log, tokens, live);
        confirmation = new PasswordConfirmation(database, passwords);
        accounts = new Accounts(
                database,
                log,
                confirmation,
                live,
                (change, caller, categoryId) -> {
                    leadDaysChanged.add(change.userId());
                    return Future.succeededFuture();
                },
                letters,
                Registered.ERASURES);
        newcomers = new Newcomers(database, log, passwords, sessions, letters);
        passwordChange =
                new PasswordChange(database, log, passwords, confirmation, live, change -> Future.succeededFuture());
        twoFactor = new TwoFactor(database, log, confirmation, secretKeys, live, clock);
        login = new Login(database, log, tokens, passwords, sessions, twoFactor);
    }

    @Override
    public void close() {
        await(database.close());
        await(vertx.close());
    }

    /** A name that no other test has. */
    public static String freshName() {
        return "user-" + NAMES.incrementAndGet() + "-" + Long.toString(System.nanoTime(), 36);
    }

    /** A new user with a name of their own, the one password, and the days of UTC. */
    public Sessions.Opened register() {
        return register(freshName(), ZoneId.of("UTC"));
    }

    public Sessions.Opened register(String name, ZoneId zone) {
        return remembered(await(newcomers.register(name, name + "@example.org", PASSWORD, zone, Device.UNKNOWN)));
    }

    public Sessions.Opened login(User user) {
        return login(user.username(), PASSWORD);
    }

    /** A login that is not asked for a second factor. */
    public Sessions.Opened login(String name, String password) {
        return remembered(((Login.Admitted) await(login.login(name, password, "", Device.UNKNOWN))).opened());
    }

    /** For SecretsTest. */
    private static Sessions.Opened remembered(Sessions.Opened opened) {
        Secrets.remember(opened.session().accessToken());
        Secrets.remember(opened.session().refreshToken());
        return opened;
    }

    private SecretKeys secretKeys() {
        try {
            return new SecretKeys(vertx, () -> List.of(SECRET_KEY));
        } catch (IOException impossible) {
            throw new UncheckedIOException(impossible);
        }
    }

    /** Who an access token speaks for; fails when it is not valid. */
    public Caller caller(Session session) {
        return await(sessions.authenticate(session.accessToken(), Optional.empty()))
                .caller();
    }

    public boolean isAlive(Session session) {
        try {
            caller(session);
            return true;
        } catch (Problem ended) {
            return false;
        }
    }

    public List<Activity> activities(User user) {
        return await(log.listAfter(new InventoryId(user.id()), 0, 100));
    }

    /** Runs an operation; the caller is null for nobody. */
    public JsonObject graphQL(@Nullable Caller caller, String query) {
        if (graphQL == null) {
            graphQL = build();
        }
        ExecutionInput.Builder input =
                ExecutionInput.newExecutionInput(query).dataLoaderRegistry(new DataLoaderRegistry());
        if (caller != null) {
            input.graphQLContext(Map.of(Caller.class, caller));
        }
        try {
            return new JsonObject(graphQL.executeAsync(input.build())
                    .get(10, TimeUnit.SECONDS)
                    .toSpecification());
        } catch (InterruptedException | ExecutionException | TimeoutException failure) {
            throw new IllegalStateException(failure);
        }
    }

    /** What the loader of the node type gives. */
    public Map<UUID, Object> loadUsers(Caller caller, UUID... ids) {
        Wiring wiring = new Wiring();
        fetchers().forEach(each -> each.register(wiring));
        @SuppressWarnings("unchecked")
        Wiring.Loader<UUID, Object> loader = (Wiring.Loader<UUID, Object>)
                Objects.requireNonNull(wiring.loaders().get("User"));
        return await(loader.load(caller, Set.of(ids)));
    }

    private List<Fetchers> fetchers() {
        return List.of(
                new UserFetchers(accounts, new EmailVerification(database, log, letters)),
                new SessionFetchers(database, sessions),
                new LoginFetchers(database, newcomers, Registration.OPEN, login),
                new RecoveryFetchers(
                        passwordChange,
                        new PasswordReset(database, log, passwords, live, change -> Future.succeededFuture(), letters),
                        new SecurityQuestions(database, log, tokens, passwords, confirmation)));
    }

    private GraphQL build() {
        RuntimeWiring.Builder runtime = RuntimeWiring.newRuntimeWiring()
                .scalar(text("Date"))
                .scalar(text("DateTime"))
                .scalar(text("Decimal"))
                .scalar(text("JSON"))
                .scalar(text("TimeZone"))
                .type(TypeRuntimeWiring.newTypeWiring("Node").typeResolver(field -> null))
                .type(TypeRuntimeWiring.newTypeWiring("ActivityState").typeResolver(field -> null));
        Wiring wiring = new Wiring();
        fetchers().forEach(each -> each.register(wiring));
        GraphQLField.wire(wiring, runtime);
        try (InputStream schema = Objects.requireNonNull(
                        TestNode.class.getResourceAsStream("/schema.graphqls"), "schema.graphqls");
                Reader reader = new InputStreamReader(schema, StandardCharsets.UTF_8)) {
            return GraphQL.newGraphQL(new SchemaGenerator()
                            .makeExecutableSchema(new SchemaParser().parse(reader), runtime.build()))
                    .build();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static GraphQLScalarType text(String name) {
        return GraphQLScalarType.newScalar()
                .name(name)
                .coercing(new Coercing<Object, String>() {
                    @Override
                    public String serialize(Object value, GraphQLContext context, Locale locale) {
                        return value.toString();
                    }

                    @Override
                    public Object parseValue(Object value, GraphQLContext context, Locale locale) {
                        return name.equals("TimeZone") ? ZoneId.of(value.toString()) : value;
                    }

                    @Override
                    public Object parseLiteral(
                            Value<?> value, CoercedVariables variables, GraphQLContext context, Locale locale) {
                        return parseValue("" + ((StringValue) value).getValue(), context, locale);
                    }
                })
                .build();
    }

    /** Waits for an outcome; a {@link Problem} is thrown as it is. */
    public static <T> T await(Future<T> future) {
        try {
            return future.toCompletionStage().toCompletableFuture().get(20, TimeUnit.SECONDS);
        } catch (ExecutionException failure) {
            if (failure.getCause() instanceof Problem problem) {
                throw problem;
            }
            throw new IllegalStateException(failure);
        } catch (InterruptedException | TimeoutException failure) {
            throw new IllegalStateException(failure);
        }
    }

    /** Why an operation is refused. */
    public static Problem refusal(Future<?> future) {
        try {
            await(future);
        } catch (Problem problem) {
            return problem;
        }
        throw new AssertionError("Nothing was refused");
    }

    /** Changes rows behind the back of the program. */
    public static int sql(String statement, Object... parameters) {
        try (Connection connection = TestDatabase.connect(TestDatabase.migrated());
                PreparedStatement prepared = connection.prepareStatement(statement)) {
            for (int at = 0; at < parameters.length; at++) {
                prepared.setObject(at + 1, parameters[at]);
            }
            return prepared.executeUpdate();
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
    }

    /**
     * Lets an operation come as far as the lock of a user's log, changes rows before it gets there, and lets it go on.
     *
     * @return what came of it
     */
    public static <T> T overtaken(UserId userId, Supplier<T> operation, String statement, Object... parameters) {
        try (Connection connection = TestDatabase.connect(TestDatabase.migrated())) {
            connection.setAutoCommit(false);
            execute(connection, "SELECT last_seq FROM feeds WHERE user_id = ? FOR UPDATE", userId.value());
            CompletableFuture<T> outcome = CompletableFuture.supplyAsync(operation);
            while (!isWaitedFor(connection)) {
                if (outcome.isDone()) {
                    throw new AssertionError("It ended before the lock: " + outcome.join());
                }
            }
            execute(connection, statement, parameters);
            connection.commit();
            return outcome.join();
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
    }

    private static boolean isWaitedFor(Connection connection) throws SQLException {
        try (PreparedStatement prepared = connection.prepareStatement(
                        "SELECT FROM pg_locks WHERE NOT granted AND pg_backend_pid() = ANY (pg_blocking_pids(pid))");
                ResultSet rows = prepared.executeQuery()) {
            return rows.next();
        }
    }

    private static void execute(Connection connection, String statement, Object... parameters) throws SQLException {
        try (PreparedStatement prepared = connection.prepareStatement(statement)) {
            for (int at = 0; at < parameters.length; at++) {
                prepared.setObject(at + 1, parameters[at]);
            }
            prepared.execute();
        }
    }

    /** The first column of the first row, as text. */
    public static @Nullable String value(String query, Object... parameters) {
        try (Connection connection = TestDatabase.connect(TestDatabase.migrated());
                PreparedStatement prepared = connection.prepareStatement(query)) {
            for (int at = 0; at < parameters.length; at++) {
                prepared.setObject(at + 1, parameters[at]);
            }
            try (ResultSet rows = prepared.executeQuery()) {
                return rows.next() ? rows.getString(1) : null;
            }
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
    }
}
