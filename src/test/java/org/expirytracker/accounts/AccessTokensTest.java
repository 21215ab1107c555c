package org.expirytracker.accounts;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.expirytracker.accounts.TestNode.KEY;
import static org.expirytracker.accounts.TestNode.await;
import static org.expirytracker.accounts.TestNode.refusal;

import io.vertx.core.Vertx;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.Signature;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.Arrays;
import java.util.Base64;
import java.util.UUID;
import java.util.stream.Stream;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
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

            assertThat(decoded(parts[0])).isEqualTo(header());
            assertThat(decoded(parts[1])).isEqualTo(claims());
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
        void takes_a_token_from_a_node_whose_clock_is_a_little_ahead() {
            String token = at(NOW.plusSeconds(5)).issue(USER, SESSION).token();

            assertThat(await(TOKENS.read(token)).sessionId()).isEqualTo(SESSION);
        }

        @ParameterizedTest(name = "{0}")
        @MethodSource("org.expirytracker.accounts.AccessTokensTest#forged")
        void refuses_whatever_is_not_ours(String what, String token) {
            Problem refused = refusal(TOKENS.read(token));

            assertThat(refused.code()).as(what).isEqualTo(Problem.Code.UNAUTHENTICATED);
            assertThat(refused.getMessage()).contains("refreshSession");
        }
    }

    static Stream<Arguments> forged() throws GeneralSecurityException {
        String good = TOKENS.issue(USER, SESSION).token();
        String[] parts = good.split("\\.", -1);
        KeyPairGenerator generator = KeyPairGenerator.getInstance("RSA");
        generator.initialize(2048);
        KeyPair rsa = generator.generateKeyPair();
        byte[] otherKey = Arrays.copyOf(KEY, 32);
        otherKey[31]++;
        return Stream.of(
                Arguments.of("nothing", ""),
                Arguments.of("no token at all", "Bearer"),
                Arguments.of("two dots", ".."),
                Arguments.of("algorithm none without signature", unsigned(header().put("alg", "none"))),
                Arguments.of("algorithm none with an empty signature", unsigned(header().put("alg", "none")) + "."),
                Arguments.of("algorithm None", unsigned(header().put("alg", "None")) + "." + parts[2]),
                Arguments.of("signature stripped", parts[0] + "." + parts[1]),
                Arguments.of("signature emptied", parts[0] + "." + parts[1] + "."),
                Arguments.of("signature cut", good.substring(0, good.length() - 1)),
                Arguments.of("a dot appended", good + "."),
                Arguments.of("a fourth part appended", good + "." + parts[2]),
                Arguments.of("padding appended", good + "="),
                Arguments.of("a line break appended", good + "\n"),
                Arguments.of(
                        "claims changed",
                        parts[0] + "."
                                + base64(claims().put("sub", UUID.randomUUID().toString())) + "." + parts[2]),
                Arguments.of("signed with another key", hmac("HmacSHA256", otherKey, header(), claims())),
                Arguments.of(
                        "algorithm HS512 with the right key",
                        hmac("HmacSHA512", KEY, header().put("alg", "HS512"), claims())),
                Arguments.of("algorithm RS256 with a key of its own", rs256(rsa)),
                Arguments.of(
                        "algorithm HS256 keyed with a public key",
                        hmac("HmacSHA256", rsa.getPublic().getEncoded(), header(), claims())),
                Arguments.of(
                        "key in the header",
                        hmac(
                                "HmacSHA256",
                                otherKey,
                                header().put(
                                                "jwk",
                                                new JsonObject()
                                                        .put("kty", "oct")
                                                        .put(
                                                                "k",
                                                                Base64.getUrlEncoder()
                                                                        .encodeToString(otherKey))),
                                claims())),
                Arguments.of(
                        "key behind an address", signed(header().put("jku", "https://evil.example/keys"), claims())),
                Arguments.of("key id that is a path", signed(header().put("kid", "../../dev/null"), claims())),
                Arguments.of("critical extension", signed(header().put("crit", new JsonArray().add("exp")), claims())),
                Arguments.of("type JWT", signed(header().put("typ", "JWT"), claims())),
                Arguments.of("no type", signed(new JsonObject().put("alg", "HS256"), claims())),
                Arguments.of("another issuer", signed(header(), claims().put("iss", "evil"))),
                Arguments.of("no issuer", signed(header(), without("iss"))),
                Arguments.of("another audience", signed(header(), claims().put("aud", "billing"))),
                Arguments.of("no audience", signed(header(), without("aud"))),
                Arguments.of("expired", signed(header(), claims().put("exp", NOW.getEpochSecond() - 1))),
                Arguments.of("no expiry", signed(header(), without("exp"))),
                Arguments.of("expiry that is text", signed(header(), claims().put("exp", "tomorrow"))),
                Arguments.of("expiry beyond all time", signed(header(), claims().put("exp", Long.MAX_VALUE))),
                Arguments.of("not valid yet", signed(header(), claims().put("nbf", NOW.getEpochSecond() + 60))),
                Arguments.of("issued in the future", signed(header(), claims().put("iat", NOW.getEpochSecond() + 60))),
                Arguments.of("no time of issue", signed(header(), without("iat"))),
                Arguments.of("no user", signed(header(), without("sub"))),
                Arguments.of("user that is no id", signed(header(), claims().put("sub", "admin"))),
                Arguments.of("no session", signed(header(), without("sid"))),
                Arguments.of("claims that are a list", raw(header().encode(), "[]")),
                Arguments.of("claims that are not JSON", raw(header().encode(), "{")),
                Arguments.of(
                        "refresh token",
                        OpaqueToken.create(OpaqueToken.Kind.REFRESH, USER, SESSION)
                                .encoded()),
                Arguments.of("a million characters", "a".repeat(1_000_000)));
    }

    private static JsonObject header() {
        return new JsonObject().put("typ", "at+jwt").put("alg", "HS256");
    }

    private static JsonObject claims() {
        return new JsonObject()
                .put("iss", "expiry-tracker")
                .put("aud", "expiry-tracker-api")
                .put("sub", USER.value().toString())
                .put("sid", SESSION.toString())
                .put("iat", NOW.getEpochSecond())
                .put("exp", NOW.plus(AccessTokens.LIFETIME).getEpochSecond());
    }

    private static JsonObject without(String claim) {
        JsonObject claims = claims();
        claims.remove(claim);
        return claims;
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

    private static String base64(JsonObject json) {
        return base64(json.encode().getBytes(UTF_8));
    }

    private static String base64(byte[] bytes) {
        return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
    }

    private static String unsigned(JsonObject header) {
        return base64(header) + "." + base64(claims());
    }

    private static String signed(JsonObject header, JsonObject claims) {
        return hmac("HmacSHA256", KEY, header, claims);
    }

    private static String raw(String header, String claims) {
        return hmac("HmacSHA256", KEY, base64(header.getBytes(UTF_8)) + "." + base64(claims.getBytes(UTF_8)));
    }

    private static String hmac(String algorithm, byte[] key, JsonObject header, JsonObject claims) {
        return hmac(algorithm, key, base64(header) + "." + base64(claims));
    }

    private static String hmac(String algorithm, byte[] key, String signed) {
        try {
            Mac mac = Mac.getInstance(algorithm);
            mac.init(new SecretKeySpec(key, algorithm));
            return signed + "." + base64(mac.doFinal(signed.getBytes(UTF_8)));
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }

    private static String rs256(KeyPair pair) throws GeneralSecurityException {
        String signed = base64(header().put("alg", "RS256")) + "." + base64(claims());
        Signature signature = Signature.getInstance("SHA256withRSA");
        signature.initSign(pair.getPrivate());
        signature.update(signed.getBytes(UTF_8));
        return signed + "." + base64(signature.sign());
    }
}
