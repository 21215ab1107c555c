package org.expirytracker.peers;

import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.time.LocalDate;
import java.util.Base64;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.springframework.graphql.server.WebGraphQlInterceptor;
import org.springframework.graphql.server.WebGraphQlRequest;
import org.springframework.graphql.server.WebGraphQlResponse;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;
import reactor.core.publisher.Mono;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** By a bearer token: its signature, then its session in the database, remembered for half a second. */
@Component
class Authentication implements WebGraphQlInterceptor {

    private static final long MEMORY_MILLIS = 500;

    private static final String LIVE = """
            SELECT sessions.user_id, (now() AT TIME ZONE inventories.time_zone)::date AS today
              FROM sessions
              JOIN users ON users.id = sessions.user_id
              JOIN inventories ON inventories.id = sessions.user_id
             WHERE sessions.user_id = ? AND sessions.id = ? AND sessions.revoked_at IS NULL
               AND sessions.expires_at > now()
               AND users.active AND (users.locked_until IS NULL OR users.locked_until <= now())
            """;

    private record Remembered(Caller caller, long until) {}

    private final JdbcClient database;
    private final JsonMapper json;
    private final SecretKeySpec key =
            new SecretKeySpec(Base64.getDecoder().decode(System.getenv("EXPIRY_JWT_KEY")), "HmacSHA256");
    private final Map<UUID, Remembered> remembered = new ConcurrentHashMap<>();

    Authentication(JdbcClient database, JsonMapper json) {
        this.database = database;
        this.json = json;
    }

    @Override
    public Mono<WebGraphQlResponse> intercept(WebGraphQlRequest request, Chain chain) {
        Caller caller = caller(request.getHeaders().getFirst("Authorization"));
        request.configureExecutionInput((input, builder) ->
                builder.graphQLContext(Map.of("caller", caller)).build());
        return chain.next(request);
    }

    private Caller caller(String authorization) {
        String[] parts = authorization.substring("Bearer ".length()).split("\\.");
        if (!MessageDigest.isEqual(signature(parts[0] + "." + parts[1]), Base64.getUrlDecoder().decode(parts[2]))) {
            throw new IllegalArgumentException("The token is not signed by this server.");
        }
        JsonNode claims = json.readTree(Base64.getUrlDecoder().decode(parts[1]));
        long now = System.currentTimeMillis();
        if (claims.get("exp").asLong() * 1_000 <= now) {
            throw new IllegalArgumentException("The token has expired.");
        }
        UUID session = UUID.fromString(claims.get("sid").asString());
        Remembered known = remembered.get(session);
        if (known != null && known.until > now) {
            return known.caller;
        }
        Caller caller = database.sql(LIVE)
                .param(UUID.fromString(claims.get("sub").asString()))
                .param(session)
                .query((row, number) -> new Caller(
                        row.getObject("user_id", UUID.class), row.getObject("today", LocalDate.class)))
                .single();
        remembered.put(session, new Remembered(caller, now + MEMORY_MILLIS));
        return caller;
    }

    private byte[] signature(String signed) {
        try {
            Mac mac = Mac.getInstance("HmacSHA256");
            mac.init(key);
            return mac.doFinal(signed.getBytes(StandardCharsets.US_ASCII));
        } catch (GeneralSecurityException cause) {
            throw new IllegalStateException(cause);
        }
    }
}
