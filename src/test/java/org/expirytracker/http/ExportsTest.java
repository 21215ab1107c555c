package org.expirytracker.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.io.InputStream;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.UUID;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.dhatim.fastexcel.reader.Cell;
import org.dhatim.fastexcel.reader.CellType;
import org.dhatim.fastexcel.reader.ReadableWorkbook;
import org.dhatim.fastexcel.reader.ReadingOptions;
import org.dhatim.fastexcel.reader.Row;
import org.expirytracker.Stock;
import org.expirytracker.TestApi;
import org.expirytracker.TestApi.User;
import org.expirytracker.TestDatabase;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Items as files, over HTTP. */
@Timeout(60)
class ExportsTest {

    private static final Stock STOCK = new Stock(TestDatabase.migrated());
    private static final HttpClient CLIENT = HttpClient.newHttpClient();
    private final String today = LocalDate.now(ZoneOffset.UTC).toString();

    private final User user = TestApi.node().newUser();

    private HttpRequest.Builder request(User asking, String target) {
        HttpRequest.Builder request = HttpRequest.newBuilder(asking.api().uri("/exports/items." + target));
        if (!asking.token().isEmpty()) {
            request.header("authorization", "Bearer " + asking.token());
        }
        if (!asking.inventory().isEmpty()) {
            request.header("expiry-inventory", asking.inventory());
        }
        return request;
    }

    private HttpResponse<String> get(User asking, String target) {
        try {
            return CLIENT.send(request(asking, target).build(), HttpResponse.BodyHandlers.ofString());
        } catch (IOException | InterruptedException e) {
            throw new AssertionError(target, e);
        }
    }

    private List<JsonObject> objects(String query) {
        HttpResponse<String> answer = get(user, "jsonl" + query);
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
        return answer.body().lines().map(JsonObject::new).toList();
    }

    private List<String> names(String query) {
        return objects(query).stream()
                .map(item -> item.getString("name"))
                .sorted()
                .toList();
    }

    private static String encoded(String value) {
        return URLEncoder.encode(value, StandardCharsets.UTF_8);
    }

    @Nested
    class AFile {

        @Test
        void of_lines_of_json_holds_what_an_item_has() {
            String category = user.createCategory("Dairy");
            String id = user.createItem(new JsonObject()
                    .put("name", "Milk, \"fresh\"")
                    .put("externalId", "sku-1")
                    .put("quantity", "2.50")
                    .put("costPrice", "1.2")
                    .put("expiryDate", today)
                    .put("leadDays", 3)
                    .put("categoryId", category));

            HttpResponse<String> answer = get(user, "jsonl");

            assertThat(answer.headers().firstValue("content-type")).contains("application/jsonl; charset=utf-8");
            assertThat(answer.headers().firstValue("content-disposition"))
                    .contains("attachment; filename=\"items.jsonl\"");
            JsonObject item = new JsonObject(answer.body().strip());
            assertThat(item.getString("createdAt")).isNotEmpty();
            item.remove("createdAt");
            item.remove("updatedAt");
            assertThat(item)
                    .isEqualTo(new JsonObject()
                            .put("id", id)
                            .put("externalId", "sku-1")
                            .put("name", "Milk, \"fresh\"")
                            .putNull("description")
                            .put("quantity", "2.5")
                            .put("unit", "pcs")
                            .put("costPrice", "1.2")
                            .putNull("sellingPrice")
                            .put("expiryDate", today)
                            .putNull("purchaseDate")
                            .put("leadDays", 3)
                            .putNull("location")
                            .putNull("barcode")
                            .putNull("lotNumber")
                            .put("category", JsonObject.of("id", category, "name", "Dairy"))
                            .put("status", "EXPIRING_SOON"));
        }

        @Test
        void of_comma_separated_values_is_harmless_in_a_spreadsheet() {
            user.createItem(JsonObject.of(
                    "name", "=HYPERLINK(\"http://evil\")", "location", "-1+1", "barcode", "+49", "externalId", "@x"));
            user.createItem(JsonObject.of("name", "Tea, green", "description", "two\nlines", "lotNumber", "L=1"));

            HttpResponse<String> answer = get(user, "csv");

            assertThat(answer.headers().firstValue("content-type")).contains("text/csv; charset=utf-8");
            assertThat(answer.body())
                    .startsWith(
                            "id,externalId,name,description,quantity,unit,costPrice,sellingPrice,expiryDate,purchaseDate,"
                                    + "leadDays,location,barcode,lotNumber,category,status,createdAt,updatedAt\r\n")
                    .contains(",'@x,\"'=HYPERLINK(\"\"http://evil\"\")\",,1,pcs,,,,,,'-1+1,'+49,,,UNDATED,")
                    .contains(",,\"Tea, green\",\"two\nlines\",1,pcs,,,,,,,,L=1,,UNDATED,")
                    .endsWith("Z\r\n");
        }

