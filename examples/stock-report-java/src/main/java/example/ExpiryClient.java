package example;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.Map;
import java.util.Set;

/** Asks the GraphQL API of Expiry Tracker; waits and asks again where that may help. */
final class ExpiryClient {

    private static final int TRIES = 7;
    private static final Set<String> PASSING = Set.of("UNAVAILABLE", "LIMIT_REACHED");

    private final HttpClient http = HttpClient.newHttpClient();
    private final ObjectMapper json = new ObjectMapper();
    private final URI address;
    private final String token;

    ExpiryClient(String server, String token) {
        this.address = URI.create(server + "/graphql");
        this.token = token;
    }

    /** What the server objects to. */
    static final class Refused extends RuntimeException {

        private static final long serialVersionUID = 1L;

        Refused(String message) {
            super(message);
        }
    }

    /**
     * Asks a query, or a mutation with {@code @idempotent(key:)}, and no other, as it may be sent again.
     *
     * @return the data
     */
    JsonNode ask(String query, Map<String, ?> variables) throws IOException, InterruptedException {
        HttpRequest request = HttpRequest.newBuilder(address)
                .timeout(Duration.ofSeconds(30))
                .header("content-type", "application/json")
                .header("authorization", "Bearer " + token)
                .POST(HttpRequest.BodyPublishers.ofByteArray(
                        json.writeValueAsBytes(Map.of("query", query, "variables", variables))))
                .build();
        for (int attempt = 1; ; attempt++) {
            Duration wait = Duration.ofMillis(100L << attempt);
            try {
                HttpResponse<byte[]> response = http.send(request, HttpResponse.BodyHandlers.ofByteArray());
                JsonNode answer = json.readTree(response.body());
                JsonNode error = answer.path("errors").path(0);
                if (error.isMissingNode()) {
                    return answer.path("data");
                }
                if (attempt == TRIES || !PASSING.contains(error.path("extensions").path("code").asText())) {
                    throw new Refused(error.path("message").asText());
                }
                wait = response.headers()
                        .firstValue("retry-after")
                        .map(seconds -> Duration.ofSeconds(Long.parseLong(seconds)))
                        .orElse(wait);
            } catch (IOException unreachable) {
                if (attempt == TRIES) {
                    throw unreachable;
                }
            }
            Thread.sleep(wait.toMillis());
        }
    }
}
