package org.expirytracker.sessions;

import static org.assertj.core.api.Assertions.assertThat;
import static org.expirytracker.TestNode.await;
import static org.expirytracker.TestNode.freshName;
import static org.expirytracker.TestNode.refusal;
import static org.expirytracker.TestNode.sql;
import static org.expirytracker.users.OneTimeTokens.Purpose.PASSWORD_RESET;

import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.expirytracker.DatabaseWire;
import org.expirytracker.TestDatabase;
import org.expirytracker.TestNode;
import org.expirytracker.activities.Activity;
import org.expirytracker.credentials.Authenticated;
import org.expirytracker.kernel.Caller;
import org.expirytracker.kernel.Problem;
import org.expirytracker.kernel.UserId;
import org.expirytracker.users.OneTimeTokens;
import org.expirytracker.users.UserActivities;
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
        void tells_who_is_calling_and_until_when() {
            Sessions.Opened opened = NODE.register(freshName(), ZoneId.of("Asia/Tokyo"));

            Authenticated authenticated =
                    await(NODE.sessions.authenticate(opened.session().accessToken(), Optional.empty()));

            assertThat(authenticated.caller().userId())
                    .isEqualTo(new UserId(opened.viewer().id()));
            assertThat(authenticated.caller().zone()).isEqualTo(ZoneId.of("Asia/Tokyo"));
            assertThat(authenticated.expiresAt()).isEqualTo(opened.session().expiresAt());
        }

        @Test
        void refuses_the_token_of_a_session_that_does_not_exist() {
            String token = NODE.tokens
                    .issue(new UserId(UUID.randomUUID()), UUID.randomUUID())
                    .token();

            Problem refused = refusal(NODE.sessions.authenticate(token, Optional.empty()));

            assertThat(refused.code()).isEqualTo(Problem.Code.UNAUTHENTICATED);
            assertThat(refused.getMessage()).contains("refreshSession");
        }

        @Test
        void refuses_inactive_users_and_expired_sessions_within_a_second() {
            Sessions.Opened inactive = NODE.register();
            Sessions.Opened expired = NODE.register();
            assertThat(NODE.isAlive(inactive.session())).isTrue();
            assertThat(NODE.isAlive(expired.session())).isTrue();

            sql(
                    "UPDATE users SET active = false WHERE id = ?",
                    inactive.viewer().id());
            sql(
                    "UPDATE sessions SET expires_at = now() WHERE user_id = ?",
                    expired.viewer().id());

            assertThat(millisUntilDead(NODE, inactive.session())).isLessThan(1_000);
            assertThat(millisUntilDead(NODE, expired.session())).isLessThan(1_000);
        }

        @Test
        void is_unavailable_while_the_database_is_away() {
            Sessions.Opened opened = NODE.register();
            TestNode cutOff = new TestNode();
            await(cutOff.database.close());

            Problem refused =
                    refusal(cutOff.sessions.authenticate(opened.session().accessToken(), Optional.empty()));

            assertThat(refused.code()).isEqualTo(Problem.Code.UNAVAILABLE);
            await(cutOff.vertx.close());
        }

        @Test
        void looks_up_the_sessions_of_many_sockets_in_one_statement() {
            List<Authenticated> sockets = new ArrayList<>();
            for (int at = 0; at < 20; at++) {
                sockets.add(await(
                        NODE.sessions.authenticate(NODE.register().session().accessToken(), Optional.empty())));
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

    @Nested
    class Logout {

        @Test
        void ends_the_calling_session_at_once_and_no_other() {
            Sessions.Opened first = NODE.register();
            Session second = NODE.login(first.viewer()).session();
            Caller caller = NODE.caller(first.session());

            assertThat(await(NODE.sessions.end(caller, caller.sessionId()))).isTrue();

            assertThat(NODE.isAlive(first.session())).isFalse();
            assertThat(NODE.isAlive(second)).isTrue();
            assertThat(refusal(NODE.sessions.refreshSession(first.session().refreshToken()))
                            .code())
                    .isEqualTo(Problem.Code.WRONG_CREDENTIALS);
        }

        @Test
        void is_noticed_on_another_node_within_a_second() {
            Sessions.Opened opened = NODE.register();
            Caller caller = NODE.caller(opened.session());
            try (TestNode other = new TestNode()) {
                assertThat(other.isAlive(opened.session())).isTrue();

                await(NODE.sessions.end(caller, caller.sessionId()));

                assertThat(millisUntilDead(other, opened.session())).isLessThan(1_000);
            }
        }

        @Test
        void twice_changes_nothing_more() {
            Sessions.Opened opened = NODE.register();
            Caller caller = NODE.caller(opened.session());
            await(NODE.sessions.end(caller, caller.sessionId()));

            assertThat(await(NODE.sessions.end(caller, caller.sessionId()))).isFalse();

            assertThat(NODE.activities(opened.viewer()))
                    .extracting(Activity::kind)
                    .containsExactly(
                            UserActivities.ACCOUNT_REGISTERED.name(), UserActivities.ACCOUNT_LOGGED_OUT.name());
        }
    }

    @Nested
    class LogoutEverywhere {

        @Test
        void ends_every_session_and_tells_how_many() {
            Sessions.Opened first = NODE.register();
            Session second = NODE.login(first.viewer()).session();
            Session stranger = NODE.register().session();
            Caller caller = NODE.caller(first.session());

            assertThat(await(NODE.sessions.logoutEverywhere(caller, false))).isEqualTo(2);

            assertThat(NODE.isAlive(first.session())).isFalse();
            assertThat(NODE.isAlive(second)).isFalse();
            assertThat(NODE.isAlive(stranger)).isTrue();
        }

        @Test
        void can_spare_the_calling_session() {
            Sessions.Opened first = NODE.register();
            Session second = NODE.login(first.viewer()).session();
            Caller caller = NODE.caller(first.session());

            assertThat(await(NODE.sessions.logoutEverywhere(caller, true))).isEqualTo(1);
            assertThat(await(NODE.sessions.logoutEverywhere(caller, true))).isZero();

            assertThat(NODE.isAlive(first.session())).isTrue();
            assertThat(NODE.isAlive(second)).isFalse();
            assertThat(NODE.activities(first.viewer())).hasSize(3);
        }

        @Test
        void lets_nobody_who_stole_a_session_keep_its_owner_from_resetting_the_password() {
            Caller thief = NODE.caller(NODE.register().session());
            String token = resetToken(thief.userId());

            await(NODE.sessions.logoutEverywhere(thief, true));

            assertThat(isGood(token)).isTrue();
        }
    }

    private static String resetToken(UserId userId) {
        return await(new OneTimeTokens().issue(NODE.database.reads(), userId, PASSWORD_RESET, null))
                .token();
    }

    private static boolean isGood(String token) {
        return await(new OneTimeTokens().find(NODE.database.reads(), token, PASSWORD_RESET))
                .isPresent();
    }

    /** How long a token is still taken, asked again and again as a busy client does. */
    private static long millisUntilDead(TestNode node, Session session) {
        long begin = System.nanoTime();
        long millis = 0;
        while (millis < 5_000 && node.isAlive(session)) {
            millis = (System.nanoTime() - begin) / 1_000_000;
        }
        return millis;
    }
}
