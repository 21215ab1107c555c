package org.expirytracker.bench;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.vertx.core.json.JsonObject;
import java.sql.SQLException;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.expirytracker.items.Item;
import org.expirytracker.kernel.NodeId;
import org.jspecify.annotations.Nullable;

/** What both servers are asked, each in its own way, with the same answer; named in small letters on the command line. */
enum Question {
    /** Fifty items, each with its category. */
    PAGE("page of 50 items with categories", 0.80, 40_000, """
            query Items {
              items(first: 50) {
                nodes {
                  id name description quantity unit costPrice expiryDate status daysLeft location
                  category { id name color }
                }
              }
            }
            """, "{\"data\":{\"items\":{\"nodes\":[{"),
    /** One item by its id, with its category. */
    ONE("one item by id", 0.85, 100_000, """
            query One($id: ID!) {
              item(id: $id) {
                id name description quantity unit costPrice expiryDate status daysLeft location
                category { id name color }
              }
            }
            """, "{\"data\":{\"item\":{\"id\":"),
    /** Who asks. */
    VIEWER("{ viewer { id } }", 0.90, 200_000, "{ viewer { id } }", "{\"data\":{\"viewer\":{\"id\":"),
    /** Twelve categories, fourteen items of each, two notifications of each of these: 516 objects. */
    TREE("tree of 516 objects", 0.70, 20_000, """
            query Tree {
              categories(first: 12) {
                nodes {
                  id name color
                  items(first: 14) {
                    nodes {
                      id name quantity unit expiryDate status
                      notifications(first: 2) { nodes { id kind title message status createdAt } }
                    }
                  }
                }
              }
            }
            """, "{\"data\":{\"categories\":{\"nodes\":[{"),
    /** A new item, which is in the log and counted by day. */
    CREATE("createItem", 0.75, 60_000, """
            mutation Create($input: CreateItemInput!) {
              createItem(input: $input) {
                item { id name quantity unit costPrice expiryDate status daysLeft location }
                userErrors { code message }
              }
            }
            """, "{\"data\":{\"createItem\":{\"item\":{\"id\":");

    private static final int DAYS = 300;

    /** In a chart. */
    final String title;
    /** The share of the throughput of the handler written by hand that is wanted. */
    final double wanted;
    /** So many answers warm a server up. */
    final int warmUp;

    private final String document;
    private final String begins;

    Question(String title, double wanted, int warmUp, String document, String begins) {
        this.title = title;
        this.wanted = wanted;
        this.warmUp = warmUp;
        this.document = document;
        this.begins = begins;
    }

    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT);
    }

    boolean writes() {
        return this == CREATE;
    }

    /** What the product is asked, for each user. */
    Load.Requests graphQL(Stage stage) throws SQLException {
        return graphQL(stage, document);
    }

    /** As {@link #graphQL(Stage)}, in the words of another schema. */
    Load.Requests graphQL(Stage stage, String document) throws SQLException {
        List<String> tokens = stage.tokens();
        List<JsonObject> variables = variables(stage);
        List<byte[]> requests = new ArrayList<>();
        for (int user = 0; user < tokens.size(); user++) {
            requests.add(graphQL(document, variables.isEmpty() ? null : variables.get(user), tokens.get(user)));
        }
        return new Load.Requests(requests, begins);
    }

    /** The page, for each of some tokens. */
    static List<byte[]> pages(List<String> tokens) {
        return tokens.stream().map(token -> graphQL(PAGE.document, null, token)).toList();
    }

    private static byte[] graphQL(String document, @Nullable JsonObject variables, String token) {
        JsonObject body = new JsonObject().put("query", document);
        if (variables != null) {
            body.put("variables", variables);
        }
        return post("/graphql", token, body);
    }

    /** What the handlers written by hand are asked, for each user. */
    Load.Requests plain(Stage stage) throws SQLException {
        List<String> tokens = stage.tokens();
        List<JsonObject> variables = variables(stage);
        List<byte[]> requests = new ArrayList<>();
        for (int user = 0; user < tokens.size(); user++) {
            String token = tokens.get(user);
            requests.add(
                    switch (this) {
                        case PAGE -> get("/items?first=50", token);
                        case ONE -> get("/item?id=" + variables.get(user).getString("id"), token);
                        case VIEWER -> get("/viewer", token);
                        case TREE -> get("/tree", token);
                        case CREATE -> post("/items", token, variables.get(user).getJsonObject("input"));
                    });
        }
        return new Load.Requests(requests, begins);
    }

    private List<JsonObject> variables(Stage stage) throws SQLException {
        return switch (this) {
            case PAGE, VIEWER, TREE -> List.of();
            case ONE ->
                Dataset.firstItems(stage.url()).stream()
                        .map(id -> JsonObject.of("id", new NodeId(Item.TYPE, id).encoded()))
                        .toList();
            case CREATE -> {
                List<JsonObject> inputs = new ArrayList<>();
                LocalDate today = LocalDate.now(ZoneOffset.UTC);
                for (int user = 0; user < stage.tokens().size(); user++) {
                    inputs.add(JsonObject.of(
                            "input",
                            JsonObject.of(
                                    "name", "Smoked salmon " + user,
                                    "quantity", Integer.toString(1 + user % 40),
                                    "unit", "pcs",
                                    "costPrice", "%d.%02d".formatted(user % 9, 10 + user % 90),
                                    "expiryDate",
                                            today.plusDays(40 + user % DAYS).toString(),
                                    "location",
                                            List.of("Fridge", "Cellar", "Pantry")
                                                    .get(user % 3))));
                }
                yield inputs;
            }
        };
    }

    private static byte[] get(String path, String token) {
        return """
                GET %s HTTP/1.1
                Host: 127.0.0.1
                Authorization: Bearer %s

                """.formatted(path, token).replace("\n", "\r\n").getBytes(UTF_8);
    }

    private static byte[] post(String path, String token, JsonObject body) {
        String text = body.encode();
        return ("""
                POST %s HTTP/1.1
                Host: 127.0.0.1
                Content-Type: application/json
                Content-Length: %d
                Authorization: Bearer %s

                """.formatted(path, text.getBytes(UTF_8).length, token).replace("\n", "\r\n") + text).getBytes(UTF_8);
    }
}
