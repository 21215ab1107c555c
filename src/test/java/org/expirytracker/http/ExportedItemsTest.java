package org.expirytracker.http;

import static org.assertj.core.api.Assertions.assertThat;

import de.siegmar.fastcsv.reader.CsvReader;
import de.siegmar.fastcsv.reader.NamedCsvRecord;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.math.BigDecimal;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.ShrinkingMode;
import net.jqwik.api.Tuple;
import org.dhatim.fastexcel.reader.Cell;
import org.dhatim.fastexcel.reader.CellType;
import org.dhatim.fastexcel.reader.ReadableWorkbook;
import org.dhatim.fastexcel.reader.ReadingOptions;
import org.dhatim.fastexcel.reader.Row;
import org.expirytracker.TestApi;
import org.expirytracker.TestApi.User;

/** Files of items hold what the API tells of them, read by libraries of others. */
class ExportedItemsTest {

    private static final HttpClient CLIENT = HttpClient.newHttpClient();
    private static final Pattern HARMLESS = Pattern.compile("'+[=+\\-@\t\r]");
    private static final Pattern ESCAPED = Pattern.compile("_x([0-9A-F]{4})_");

    private static final List<String> COMPARED = List.of(
            "id",
            "externalId",
            "name",
            "description",
            "quantity",
            "unit",
            "costPrice",
            "sellingPrice",
            "expiryDate",
            "purchaseDate",
            "location",
            "barcode",
            "lotNumber",
            "status");

    private static Arbitrary<String> texts(String... odd) {
        Arbitrary<String> pieces = Arbitraries.frequencyOf(
                Tuple.of(2, Arbitraries.strings().alpha().ofMaxLength(5)), Tuple.of(3, Arbitraries.of(odd)));
        return pieces.list().ofMinSize(1).ofMaxSize(6).map(parts -> String.join("", parts));
    }

    private static final String[] LINE = {
        "=", "+", "-", "@", "'", "\"", ",", ";", "_x0041_", "_", "é", "💊", "<&>", "\ufffe", "1", " ", "NULL", "=1+1",
        "''="
    };

    private static Arbitrary<String> lines() {
        return texts(Stream.concat(Stream.of(LINE), Stream.of("\n", "\r\n", "\t", "\r", "\u2028"))
                .toArray(String[]::new));
    }

    private static Arbitrary<String> codes() {
        return texts(Stream.concat(Stream.of(LINE), Stream.of("\u001d", "\u001d", "\u0004", "\u00a0"))
                .toArray(String[]::new));
    }

    private static Arbitrary<String> dates() {
        return Arbitraries.of("0001-01-01", "1899-12-31", "1900-02-28", "1900-03-01", "2024-02-29", "9999-12-31");
    }

    private static Arbitrary<String> prices() {
        return Arbitraries.of("0", "0.0001", "0.1", "999999999.9999", "1000", "12.50");
    }

    @Provide
    Arbitrary<List<JsonObject>> items() {
        Arbitrary<JsonObject> texts = Combinators.combine(
                        texts(LINE), lines(), texts(LINE), texts(LINE), codes(), texts(LINE), codes())
                .as((name, description, unit, location, barcode, lot, external) -> new JsonObject()
                        .put("name", "n" + name)
                        .put("description", description)
                        .put("unit", "u" + unit.substring(0, Math.min(unit.length(), 10)))
                        .put("location", location)
                        .put("barcode", barcode)
                        .put("lotNumber", lot)
                        .put("externalId", external));
        Arbitrary<JsonObject> numbers = Combinators.combine(
                        Arbitraries.of("0.001", "1", "2.5", "999999999.999", "1000"),
                        prices().injectNull(0.3),
                        prices().injectNull(0.3),
                        dates().injectNull(0.3),
                        dates().injectNull(0.3),
                        Arbitraries.integers().between(0, 3_650).injectNull(0.5))
                .as((quantity, cost, selling, expiry, purchase, lead) -> new JsonObject()
                        .put("quantity", quantity)
                        .put("costPrice", cost)
                        .put("sellingPrice", selling)
                        .put("expiryDate", expiry)
                        .put("purchaseDate", purchase)
                        .put("leadDays", lead));
        return Combinators.combine(texts, numbers)
                .as((text, number) -> text.copy().mergeIn(number))
                .list()
                .ofMinSize(20)
                .ofMaxSize(80);
    }