        @Test
        void of_a_workbook_has_texts_numbers_and_dates_as_what_they_are() {
            user.createItem(new JsonObject()
                    .put("name", "=1+1")
                    .put("description", "_x0041_\r\nsecond \ufffe line")
                    .put("barcode", "01\u001d10")
                    .put("quantity", "999999999.999")
                    .put("costPrice", "0.1")
                    .put("expiryDate", "2026-12-31")
                    .put("purchaseDate", "1899-12-31")
                    .put("leadDays", 3));
            user.createItem(JsonObject.of("name", "Tea", "quantity", "1000"));

            List<Row> rows = rows("");

            assertThat(rows).hasSize(3);
            assertThat(rows.getFirst().stream().map(Cell::getText))
                    .containsExactlyElementsOf(get(user, "csv?search=nothing")
                            .body()
                            .strip()
                            .transform(names -> List.of(names.split(","))));
            Map<String, Cell> first = cells(rows, 1);
            assertThat(cell(first, "name").getType()).isEqualTo(CellType.STRING);
            assertThat(cell(first, "name").asString()).isEqualTo("=1+1");
            assertThat(cell(first, "description").asString()).isEqualTo("_x005F_x0041_\r\nsecond _xFFFE_ line");
            assertThat(cell(first, "barcode").asString()).isEqualTo("01_x001D_10");
            assertThat(cell(first, "quantity").asNumber()).isEqualByComparingTo("999999999.999");
            assertThat(cell(first, "costPrice").asNumber()).isEqualByComparingTo("0.1");
            assertThat(first).doesNotContainKeys("sellingPrice", "location", "category");
            assertThat(cell(first, "expiryDate").asDate()).isEqualTo("2026-12-31T00:00:00");
            assertThat(cell(first, "expiryDate").getDataFormatString()).isEqualTo("yyyy-mm-dd");
            assertThat(cell(first, "purchaseDate").asString()).isEqualTo("1899-12-31");
            assertThat(cell(first, "leadDays").asNumber()).isEqualByComparingTo("3");
            assertThat(cell(first, "createdAt").asDate().toLocalDate()).isEqualTo(today);
            assertThat(cell(cells(rows, 2), "quantity").asNumber()).isEqualByComparingTo("1000");
        }

        @Test
        void of_a_workbook_is_whole_whatever_is_in_it() {
            assertThat(rows("")).hasSize(1);
            user.createItems(IntStream.range(0, 450)
                    .mapToObj(n -> JsonObject.of("name", "Item " + n))
                    .toArray(JsonObject[]::new));

            List<Row> rows = rows("");

            assertThat(rows).hasSize(451);
            assertThat(IntStream.range(1, 451)
                            .mapToObj(at -> cell(cells(rows, at), "name").asString()))
                    .containsExactlyInAnyOrderElementsOf(names(""));
            assertThat(rows("?after=" + cell(cells(rows, 448), "id").asString()))
                    .hasSize(3);
        }

        private List<Row> rows(String query) {
            try {
                HttpResponse<InputStream> answer =
                        CLIENT.send(request(user, "xlsx" + query).build(), HttpResponse.BodyHandlers.ofInputStream());
                assertThat(answer.headers().firstValue("content-type"))
                        .contains("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet");
                assertThat(answer.headers().firstValue("content-disposition"))
                        .contains("attachment; filename=\"items.xlsx\"");
                try (ReadableWorkbook workbook = new ReadableWorkbook(answer.body(), new ReadingOptions(true, false))) {
                    return workbook.getFirstSheet().read();
                }
            } catch (IOException | InterruptedException e) {
                throw new AssertionError(query, e);
            }
        }

        private static Cell cell(Map<String, Cell> row, String column) {
            return Objects.requireNonNull(row.get(column), column);
        }

        private static Map<String, Cell> cells(List<Row> rows, int at) {
            return rows.get(at).stream()
                    .filter(cell -> cell != null && cell.getType() != CellType.EMPTY)
                    .collect(Collectors.toMap(
                            cell -> rows.getFirst()
                                    .getCell(cell.getColumnIndex())
                                    .asString(),
                            cell -> cell));
        }

        @Test
        void is_narrowed_by_what_narrows_a_list() {
            String category = user.createCategory("Dairy");
            user.createItems(
                    JsonObject.of("name", "Milk", "expiryDate", today, "categoryId", category, "costPrice", "5"),
                    JsonObject.of("name", "Rice", "location", "Cellar"),
                    JsonObject.of("name", "Cream", "expiryDate", "2020-01-01", "costPrice", "1"));
            String gone = user.createItem(JsonObject.of("name", "Gone"));
            user.mutate("takeOut", "item { id }", JsonObject.of("itemId", gone, "outcome", "USED"));

            assertThat(names("")).containsExactly("Cream", "Milk", "Rice");
            assertThat(names("?usedUp=true")).containsExactly("Gone");
            assertThat(names("?status=EXPIRED&status=UNDATED")).containsExactly("Cream", "Rice");
            assertThat(names("?categoryId=" + category)).containsExactly("Milk");
            assertThat(names("?location=cellar")).containsExactly("Rice");
            assertThat(names("?status=EXPIRED&asOf=2019-12-31")).isEmpty();
            assertThat(names("?costPrice=" + encoded("{\"from\": \"2\"}"))).containsExactly("Milk");
            assertThat(names("?or=" + encoded("[{\"search\": \"rice\"}, {\"search\": \"cream\"}]")))
                    .containsExactly("Cream", "Rice");
            assertThat(names("?expiresWithinDays=5")).containsExactly("Milk");
        }

