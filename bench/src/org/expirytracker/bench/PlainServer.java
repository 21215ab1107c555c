package org.expirytracker.bench;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.util.ByteArrayBuilder;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.micrometer.MicrometerMetricsFactory;
import io.vertx.micrometer.MicrometerMetricsOptions;
import io.vertx.pgclient.PgConnectOptions;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.RowSet;
import io.vertx.sqlclient.Tuple;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.math.BigDecimal;
import java.time.Clock;
import java.time.LocalDate;
import java.time.temporal.ChronoUnit;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import org.expirytracker.activities.ActivityLog;
import org.expirytracker.activities.LiveFeed;
import org.expirytracker.cli.Config;
import org.expirytracker.credentials.AccessTokens;
import org.expirytracker.credentials.LiveSessions;
import org.expirytracker.db.Database;
import org.expirytracker.items.Item;
import org.expirytracker.items.ItemStatus;
import org.expirytracker.kernel.Caller;
import org.expirytracker.kernel.NodeId;
import org.expirytracker.sessions.Sessions;
import org.jspecify.annotations.Nullable;

/**
 * What a careful programmer would write by hand for the one query that is measured, and nothing else: the same
 * authentication, the same two statements on the same pools, the same JSON, one method. What GraphQL costs is
 * measured against it. Runs in a process of its own, configured as the product is.
 */
final class PlainServer extends VerticleBase {

    // As ItemRepository and CategoryRepository ask for a first page of fifty and for the categories in it.
    private static final String ITEMS = """
            SELECT id, category_id, name, description, quantity, unit, cost_price, selling_price, expiry_date,
                   lead_days, effective_lead_days, location, barcode, lot_number, version, created_at, updated_at
                   , COALESCE(expiry_date, 'infinity') AS place_key
              FROM items
             WHERE user_id = $1 AND used_up = $2 AND $4::date IS NULL AND $5::uuid IS NULL AND $6::uuid[] IS NULL
             ORDER BY COALESCE(expiry_date, 'infinity') ASC, id ASC
             LIMIT $3
            """;

    private static final String CATEGORIES = """
            SELECT id, name, description, color, lead_days, version, created_at, updated_at
              FROM categories
             WHERE user_id = $1 AND id = ANY ($2)
            """;

    private static final int PAGE = 50;
    private static final int LEAST_CONNECTIONS_OF_A_LOOP = 3;
    private static final JsonFactory JSON = new JsonFactory();

    private record Category(UUID id, String name, @Nullable String color) {}

    private final Shared shared;
    private final int port;
    private final Database database;
    private final Sessions sessions;

    private record Shared(
            Clock clock, PgConnectOptions options, LiveFeed liveFeed, AccessTokens tokens, LiveSessions liveSessions) {}

    private PlainServer(Vertx vertx, Shared shared, int port, int connections) {
        this.shared = shared;
        this.port = port;
        this.database = new Database(vertx, shared.options, connections);
        ActivityLog log = new ActivityLog(database, shared.liveFeed);
        this.sessions = new Sessions(vertx, database, log, shared.tokens, shared.liveSessions);
    }

    /** Serves until the process is ended; configured by the environment, like the product. */
    public static void main(String[] arguments) throws Exception {
        Config config = Config.from(System.getenv());
        VertxOptions options = new VertxOptions()
                .setPreferNativeTransport(true)
                .setMetricsOptions(new MicrometerMetricsOptions().setEnabled(true));
        Vertx vertx = Vertx.builder()
                .with(options)
                .withMetrics(new MicrometerMetricsFactory(new PrometheusMeterRegistry(PrometheusConfig.DEFAULT)))
                .build();
        PgConnectOptions database = config.databaseUrl().orElseThrow().connectOptions();
        Clock clock = Clock.systemUTC();
        Shared shared = new Shared(
                clock,
                database,
                new LiveFeed(database),
                new AccessTokens(vertx, config.jwtKey().orElseThrow().getEncoded(), clock),
                new LiveSessions());
        int loops =
                Math.max(1, Math.min(config.instances(), config.databaseConnections() / LEAST_CONNECTIONS_OF_A_LOOP));
        for (int loop = 0; loop < loops; loop++) {
            PlainServer server = new PlainServer(vertx, shared, config.port(), config.databaseConnections() / loops);
            vertx.deployVerticle(server)
                    .toCompletionStage()
                    .toCompletableFuture()
                    .get(30, TimeUnit.SECONDS);
        }
    }

