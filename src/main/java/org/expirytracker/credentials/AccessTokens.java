package org.expirytracker.credentials;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.auth.JWTOptions;
import io.vertx.ext.auth.PubSecKeyOptions;
import io.vertx.ext.auth.authentication.TokenCredentials;
import io.vertx.ext.auth.jwt.JWTAuth;
import io.vertx.ext.auth.jwt.JWTAuthOptions;
import java.security.GeneralSecurityException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.UUID;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.expirytracker.kernel.Problem;
import org.expirytracker.kernel.UserId;

/**
 * Makes and reads access tokens: JSON Web Tokens (RFC 7519, RFC 9068) signed with HMAC SHA-256, ten minutes long.
 * What is read must be exactly of the kind that is made here (RFC 8725): one header, one algorithm, issuer, audience,
 * and a time frame. One for each process.
 */
public final class AccessTokens {

    /** How long a token works. */
    public static final Duration LIFETIME = Duration.ofMinutes(10);

    private static final String EXPIRED =
            "The access token has expired. Get a new one with the mutation refreshSession.";

    private static final String ISSUER = "expiry-tracker";
    private static final String AUDIENCE = "expiry-tracker-api";
    private static final String ALGORITHM = "HS256";
    private static final int LEAST_KEY_BYTES = 32;

    /** The only header there is, so no header of a token can choose an algorithm, a key or another kind of token. */
    private static final String HEADER = base64("{\"typ\":\"at+jwt\",\"alg\":\"" + ALGORITHM + "\"}");

    private static final String BEGINNING = HEADER + ".";
    private static final int MOST_CLAIM_LETTERS = 1_000;
    private static final int SIGNATURE_LETTERS = 43;

    /** The last letter of 32 bytes has two bits to spare; a token is written in one way only. */
    private static final String LAST_LETTERS = "AEIMQUYcgkosw048";

    /** How far the clock of a node that cannot follow the database's just now may be ahead of another's. */
    private static final Duration CLOCK_SKEW = Duration.ofMinutes(2);

    private final SecretKeySpec key;
    private final SecretKeySpec pseudonyms;
    private final SecretKeySpec successors;
    private final SecretKeySpec links;
    private final JWTAuth verifier;
    private final Clock clock;

    /**
     * What a valid token says.
     *
     * @param expiresAt when it stops being valid
     */
    public record Claims(UserId userId, UUID sessionId, Instant expiresAt) {}

    /** A new token and when it stops being valid. */
    public record Issued(String token, Instant expiresAt) {

        /** Without the token: it may end up in a log. */
        @Override
        public String toString() {
            return "Issued[expiresAt=" + expiresAt + "]";
        }
    }

    /**
     * Tokens under one key.
     *
     * @param key at least 32 random bytes (RFC 7518 section 3.2), the same on every node
     * @throws IllegalArgumentException when the key is shorter
     */
    public AccessTokens(Vertx vertx, byte[] key, Clock clock) {
        if (key.length < LEAST_KEY_BYTES) {
            throw new IllegalArgumentException("The key of the access tokens must have at least %d bits; it has %d."
                    .formatted(LEAST_KEY_BYTES * 8, key.length * 8));
        }
        this.key = new SecretKeySpec(key, "HmacSHA256");
        this.pseudonyms = new SecretKeySpec(mac(this.key, "expiry-tracker pseudonyms"), "HmacSHA256");
        this.successors = new SecretKeySpec(mac(this.key, "expiry-tracker refresh tokens"), "HmacSHA256");
        this.links = new SecretKeySpec(mac(this.key, "expiry-tracker links"), "HmacSHA256");
        this.clock = clock;
        this.verifier = JWTAuth.create(
                vertx,
                new JWTAuthOptions()
                        .addPubSecKey(
                                new PubSecKeyOptions().setAlgorithm(ALGORITHM).setBuffer(Buffer.buffer(key)))
                        // Times are checked here, by the one clock.
                        .setJWTOptions(new JWTOptions()
                                .setIssuer(ISSUER)
                                .addAudience(AUDIENCE)
                                .setIgnoreExpiration(true)));
    }

    /** Makes a token for a session. */
    public Issued issue(UserId userId, UUID sessionId) {
        long now = clock.instant().getEpochSecond();
        long expiry = now + LIFETIME.toSeconds();
        JsonObject claims = new JsonObject()
                .put("iss", ISSUER)
                .put("aud", AUDIENCE)
                .put("sub", userId.value().toString())
                .put("sid", sessionId.toString())
                .put("iat", now)
                .put("exp", expiry);
        // JWTAuth.generateToken would write typ=JWT whatever it is given.
        String signed = HEADER + "." + base64(claims.encode());
        return new Issued(signed + "." + signature(signed), Instant.ofEpochSecond(expiry));
    }

