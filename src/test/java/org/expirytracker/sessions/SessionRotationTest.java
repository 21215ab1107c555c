package org.expirytracker.sessions;

import static org.assertj.core.api.Assertions.assertThat;
import static org.expirytracker.TestNode.await;
import static org.expirytracker.TestNode.refusal;
import static org.expirytracker.TestNode.sql;
import static org.expirytracker.TestNode.value;

import io.vertx.core.Future;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.expirytracker.TestNode;
import org.expirytracker.activities.Activity;
import org.expirytracker.credentials.AccessTokens;
import org.expirytracker.credentials.OpaqueToken;
import org.expirytracker.kernel.Caller;
import org.expirytracker.kernel.Problem;
import org.expirytracker.kernel.UserId;
import org.expirytracker.users.User;
import org.expirytracker.users.UserActivities;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;

class SessionRotationTest {

    private static final TestNode NODE = new TestNode();

    @AfterAll
    static void close() {
        NODE.close();
    }

    private static Future<Sessions.Opened> refresh(Session session) {
        return NODE.sessions.refreshSession(session.refreshToken());
    }

    @Nested
    class RefreshSession {

        @Test
        void continues_the_same_session_with_new_tokens() {
            Sessions.Opened first = NODE.register();

            Sessions.Opened second = await(refresh(first.session()));

            assertThat(second.viewer()).isEqualTo(first.viewer());
            assertThat(second.session().refreshToken())
                    .isNotEqualTo(first.session().refreshToken());
            assertThat(NODE.caller(second.session())).isEqualTo(NODE.caller(first.session()));
            assertThat(await(refresh(second.session())).viewer()).isEqualTo(first.viewer());
        }

        @Test
        void extends_the_session_to_30_days_from_now() {
            Session session = NODE.register().session();
            UUID id = NODE.caller(session).sessionId();
            sql("UPDATE sessions SET expires_at = now() + interval '1 hour' WHERE id = ?", id);

            await(refresh(session));

            assertThat(value("SELECT expires_at > now() + interval '719 hours' FROM sessions WHERE id = ?", id))
                    .isEqualTo("t");
        }

        @Test
        void stores_no_token_as_it_is() {
            Sessions.Opened opened = NODE.register();

            assertThat(value(
                            "SELECT string_agg(t::text, ' ') FROM refresh_tokens t WHERE user_id = ?",
                            opened.viewer().id()))
                    .doesNotContain(opened.session().refreshToken().substring(60));
        }

        @Test
        void again_within_30_seconds_gives_the_same_refresh_token_and_an_access_token_that_works() {
            Sessions.Opened first = NODE.register();
            Session lost = await(refresh(first.session())).session();

            Session retried = await(refresh(first.session())).session();

            assertThat(retried.refreshToken()).isEqualTo(lost.refreshToken());
            assertThat(NODE.isAlive(retried)).isTrue();
            assertThat(NODE.activities(first.viewer()))
                    .extracting(Activity::kind)
                    .containsExactly(UserActivities.ACCOUNT_REGISTERED.name());
        }

        @Test
        void again_after_the_next_one_was_used_too_gives_what_that_has_come_to() {
            Session first = NODE.register().session();
            Session second = await(refresh(first)).session();
            Session third = await(refresh(second)).session();

            assertThat(await(refresh(first)).session().refreshToken()).isEqualTo(third.refreshToken());
            assertThat(await(refresh(second)).session().refreshToken()).isEqualTo(third.refreshToken());
            assertThat(await(refresh(third)).session().refreshToken())
                    .isNotIn(first.refreshToken(), second.refreshToken(), third.refreshToken());
        }

        @Test
        void does_not_let_the_next_token_be_told_from_the_former_without_the_key() {
            Session first = NODE.register().session();
            AccessTokens otherKey = new AccessTokens(NODE.vertx, new byte[32], Clock.systemUTC());
            OpaqueToken presented = OpaqueToken.decode(OpaqueToken.Kind.REFRESH, first.refreshToken())
                    .orElseThrow();

            String next = await(refresh(first)).session().refreshToken();

            assertThat(NODE.tokens.successor(presented).encoded()).isEqualTo(next);
            assertThat(otherKey.successor(presented).encoded()).isNotEqualTo(next);
        }

        @Test
        void again_after_the_key_was_exchanged_is_refused_and_ends_nothing() {
            Sessions.Opened first = NODE.register();
            Session second = await(refresh(first.session())).session();
            Sessions ofOtherKey = new Sessions(
                    NODE.vertx,
                    NODE.database,
                    NODE.log,
                    new AccessTokens(NODE.vertx, new byte[32], Clock.systemUTC()),
                    NODE.live);

            Problem refused = refusal(ofOtherKey.refreshSession(first.session().refreshToken()));

            assertThat(refused.code()).isEqualTo(Problem.Code.WRONG_CREDENTIALS);
            assertThat(await(ofOtherKey.refreshSession(second.refreshToken())).viewer())
                    .isEqualTo(first.viewer());
        }

        @Test
        void again_after_a_logout_is_refused() {
            Session first = NODE.register().session();
            Caller caller = NODE.caller(first);
            await(refresh(first));
            await(NODE.sessions.end(caller, caller.sessionId()));

            assertThat(refusal(refresh(first)).code()).isEqualTo(Problem.Code.WRONG_CREDENTIALS);
        }

