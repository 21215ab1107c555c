package org.expirytracker.bench;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.io.PrintWriter;
import java.math.BigDecimal;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.Callable;
import org.expirytracker.items.Item;
import org.expirytracker.kernel.NodeId;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Other GraphQL servers, asked for the same page of the same database in turn with the product. */
@Command(
        name = "peers",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        description = {
            "Measures PostGraphile, Mercurius and Spring for GraphQL beside the product: the page of fifty items with their"
                    + " categories, authenticated by a bearer token, from the same database. Run it by bench/peers/run,"
                    + " which installs them.",
            "",
            "Takes five minutes. bench/peers/README.md tells what is fair about it and what is not."
        })
final class PeersBenchmark implements Callable<Integer> {

    private static final double WANTED = 3;
    private static final int WARM_UP = 10_000;

    // PostGraphile makes its own schema of views; the page is asked of it under the same names.
    private static final String OF_POSTGRAPHILE = """
            query Items {
              items: allItems(first: 50, orderBy: [PLACE_ASC, ROW_ID_ASC]) {
                nodes {
                  id: rowId name description quantity unit costPrice expiryDate status daysLeft location
                  category { id: rowId name color }
                }
              }
            }
            """;

    @Option(names = "--rounds", paramLabel = "<n>", description = "Rounds, each server in turn. Usual: 5.")
    private int rounds = 5;

    @Option(names = "--seconds", paramLabel = "<s>", description = "Seconds of each half of a round. Usual: 5.")
    private double seconds = 5;

    @Option(names = "--warm-up", paramLabel = "<n>", description = "Answers of each server before. Usual: 10000.")
    private int warmUp = WARM_UP;

    @Option(names = "--connections", paramLabel = "<n>", description = "Clients that ask at once. Usual: 32.")
    private int connections = 32;

    @Option(names = "--users", paramLabel = "<n>", description = "Users, who ask in turn. Usual: 1000.")
    private int users = 1_000;

    private final Path peers = Path.of(System.getProperty("bench.directory", "bench"), "peers");
    private final PrintWriter out = new PrintWriter(System.out, true, UTF_8);

    private record Peer(String name, @Nullable String document, List<String> command) {}

    @Override
    public Integer call() throws IOException, SQLException, GeneralSecurityException {
        String java = Path.of(System.getProperty("java.home"), "bin/java").toString();
        List<Peer> all = List.of(
                new Peer("PostGraphile", OF_POSTGRAPHILE, List.of(node(), file("postgraphile.mjs"))),
                new Peer("Mercurius", null, List.of(node(), file("mercurius.mjs"))),
                new Peer("Spring", null, List.of(java, "-jar", file("spring/target/peers-spring.jar"))));
        try (Stage stage = Stage.open(users, 200);
                Node product = stage.product(Stage.UNHINDERED)) {
            execute(stage, Files.readString(peers.resolve("postgraphile.sql")));
            List<Node> nodes = new ArrayList<>();
            try {
                List<Contest> contests = new ArrayList<>();
                for (Peer peer : all) {
                    Node node = stage.peer(peer.command);
                    nodes.add(node);
                    contests.add(contest(stage, peer, node, product));
                    say("%s answers the same as JSON.", peer.name);
                }
                measure(contests);
            } finally {
                nodes.forEach(Node::close);
            }
        }
        return 0;
    }

    private Contest contest(Stage stage, Peer peer, Node node, Node product) throws IOException, SQLException {
        Load.Requests ours = Question.PAGE.graphQL(stage);
        Load.Requests theirs = peer.document == null ? ours : Question.PAGE.graphQL(stage, peer.document);
        for (int user = 0; user < Math.min(20, ours.size()); user++) {
            JsonArray one = page(Load.ask(node.port(), theirs, user));
            JsonArray other = page(Load.ask(product.port(), ours, user));
            if (!one.equals(other)) {
                throw new IOException(
                        "%s answers otherwise:%n%s%n%s".formatted(peer.name, one.encode(), other.encode()));
            }
        }
        return new Contest(
                Question.PAGE,
                new Contest.Manner(connections, seconds),
                new Contest.Contestant(peer.name, node, theirs),
                new Contest.Contestant("ours", product, ours),
                out);
    }

    /** The items of an answer. Others may give ids as they are in the database, and decimals with zeros at the end. */
    private static JsonArray page(String answer) {
        JsonArray items = new JsonObject(answer)
                .getJsonObject("data")
                .getJsonObject("items")
                .getJsonArray("nodes");
        JsonArray same = new JsonArray();
        for (int at = 0; at < items.size(); at++) {
            JsonObject item = items.getJsonObject(at).copy();
            alike(item, Item.TYPE);
            for (String decimal : List.of("quantity", "costPrice")) {
                String value = item.getString(decimal);
                item.put(
                        decimal,
                        value == null
                                ? null
                                : new BigDecimal(value).stripTrailingZeros().toPlainString());
            }
            JsonObject category = item.getJsonObject("category");
            if (category != null) {
                alike(category, org.expirytracker.categories.Category.TYPE);
            }
            same.add(item);
        }
        return same;
    }

    private static void alike(JsonObject object, NodeId.Type type) {
        String id = object.getString("id");
        if (id.length() == 36) {
            object.put("id", new NodeId(type, UUID.fromString(id)).encoded());
        }
    }

    private void measure(List<Contest> contests) throws IOException {
        for (Contest contest : contests) {
            contest.warmUp(warmUp);
        }
        for (int round = 0; round < rounds; round++) {
            for (Contest contest : contests) {
                contest.measure(1);
            }
        }
        contests.forEach(Contest::table);
        say("");
        contests.forEach(contest -> say(
                "%.1f times the requests per second of %s, %.1f times as many for the same processor time; at least %.0f times is"
                        + " wanted",
                contest.throughput(), contest.firstName(), contest.thrift(), WANTED));
    }

    private String file(String name) {
        return peers.resolve(name).toAbsolutePath().toString();
    }

    /** Node.js as npm installed it. */
    private String node() throws IOException {
        for (String processor : List.of("x64", "arm64")) {
            Path node = peers.resolve("node_modules/node-linux-" + processor + "/bin/node");
            if (Files.isExecutable(node)) {
                return node.toAbsolutePath().toString();
            }
        }
        throw new IOException("There is no Node.js in " + peers + "; run bench/peers/run");
    }

    private static void execute(Stage stage, String script) throws SQLException {
        try (Connection connection = stage.url().dataSource().getConnection();
                Statement statement = connection.createStatement()) {
            statement.execute(script);
        }
    }

    private void say(String format, Object... values) {
        out.println(format.formatted(values));
    }
}
