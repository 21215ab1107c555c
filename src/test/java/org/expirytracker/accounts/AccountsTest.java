package org.expirytracker.accounts;

import static org.assertj.core.api.Assertions.assertThat;
import static org.expirytracker.accounts.OneTimeTokens.Purpose.PASSWORD_RESET;
import static org.expirytracker.accounts.TestNode.PASSWORD;
import static org.expirytracker.accounts.TestNode.await;
import static org.expirytracker.accounts.TestNode.freshName;
import static org.expirytracker.accounts.TestNode.refusal;
import static org.expirytracker.accounts.TestNode.sql;
import static org.expirytracker.accounts.TestNode.value;

import io.vertx.sqlclient.Tuple;
import java.time.Instant;
import java.time.LocalDate;
import java.time.OffsetDateTime;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.time.zone.ZoneRules;
import java.time.zone.ZoneRulesProvider;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.UUID;
import org.expirytracker.Stock;
import org.expirytracker.TestDatabase;
import org.expirytracker.activities.Activity;
import org.expirytracker.activities.ActivityKind;
import org.expirytracker.db.DatabaseUrl;
import org.expirytracker.db.Rows;
import org.expirytracker.kernel.Caller;
import org.expirytracker.kernel.Problem;
import org.expirytracker.kernel.UserError;
import org.expirytracker.kernel.UserId;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class AccountsTest {

    private static final TestNode NODE = new TestNode();
    private static final ZoneId UTC = ZoneId.of("UTC");

    @AfterAll
    static void close() {
        NODE.close();
    }

    private static Problem refusedRegistration(String username, String email, String password, ZoneId zone) {
        return refusal(NODE.accounts.register(username, email, password, zone, Device.UNKNOWN));
    }

    /** So many different characters, of which each takes two units of UTF-16. */
    private static String varied(int characters) {
        return new Random(1)
                .ints(characters, 0x1F400, 0x1F4FF)
                .collect(StringBuilder::new, StringBuilder::appendCodePoint, StringBuilder::append)
                .toString();
    }

    private static Problem refusedLogin(String name, String password) {
        return refusal(NODE.login.login(name, password, "", Device.UNKNOWN));
    }

    @Nested
    class Register {

        @Test
        void opens_an_account_and_its_first_session() {
            String name = freshName();

            Sessions.Opened opened = NODE.register(name, ZoneId.of("Europe/Paris"));

            User user = opened.viewer();
            assertThat(user.username()).isEqualTo(name);
            assertThat(user.email()).isEqualTo(name + "@example.org");
            assertThat(user.emailVerified()).isFalse();
            assertThat(user.role()).isEqualTo(User.Role.USER);
            assertThat(user.timeZone()).isEqualTo(ZoneId.of("Europe/Paris"));
            assertThat(user.leadDays()).isEqualTo(30);
            assertThat(user.turnHour()).isZero();
            assertThat(user.version()).isEqualTo(1);
            assertThat(NODE.caller(opened.session()))
                    .extracting(Caller::userId, Caller::zone)
                    .containsExactly(new UserId(user.id()), ZoneId.of("Europe/Paris"));
        }

        @Test
        void begins_the_log_without_any_secret() {
            Sessions.Opened opened = NODE.register();

            Activity registered = NODE.activities(opened.viewer()).getFirst();

            assertThat(registered.seq()).isEqualTo(1);
            assertThat(registered.kind()).isEqualTo(ActivityKind.ACCOUNT_REGISTERED);
            assertThat(registered.sessionId())
                    .isEqualTo(NODE.caller(opened.session()).sessionId());
            assertThat(registered.before()).isNull();
            assertThat(registered.state(User.class)).isEqualTo(opened.viewer());
            assertThat(registered.after())
                    .doesNotContainIgnoringCase("password")
                    .doesNotContain("argon2");
        }

        @ParameterizedTest
        @ValueSource(
                strings = {
                    "UTC",
                    "Pacific/Auckland",
                    "America/New_York",
                    "Asia/Kathmandu",
                    "Africa/Cairo",
                    "America/Havana"
                })
        void lets_the_first_day_turn_at_the_next_local_midnight(String zone) {
            User user = NODE.register(freshName(), ZoneId.of(zone)).viewer();

            LocalDate tomorrow =
                    LocalDate.ofInstant(user.createdAt(), user.timeZone()).plusDays(1);
            assertThat(nextDay(user))
                    .isEqualTo(tomorrow.atStartOfDay(user.timeZone()).toInstant());
        }

        @Test
        void refuses_a_name_that_is_taken_in_any_case() {
            String name = freshName();
            NODE.register(name, UTC);

            Problem refused = refusedRegistration(name.toUpperCase(Locale.ROOT), "x@y.z", PASSWORD, UTC);

            assertThat(refused.code()).isEqualTo(Problem.Code.CONFLICT);
            assertThat(refused.errors().getFirst().field()).containsExactly("input", "username");
        }

        @Test
        void refuses_an_address_that_is_in_use_in_any_case() {
            String name = freshName();
            NODE.register(name, UTC);

            Problem refused = refusedRegistration(freshName(), name + "@EXAMPLE.org", PASSWORD, UTC);

            assertThat(refused.code()).isEqualTo(Problem.Code.CONFLICT);
            assertThat(refused.errors().getFirst().field()).containsExactly("input", "email");
        }

        @Test
        void says_everything_that_is_wrong_at_once() {
            Problem refused = refusedRegistration("a", "b", "c", ZoneId.of("+01:00"));

            assertThat(refused.errors())
                    .extracting(UserError::field)
                    .containsExactly(
                            List.of("input", "username"),
                            List.of("input", "email"),
                            List.of("input", "password"),
                            List.of("input", "timeZone"));
            assertThat(refused.errors()).extracting(UserError::code).containsOnly(Problem.Code.INVALID);
        }

        @ParameterizedTest
        @ValueSource(
                strings = {
                    "ab",
                    ".abc",
                    "-abc",
                    "a b",
                    "a@b",
                    "jürgen",
                    "abc\n",
                    "a\u0000b",
                    "",
                    "аdmin",
                    "a2345678901234567890123456789012345678901"
                })
        void refuses_a_username_of_another_form(String username) {
            Problem refused = refusedRegistration(username, freshName() + "@example.org", PASSWORD, UTC);

            assertThat(refused.errors()).extracting(UserError::field).containsExactly(List.of("input", "username"));
        }

        @ParameterizedTest
        @ValueSource(strings = {"", "@", "a@", "@a", "a@b@c", "a b@c", "a@b c", "a@b\n", "a@\u0000", "a@\ud800", "ab"})
        void refuses_an_address_of_another_form(String email) {
            Problem refused = refusedRegistration(freshName(), email, PASSWORD, UTC);

            assertThat(refused.errors()).extracting(UserError::field).containsExactly(List.of("input", "email"));
        }

        @Test
        void takes_addresses_up_to_254_characters() {
            String labels = freshName() + "@" + ("x".repeat(59) + ".").repeat(3);
            String longest = labels + "x".repeat(255 - labels.length());
            String name = freshName();

            assertThat(await(NODE.accounts.register(name, longest.substring(0, 254), PASSWORD, UTC, Device.UNKNOWN))
                            .viewer()
                            .email())
                    .hasSize(254);
            assertThat(refusedRegistration(freshName(), longest.substring(0, 255), PASSWORD, UTC)
                            .errors())
                    .extracting(UserError::field)
                    .containsExactly(List.of("input", "email"));
        }

        @Test
        void refuses_passwords_that_are_short_long_broken_or_the_name() {
            String name = freshName();
            String email = freshName() + "@example.org";

            assertThat(List.of(
                            "fourteen chars",
                            "ye\u0301".repeat(7),
                            varied(257),
                            varied(20) + "\u0000",
                            varied(20) + "\ud83d",
                            "passwordpassword",
                            name,
                            name.toUpperCase(Locale.ROOT),
                            email))
                    .allSatisfy(password -> assertThat(refusedRegistration(name, email, password, UTC)
                                    .errors())
                            .extracting(UserError::field)
                            .containsExactly(List.of("input", "password")));
        }

        @Test
        void takes_a_password_of_15_to_256_characters_exactly_as_it_is() {
            for (String password : List.of(
                    "ylqvgznbtrwkxod",
                    "  outer spaces and case count  ",
                    "sixty four lower case letters and spaces are neither many nor few",
                    varied(256))) {
                String name = freshName();

                await(NODE.accounts.register(name, name + "@example.org", password, UTC, Device.UNKNOWN));

                assertThat(NODE.login(name, password).viewer().username()).isEqualTo(name);
                assertThat(refusedLogin(name, password.substring(0, password.length() - 1))
                                .code())
                        .isEqualTo(Problem.Code.WRONG_CREDENTIALS);
            }
        }

        @ParameterizedTest
        @ValueSource(strings = {"CET", "Z", "GMT+3", "UTC+02:00"})
        void refuses_a_zone_that_the_database_reads_in_another_way(String zone) {
            Problem refused = refusedRegistration(freshName(), freshName() + "@example.org", PASSWORD, ZoneId.of(zone));

            assertThat(refused.errors()).extracting(UserError::field).containsExactly(List.of("input", "timeZone"));
        }

        @Test
        void keeps_on_which_device_the_session_was_opened() {
            String name = freshName();

            Sessions.Opened opened = await(NODE.accounts.register(
                    name,
                    name + "@example.org",
                    PASSWORD,
                    UTC,
                    new Device("Browser\r\n\u0000" + "x".repeat(500), "2001:db8::1")));

            UUID session = NODE.caller(opened.session()).sessionId();
            assertThat(value("SELECT user_agent FROM sessions WHERE id = ?", session))
                    .hasSize(400)
                    .startsWith("Browser???xxx");
            assertThat(value("SELECT address FROM sessions WHERE id = ?", session))
                    .isEqualTo("2001:db8::1");
        }
    }

    @Nested
    class TimeZones {

        private static final String SAME = "2026-01-15 12:00:00|2026-07-15 12:00:00";

        @Test
        void that_are_taken_mean_the_same_in_Java_and_in_the_database() {
            Set<String> different = new TreeSet<>();
            for (String id : ZoneId.getAvailableZoneIds()) {
                ZoneId zone = ZoneId.of(id);
                if (Particulars.timeZoneObjection(zone).isEmpty() && !SAME.equals(localNoons(zone))) {
                    different.add(id);
                }
            }

            assertThat(different).isEmpty();
        }

        @Test
        void that_the_database_does_not_know_are_refused_by_name() {
            ZoneRulesProvider.registerProvider(new NewerTimeZones());
            ZoneId zone = new NewerTimeZones()
                    .provideZoneIds().stream().map(ZoneId::of).findFirst().orElseThrow();
            String name = freshName();

            Problem refused = refusal(new UserRepository()
                    .insert(
                            NODE.database.reads(),
                            new UserId(UUID.randomUUID()),
                            name,
                            name + "@example.org",
                            "hash",
                            zone));

            assertThat(refused.code()).isEqualTo(Problem.Code.INVALID);
            assertThat(refused.errors().getFirst().field()).containsExactly("input", "timeZone");
        }

        /** Java's time zones may be of a later edition than the database's. */
        private static final class NewerTimeZones extends ZoneRulesProvider {

            static final String NAME = "Atlantic/Atlantis";

            @Override
            protected Set<String> provideZoneIds() {
                return Set.of(NAME);
            }

            @Override
            protected ZoneRules provideRules(String zoneId, boolean forCaching) {
                return ZoneOffset.ofHours(-2).getRules();
            }

            @Override
            protected NavigableMap<String, ZoneRules> provideVersions(String zoneId) {
                return new TreeMap<>(Map.of("later", provideRules(zoneId, false)));
            }
        }

        /** What the database calls Java's noon of a winter and a summer day; nothing for a zone it does not know. */
        private static String localNoons(ZoneId zone) {
            OffsetDateTime winter =
                    LocalDate.of(2026, 1, 15).atTime(12, 0).atZone(zone).toOffsetDateTime();
            OffsetDateTime summer =
                    LocalDate.of(2026, 7, 15).atTime(12, 0).atZone(zone).toOffsetDateTime();
            try {
                return await(Rows.first(
                                NODE.database.reads(),
                                "SELECT ($1::timestamptz AT TIME ZONE $3::text)::text || '|' || ($2::timestamptz AT TIME ZONE $3)::text AS noons",
                                Tuple.of(winter, summer, zone.getId()),
                                row -> row.getString("noons")))
                        .orElseThrow();
            } catch (IllegalStateException unknown) {
                return SAME;
            }
        }
    }

    @Nested
    class Login {

        @Test
        void takes_the_username_or_the_address_in_any_case() {
            User user = NODE.register().viewer();

            for (String name : List.of(
                    user.username(),
                    user.username().toUpperCase(Locale.ROOT),
                    user.email(),
                    user.email().toUpperCase(Locale.ROOT))) {
                assertThat(NODE.login(name, PASSWORD).viewer().id()).isEqualTo(user.id());
            }
        }

        @Test
        void opens_a_session_of_its_own_and_notes_it() {
            Sessions.Opened registered = NODE.register();

            Sessions.Opened again = NODE.login(registered.viewer());

            assertThat(NODE.caller(again.session()).sessionId())
                    .isNotEqualTo(NODE.caller(registered.session()).sessionId());
            assertThat(NODE.activities(registered.viewer()))
                    .extracting(Activity::kind)
                    .containsExactly(ActivityKind.ACCOUNT_REGISTERED, ActivityKind.ACCOUNT_LOGGED_IN);
            assertThat(value(
                            "SELECT last_login_at IS NOT NULL FROM users WHERE id = ?",
                            registered.viewer().id()))
                    .isEqualTo("t");
        }

        @Test
        void gives_one_answer_to_wrong_passwords_unknown_names_and_inactive_users() {
            User user = NODE.register().viewer();
            User inactive = NODE.register().viewer();
            sql("UPDATE users SET active = false WHERE id = ?", inactive.id());

            List<UserError> wrong =
                    refusedLogin(user.username(), PASSWORD + "!").errors();

            assertThat(wrong)
                    .containsExactly(new UserError(
                            Problem.Code.WRONG_CREDENTIALS,
                            "The name or the password is not right. Check both and try again.",
                            List.of()));
            assertThat(refusedLogin("nobody-of-this-name", PASSWORD).errors()).isEqualTo(wrong);
            assertThat(refusedLogin(inactive.username(), PASSWORD).errors()).isEqualTo(wrong);
            assertThat(NODE.activities(user)).hasSize(1);
        }

        @Test
        void that_began_before_the_password_changed_opens_nothing() {
            User user = NODE.register().viewer();
            String before = "" + value("SELECT password_hash FROM users WHERE id = ?", user.id());
            sql("UPDATE users SET password_hash = 'another' WHERE id = ?", user.id());

            assertThat(await(new UserRepository().loggedIn(NODE.database.reads(), new UserId(user.id()), before)))
                    .isEmpty();
        }

        @Test
        void opens_no_session_of_an_account_with_a_second_factor() {
            User user = NODE.register().viewer();
            sql("UPDATE users SET two_factor_enabled = true, two_factor_secret = '\\x00' WHERE id = ?", user.id());

            assertThat(await(NODE.login.login(user.username(), PASSWORD, "", Device.UNKNOWN)))
                    .isInstanceOf(TwoFactorChallenge.class);
            assertThat(refusedLogin(user.username(), PASSWORD + "!").code()).isEqualTo(Problem.Code.WRONG_CREDENTIALS);
            assertThat(value("SELECT count(*) FROM sessions WHERE user_id = ?", user.id()))
                    .isEqualTo("1");
        }
    }

    @Nested
    class Authenticate {

        @Test
        void tells_who_is_calling_and_until_when() {
            Sessions.Opened opened = NODE.register(freshName(), ZoneId.of("Asia/Tokyo"));

            Authenticated authenticated =
                    await(NODE.sessions.authenticate(opened.session().accessToken()));

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

            Problem refused = refusal(NODE.sessions.authenticate(token));

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
                    refusal(cutOff.sessions.authenticate(opened.session().accessToken()));

            assertThat(refused.code()).isEqualTo(Problem.Code.UNAVAILABLE);
            await(cutOff.vertx.close());
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
                    .containsExactly(ActivityKind.ACCOUNT_REGISTERED, ActivityKind.ACCOUNT_LOGGED_OUT);
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

    @Nested
    class ChangePassword {

        private static final String NEW = "battery staple correct";

        @Test
        void takes_effect_and_ends_every_other_session() {
            Sessions.Opened first = NODE.register();
            Session second = NODE.login(first.viewer()).session();
            assertThat(NODE.isAlive(second)).isTrue();

            User changed = await(NODE.accounts.changePassword(NODE.caller(first.session()), PASSWORD, NEW, false));

            assertThat(changed.version()).isEqualTo(2);
            assertThat(NODE.isAlive(first.session())).isTrue();
            assertThat(NODE.isAlive(second)).isFalse();
            assertThat(refusedLogin(changed.username(), PASSWORD).code()).isEqualTo(Problem.Code.WRONG_CREDENTIALS);
            assertThat(NODE.login(changed.username(), NEW).viewer())
                    .usingRecursiveComparison()
                    .ignoringFields("lastLoginAt")
                    .isEqualTo(changed);
            assertThat(NODE.activities(changed))
                    .extracting(Activity::kind)
                    .contains(ActivityKind.ACCOUNT_PASSWORD_CHANGED);
        }

        @Test
        void ends_every_token_that_would_reset_it() {
            Caller caller = NODE.caller(NODE.register().session());
            String token = resetToken(caller.userId());

            await(NODE.accounts.changePassword(caller, PASSWORD, NEW, true));

            assertThat(isGood(token)).isFalse();
        }

        @Test
        void needs_the_current_password() {
            Sessions.Opened opened = NODE.register();

            Problem refused =
                    refusal(NODE.accounts.changePassword(NODE.caller(opened.session()), PASSWORD + "!", NEW, false));

            assertThat(refused.code()).isEqualTo(Problem.Code.WRONG_CREDENTIALS);
            assertThat(refused.errors().getFirst().field()).containsExactly("input", "currentPassword");
            assertThat(NODE.login(opened.viewer()).viewer())
                    .usingRecursiveComparison()
                    .ignoringFields("lastLoginAt")
                    .isEqualTo(opened.viewer());
        }

        @Test
        void needs_a_good_new_password() {
            Sessions.Opened opened = NODE.register();
            Caller caller = NODE.caller(opened.session());

            for (String bad :
                    List.of("short", opened.viewer().username(), opened.viewer().email())) {
                Problem refused = refusal(NODE.accounts.changePassword(caller, PASSWORD, bad, false));

                assertThat(refused.code()).isEqualTo(Problem.Code.INVALID);
                assertThat(refused.errors().getFirst().field()).containsExactly("input", "newPassword");
            }
        }
    }

    @Nested
    class DeleteAccount {

        @Test
        void leaves_nothing_behind() {
            Sessions.Opened opened = NODE.register();
            User user = opened.viewer();

            await(NODE.accounts.deleteAccount(NODE.caller(opened.session()), PASSWORD));

            assertThat(NODE.isAlive(opened.session())).isFalse();
            assertThat(value("""
                            SELECT (SELECT count(*) FROM users WHERE id = ?)
                                 + (SELECT count(*) FROM sessions WHERE user_id = ?)
                                 + (SELECT count(*) FROM feeds WHERE user_id = ?)
                                 + (SELECT count(*) FROM activities WHERE user_id = ?)
                            """, user.id(), user.id(), user.id(), user.id())).isEqualTo("0");
            assertThat(refusedLogin(user.username(), PASSWORD).code()).isEqualTo(Problem.Code.WRONG_CREDENTIALS);
        }

        @Test
        void goes_in_steps_where_one_statement_would_take_too_long() {
            DatabaseUrl url = TestDatabase.freshMigrated();
            Stock stock = new Stock(url);
            stock.run("CREATE TABLE steps (deleted bigint)");
            stock.run("""
                    CREATE FUNCTION note() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
                        INSERT INTO steps SELECT count(*) FROM gone;
                        RETURN NULL;
                    END $$
                    """);
            stock.run("CREATE TRIGGER note AFTER DELETE ON items REFERENCING OLD TABLE AS gone"
                    + " FOR EACH STATEMENT EXECUTE FUNCTION note()");
            try (TestNode node = new TestNode(url)) {
                Sessions.Opened opened = node.register();
                stock.run(
                        "INSERT INTO items (user_id, id, name) SELECT ?, new_id(), 'item' FROM generate_series(1, 50001)",
                        opened.viewer().id());

                await(node.accounts.deleteAccount(node.caller(opened.session()), PASSWORD));

                assertThat(stock.column("SELECT deleted FROM steps WHERE deleted > 0 ORDER BY 1"))
                        .containsExactly("1", "25000", "25000");
                assertThat(stock.column("SELECT count(*) FROM users")).containsExactly("0");
                assertThat(stock.column("SELECT user_id FROM erasures"))
                        .containsExactly(opened.viewer().id().toString());
            }
        }

        @Test
        void needs_the_password() {
            Sessions.Opened opened = NODE.register();

            Problem refused = refusal(NODE.accounts.deleteAccount(NODE.caller(opened.session()), PASSWORD + "!"));

            assertThat(refused.code()).isEqualTo(Problem.Code.WRONG_CREDENTIALS);
            assertThat(refused.errors().getFirst().field()).containsExactly("input", "password");
            assertThat(NODE.isAlive(opened.session())).isTrue();
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

    private static Instant nextDay(User user) {
        return Instant.ofEpochSecond(Long.parseLong(
                "" + value("SELECT extract(epoch FROM next_day_at)::bigint FROM users WHERE id = ?", user.id())));
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
