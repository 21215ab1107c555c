package org.expirytracker.bench;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.util.ByteArrayBuilder;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.RowSet;
import io.vertx.sqlclient.SqlClient;
import io.vertx.sqlclient.Tuple;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.math.BigDecimal;
import java.time.LocalDate;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import org.expirytracker.items.Item;
import org.expirytracker.items.ItemStatus;
import org.expirytracker.kernel.Caller;
import org.expirytracker.kernel.NodeId;
import org.expirytracker.notifications.Notification;
import org.expirytracker.users.User;
import org.jspecify.annotations.Nullable;

/** The questions that read, written by hand. Each statement is the product's, and of no more columns. */
final class PlainReads {

    private static final String SHOWN_COLUMNS = """
            id, effective_lead_days, category_id, name, description, quantity, unit, cost_price, expiry_date, location
            """;

    private static final String ITEM_COLUMNS = SHOWN_COLUMNS + """
            , version, created_at, updated_at, selling_price, purchase_date, lead_days, barcode, lot_number, external_id,
            product_id
            """;

    private static final String ITEMS = "SELECT " + SHOWN_COLUMNS + """
              FROM items
             WHERE user_id = $1
               AND NOT used_up
             ORDER BY COALESCE(expiry_date, 'infinity') ASC, id ASC
             LIMIT $2
            """;

    private static final String ITEM = "SELECT " + ITEM_COLUMNS + """
              FROM items
             WHERE user_id = $1 AND id = ANY ($2)
            """;

    private static final String CATEGORIES_BY_ID = """
            SELECT id, name, description, color, lead_days, version, created_at, updated_at
              FROM categories
             WHERE user_id = $1 AND id = ANY ($2)
            """;

    private static final String CATEGORIES = """
            SELECT id, name, description, color, lead_days, version, created_at, updated_at, fold(name) AS name_key
              FROM categories
             WHERE user_id = $1 AND ($4::text IS NULL OR (fold(name) COLLATE "C", id) > ($4, $5::uuid))
               AND NOT EXISTS (
                   SELECT FROM unnest($2::text[]) AS word
                    WHERE position(word IN searchable(name || ' ' || coalesce(description, ''))) = 0)
               AND ($3::text[] IS NULL OR text_identity(name) = ANY ($3))
             ORDER BY fold(name) COLLATE "C", id
             LIMIT $6
            """;

    private static final String ITEMS_OF_CATEGORIES = """
            SELECT page.*
              FROM unnest($3::uuid[]) WITH ORDINALITY AS wanted (id, place)
             CROSS JOIN LATERAL (SELECT\s""" + ITEM_COLUMNS + """
                 , COALESCE(expiry_date, 'infinity') AS place_key
              FROM items
             WHERE user_id = $1
               AND category_id = wanted.id
               AND NOT used_up
             ORDER BY COALESCE(expiry_date, 'infinity') ASC, id ASC
             LIMIT $2
            ) AS page
             ORDER BY wanted.place, page.place_key ASC, page.id ASC
            """;

    private static final String NOTIFICATIONS_OF_ITEMS = """
            SELECT page.id, page.item_id, page.kind, page.title, page.message, page.status, page.read_at,
                   page.expiry_date, page.reminder, page.snoozed_until, page.resolution, page.resolved_at,
                   page.created_at
              FROM unnest($2::uuid[]) AS asked (item_id)
             CROSS JOIN LATERAL (
                   SELECT id, item_id, kind, title, message, status, read_at, expiry_date, reminder, snoozed_until,
                          resolution, resolved_at, created_at
                     FROM notifications AS notifications
                    WHERE user_id = $1 AND item_id = asked.item_id
                      AND (created_at, id)
                          < (coalesce($3::timestamptz, 'infinity'), coalesce($4::uuid, 'ffffffff-ffff-ffff-ffff-ffffffffffff'))
                    ORDER BY created_at DESC, id DESC
                    LIMIT $5) AS page
             ORDER BY page.item_id, page.created_at DESC, page.id DESC
            """;

    private static final String USER = """
            SELECT id, username, email, email_verified, role, time_zone, lead_days, turn_hour, two_factor_enabled, active,
            CASE WHEN locked_until IS NOT NULL THEN least(locked_until, timestamptz '9999-12-31 00:00Z') END AS locked_until,
            last_login_at, security_question, version, created_at, updated_at
              FROM users
             WHERE id = $1
            """;

    private static final int PAGE = 50;
    private static final int CATEGORIES_OF_TREE = 12;
    private static final int ITEMS_OF_CATEGORY = 14;
    private static final int NOTIFICATIONS_OF_ITEM = 2;
    private static final JsonFactory JSON = new JsonFactory();
    private static final DateTimeFormatter INSTANT = DateTimeFormatter.ofPattern("yyyy-MM-dd'T'HH:mm:ss.SSS'Z'");

    private record Category(UUID id, String name, @Nullable String color) {

        static Category of(Row row) {
            return new Category(row.getUUID(0), row.getString(1), row.getString(3));
        }
    }

    private final SqlClient reads;

