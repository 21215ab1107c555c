package org.expirytracker.activities;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.json.JsonObject;
import io.vertx.pgclient.SslMode;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.time.Duration;
import java.time.Instant;
import org.expirytracker.TestApi;
import org.expirytracker.TestApi.User;
import org.expirytracker.TestDatabase;
import org.expirytracker.db.DatabaseUrl;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A node to whom PostgreSQL's notifications do not come, although it may listen. */
@Timeout(60)
class UnheardNotificationsTest {

    /** NotificationResponse (PostgreSQL manual, "Message Formats"). */
    private static final byte NOTIFICATION = 'A';

    private final DatabaseUrl database = TestDatabase.migrated();
    private ServerSocket proxy;

    @BeforeEach
    void listen() throws IOException {
        proxy = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
        Thread.ofVirtual().start(this::accept);
    }

    @AfterEach
    void close() throws IOException {
        proxy.close();
    }

    private void accept() {
        while (true) {
            try {
                Socket client = proxy.accept();
                Socket server = new Socket(database.host(), database.port());
                Thread.ofVirtual().start(() -> passAllOn(client, server));
                Thread.ofVirtual().start(() -> passOnWithoutNotifications(server, client));
            } catch (IOException closed) {
                return;
            }
        }
    }

    private static void passAllOn(Socket from, Socket to) {
        try (from;
                to) {
            from.getInputStream().transferTo(to.getOutputStream());
        } catch (IOException closed) {
            // So are both then.
        }
    }

    private static void passOnWithoutNotifications(Socket from, Socket to) {
        try (from;
                to;
                DataInputStream in = new DataInputStream(from.getInputStream());
                DataOutputStream out = new DataOutputStream(to.getOutputStream())) {
            for (int type = in.read(); type >= 0; type = in.read()) {
                int length = in.readInt();
                byte[] message = in.readNBytes(length - Integer.BYTES);
                if (type != NOTIFICATION) {
                    out.write(type);
                    out.writeInt(length);
                    out.write(message);
                }
            }
        } catch (IOException closed) {
            // So are both then.
        }
    }

    @Test
    void asks_for_what_it_does_not_hear_and_says_so() throws IOException {
        DatabaseUrl through = new DatabaseUrl(
                "127.0.0.1",
                proxy.getLocalPort(),
                database.database(),
                database.user(),
                database.password(),
                SslMode.DISABLE,
                null,
                database.applicationName());
        User user = TestApi.node().newUser();
        try (TestApi deaf = TestApi.start(through);
                TestApi.Events events = user.on(deaf).subscribe("subscription { itemChanged { item { name } } }")) {
            user.createItem(JsonObject.of("name", "Milk"));

            Instant created = Instant.now();
            assertThat(events.next().getJsonObject("itemChanged").getJsonObject("item"))
                    .isEqualTo(JsonObject.of("name", "Milk"));
            assertThat(Duration.between(created, Instant.now())).isLessThan(Duration.ofSeconds(5));
            assertThat(deaf.get("/metrics").body()).contains("expiry_live_polling 1");
            assertThat(TestApi.node().get("/metrics").body()).contains("expiry_live_polling 0");
        }
    }
}
