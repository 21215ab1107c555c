package org.expirytracker.accounts;

import static org.assertj.core.api.Assertions.assertThat;
import static org.expirytracker.accounts.TestNode.await;
import static org.expirytracker.accounts.TestNode.refusal;

import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.time.ZoneId;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicInteger;
import org.expirytracker.kernel.Problem;
import org.expirytracker.kernel.UserId;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;

class LiveSessionsTest {

    private static final Vertx VERTX = Vertx.vertx();
    private static final Optional<ZoneId> UTC = Optional.of(ZoneId.of("UTC"));

    private final LiveSessions live = new LiveSessions();
    private final UserId user = new UserId(UUID.randomUUID());
    private final UUID session = UUID.randomUUID();
    private final AtomicInteger looks = new AtomicInteger();

    @AfterAll
    static void close() {
        await(VERTX.close());
    }

    private Future<Optional<ZoneId>> find(Future<Optional<ZoneId>> answer) {
        return live.find(VERTX.getOrCreateContext(), user, session, () -> {
            looks.incrementAndGet();
            return answer;
        });
    }

    @Nested
    class Find {

        @Test
        void looks_once_for_many_who_ask_together() {
            Promise<Optional<ZoneId>> answer = Promise.promise();

            Future<Optional<ZoneId>> first = find(answer.future());
            Future<Optional<ZoneId>> second = find(answer.future());
            answer.complete(UTC);

            assertThat(await(first)).isEqualTo(UTC);
            assertThat(await(second)).isEqualTo(UTC);
            assertThat(looks).hasValue(1);
        }

        @Test
        void does_not_remember_a_failure() {
            Problem away = Problem.of(Problem.Code.UNAVAILABLE, "away");

            assertThat(refusal(find(Future.failedFuture(away)))).isSameAs(away);

            assertThat(await(find(Future.succeededFuture(UTC)))).isEqualTo(UTC);
        }

        @Test
        void remembers_that_a_session_does_not_live() {
            await(find(Future.succeededFuture(Optional.empty())));

            assertThat(await(find(Future.succeededFuture(UTC)))).isEmpty();
        }
    }

    @Nested
    class Forget {

        @Test
        void makes_the_next_one_look_again() {
            await(find(Future.succeededFuture(UTC)));

            live.forget(user, session);

            assertThat(await(find(Future.succeededFuture(Optional.empty())))).isEmpty();
        }

        @Test
        void of_a_user_forgets_all_their_sessions() {
            await(find(Future.succeededFuture(UTC)));

            live.forget(user);

            assertThat(await(find(Future.succeededFuture(Optional.empty())))).isEmpty();
        }

        @Test
        void reaches_a_look_that_is_under_way() {
            Promise<Optional<ZoneId>> begunBefore = Promise.promise();
            Future<Optional<ZoneId>> first = find(begunBefore.future());

            live.forget(user, session);
            begunBefore.complete(UTC);
            await(first);

            assertThat(await(find(Future.succeededFuture(Optional.empty())))).isEmpty();
        }

        @Test
        void of_a_user_reaches_a_look_that_is_under_way() {
            Promise<Optional<ZoneId>> begunBefore = Promise.promise();
            Future<Optional<ZoneId>> first = find(begunBefore.future());

            live.forget(user);
            begunBefore.complete(UTC);
            await(first);

            assertThat(await(find(Future.succeededFuture(Optional.empty())))).isEmpty();
        }
    }
}
