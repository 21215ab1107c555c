package org.expirytracker.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.Writer;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Clock;
import java.time.Instant;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import org.expirytracker.DatabaseProxy;
import org.expirytracker.ProvenRoom;
import org.expirytracker.Stock;
import org.expirytracker.TestApi;
import org.expirytracker.TestDatabase;
import org.expirytracker.db.DatabaseUrl;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code expiry serve --demo}, whatever the start before has left. */
@ProvenRoom("product")
class DemoInventoryTest {

    /** Sees the class path of the tests, which threads of the common pool do not. */
    private static final Executor OWN_THREAD = task -> Thread.ofPlatform().start(task);

    private static final String WHOLE = """
            SELECT concat_ws(' ',
                   (SELECT count(*) FROM items WHERE user_id = users.id),
                   (SELECT count(*) FROM categories WHERE user_id = users.id),
                   (SELECT count(*) > 20 FROM reports WHERE user_id = users.id),
                   (SELECT count(*) > 20 FROM take_outs WHERE user_id = users.id),
                   (SELECT count(*) FROM notifications WHERE user_id = users.id AND status = 'UNREAD') BETWEEN 1 AND 20)
              FROM users
             WHERE username = 'demo'
            """;
    private static final String USER = "SELECT id::text FROM users WHERE username = 'demo'";
    private static final String BREAK_OFF = """
            DELETE FROM activities
             WHERE user_id = (SELECT id FROM users WHERE username = 'demo') AND kind = 'NOTIFICATION_UPDATED'
            """;

    @TempDir
    Path data;

    private final DatabaseUrl url = TestDatabase.freshMigrated();
    private final Stock stock = new Stock(url);

    private Server server(DatabaseUrl database) {
        Map<String, String> environment = new HashMap<>(Map.of(
                "DATABASE_URL",
                TestDatabase.textOf(database),
                "EXPIRY_DATA",
                data.toString(),
                "EXPIRY_JWT_KEY",
                Base64.getEncoder().encodeToString(TestApi.jwtKey()),
                "EXPIRY_SECRET_KEYS",
                TestApi.SECRET_KEY,
                "EXPIRY_HOST",
                "127.0.0.1",
                "EXPIRY_PORT",
                "0"));
        return new Server(Config.from(environment), Clock.systemUTC());
    }

    private void serve() throws IOException {
        try (Server server = server(url)) {
            server.start(true, new PrintWriter(Writer.nullWriter()));
        }
    }

    private String found(String sql) throws SQLException {
        try (Connection connection = TestDatabase.connect(url)) {
            return TestDatabase.strings(connection, sql).stream().findFirst().orElse("");
        }
    }

    @Test
    void is_made_whole_once_and_made_anew_when_it_was_broken_off() throws Exception {
        serve();
        String made = found(USER);
        assertThat(found(WHOLE)).isEqualTo("300 12 t t t");

        stock.run("DELETE FROM items WHERE user_id = ?::uuid AND name < 'D'", made);
        serve();
        assertThat(found(USER)).as("somebody deletes items, and keeps the rest").isEqualTo(made);

        stock.run(BREAK_OFF);
        serve();
        assertThat(found(USER)).isNotEqualTo(made);
        assertThat(found(WHOLE)).isEqualTo("300 12 t t t");
    }

    @Test
    void is_made_whole_though_the_database_goes_away_in_the_middle() throws Exception {
        try (DatabaseProxy proxy = new DatabaseProxy(url.host(), url.port());
                Server server = server(proxy.url(url))) {
            CompletableFuture<Void> started = CompletableFuture.runAsync(
                    () -> {
                        try {
                            server.start(true, new PrintWriter(Writer.nullWriter()));
                        } catch (IOException failure) {
                            throw new IllegalStateException(failure);
                        }
                    },
                    OWN_THREAD);
            Instant until = Instant.now().plusSeconds(30);
            while (!found("SELECT 'some' FROM categories LIMIT 1").equals("some")) {
                assertThat(Instant.now()).isBefore(until);
            }

            proxy.refuse();
            proxy.pass();

            started.get(90, TimeUnit.SECONDS);
            assertThat(found(WHOLE)).isEqualTo("300 12 t t t");
        }
    }

    @Test
    void leaves_alone_what_is_not_its_own() throws Exception {
        try (TestApi node = TestApi.start(url)) {
            JsonObject input =
                    JsonObject.of("username", "demo", "email", "demo@example.org", "password", TestApi.PASSWORD);
            new TestApi.User(node, "demo", "").mutate("register", "session { accessToken }", input);
        }
        String theirs = found(USER);

        serve();

        assertThat(List.of(found(USER), found("SELECT count(*)::text FROM items")))
                .containsExactly(theirs, "0");
    }
}
