package org.expirytracker.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.Reader;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.expirytracker.TestApi;
import org.expirytracker.TestApi.User;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** {@code expiry import}, on a server that runs. */
@Timeout(60)
class ImportCommandTest {

    private static final String BAD = "Ware,Menge\nTee,2\nReis,zwei\n";

    private final User user = TestApi.node().newUser();
    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();

    @TempDir
    private Path directory = Path.of("");

    private int run(String content, String... options) throws IOException {
        Path file = Files.writeString(directory.resolve("list.csv"), content);
        String token = user.mutate(
                        "createApiToken",
                        "token",
                        JsonObject.of("name", "import", "scopes", JsonArray.of("ITEMS_READ", "ITEMS_WRITE")))
                .getString("token");
        return run(
                Map.of("API_TOKEN", token),
                Stream.concat(
                                Stream.of(
                                        "import",
                                        file.toString(),
                                        "--url",
                                        TestApi.node().uri("/").toString()),
                                Stream.of(options))
                        .toArray(String[]::new));
    }

    private int run(Map<String, String> environment, String... arguments) {
        return Main.commandLine(environment, Clock.systemUTC(), new BufferedReader(Reader.nullReader()))
                .setOut(new PrintWriter(out, true))
                .setErr(new PrintWriter(err, true))
                .execute(arguments);
    }

    private List<Object> names() {
        return TestApi.each(
                user.query("{ items { nodes { name } } }")
                        .getJsonObject("items")
                        .getJsonArray("nodes"),
                "name");
    }

    @Test
    void says_what_would_become_of_each_row_and_writes_nothing() throws IOException {
        assertThat(run(BAD, "--dry-run")).isEqualTo(1);

        assertThat(out.toString())
                .contains("2 rows: 1 would be created", "1 would be refused", "row 3, Menge: “zwei” is no number");
        assertThat(names()).isEmpty();
    }

    @Test
    void writes_all_rows_or_the_good_ones_and_says_by_its_code_which() throws IOException {
        assertThat(run(BAD)).isEqualTo(1);
        assertThat(names()).isEmpty();
        assertThat(run(BAD, "--good-rows")).isEqualTo(1);
        assertThat(names()).containsExactly("Tee");
        assertThat(run("A,B\nRice,3\n", "--map", "A=name", "--map", "B=quantity"))
                .isZero();
        assertThat(names()).containsExactlyInAnyOrder("Tee", "Rice");
    }

    @Test
    void names_what_is_missing() throws IOException {
        assertThat(run(Map.of(), "import", "list.csv")).isEqualTo(1);
        assertThat(err.toString()).contains("There is no file list.csv");
        assertThat(run("Name\nTea\n", "--map", "X=NAME")).isEqualTo(1);
        assertThat(err.toString()).contains("no column “X”", "It has: Name");
    }
}
