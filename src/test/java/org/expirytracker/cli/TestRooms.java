package org.expirytracker.cli;

import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.io.IOException;
import java.time.Clock;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import javax.crypto.SecretKey;
import org.expirytracker.TestApi;
import org.expirytracker.activities.LiveFeed;
import org.expirytracker.api.GraphQLEngine;
import org.expirytracker.api.PersistedDocuments;
import org.expirytracker.credentials.AccessTokens;
import org.expirytracker.credentials.LiveSessions;
import org.expirytracker.credentials.Passwords;
import org.expirytracker.credentials.SecretKeys;
import org.expirytracker.db.DatabaseUrl;
import org.expirytracker.db.ServerOptions;
import org.expirytracker.kernel.Caller;
import org.expirytracker.limits.Budgets;
import org.expirytracker.limits.BytesInFlight;
import org.expirytracker.login.Registration;
import org.expirytracker.mail.Mailer;
import org.expirytracker.outbound.OutboundClient;
import org.expirytracker.outbound.OutboundTargets;
import org.expirytracker.users.Letters;

/** All rooms of the product on one event loop, for tests that ask the engine itself, without HTTP around it. */
public final class TestRooms implements AutoCloseable {

    private static final int CONNECTIONS = 4;
    private static final int WITHOUT_END = 1_000_000_000;

    private final Vertx vertx = Vertx.vertx();
    private final Rooms rooms;

    /** The rooms on a database, which know the tokens of {@link TestApi}. */
    public TestRooms(DatabaseUrl url) {
        ServerOptions database = url.connectOptions();
        Clock clock = Clock.systemUTC();
        try {
            SecretKey key = SecretKeys.key(TestApi.SECRET_KEY);
            rooms = new Rooms(
                    vertx,
                    new Rooms.Shared(
                            clock,
                            database,
                            Optional.empty(),
                            new LiveFeed(database),
                            new AccessTokens(vertx, TestApi.jwtKey(), clock),
                            new SecretKeys(vertx, () -> List.of(key)),
                            new Passwords(vertx),
                            new LiveSessions(),
                            new Letters(Mailer.without(vertx, false), () -> "http://localhost", clock),
                            Registration.OPEN,
                            PersistedDocuments.ofCallers(),
                            new Budgets(),
                            new BytesInFlight(),
                            new OutboundClient(vertx, OutboundTargets.PUBLIC),
                            1L << 20,
                            () -> {},
                            WITHOUT_END,
                            WITHOUT_END),
                    CONNECTIONS);
        } catch (IOException impossible) {
            throw new IllegalStateException(impossible);
        }
    }

    /** What executes operations. */
    public GraphQLEngine engine() {
        return rooms.engine();
    }

    /** Who sends an access token. */
    public Caller caller(String token) {
        return onLoop(() -> rooms.authenticate(token, Optional.empty())).caller();
    }

    /** What comes of work that is begun on the event loop. */
    public <T> T onLoop(Supplier<Future<T>> work) {
        Promise<T> done = Promise.promise();
        vertx.runOnContext(now -> work.get().onComplete(done));
        return done.future().await();
    }

    @Override
    public void close() {
        rooms.close().await();
        vertx.close().await();
    }
}