    PlainReads(SqlClient reads) {
        this.reads = reads;
    }

    /** A part of an answer. */
    @FunctionalInterface
    interface Part {
        void write(JsonGenerator json) throws IOException;
    }

    /** An answer whose data is written by a part of it. */
    static Buffer answer(Part data) {
        try (ByteArrayBuilder bytes = new ByteArrayBuilder(16_384)) {
            try (JsonGenerator json = JSON.createGenerator(bytes)) {
                json.writeStartObject();
                json.writeObjectFieldStart("data");
                data.write(json);
                json.writeEndObject();
                json.writeEndObject();
            }
            return Buffer.buffer(bytes.toByteArray());
        } catch (IOException cause) {
            throw new UncheckedIOException(cause);
        }
    }

    Future<Buffer> page(Caller caller, LocalDate today) {
        UUID user = caller.userId().value();
        return reads.preparedQuery(ITEMS).execute(Tuple.of(user, PAGE + 1)).compose(found -> {
            List<Row> items = first(found, PAGE);
            return categories(user, items).map(categories -> answer(json -> writePage(json, items, categories, today)));
        });
    }

    private static List<Row> first(RowSet<Row> found, int most) {
        List<Row> rows = new ArrayList<>(most);
        for (Row row : found) {
            if (rows.size() < most) {
                rows.add(row);
            }
        }
        return rows;
    }

    private Future<Map<UUID, Category>> categories(UUID user, List<Row> items) {
        Set<UUID> ids = new LinkedHashSet<>();
        for (Row item : items) {
            UUID id = item.getUUID(2);
            if (id != null) {
                ids.add(id);
            }
        }
        return reads.preparedQuery(CATEGORIES_BY_ID)
                .execute(Tuple.of(user).addArrayOfUUID(ids.toArray(UUID[]::new)))
                .map(rows -> {
                    Map<UUID, Category> categories = HashMap.newHashMap(rows.size());
                    for (Row row : rows) {
                        Category category = Category.of(row);
                        categories.put(category.id, category);
                    }
                    return categories;
                });
    }

    private static void writePage(JsonGenerator json, List<Row> items, Map<UUID, Category> categories, LocalDate today)
            throws IOException {
        json.writeObjectFieldStart("items");
        json.writeArrayFieldStart("nodes");
        for (Row item : items) {
            writeItem(json, item, categories, today);
        }
        json.writeEndArray();
        json.writeEndObject();
    }

    Future<Buffer> one(Caller caller, LocalDate today, String id) {
        UUID user = caller.userId().value();
        UUID item = NodeId.decode(id, Item.TYPE).orElseThrow();
        return reads.preparedQuery(ITEM)
                .execute(Tuple.of(user).addArrayOfUUID(new UUID[] {item}))
                .compose(found -> {
                    List<Row> items = first(found, 1);
                    return categories(user, items)
                            .map(categories -> answer(json -> {
                                json.writeFieldName("item");
                                writeItem(json, items.getFirst(), categories, today);
                            }));
                });
    }

    Future<Buffer> viewer(Caller caller) {
        return reads.preparedQuery(USER)
                .execute(Tuple.of(caller.userId().value()))
                .map(found -> answer(json -> {
                    json.writeObjectFieldStart("viewer");
                    json.writeStringField(
                            "id", new NodeId(User.TYPE, found.iterator().next().getUUID(0)).encoded());
                    json.writeEndObject();
                }));
    }

    Future<Buffer> tree(Caller caller, LocalDate today) {
        UUID user = caller.userId().value();
        Tuple asked = Tuple.of(user)
                .addArrayOfString(new String[0])
                .addArrayOfString(null)
                .addString(null)
                .addUUID(null)
                .addInteger(CATEGORIES_OF_TREE + 1);
        return reads.preparedQuery(CATEGORIES).execute(asked).compose(found -> {
            List<Category> categories = new ArrayList<>();
            for (Row row : first(found, CATEGORIES_OF_TREE)) {
                categories.add(Category.of(row));
            }
            return itemsOf(user, categories)
                    .compose(items -> notificationsOf(user, items)
                            .map(notifications ->
                                    answer(json -> writeTree(json, categories, items, notifications, today))));
        });
    }

    private Future<Map<UUID, List<Row>>> itemsOf(UUID user, List<Category> categories) {
        UUID[] ids = categories.stream().map(Category::id).toArray(UUID[]::new);
        return reads.preparedQuery(ITEMS_OF_CATEGORIES)
                .execute(Tuple.of(user, ITEMS_OF_CATEGORY + 1).addArrayOfUUID(ids))
                .map(found -> by(found, 2, ITEMS_OF_CATEGORY));
    }

    private Future<Map<UUID, List<Row>>> notificationsOf(UUID user, Map<UUID, List<Row>> items) {
        UUID[] ids = items.values().stream()
                .flatMap(List::stream)
                .map(item -> item.getUUID(0))
                .toArray(UUID[]::new);
        Tuple asked = Tuple.of(user)
                .addArrayOfUUID(ids)
                .addOffsetDateTime(null)
                .addUUID(null)
                .addInteger(NOTIFICATIONS_OF_ITEM + 1);
        return reads.preparedQuery(NOTIFICATIONS_OF_ITEMS)
                .execute(asked)
                .map(found -> by(found, 1, NOTIFICATIONS_OF_ITEM));
    }

