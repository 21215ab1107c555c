package org.expirytracker.credentials;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.Signature;
import java.time.Instant;
import java.util.Arrays;
import java.util.Base64;
import java.util.Map;
import java.util.UUID;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.expirytracker.kernel.UserId;

/**
 * Access tokens that are none, made by what is known of a good one: by someone without the key, who changes or makes
 * one; and, to see that each check works for itself, by someone with the key, who leaves out what must be in it.
 */
@SuppressWarnings("ArrayRecordComponent") // Nothing compares it.
record ForgedTokens(byte[] key, UserId user, UUID session, Instant now) {

    /** Every kind, by its name. */
    Map<String, String> all() throws GeneralSecurityException {
        String good = signed(header(), claims());
        String[] parts = good.split("\\.", -1);
        String mine = claims().put("sub", UUID.randomUUID().toString()).encode();
        KeyPairGenerator generator = KeyPairGenerator.getInstance("RSA");
        generator.initialize(2048);
        KeyPair rsa = generator.generateKeyPair();
        byte[] otherKey = Arrays.copyOf(key, key.length);
        otherKey[31]++;
        return Map.ofEntries(
                Map.entry("nothing", ""),
                Map.entry("no token at all", "Bearer"),
                Map.entry("two dots", ".."),
                Map.entry("algorithm none without signature", unsigned(header().put("alg", "none"))),
                Map.entry("algorithm none with an empty signature", unsigned(header().put("alg", "none")) + "."),
                Map.entry("algorithm None", unsigned(header().put("alg", "None")) + "." + parts[2]),
                Map.entry("signature stripped", parts[0] + "." + parts[1]),
                Map.entry("signature emptied", parts[0] + "." + parts[1] + "."),
                Map.entry("signature cut", good.substring(0, good.length() - 1)),
                Map.entry("a dot appended", good + "."),
                Map.entry("a fourth part appended", good + "." + parts[2]),
                Map.entry("padding appended", good + "="),
                Map.entry("a line break appended", good + "\n"),
                Map.entry(
                        "claims changed",
                        parts[0] + "."
                                + base64(claims().put("sub", UUID.randomUUID().toString())) + "." + parts[2]),
                Map.entry("signed with another key", hmac("HmacSHA256", otherKey, header(), claims())),
                Map.entry(
                        "algorithm HS512 with the right key",
                        hmac("HmacSHA512", key, header().put("alg", "HS512"), claims())),
                Map.entry("algorithm RS256 with a key of its own", rs256(rsa)),
                Map.entry(
                        "algorithm HS256 keyed with a public key",
                        hmac("HmacSHA256", rsa.getPublic().getEncoded(), header(), claims())),
                Map.entry(
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
                Map.entry("key behind an address", signed(header().put("jku", "https://evil.example/keys"), claims())),
                Map.entry("key id that is a path", signed(header().put("kid", "../../dev/null"), claims())),
                Map.entry("critical extension", signed(header().put("crit", new JsonArray().add("exp")), claims())),
                Map.entry("type JWT", signed(header().put("typ", "JWT"), claims())),
                Map.entry("no type", signed(new JsonObject().put("alg", "HS256"), claims())),
                Map.entry("another issuer", signed(header(), claims().put("iss", "evil"))),
                Map.entry("no issuer", signed(header(), without("iss"))),
                Map.entry("another audience", signed(header(), claims().put("aud", "billing"))),
                Map.entry("no audience", signed(header(), without("aud"))),
                Map.entry("expired", signed(header(), claims().put("exp", now.getEpochSecond() - 1))),
                Map.entry("no expiry", signed(header(), without("exp"))),
                Map.entry("expiry that is text", signed(header(), claims().put("exp", "tomorrow"))),
                Map.entry("expiry beyond all time", signed(header(), claims().put("exp", Long.MAX_VALUE))),
                Map.entry("not valid yet", signed(header(), claims().put("nbf", now.getEpochSecond() + 180))),
                Map.entry("issued in the future", signed(header(), claims().put("iat", now.getEpochSecond() + 180))),
                Map.entry("no time of issue", signed(header(), without("iat"))),
                Map.entry("no user", signed(header(), without("sub"))),
                Map.entry("user that is no id", signed(header(), claims().put("sub", "admin"))),
                Map.entry("no session", signed(header(), without("sid"))),
                Map.entry("claims that are a list", raw(header().encode(), "[]")),
                Map.entry("claims that are not JSON", raw(header().encode(), "{")),
                Map.entry(
                        "refresh token",
                        OpaqueToken.create(OpaqueToken.Kind.REFRESH, user, session)
                                .encoded()),
                Map.entry("a million characters", "a".repeat(1_000_000)),
                Map.entry("algorithm nOnE", unsigned(header().put("alg", "nOnE")) + "."),
                Map.entry("algorithm hs256", signed(header().put("alg", "hs256"), claims())),
                Map.entry("algorithm HS384", hmac("HmacSHA384", key, header().put("alg", "HS384"), claims())),
                Map.entry("no algorithm", signed(new JsonObject().put("typ", "at+jwt"), claims())),
                Map.entry(
                        "two algorithms",
                        raw("{\"typ\":\"at+jwt\",\"alg\":\"none\",\"alg\":\"HS256\"}", claims().encode())),
                Map.entry("header in another order", raw("{\"alg\":\"HS256\",\"typ\":\"at+jwt\"}", claims().encode())),
                Map.entry("header that is a list", raw("[]", claims().encode())),
                Map.entry("empty header", raw("{}", claims().encode())),
                Map.entry("key id that is SQL", signed(header().put("kid", "x' UNION SELECT 'key"), claims())),
                Map.entry(
                        "certificate behind an address",
                        signed(header().put("x5u", "https://evil.example/c"), claims())),
                Map.entry(
                        "certificate in the header",
                        signed(
                                header().put(
                                                "x5c",
                                                new JsonArray()
                                                        .add(Base64.getEncoder()
                                                                .encodeToString(rsa.getPublic()
                                                                        .getEncoded()))),
                                claims())),
                Map.entry("compressed", signed(header().put("zip", "DEF"), claims())),
                Map.entry("unencoded claims", signed(header().put("b64", false), claims())),
                Map.entry("type refresh", signed(header().put("typ", "rt+jwt"), claims())),
                Map.entry("an id token", signed(header().put("typ", "JWT"), claims().put("nonce", "a"))),
                Map.entry(
                        "somebody else, signed with a key of one's own",
                        hmac("HmacSHA256", otherKey, base64(header()) + "." + base64(mine.getBytes(UTF_8)))),
                Map.entry("signed with a key of eight bits", hmac("HmacSHA256", new byte[] {1}, header(), claims())),
                Map.entry(
                        "audiences of which none is right",
                        signed(header(), claims().put("aud", new JsonArray().add("billing")))),
                Map.entry("issuer in another case", signed(header(), claims().put("iss", "Expiry-Tracker"))),
                Map.entry(
                        "issuers in a list",
                        signed(header(), claims().put("iss", new JsonArray().add("expiry-tracker")))),
                Map.entry("expired by a negative time", signed(header(), claims().put("exp", -1))),
                Map.entry("user that is a number", signed(header(), claims().put("sub", 1))),
                Map.entry("session that is a list", signed(header(), claims().put("sid", new JsonArray()))),
                Map.entry("doubled", good + good),
                Map.entry("two with a comma", good + "," + good),
                Map.entry("within another", signed(header(), new JsonObject().put("token", good))),
                Map.entry("five parts, as if encrypted", good + "." + parts[1] + "." + parts[2]),
                Map.entry(
                        "Base64 of another alphabet",
                        parts[0] + "." + parts[1] + "."
                                + parts[2].replace('-', '+').replace('_', '/') + "+"),
                Map.entry("Base64 with padding in its parts", parts[0] + "=." + parts[1] + "=." + parts[2] + "="),
                Map.entry(
                        "Base64 with bits that nothing reads",
                        good.substring(0, good.length() - 1) + withStrayBits(good)),
                Map.entry("encoded twice", base64(good.getBytes(UTF_8))),
                Map.entry("percent-encoded", good.replace(".", "%2E")),
                Map.entry("dots of another script", good.replace('.', '\u3002')),
                Map.entry("letters of another script", good.replace('e', '\u0435')),
                Map.entry("an invisible letter", good.substring(0, 9) + "\u200b" + good.substring(9)),
                Map.entry("a NUL at the end", good + "\u0000"),
                Map.entry("a NUL within", good.substring(0, 30) + "\u0000" + good.substring(30)),
                Map.entry("a blank within", good.substring(0, 30) + " " + good.substring(30)),
                Map.entry(
                        "claims of ten thousand characters", signed(header(), claims().put("pad", "x".repeat(10_000)))),
                Map.entry("an API token that was never made", "etp_" + "A".repeat(86)));
    }

    /** The last letter of a signature, with one of the two bits set that are left over. */
    private static char withStrayBits(String token) {
        String alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
        return alphabet.charAt(alphabet.indexOf(token.charAt(token.length() - 1)) + 1);
    }

    JsonObject header() {
        return new JsonObject().put("typ", "at+jwt").put("alg", "HS256");
    }

    JsonObject claims() {
        return new JsonObject()
                .put("iss", "expiry-tracker")
                .put("aud", "expiry-tracker-api")
                .put("sub", user.value().toString())
                .put("sid", session.toString())
                .put("iat", now.getEpochSecond())
                .put("exp", now.plus(AccessTokens.LIFETIME).getEpochSecond());
    }

    private JsonObject without(String claim) {
        JsonObject claims = claims();
        claims.remove(claim);
        return claims;
    }

    private String base64(JsonObject json) {
        return base64(json.encode().getBytes(UTF_8));
    }

    private String base64(byte[] bytes) {
        return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
    }

    private String unsigned(JsonObject header) {
        return base64(header) + "." + base64(claims());
    }

    String signed(JsonObject header, JsonObject claims) {
        return hmac("HmacSHA256", key, header, claims);
    }

    private String raw(String header, String claims) {
        return hmac("HmacSHA256", key, base64(header.getBytes(UTF_8)) + "." + base64(claims.getBytes(UTF_8)));
    }

    private String hmac(String algorithm, byte[] key, JsonObject header, JsonObject claims) {
        return hmac(algorithm, key, base64(header) + "." + base64(claims));
    }

    private String hmac(String algorithm, byte[] key, String signed) {
        try {
            Mac mac = Mac.getInstance(algorithm);
            mac.init(new SecretKeySpec(key, algorithm));
            return signed + "." + base64(mac.doFinal(signed.getBytes(UTF_8)));
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }

    private String rs256(KeyPair pair) throws GeneralSecurityException {
        String signed = base64(header().put("alg", "RS256")) + "." + base64(claims());
        Signature signature = Signature.getInstance("SHA256withRSA");
        signature.initSign(pair.getPrivate());
        signature.update(signed.getBytes(UTF_8));
        return signed + "." + base64(signature.sign());
    }
}