    @Override
    public Future<?> start() {
        return vertx.createHttpServer().requestHandler(this::items).listen(port, "127.0.0.1");
    }

    private void items(HttpServerRequest request) {
        String token = request.getHeader("Authorization").substring("Bearer ".length());
        sessions.authenticate(token, Optional.empty())
                .compose(known -> page(known.caller()))
                .onComplete(
                        body -> request.response()
                                .putHeader("Content-Type", "application/json")
                                .end(body),
                        failure -> request.response().setStatusCode(500).end(failure.toString()));
    }

    private Future<Buffer> page(Caller caller) {
        UUID user = caller.userId().value();
        Tuple parameters = Tuple.of(user, false, PAGE + 1, null, null).addValue(null);
        return database.reads()
                .preparedQuery(ITEMS)
                .execute(parameters)
                .compose(items -> categories(user, items)
                        .map(categories -> write(items, categories, caller.today(shared.clock))));
    }

    private Future<Map<UUID, Category>> categories(UUID user, RowSet<Row> items) {
        Set<UUID> ids = new LinkedHashSet<>();
        int left = PAGE;
        for (Row item : items) {
            UUID id = item.getUUID(1);
            if (left-- > 0 && id != null) {
                ids.add(id);
            }
        }
        return database.reads()
                .preparedQuery(CATEGORIES)
                .execute(Tuple.of(user).addArrayOfUUID(ids.toArray(UUID[]::new)))
                .map(rows -> {
                    Map<UUID, Category> categories = HashMap.newHashMap(rows.size());
                    for (Row row : rows) {
                        UUID id = row.getUUID(0);
                        categories.put(id, new Category(id, row.getString(1), row.getString(3)));
                    }
                    return categories;
                });
    }

    private static Buffer write(RowSet<Row> items, Map<UUID, Category> categories, LocalDate today) {
        try (ByteArrayBuilder bytes = new ByteArrayBuilder(16_384)) {
            try (JsonGenerator json = JSON.createGenerator(bytes)) {
                json.writeStartObject();
                json.writeObjectFieldStart("data");
                json.writeObjectFieldStart("items");
                json.writeArrayFieldStart("nodes");
                int left = PAGE;
                for (Row item : items) {
                    if (left-- > 0) {
                        write(json, item, categories, today);
                    }
                }
                json.writeEndArray();
                json.writeEndObject();
                json.writeEndObject();
                json.writeEndObject();
            }
            return Buffer.buffer(bytes.toByteArray());
        } catch (IOException cause) {
            throw new UncheckedIOException(cause);
        }
    }

    private static void write(JsonGenerator json, Row item, Map<UUID, Category> categories, LocalDate today)
            throws IOException {
        LocalDate expiryDate = item.getLocalDate(8);
        int leadDays = item.getShort(10);
        UUID categoryId = item.getUUID(1);
        json.writeStartObject();
        json.writeStringField("id", new NodeId(Item.TYPE, item.getUUID(0)).encoded());
        json.writeStringField("name", item.getString(2));
        json.writeStringField("description", item.getString(3));
        json.writeStringField("quantity", decimal(item.getBigDecimal(4)));
        json.writeStringField("unit", item.getString(5));
        json.writeStringField("costPrice", decimal(item.getBigDecimal(6)));
        json.writeStringField("expiryDate", expiryDate == null ? null : expiryDate.toString());
        json.writeStringField(
                "status", ItemStatus.on(today, expiryDate, leadDays).name());
        if (expiryDate == null) {
            json.writeNullField("daysLeft");
        } else {
            json.writeNumberField("daysLeft", ChronoUnit.DAYS.between(today, expiryDate));
        }
        json.writeStringField("location", item.getString(11));
        Category category = categoryId == null ? null : categories.get(categoryId);
        if (category == null) {
            json.writeNullField("category");
        } else {
            json.writeObjectFieldStart("category");
            json.writeStringField("id", new NodeId(org.expirytracker.categories.Category.TYPE, category.id).encoded());
            json.writeStringField("name", category.name);
            json.writeStringField("color", category.color);
            json.writeEndObject();
        }
        json.writeEndObject();
    }

    private static @Nullable String decimal(@Nullable BigDecimal value) {
        if (value == null) {
            return null;
        }
        return value.signum() == 0 ? "0" : value.stripTrailingZeros().toPlainString();
    }
}
