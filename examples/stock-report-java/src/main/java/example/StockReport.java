package example;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.math.BigDecimal;
import java.util.HashMap;
import java.util.Map;
import java.util.TreeMap;

/** Prints what is in stock and what it is worth, by place. */
public final class StockReport {

    private static final String ITEMS =
            """
            query ($after: String) {
              items(first: 100, after: $after) {
                nodes { location status totalValue }
                pageInfo { hasNextPage endCursor }
              }
            }""";

    /** What is in one place. */
    private static final class Place {

        private int items;
        private int expired;
        private BigDecimal value = BigDecimal.ZERO;

        void add(JsonNode item) {
            items++;
            expired += item.path("status").asText().equals("EXPIRED") ? 1 : 0;
            // Decimals are strings, so that no digit is lost on the way.
            value = value.add(new BigDecimal(item.path("totalValue").asText("0")));
        }
    }

    private StockReport() {}

    /** Takes the server from {@code EXPIRY_URL} and the token from {@code API_TOKEN}. */
    public static void main(String... arguments) throws IOException, InterruptedException {
        String token = System.getenv("API_TOKEN");
        if (token == null) {
            System.err.println("Set API_TOKEN to an API token of the server: see docs/api.md.");
            System.exit(2);
        }
        ExpiryClient client =
                new ExpiryClient(System.getenv().getOrDefault("EXPIRY_URL", "http://127.0.0.1:8080"), token);
        try {
            print(read(client));
        } catch (ExpiryClient.Refused refused) {
            System.err.println(refused.getMessage());
            System.exit(1);
        }
    }

    private static Map<String, Place> read(ExpiryClient client) throws IOException, InterruptedException {
        Map<String, Place> places = new TreeMap<>();
        Map<String, String> variables = new HashMap<>();
        boolean more = true;
        while (more) {
            JsonNode page = client.ask(ITEMS, variables).path("items");
            page.path("nodes").forEach(item -> places.computeIfAbsent(
                            item.path("location").asText(""), name -> new Place())
                    .add(item));
            more = page.path("pageInfo").path("hasNextPage").asBoolean();
            variables.put("after", page.path("pageInfo").path("endCursor").asText());
        }
        return places;
    }

    private static void print(Map<String, Place> places) {
        System.out.printf("%-30s %8s %8s %12s%n", "Place", "Items", "Expired", "Value");
        places.forEach((name, place) -> System.out.printf(
                "%-30s %8d %8d %12s%n",
                name.isEmpty() ? "(nowhere)" : name, place.items, place.expired, place.value.toPlainString()));
    }
}
