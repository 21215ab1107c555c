package org.expirytracker.login;

import static org.assertj.core.api.Assertions.assertThat;
import static org.expirytracker.TestNode.PASSWORD;
import static org.expirytracker.TestNode.await;
import static org.expirytracker.TestNode.freshName;
import static org.expirytracker.TestNode.refusal;
import static org.expirytracker.TestNode.value;

import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneId;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.UUID;
import org.expirytracker.TestNode;
import org.expirytracker.activities.Activity;
import org.expirytracker.kernel.Caller;
import org.expirytracker.kernel.Problem;
import org.expirytracker.kernel.UserError;
import org.expirytracker.kernel.UserId;
import org.expirytracker.sessions.Device;
import org.expirytracker.sessions.Sessions;
import org.expirytracker.users.User;
import org.expirytracker.users.UserActivities;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class NewcomersTest {

    private static final TestNode NODE = new TestNode();
    private static final ZoneId UTC = ZoneId.of("UTC");

    @AfterAll
    static void close() {
        NODE.close();
    }

    private static Problem refusedRegistration(String username, String email, String password, ZoneId zone) {
        return refusal(NODE.newcomers.register(username, email, password, zone, Device.UNKNOWN));
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
            assertThat(registered.kind()).isEqualTo(UserActivities.ACCOUNT_REGISTERED.name());
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

            assertThat(await(NODE.newcomers.register(name, longest.substring(0, 254), PASSWORD, UTC, Device.UNKNOWN))
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

                await(NODE.newcomers.register(name, name + "@example.org", password, UTC, Device.UNKNOWN));

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

            Sessions.Opened opened = await(NODE.newcomers.register(
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

    private static Instant nextDay(User user) {
        return Instant.ofEpochSecond(Long.parseLong(
                "" + value("SELECT extract(epoch FROM next_day_at)::bigint FROM inventories WHERE id = ?", user.id())));
    }
}
