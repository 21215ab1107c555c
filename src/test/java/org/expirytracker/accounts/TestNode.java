package org.expirytracker.accounts;

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
import org.expirytracker.Secrets;
import org.expirytracker.TestApi;
import org.expirytracker.TestDatabase;
import org.expirytracker.activities.Activity;
import org.expirytracker.activities.ActivityLog;
import org.expirytracker.activities.LiveFeed;
import org.expirytracker.api.GraphQLField;
import org.expirytracker.db.Database;
import org.expirytracker.db.DatabaseUrl;
import org.expirytracker.kernel.Caller;
import org.expirytracker.kernel.Problem;
import org.expirytracker.kernel.UserId;
import org.expirytracker.kernel.Wiring;
import org.expirytracker.mail.Mailer;
import org.jspecify.annotations.Nullable;

/** One node of the product as far as the accounts room needs it, on the shared database. */
final class TestNode implements AutoCloseable {

    static final String PASSWORD = Secrets.remember("correct horse battery");
    static final byte[] KEY = "an access token key of 256 bits.".getBytes(StandardCharsets.US_ASCII);

    private static final SecretKey SECRET_KEY = SecretKeys.key(TestApi.SECRET_KEY);

    private static final AtomicInteger NAMES = new AtomicInteger();

    final Vertx vertx = Vertx.vertx();
    final Database database;
    final ActivityLog log;
    final AccessTokens tokens = new AccessTokens(vertx, KEY, Clock.systemUTC());
    final Passwords passwords = new Passwords(vertx);
    final List<UserId> leadDaysChanged = new ArrayList<>();
    final LiveSessions live = new LiveSessions();
    final Sessions sessions;
    final Accounts accounts;
    /** What time it is for codes; tests move it. */
    final MovedClock clock = new MovedClock();

    final Letters letters = new Letters(Mailer.without(vertx, false), () -> "http://localhost", clock);
    final SecretKeys secretKeys = secretKeys();
    final TwoFactor twoFactor;
    final Login login;

    private @Nullable GraphQL graphQL;

    TestNode() {
        this(TestDatabase.migrated());
    }

    /** The same on a way to that database that a test watches. */
    TestNode(DatabaseUrl url) {
        database = new Database(vertx, url.connectOptions(), 8);
        log = new ActivityLog(database, new LiveFeed(url.connectOptions()));
        sessions = new Sessions(vertx, database, log, tokens, live);
        accounts = new Accounts(
                database,
                log,
                passwords,
                live,
                sessions,
                (change, caller, categoryId) -> {
                    leadDaysChanged.add(change.userId());
                    return Future.succeededFuture();
                },
                change -> Future.succeededFuture(),
                letters);
        twoFactor = new TwoFactor(database, log, accounts, secretKeys, live, clock);
        login = new Login(database, log, tokens, passwords, sessions, twoFactor);
    }

    @Override
    public void close() {
        await(database.close());
        await(vertx.close());
    }

    /** A name that no other test has. */
    static String freshName() {
        return "user-" + NAMES.incrementAndGet() + "-" + Long.toString(System.nanoTime(), 36);
    }

    /** A new user with a name of their own, the one password, and the days of UTC. */
    Sessions.Opened register() {
        return register(freshName(), ZoneId.of("UTC"));
    }

    Sessions.Opened register(String name, ZoneId zone) {
        return remembered(await(accounts.register(name, name + "@example.org", PASSWORD, zone, Device.UNKNOWN)));
    }

    Sessions.Opened login(User user) {
        return login(user.username(), PASSWORD);
    }

    /** A login that is not asked for a second factor. */
    Sessions.Opened login(String name, String password) {
        return remembered((Sessions.Opened) await(login.login(name, password, "", Device.UNKNOWN)));
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
    Caller caller(Session session) {
        return await(sessions.authenticate(session.accessToken())).caller();
    }

    boolean isAlive(Session session) {
        try {
            caller(session);
            return true;
        } catch (Problem ended) {
            return false;
        }
    }

    List<Activity> activities(User user) {
        return await(log.listAfter(new UserId(user.id()), 0, 100));
    }

    /** Runs an operation; the caller is null for nobody. */
    JsonObject graphQL(@Nullable Caller caller, String query) {
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
    Map<UUID, Object> loadUsers(Caller caller, UUID... ids) {
        Wiring wiring = new Wiring();
        fetchers().register(wiring);
        @SuppressWarnings("unchecked")
        Wiring.Loader<UUID, Object> loader = (Wiring.Loader<UUID, Object>)
                Objects.requireNonNull(wiring.loaders().get("User"));
        return await(loader.load(caller, Set.of(ids)));
    }

    private AccountFetchers fetchers() {
        return new AccountFetchers(
                database,
                accounts,
                login,
                sessions,
                new EmailVerification(database, log, passwords, letters),
                Registration.OPEN);
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
        fetchers().register(wiring);
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
    static <T> T await(Future<T> future) {
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
    static Problem refusal(Future<?> future) {
        try {
            await(future);
        } catch (Problem problem) {
            return problem;
        }
        throw new AssertionError("Nothing was refused");
    }

    /** Changes rows behind the back of the program. */
    static int sql(String statement, Object... parameters) {
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
    static <T> T overtaken(UserId userId, Supplier<T> operation, String statement, Object... parameters) {
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
    static @Nullable String value(String query, Object... parameters) {
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