        @Test
        void by_a_thief_within_30_seconds_is_found_out_by_the_next_exchange() {
            Sessions.Opened first = NODE.register();
            Session owners = await(refresh(first.session())).session();
            Session thiefs = await(refresh(first.session())).session();
            await(refresh(thiefs));
            spentLongerAgo(first.viewer());

            assertThat(refusal(refresh(owners)).code()).isEqualTo(Problem.Code.WRONG_CREDENTIALS);
            assertThat(NODE.isAlive(thiefs)).isFalse();
        }

        /** As if half a minute had passed since every exchange. */
        private static void spentLongerAgo(User user) {
            sql("UPDATE refresh_tokens SET spent_at = spent_at - interval '30 seconds' WHERE user_id = ?", user.id());
        }

        @Test
        void by_a_token_spent_30_seconds_ago_ends_the_session_with_all_its_tokens() {
            Sessions.Opened first = NODE.register();
            Session second = await(refresh(first.session())).session();
            spentLongerAgo(first.viewer());

            Problem replayed = refusal(refresh(first.session()));

            assertThat(replayed.code()).isEqualTo(Problem.Code.WRONG_CREDENTIALS);
            assertThat(NODE.isAlive(second)).isFalse();
            assertThat(refusal(refresh(second)).code()).isEqualTo(Problem.Code.WRONG_CREDENTIALS);
            assertThat(NODE.activities(first.viewer()))
                    .extracting(Activity::kind)
                    .containsExactly(
                            UserActivities.ACCOUNT_REGISTERED.name(), UserActivities.ACCOUNT_LOGGED_OUT.name());
        }

        @Test
        void by_a_spent_token_leaves_other_sessions_alone() {
            Sessions.Opened first = NODE.register();
            Session other = NODE.login(first.viewer()).session();
            await(refresh(first.session()));
            spentLongerAgo(first.viewer());

            refusal(refresh(first.session()));

            assertThat(NODE.isAlive(other)).isTrue();
        }

        @Test
        void by_a_hundred_at_once_gives_all_of_them_the_same_refresh_token() {
            Sessions.Opened opened = NODE.register();
            List<Future<Sessions.Opened>> all = new ArrayList<>();
            for (int i = 0; i < 100; i++) {
                all.add(refresh(opened.session()));
            }
            await(Future.join(all));

            assertThat(all.stream().map(each -> each.result().session().refreshToken()))
                    .containsOnly(all.getFirst().result().session().refreshToken());
            assertThat(value(
                            "SELECT count(*) FROM refresh_tokens WHERE user_id = ?",
                            opened.viewer().id()))
                    .isEqualTo("2");
            assertThat(NODE.isAlive(opened.session())).isTrue();
        }

        @Test
        void by_a_forged_token_ends_nothing() {
            Sessions.Opened opened = NODE.register();
            OpaqueToken forged = OpaqueToken.create(
                    OpaqueToken.Kind.REFRESH,
                    new UserId(opened.viewer().id()),
                    NODE.caller(opened.session()).sessionId());

            Problem refused = refusal(NODE.sessions.refreshSession(forged.encoded()));

            assertThat(refused.code()).isEqualTo(Problem.Code.WRONG_CREDENTIALS);
            assertThat(NODE.isAlive(opened.session())).isTrue();
        }

        @Test
        void by_anything_else_gets_one_answer() {
            Sessions.Opened opened = NODE.register();
            String token = opened.session().refreshToken();
            String deleted = NODE.register().session().refreshToken();
            sql(
                    "DELETE FROM users WHERE id = ?",
                    OpaqueToken.decode(OpaqueToken.Kind.REFRESH, deleted)
                            .orElseThrow()
                            .userId()
                            .value());

            assertThat(List.of(
                            "",
                            "etr_",
                            token + "A",
                            token.substring(4),
                            "xyz_" + token.substring(4),
                            token.substring(0, token.length() - 1) + "_",
                            token.substring(0, token.length() - 1) + "!",
                            deleted,
                            opened.session().accessToken()))
                    .allSatisfy(wrong -> assertThat(
                                    refusal(NODE.sessions.refreshSession(wrong)).errors())
                            .isEqualTo(refusal(NODE.sessions.refreshSession("unknown"))
                                    .errors()));
            assertThat(NODE.isAlive(opened.session())).isTrue();
        }

        @Test
        void of_an_expired_session_is_refused() {
            Session session = NODE.register().session();
            sql(
                    "UPDATE sessions SET expires_at = now() WHERE id = ?",
                    NODE.caller(session).sessionId());

            assertThat(refusal(refresh(session)).code()).isEqualTo(Problem.Code.WRONG_CREDENTIALS);
        }

        @Test
        void of_an_inactive_user_is_refused() {
            Sessions.Opened opened = NODE.register();
            sql("UPDATE users SET active = false WHERE id = ?", opened.viewer().id());

            assertThat(refusal(refresh(opened.session())).code()).isEqualTo(Problem.Code.WRONG_CREDENTIALS);
        }
    }
}