    @Property(tries = 4, shrinking = ShrinkingMode.OFF)
    void lose_nothing_and_become_the_same_items_in_an_empty_inventory(@ForAll("items") List<JsonObject> items)
            throws IOException {
        User user = TestApi.node().newUser();
        String category = user.createCategory("=Dairy, \"fresh\"");
        JsonArray rows = new JsonArray();
        for (int at = 0; at < items.size(); at++) {
            JsonObject item = items.get(at).copy();
            item.put("externalId", at + item.getString("externalId"));
            rows.add(at % 2 == 0 ? item.put("categoryId", category) : item);
        }
        user.mutate("createItems", "items { id }", JsonObject.of("items", rows));

        Map<String, Map<String, String>> lines = new TreeMap<>();
        get(user, "jsonl").lines().map(JsonObject::new).forEach(line -> lines.put(line.getString("id"), flat(line)));

        assertThat(lines).hasSameSizeAs(items);
        assertThat(csv(get(user, "csv"))).isEqualTo(lines);
        Map<String, Map<String, String>> cells = workbook(bytes(user, "xlsx"));
        cells.forEach((id, row) -> row.putAll(moments(lines.getOrDefault(id, Map.of()))));
        assertThat(cells).isEqualTo(lines);
        asTold(user).forEach(told -> assertThat(lines.get(told.getString("id"))).containsAllEntriesOf(flat(told)));
        // All at once, as each waits for its job.
        List<Moving> moves = Stream.of("csv", "jsonl", "xlsx")
                .map(ending -> upload(TestApi.node().newUser(), ending, bytes(user, ending)))
                .toList();
        moves.forEach(move -> assertThat(settled(move).getString("state")).isEqualTo("READY"));
        moves.forEach(move -> move.user.mutate("startImport", "import { state }", move.id));
        moves.forEach(move -> {
            assertThat(settled(move)).as(move.ending).isEqualTo(JsonObject.of("state", "DONE", "problem", null));
            assertThat(contents(move.user)).as(move.ending).isEqualTo(contents(user));
        });
    }

    /** A file that becomes the items of another inventory. */
    private record Moving(String ending, User user, JsonObject id) {}

    private static Moving upload(User user, String ending, byte[] file) {
        HttpRequest request = HttpRequest.newBuilder(user.api().uri("/imports?name=items." + ending))
                .header("authorization", "Bearer " + user.token())
                .POST(HttpRequest.BodyPublishers.ofByteArray(file))
                .build();
        try {
            HttpResponse<String> answer = CLIENT.send(request, HttpResponse.BodyHandlers.ofString());
            assertThat(answer.statusCode()).as(answer.body()).isEqualTo(201);
            return new Moving(ending, user, JsonObject.of("id", new JsonObject(answer.body()).getString("id")));
        } catch (IOException | InterruptedException e) {
            throw new AssertionError(ending, e);
        }
    }

    private static JsonObject settled(Moving move) {
        try (TestApi.Events events =
                move.user.subscribe("subscription ($id: ID!) { importProgress(id: $id) { state problem } }", move.id)) {
            JsonObject progress = events.next().getJsonObject("importProgress");
            while (List.of("PREVIEWING", "RUNNING").contains(progress.getString("state"))) {
                progress = events.next().getJsonObject("importProgress");
            }
            return progress;
        }
    }

    /** What an inventory holds, but for what is its own: ids and moments. */
    private static List<JsonObject> contents(User user) {
        return user
                .query("{ items(first: 100) { nodes { externalId name description quantity unit costPrice sellingPrice"
                        + " expiryDate purchaseDate leadDays location barcode lotNumber category { name } } } }")
                .getJsonObject("items")
                .getJsonArray("nodes")
                .stream()
                .map(JsonObject.class::cast)
                .sorted(Comparator.comparing(item -> item.getString("externalId")))
                .toList();
    }