    /**
     * Reads a token and checks it. Whether its session still lives is not known here.
     *
     * @return fails with {@code UNAUTHENTICATED} when it is not one of ours, or not valid now
     */
    public Future<Claims> read(String token) {
        if (!isOfForm(token)) {
            return Future.failedFuture(unauthenticated());
        }
        // Inside compose, because a claim of a wrong type makes the verifier throw.
        return Future.succeededFuture(new TokenCredentials(token))
                .compose(verifier::authenticate)
                .map(verified -> toClaims(verified.attributes().getJsonObject("accessToken")))
                .recover(refused -> Future.failedFuture(isExpired(refused) ? refused : unauthenticated()));
    }

    /** Whether it is the header of all, claims and a signature in base64url. By a pattern this was 6 % of a small request. */
    private static boolean isOfForm(String token) {
        int end = token.length() - SIGNATURE_LETTERS - 1;
        int claims = end - BEGINNING.length();
        return claims >= 1
                && claims <= MOST_CLAIM_LETTERS
                && token.startsWith(BEGINNING)
                && isBase64(token, BEGINNING.length(), end)
                && token.charAt(end) == '.'
                && isBase64(token, end + 1, token.length())
                && LAST_LETTERS.indexOf(token.charAt(token.length() - 1)) >= 0;
    }

    private static boolean isBase64(String token, int from, int to) {
        int at = from;
        while (at < to && isBase64(token.charAt(at))) {
            at++;
        }
        return at == to;
    }

    private static boolean isBase64(char letter) {
        return (letter >= 'a' && letter <= 'z')
                || (letter >= 'A' && letter <= 'Z')
                || (letter >= '0' && letter <= '9')
                || letter == '-'
                || letter == '_';
    }

    private Claims toClaims(JsonObject claims) {
        Instant now = clock.instant();
        Instant expiry = Instant.ofEpochSecond(claims.getLong("exp"));
        Instant begin = Instant.ofEpochSecond(claims.getLong("nbf", claims.getLong("iat")));
        if (begin.isAfter(now.plus(CLOCK_SKEW))) {
            throw unauthenticated();
        }
        if (!now.isBefore(expiry)) {
            throw expired();
        }
        return new Claims(
                new UserId(UUID.fromString(claims.getString("sub"))), UUID.fromString(claims.getString("sid")), expiry);
    }

    /** What is answered to a token of ours that has run out. */
    public static Problem expired() {
        return Problem.of(Problem.Code.UNAUTHENTICATED, EXPIRED);
    }

    /** Whether a failure means just that: whoever holds the session's refresh token gets in with a new one. */
    public static boolean isExpired(Throwable failure) {
        return Problem.isUnauthenticated(failure) && EXPIRED.equals(failure.getMessage());
    }

    /** What is answered to a token that proves nothing, be it because its session or user is gone meanwhile. */
    public static Problem unauthenticated() {
        return Problem.of(
                Problem.Code.UNAUTHENTICATED,
                "The access token is not valid, or not any more. Get a new one with the mutation refreshSession or login.");
    }

    /**
     * Stands for a text: the same on every node, and nobody without the key can tell what text it stands for.
     *
     * @return 32 bytes, under a key derived from that of the tokens, so that neither says anything of the other
     */
    byte[] pseudonym(String text) {
        return mac(pseudonyms, text);
    }

    /**
     * The refresh token that comes after another: always the same one, on every node, so that whoever asks twice is
     * answered alike though nothing but hashes is stored. Nobody without the key can tell it from the former.
     */
    public OpaqueToken successor(OpaqueToken refresh) {
        return refresh.withSecret(mac(successors, refresh.encoded()));
    }

    /**
     * Signs what a link names, so that nobody without the key can make one.
     *
     * @return 43 characters, under a key derived from that of the tokens
     */
    public String signatureOfLink(String text) {
        return Base64.getUrlEncoder().withoutPadding().encodeToString(mac(links, text));
    }

    private String signature(String signed) {
        return Base64.getUrlEncoder().withoutPadding().encodeToString(mac(key, signed));
    }

    private static byte[] mac(SecretKeySpec key, String text) {
        try {
            Mac mac = Mac.getInstance(key.getAlgorithm());
            mac.init(key);
            return mac.doFinal(text.getBytes(UTF_8));
        } catch (GeneralSecurityException impossible) {
            throw new IllegalStateException(impossible);
        }
    }

    private static String base64(String text) {
        return Base64.getUrlEncoder().withoutPadding().encodeToString(text.getBytes(UTF_8));
    }
}
