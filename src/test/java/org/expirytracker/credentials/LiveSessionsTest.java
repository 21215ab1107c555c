package org.expirytracker.credentials;

import static org.assertj.core.api.Assertions.assertThat;
import static org.expirytracker.TestNode.await;
import static org.expirytracker.TestNode.refusal;

import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.time.ZoneId;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicInteger;
import org.expirytracker.kernel.Caller;
import org.expirytracker.kernel.Holdings;
import org.expirytracker.kernel.InventoryId;
import org.expirytracker.kernel.Problem;
import org.expirytracker.kernel.Role;
import org.expirytracker.kernel.UserId;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;

class LiveSessionsTest {

    private static final Vertx VERTX = Vertx.vertx();

    private final LiveSessions live = new LiveSessions();
    private final UserId user = new UserId(UUID.randomUUID());
    private final UUID session = UUID.randomUUID();
    private final AtomicInteger looks = new AtomicInteger();
    private final Optional<Caller> caller = Optional.of(new Caller(
            user, InventoryId.ownOf(user), Role.OWNER, session, ZoneId.of("UTC"), new Holdings.OfSession(false)));

    @AfterAll
    static void close() {
        await(VERTX.close());
    }

    private Future<Optional<Caller>> find(Future<Optional<Caller>> answer) {
        return live.find(VERTX.getOrCreateContext(), new SessionKey(user, session, InventoryId.ownOf(user)), () -> {
            looks.incrementAndGet();
            return answer;
        });
    }

    @Nested
    class Find {

        @Test
        void looks_once_for_many_who_ask_together() {
            Promise<Optional<Caller>> answer = Promise.promise();

            Future<Optional<Caller>> first = find(answer.future());
            Future<Optional<Caller>> second = find(answer.future());
            answer.complete(caller);

            assertThat(await(first)).isEqualTo(caller);
            assertThat(await(second)).isEqualTo(caller);
            assertThat(looks).hasValue(1);
        }

        @Test
        void does_not_remember_a_failure() {
            Problem away = Problem.of(Problem.Code.UNAVAILABLE, "away");

            assertThat(refusal(find(Future.failedFuture(away)))).isSameAs(away);

            assertThat(await(find(Future.succeededFuture(caller)))).isEqualTo(caller);
        }

        @Test
        void remembers_that_a_session_does_not_live() {
            await(find(Future.succeededFuture(Optional.empty())));

            assertThat(await(find(Future.succeededFuture(caller)))).isEmpty();
        }
    }

    @Nested
    class Forget {

        @Test
        void makes_the_next_one_look_again() {
            await(find(Future.succeededFuture(caller)));

            live.forget(user, session);

            assertThat(await(find(Future.succeededFuture(Optional.empty())))).isEmpty();
        }

        @Test
        void of_a_user_forgets_all_their_sessions() {
            await(find(Future.succeededFuture(caller)));

            live.forget(user);

            assertThat(await(find(Future.succeededFuture(Optional.empty())))).isEmpty();
        }

        @Test
        void reaches_a_look_that_is_under_way() {
            Promise<Optional<Caller>> begunBefore = Promise.promise();
            Future<Optional<Caller>> first = find(begunBefore.future());

            live.forget(user, session);
            begunBefore.complete(caller);
            await(first);

            assertThat(await(find(Future.succeededFuture(Optional.empty())))).isEmpty();
        }

        @Test
        void of_a_user_reaches_a_look_that_is_under_way() {
            Promise<Optional<Caller>> begunBefore = Promise.promise();
            Future<Optional<Caller>> first = find(begunBefore.future());

            live.forget(user);
            begunBefore.complete(caller);
            await(first);

            assertThat(await(find(Future.succeededFuture(Optional.empty())))).isEmpty();
        }
    }
}
