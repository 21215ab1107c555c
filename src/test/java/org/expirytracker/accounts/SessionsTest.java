package org.expirytracker.accounts;

import static org.assertj.core.api.Assertions.assertThat;
import static org.expirytracker.accounts.TestNode.await;
import static org.expirytracker.accounts.TestNode.sql;

import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.util.ArrayList;
import java.util.List;
import org.expirytracker.DatabaseWire;
import org.expirytracker.TestDatabase;
import org.expirytracker.kernel.Caller;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;

class SessionsTest {

    private static final DatabaseWire WIRE = new DatabaseWire(TestDatabase.migrated());
    private static final TestNode NODE = new TestNode(WIRE.url());

    @AfterAll
    static void close() {
        NODE.close();
    }

    @Nested
    class Authenticate {

        @Test
        void looks_up_the_sessions_of_many_sockets_in_one_statement() {
            List<Authenticated> sockets = new ArrayList<>();
            for (int at = 0; at < 20; at++) {
                sockets.add(await(
                        NODE.sessions.authenticate(NODE.register().session().accessToken())));
            }
            Caller ended = sockets.getFirst().caller();
            sql("UPDATE sessions SET revoked_at = now() WHERE id = ?", ended.sessionId());
            sockets.forEach(socket -> NODE.live.forget(socket.caller().userId()));
            WIRE.clear();

            List<Future<Caller>> callers = await(againTogether(sockets));
            await(Future.join(callers).otherwiseEmpty());

            assertThat(WIRE.statements())
                    .filteredOn(statement -> statement.contains("JOIN sessions"))
                    .hasSize(1);
            assertThat(callers.getFirst().failed()).isTrue();
            assertThat(callers.subList(1, sockets.size()).stream().map(Future::result))
                    .containsExactlyElementsOf(sockets.subList(1, sockets.size()).stream()
                            .map(Authenticated::caller)
                            .toList());
        }

        /** As the timer of all sockets asks: in one turn of the event loop. */
        private static Future<List<Future<Caller>>> againTogether(List<Authenticated> sockets) {
            Promise<List<Future<Caller>>> asked = Promise.promise();
            NODE.vertx.runOnContext(turn -> asked.complete(
                    sockets.stream().map(socket -> socket.again().get()).toList()));
            return asked.future();
        }
    }
}
