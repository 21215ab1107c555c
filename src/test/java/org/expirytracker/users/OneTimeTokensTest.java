package org.expirytracker.users;

import static java.time.temporal.ChronoUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.expirytracker.TestNode.await;
import static org.expirytracker.TestNode.sql;
import static org.expirytracker.TestNode.value;
import static org.expirytracker.users.OneTimeTokens.Purpose.EMAIL_VERIFICATION;
import static org.expirytracker.users.OneTimeTokens.Purpose.PASSWORD_RESET;
import static org.expirytracker.users.OneTimeTokens.Purpose.TWO_FACTOR_CHALLENGE;

import io.vertx.core.Future;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.expirytracker.TestNode;
import org.expirytracker.credentials.OpaqueToken;
import org.expirytracker.kernel.UserId;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class OneTimeTokensTest {

    private static final TestNode NODE = new TestNode();
    private static final TestNode OTHER = new TestNode();

    private final OneTimeTokens tokens = new OneTimeTokens();
    private final UserId user = newUser();

    @AfterAll
    static void close() {
        NODE.close();
        OTHER.close();
    }

    private static UserId newUser() {
        return new UserId(NODE.register().viewer().id());
    }

    private String issue(OneTimeTokens.Purpose purpose) {
        return await(tokens.issue(NODE.database.reads(), user, purpose, null)).token();
    }

    private Optional<OneTimeTokens.Proof> use(String token, OneTimeTokens.Purpose purpose) {
        return await(tokens.use(NODE.database.reads(), token, purpose));
    }

    @Nested
    class Issue {

        @Test
        void gives_a_token_that_scanners_recognise_and_nobody_can_guess() {
            assertThat(issue(PASSWORD_RESET)).matches("eto_[\\w-]{64}").isNotEqualTo(issue(PASSWORD_RESET));
        }

        @Test
        void stores_nothing_of_it_but_its_hash() {
            String token = issue(PASSWORD_RESET);

            assertThat(value("SELECT string_agg(t::text, ' ') FROM one_time_tokens t WHERE user_id = ?", user.value()))
                    .doesNotContain(token.substring(30));
            assertThat(value("SELECT octet_length(hash)::text FROM one_time_tokens WHERE user_id = ?", user.value()))
                    .isEqualTo("32");
        }

        @ParameterizedTest
        @EnumSource
        void says_until_when_it_works(OneTimeTokens.Purpose purpose) {
            assertThat(await(tokens.issue(NODE.database.reads(), user, purpose, null))
                            .expiresAt())
                    .isCloseTo(Instant.now().plus(purpose.lifetime()), within(10, SECONDS));
        }

        @ParameterizedTest
        @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "TWO_FACTOR_CHALLENGE")
        void puts_the_former_one_out_of_use(OneTimeTokens.Purpose purpose) {
            String former = issue(purpose);
            String latest = issue(purpose);

            assertThat(use(former, purpose)).isEmpty();
            assertThat(use(latest, purpose)).isPresent();
        }

        @Test
        void leaves_one_good_token_when_many_are_asked_for_at_once() {
            List<Future<OneTimeTokens.Issued>> all = new ArrayList<>();
            for (int i = 0; i < 20; i++) {
                all.add(tokens.issue((i % 2 == 0 ? NODE : OTHER).database.reads(), user, PASSWORD_RESET, null));
            }

            assertThat(await(Future.all(all)).<OneTimeTokens.Issued>list())
                    .filteredOn(issued -> use(issued.token(), PASSWORD_RESET).isPresent())
                    .hasSize(1);
        }

        @Test
        void lets_several_logins_wait_at_once() {
            String one = issue(TWO_FACTOR_CHALLENGE);
            String other = issue(TWO_FACTOR_CHALLENGE);

            assertThat(use(one, TWO_FACTOR_CHALLENGE)).isPresent();
            assertThat(use(other, TWO_FACTOR_CHALLENGE)).isPresent();
        }
    }

    @Nested
    class IssueForMail {

        private Optional<String> mail(OneTimeTokens.Purpose purpose) {
            return await(tokens.issueForMail(NODE.database.reads(), user, purpose))
                    .map(OneTimeTokens.Issued::token);
        }

        private void pass(Duration time) {
            sql(
                    "UPDATE one_time_tokens SET created_at = created_at - ?::interval WHERE user_id = ?",
                    time.toString(),
                    user.value());
        }

        @Test
        void gives_a_token_that_proves_the_address() {
            String token = mail(EMAIL_VERIFICATION).orElseThrow();

            assertThat(use(token, EMAIL_VERIFICATION))
                    .contains(
                            new OneTimeTokens.Proof(user, value("SELECT email FROM users WHERE id = ?", user.value())));
        }

        @Test
        void gives_none_to_who_is_not_active() {
            sql("UPDATE users SET active = false WHERE id = ?", user.value());

            assertThat(mail(PASSWORD_RESET)).isEmpty();
        }

        @ParameterizedTest
        @CsvSource({"EMAIL_VERIFICATION, PT1M", "PASSWORD_RESET, PT10M"})
        void leaves_the_former_one_alone_for_a_while(OneTimeTokens.Purpose purpose, Duration time) {
            String former = mail(purpose).orElseThrow();
            pass(time.minusSeconds(20));

            assertThat(mail(purpose)).isEmpty();

            pass(Duration.ofSeconds(20));
            String latest = mail(purpose).orElseThrow();
            assertThat(use(former, purpose)).isEmpty();
            assertThat(use(latest, purpose)).isPresent();
        }

        @ParameterizedTest
        @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "TWO_FACTOR_CHALLENGE")
        void replaces_the_former_one_at_once_when_the_address_has_changed(OneTimeTokens.Purpose purpose) {
            mail(purpose);
            sql("UPDATE users SET email = 'new-' || email WHERE id = ?", user.value());

            assertThat(mail(purpose)).isPresent();
        }

        @Test
        void leaves_one_alone_that_was_handed_out_as_long_as_it_is_good() {
            String handedOut = issue(PASSWORD_RESET);
            pass(Duration.ofMinutes(29));

            assertThat(mail(PASSWORD_RESET)).isEmpty();

            assertThat(await(tokens.find(NODE.database.reads(), handedOut, PASSWORD_RESET)))
                    .isPresent();
            sql("UPDATE one_time_tokens SET expires_at = now() WHERE user_id = ?", user.value());
            assertThat(mail(PASSWORD_RESET)).isPresent();
        }
    }

    @Nested
    class Use {

        @Test
        void tells_whose_it_is_and_which_address_it_proves() {
            String token = await(tokens.issue(NODE.database.reads(), user, EMAIL_VERIFICATION, "ann@example.org"))
                    .token();

            assertThat(use(token, EMAIL_VERIFICATION)).contains(new OneTimeTokens.Proof(user, "ann@example.org"));
        }

        @Test
        void works_once() {
            String token = issue(PASSWORD_RESET);

            assertThat(use(token, PASSWORD_RESET)).isPresent();
            assertThat(use(token, PASSWORD_RESET)).isEmpty();
        }

        @Test
        void by_a_hundred_at_once_on_two_nodes_works_once() {
            String token = issue(TWO_FACTOR_CHALLENGE);
            List<Future<Optional<OneTimeTokens.Proof>>> all = new ArrayList<>();
            for (int i = 0; i < 100; i++) {
                all.add(tokens.use((i % 2 == 0 ? NODE : OTHER).database.reads(), token, TWO_FACTOR_CHALLENGE));
            }

            assertThat(await(Future.all(all)).<Optional<OneTimeTokens.Proof>>list())
                    .filteredOn(Optional::isPresent)
                    .hasSize(1);
        }

        @Test
        void for_another_purpose_is_refused_and_costs_nothing() {
            String token = issue(PASSWORD_RESET);

            assertThat(use(token, TWO_FACTOR_CHALLENGE)).isEmpty();
            assertThat(use(token, PASSWORD_RESET)).isPresent();
        }

        @Test
        void after_its_time_is_refused() {
            String token = issue(PASSWORD_RESET);
            sql("UPDATE one_time_tokens SET expires_at = now() WHERE user_id = ?", user.value());

            assertThat(use(token, PASSWORD_RESET)).isEmpty();
        }

        @Test
        void in_a_transaction_that_is_given_up_is_no_use() {
            String token = issue(PASSWORD_RESET);

            await(NODE.database
                    .transaction(connection -> tokens.use(connection, token, PASSWORD_RESET)
                            .compose(used -> Future.failedFuture("given up")))
                    .otherwiseEmpty());

            assertThat(use(token, PASSWORD_RESET)).isPresent();
        }

        @Test
        void of_another_user_is_refused() {
            issue(PASSWORD_RESET);
            String forged = OpaqueToken.create(OpaqueToken.Kind.ONE_TIME, user).encoded();

            assertThat(use(forged, PASSWORD_RESET)).isEmpty();
        }

        @ParameterizedTest
        @ValueSource(strings = {"", "eto_", "etr_", "x", "eto_%%%%", "eto_\u0000"})
        void of_anything_else_is_refused(String text) {
            assertThat(use(text, PASSWORD_RESET)).isEmpty();
        }
    }

    @Nested
    class Find {

        @Test
        void tells_what_a_token_proves_and_leaves_it_good() {
            String token = issue(PASSWORD_RESET);

            assertThat(await(tokens.find(NODE.database.reads(), token, PASSWORD_RESET)))
                    .contains(new OneTimeTokens.Proof(user, null));
            assertThat(use(token, PASSWORD_RESET)).isPresent();
        }

        @Test
        void of_a_used_token_finds_nothing() {
            String token = issue(PASSWORD_RESET);
            use(token, PASSWORD_RESET);

            assertThat(await(tokens.find(NODE.database.reads(), token, PASSWORD_RESET)))
                    .isEmpty();
        }
    }
}