    /** The first rows of each of what a column names. */
    private static Map<UUID, List<Row>> by(RowSet<Row> found, int column, int most) {
        Map<UUID, List<Row>> by = new HashMap<>();
        for (Row row : found) {
            List<Row> rows = by.computeIfAbsent(row.getUUID(column), id -> new ArrayList<>());
            if (rows.size() < most) {
                rows.add(row);
            }
        }
        return by;
    }

    private static void writeTree(
            JsonGenerator json,
            List<Category> categories,
            Map<UUID, List<Row>> items,
            Map<UUID, List<Row>> notifications,
            LocalDate today)
            throws IOException {
        json.writeObjectFieldStart("categories");
        json.writeArrayFieldStart("nodes");
        for (Category category : categories) {
            json.writeStartObject();
            writeFields(json, category);
            json.writeObjectFieldStart("items");
            json.writeArrayFieldStart("nodes");
            for (Row item : items.getOrDefault(category.id, List.of())) {
                json.writeStartObject();
                json.writeStringField("id", new NodeId(Item.TYPE, item.getUUID(0)).encoded());
                json.writeStringField("name", item.getString(3));
                json.writeStringField("quantity", decimal(item.getBigDecimal(5)));
                json.writeStringField("unit", item.getString(6));
                writeDate(json, "expiryDate", item.getLocalDate(8));
                writeStatus(json, item, today);
                json.writeObjectFieldStart("notifications");
                json.writeArrayFieldStart("nodes");
                for (Row notification : notifications.getOrDefault(item.getUUID(0), List.of())) {
                    writeNotification(json, notification);
                }
                json.writeEndArray();
                json.writeEndObject();
                json.writeEndObject();
            }
            json.writeEndArray();
            json.writeEndObject();
            json.writeEndObject();
        }
        json.writeEndArray();
        json.writeEndObject();
    }

    private static void writeNotification(JsonGenerator json, Row notification) throws IOException {
        json.writeStartObject();
        json.writeStringField("id", new NodeId(Notification.TYPE, notification.getUUID(0)).encoded());
        json.writeStringField("kind", notification.getString(2));
        json.writeStringField("title", notification.getString(3));
        json.writeStringField("message", notification.getString(4));
        json.writeStringField("status", notification.getString(5));
        OffsetDateTime createdAt = notification.getOffsetDateTime(12);
        json.writeStringField("createdAt", INSTANT.format(createdAt.withOffsetSameInstant(ZoneOffset.UTC)));
        json.writeEndObject();
    }

    private static void writeItem(JsonGenerator json, Row item, Map<UUID, Category> categories, LocalDate today)
            throws IOException {
        UUID categoryId = item.getUUID(2);
        LocalDate expiryDate = item.getLocalDate(8);
        json.writeStartObject();
        json.writeStringField("id", new NodeId(Item.TYPE, item.getUUID(0)).encoded());
        json.writeStringField("name", item.getString(3));
        json.writeStringField("description", item.getString(4));
        json.writeStringField("quantity", decimal(item.getBigDecimal(5)));
        json.writeStringField("unit", item.getString(6));
        json.writeStringField("costPrice", decimal(item.getBigDecimal(7)));
        writeDate(json, "expiryDate", expiryDate);
        writeStatus(json, item, today);
        writeDaysLeft(json, expiryDate, today);
        json.writeStringField("location", item.getString(9));
        Category category = categoryId == null ? null : categories.get(categoryId);
        if (category == null) {
            json.writeNullField("category");
        } else {
            json.writeObjectFieldStart("category");
            writeFields(json, category);
            json.writeEndObject();
        }
        json.writeEndObject();
    }

    private static void writeFields(JsonGenerator json, Category category) throws IOException {
        json.writeStringField("id", new NodeId(org.expirytracker.categories.Category.TYPE, category.id).encoded());
        json.writeStringField("name", category.name);
        json.writeStringField("color", category.color);
    }

    private static void writeStatus(JsonGenerator json, Row item, LocalDate today) throws IOException {
        json.writeStringField(
                "status",
                ItemStatus.on(today, item.getLocalDate(8), item.getShort(1)).name());
    }

    static void writeDate(JsonGenerator json, String name, @Nullable LocalDate date) throws IOException {
        json.writeStringField(name, date == null ? null : date.toString());
    }

    static void writeDaysLeft(JsonGenerator json, @Nullable LocalDate expiryDate, LocalDate today) throws IOException {
        if (expiryDate == null) {
            json.writeNullField("daysLeft");
        } else {
            json.writeNumberField("daysLeft", ChronoUnit.DAYS.between(today, expiryDate));
        }
    }

    static @Nullable String decimal(@Nullable BigDecimal value) {
        if (value == null) {
            return null;
        }
        return value.signum() == 0 ? "0" : value.stripTrailingZeros().toPlainString();
    }
}