        @Test
        void goes_on_after_the_last_id_that_one_has() {
            user.createItems(Stream.of("a", "b", "c", "d", "e")
                    .map(name -> JsonObject.of("name", name))
                    .toArray(JsonObject[]::new));
            List<JsonObject> all = objects("");

            assertThat(objects("?after=" + all.get(1).getString("id"))).isEqualTo(all.subList(2, 5));
            assertThat(get(user, "csv?after=" + all.get(3).getString("id"))
                            .body()
                            .lines())
                    .singleElement()
                    .asString()
                    .startsWith(all.get(4).getString("id") + ",");
        }

        @Test
        void is_of_one_moment_and_read_as_fast_as_it_is_taken() throws Exception {
            UUID inventory = UUID.fromString(STOCK.column("SELECT id FROM users WHERE username = ?", user.name())
                    .getFirst());
            STOCK.run(
                    "INSERT INTO items (user_id, id, name, description) SELECT ?, new_id(), 'Item ' || n, repeat('x', 2000)"
                            + " FROM generate_series(1, 2000) AS n",
                    inventory);
            HttpResponse<InputStream> answer =
                    CLIENT.send(request(user, "jsonl").build(), HttpResponse.BodyHandlers.ofInputStream());
            List<String> names = new ArrayList<>();
            try (var lines =
                    new java.io.BufferedReader(new java.io.InputStreamReader(answer.body(), StandardCharsets.UTF_8))) {
                names.add(lines.readLine());
                STOCK.run("UPDATE items SET name = 'Changed' WHERE user_id = ?", inventory);
                lines.lines().forEach(names::add);
            }

            assertThat(names).hasSize(2_000).noneMatch(line -> line.contains("\"Changed\""));
        }

        @Test
        void is_of_the_inventory_that_is_named() {
            String shop = user.mutate("createInventory", "inventory { id }", JsonObject.of("name", "Shop"))
                    .getJsonObject("inventory")
                    .getString("id");
            user.in(shop).createItem(JsonObject.of("name", "Shelf"));

            assertThat(get(user, "jsonl").body()).isEmpty();
            assertThat(get(user.in(shop), "jsonl").body()).contains("Shelf");
            assertThat(get(TestApi.node().newUser().in(shop), "jsonl").statusCode())
                    .isEqualTo(403);
        }
    }

    @Nested
    class IsRefused {

        @ParameterizedTest
        @CsvSource(delimiter = '|', textBlock = """
                ?status=GOOD                      | status
                ?color=red                        | There is no parameter color.
                ?usedUp=maybe                     | usedUp
                ?expiryDate=2026-01-01            | expiryDate
                ?location=a&location=b            | location is given more than once.
                ?after=nonsense                   | after names no item.
                ?expiresWithinDays=-1             | expiresWithinDays must be from 0 to 3650.
                ?asOf=tomorrow                    | asOf
                """)
        void what_is_no_filter_by_name(String query, String named) {
            HttpResponse<String> answer = get(user, "csv" + query);

            assertThat(answer.statusCode()).isEqualTo(400);
            assertThat(new JsonObject(answer.body())
                            .getJsonArray("errors")
                            .getJsonObject(0)
                            .getString("message"))
                    .contains(named);
        }

        @Test
        void to_whoever_has_no_token_or_not_the_scope() {
            String token = user.mutate(
                            "createApiToken",
                            "token",
                            JsonObject.of("name", "reports", "scopes", JsonArray.of("REPORTS_READ")))
                    .getString("token");

            assertThat(get(new User(user.api(), user.name(), ""), "csv").statusCode())
                    .isEqualTo(401);
            assertThat(get(new User(user.api(), user.name(), "nonsense"), "csv").statusCode())
                    .isEqualTo(401);
            assertThat(get(new User(user.api(), user.name(), token), "csv").statusCode())
                    .isEqualTo(403);
            assertThat(get(user, "xml").statusCode()).isEqualTo(404);
        }
    }

    @Test
    void head_tells_what_a_file_would_be() throws Exception {
        HttpResponse<String> answer = CLIENT.send(
                request(user, "csv")
                        .method("HEAD", HttpRequest.BodyPublishers.noBody())
                        .build(),
                HttpResponse.BodyHandlers.ofString());

        assertThat(answer.statusCode()).isEqualTo(200);
        assertThat(answer.headers().firstValue("content-type")).contains("text/csv; charset=utf-8");
    }
}