    private static List<JsonObject> asTold(User user) {
        return user
                .query("{ items(first: 100) { nodes { " + String.join(" ", COMPARED) + " } } }")
                .getJsonObject("items")
                .getJsonArray("nodes")
                .stream()
                .map(JsonObject.class::cast)
                .toList();
    }

    /** Cells keep them to the millisecond. */
    private static Map<String, String> moments(Map<String, String> line) {
        Map<String, String> moments = new TreeMap<>(line);
        moments.keySet().retainAll(List.of("createdAt", "updatedAt"));
        return moments;
    }

    private static Map<String, String> flat(JsonObject line) {
        Map<String, String> flat = new TreeMap<>();
        line.forEach(member -> {
            Object value =
                    member.getValue() instanceof JsonObject category ? category.getString("name") : member.getValue();
            if (value != null) {
                flat.put(member.getKey(), plain(member.getKey(), value.toString()));
            }
        });
        return flat;
    }

    private static String plain(String column, String value) {
        return List.of("quantity", "costPrice", "sellingPrice").contains(column)
                ? new BigDecimal(value).stripTrailingZeros().toPlainString()
                : value;
    }

    private static Map<String, Map<String, String>> csv(String file) throws IOException {
        Map<String, Map<String, String>> rows = new TreeMap<>();
        try (CsvReader<NamedCsvRecord> reader = CsvReader.builder().ofNamedCsvRecord(file)) {
            reader.forEach(row -> {
                Map<String, String> values = new TreeMap<>();
                row.getFieldsAsMap().forEach((column, value) -> {
                    if (!value.isEmpty()) {
                        values.put(
                                column,
                                plain(column, HARMLESS.matcher(value).lookingAt() ? value.substring(1) : value));
                    }
                });
                rows.put(values.get("id"), values);
            });
        }
        return rows;
    }

    private static Map<String, Map<String, String>> workbook(byte[] file) throws IOException {
        Map<String, Map<String, String>> rows = new TreeMap<>();
        try (ReadableWorkbook workbook =
                new ReadableWorkbook(new ByteArrayInputStream(file), new ReadingOptions(true, false))) {
            List<Row> read = workbook.getFirstSheet().read();
            List<String> names = read.getFirst().stream().map(Cell::getText).toList();
            read.stream().skip(1).forEach(row -> {
                Map<String, String> values = new TreeMap<>();
                row.stream()
                        .filter(cell -> cell != null && cell.getType() != CellType.EMPTY)
                        .forEach(cell -> values.put(
                                names.get(cell.getColumnIndex()), value(names.get(cell.getColumnIndex()), cell)));
                rows.put(values.get("id"), values);
            });
        }
        return rows;
    }

    private static String value(String column, Cell cell) {
        return switch (cell.getType()) {
            case NUMBER ->
                column.endsWith("Date")
                        ? cell.asDate().toLocalDate().toString()
                        : column.endsWith("At")
                                ? ""
                                : cell.asNumber().stripTrailingZeros().toPlainString();
            case STRING ->
                ESCAPED.matcher(cell.asString())
                        .replaceAll(found ->
                                Matcher.quoteReplacement(Character.toString(Integer.parseInt(found.group(1), 16))));
            default -> throw new AssertionError(column + " is " + cell.getType());
        };
    }

    private static String get(User user, String ending) {
        return new String(bytes(user, ending), StandardCharsets.UTF_8);
    }

    private static byte[] bytes(User user, String ending) {
        HttpRequest request = HttpRequest.newBuilder(user.api().uri("/exports/items." + ending))
                .header("authorization", "Bearer " + user.token())
                .build();
        try {
            HttpResponse<byte[]> answer = CLIENT.send(request, HttpResponse.BodyHandlers.ofByteArray());
            assertThat(answer.statusCode()).isEqualTo(200);
            return answer.body();
        } catch (IOException | InterruptedException e) {
            throw new AssertionError(ending, e);
        }
    }
}
