package org.expirytracker.credentials;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.expirytracker.TestNode.KEY;
import static org.expirytracker.TestNode.await;
import static org.expirytracker.TestNode.refusal;

import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import java.security.GeneralSecurityException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.Arrays;
import java.util.Base64;
import java.util.UUID;
import java.util.stream.Stream;
import org.expirytracker.kernel.Problem;
import org.expirytracker.kernel.UserId;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class AccessTokensTest {

    private static final Vertx VERTX = Vertx.vertx();
    private static final Instant NOW = Instant.parse("2026-11-22T12:00:00Z");
    private static final UserId USER = new UserId(UUID.randomUUID());
    private static final UUID SESSION = UUID.randomUUID();
    private static final AccessTokens TOKENS = at(NOW);
    private static final ForgedTokens FORGED = new ForgedTokens(KEY, USER, SESSION, NOW);

    @AfterAll
    static void close() {
        await(VERTX.close());
    }

    private static AccessTokens at(Instant instant) {
        return new AccessTokens(VERTX, KEY, Clock.fixed(instant, ZoneOffset.UTC));
    }

    @Nested
    class Key {

        @Test
        void of_less_than_256_bits_is_refused() {
            assertThatThrownBy(() -> new AccessTokens(VERTX, Arrays.copyOf(KEY, 31), Clock.systemUTC()))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("at least 256 bits; it has 248");
        }
    }

    @Nested
    class Issue {

        @Test
        void says_whose_it_is_and_for_whom_and_for_how_long() {
            String[] parts = TOKENS.issue(USER, SESSION).token().split("\\.", -1);

            assertThat(decoded(parts[0])).isEqualTo(FORGED.header());
            assertThat(decoded(parts[1])).isEqualTo(FORGED.claims());
        }

        @Test
        void lasts_ten_minutes() {
            assertThat(TOKENS.issue(USER, SESSION).expiresAt()).isEqualTo(NOW.plus(Duration.ofMinutes(10)));
        }
    }

    @Nested
    class Read {

        @Test
        void gives_back_what_was_issued() {
            AccessTokens.Issued issued = TOKENS.issue(USER, SESSION);

            assertThat(await(TOKENS.read(issued.token())))
                    .isEqualTo(new AccessTokens.Claims(USER, SESSION, issued.expiresAt()));
        }

        @Test
        void takes_a_token_until_its_last_second_and_not_after() {
            String token = TOKENS.issue(USER, SESSION).token();
            Instant expiry = NOW.plus(AccessTokens.LIFETIME);

            assertThat(await(at(expiry.minusMillis(1)).read(token)).userId()).isEqualTo(USER);
            assertThat(refusal(at(expiry).read(token)).code()).isEqualTo(Problem.Code.UNAUTHENTICATED);
        }

        @Test
        void takes_a_token_from_a_node_whose_clock_is_two_minutes_ahead() {
            String token = at(NOW.plusSeconds(120)).issue(USER, SESSION).token();

            assertThat(await(TOKENS.read(token)).sessionId()).isEqualTo(SESSION);
        }

        @ParameterizedTest(name = "{0}")
        @MethodSource("org.expirytracker.credentials.AccessTokensTest#forged")
        void refuses_whatever_is_forged(String what, String token) {
            Problem refused = refusal(TOKENS.read(token));

            assertThat(refused.code()).as(what).isEqualTo(Problem.Code.UNAUTHENTICATED);
            assertThat(refused.getMessage()).contains("refreshSession");
        }
    }

    static Stream<Arguments> forged() throws GeneralSecurityException {
        return FORGED.all().entrySet().stream().map(kind -> Arguments.of(kind.getKey(), kind.getValue()));
    }

    private static JsonObject decoded(String part) {
        JsonObject json = new JsonObject(new String(Base64.getUrlDecoder().decode(part), UTF_8));
        json.fieldNames().forEach(name -> {
            if (json.getValue(name) instanceof Integer number) {
                json.put(name, number.longValue());
            }
        });
        return json;
    }
}
