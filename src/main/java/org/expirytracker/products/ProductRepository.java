package org.expirytracker.products;

import io.vertx.core.Future;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.SqlClient;
import io.vertx.sqlclient.Tuple;
import java.math.BigDecimal;
import java.time.LocalDate;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.expirytracker.activities.Copied;
import org.expirytracker.db.Conflict;
import org.expirytracker.db.Rows;
import org.expirytracker.items.LotDefaults;
import org.expirytracker.kernel.InventoryId;
import org.expirytracker.kernel.Page;
import org.expirytracker.kernel.Text;
import org.jspecify.annotations.Nullable;

/**
 * SQL of the tables {@code products} and {@code product_barcodes}. $1 is always the inventory, so no statement can cross
 * tenants.
 */
public final class ProductRepository implements LotDefaults.Source {

    private static final String COLUMNS = """
            id, name, unit, category_id, location, shelf_life_days, minimum_quantity, notes, external_id, version,
            created_at, updated_at,
            ARRAY(SELECT code
                    FROM product_barcodes
                   WHERE inventory_id = $1 AND product_id = products.id
                   ORDER BY place) AS barcodes
            """;

    /**
     * A product's place in the list.
     *
     * @param nameKey its name as ordering sees it
     */
    record Place(String nameKey, UUID id) {}

    /** A product with its place. */
    record Placed(Product product, Place place) {}

    /** Those that a filter finds. */
    private static final String FOUND = """

               AND NOT EXISTS (
                   SELECT FROM unnest($2::text[]) AS word
                    WHERE position(word IN searchable(name || ' ' || coalesce(notes, '') || ' ' || coalesce((
                          SELECT string_agg(code, ' ')
                            FROM product_barcodes
                           WHERE inventory_id = $1 AND product_id = products.id), ''))) = 0)
               AND ($3::text[] IS NULL OR id IN (
                   SELECT product_id
                     FROM product_barcodes
                    WHERE inventory_id = $1
                      AND code_identity(code) COLLATE "C"
                          = ANY (ARRAY(SELECT code_identity(code) FROM unnest($3::text[]) AS code))))
               AND ($4::uuid[] IS NULL OR category_id = ANY ($4))
               AND ($7::text[] IS NULL OR external_id = ANY ($7))
               AND ($5::boolean IS NULL OR $5 = (minimum_quantity IS NOT NULL AND minimum_quantity > coalesce((
                   SELECT sum(quantity)
                     FROM items
                    WHERE user_id = $1 AND product_id = products.id AND NOT used_up AND items.unit = products.unit
                      AND COALESCE(expiry_date, 'infinity') >= $6::date), 0)))
            """;

    private static final String FIRST = "SELECT " + COLUMNS + """
            , fold(name) AS name_key
              FROM products
             WHERE inventory_id = $1 AND ($8::text IS NULL OR (fold(name) COLLATE "C", id) > ($8, $9::uuid))""" + FOUND + """
             ORDER BY fold(name) COLLATE "C", id
             LIMIT $10
            """;

    private static final String LAST = "SELECT " + COLUMNS + """
            , fold(name) AS name_key
              FROM products
             WHERE inventory_id = $1 AND ($8::text IS NULL OR (fold(name) COLLATE "C", id) < ($8, $9::uuid))""" + FOUND + """
             ORDER BY fold(name) COLLATE "C" DESC, id DESC
             LIMIT $10
            """;

    /** A page by name, in the direction of reading. */
    Future<List<Placed>> list(
            SqlClient client, InventoryId inventoryId, ProductFilter filter, Page page, @Nullable Place place) {
        Tuple parameters = parameters(inventoryId, filter)
                .addString(place == null ? null : place.nameKey)
                .addUUID(place == null ? null : place.id)
                .addInteger(page.limit());
        return Rows.list(
                client,
                page.forward() ? FIRST : LAST,
                parameters,
                row -> new Placed(toProduct(row), new Place(row.getString("name_key"), row.getUUID("id"))));
    }

    private static final String COUNT = """
            SELECT count(*)::integer AS products
              FROM products
             WHERE inventory_id = $1""" + FOUND;

    /** How many products there are. */
    Future<Integer> count(SqlClient client, InventoryId inventoryId, ProductFilter filter) {
        return Rows.first(client, COUNT, parameters(inventoryId, filter), row -> row.getInteger("products"))
                .map(found -> found.orElse(0));
    }

    private static Tuple parameters(InventoryId inventoryId, ProductFilter filter) {
        return Tuple.of(inventoryId.value())
                .addArrayOfString(filter.words().toArray(String[]::new))
                .addArrayOfString(
                        filter.barcodes() == null ? null : filter.barcodes().toArray(String[]::new))
                .addArrayOfUUID(
                        filter.categoryIds() == null
                                ? null
                                : filter.categoryIds().toArray(UUID[]::new))
                .addBoolean(filter.belowMinimum())
                .addLocalDate(filter.today())
                .addArrayOfString(
                        filter.externalIds() == null
                                ? null
                                : filter.externalIds().toArray(String[]::new));
    }

    private static final String FIND = "SELECT " + COLUMNS + """
              FROM products
             WHERE inventory_id = $1 AND id = ANY ($2)
            """;

    /** Products by id; one that does not exist is left out. */
    public Future<Map<UUID, Product>> find(SqlClient client, InventoryId inventoryId, Collection<UUID> ids) {
        Tuple parameters = Tuple.of(inventoryId.value()).addArrayOfUUID(ids.toArray(UUID[]::new));
        return Rows.map(client, FIND, parameters, row -> row.getUUID("id"), ProductRepository::toProduct);
    }

    /** One product by id, if it exists. */
    Future<Optional<Product>> find(SqlClient client, InventoryId inventoryId, UUID id) {
        return find(client, inventoryId, List.of(id)).map(found -> Optional.ofNullable(found.get(id)));
    }

    @Override
    public Future<Map<UUID, LotDefaults>> find(
            SqlClient client, InventoryId inventoryId, Collection<UUID> productIds, LocalDate today) {
        return find(client, inventoryId, productIds).map(found -> {
            Map<UUID, LotDefaults> lots = new HashMap<>();
            found.forEach((id, product) -> lots.put(id, product.lot(today)));
            return lots;
        });
    }

    private static final String FIND_BY_NAME = "SELECT " + COLUMNS + """
            , text_identity(name) AS identity
              FROM products
             WHERE inventory_id = $1 AND text_identity(name) COLLATE "C" = ANY ($2)
            """;

    /** Products by the {@link Text#identity} of their names; one that does not exist is left out. */
    Future<Map<String, Product>> findByName(SqlClient client, InventoryId inventoryId, Collection<String> identities) {
        Tuple parameters = Tuple.of(inventoryId.value()).addArrayOfString(identities.toArray(String[]::new));
        return Rows.map(
                client, FIND_BY_NAME, parameters, row -> row.getString("identity"), ProductRepository::toProduct);
    }

    private static final String FIND_BY_BARCODE = "SELECT " + COLUMNS + """
            , asked.code AS asked_code
              FROM unnest($2::text[]) AS asked (code)
              JOIN product_barcodes AS scanned
                ON scanned.inventory_id = $1
               AND code_identity(scanned.code) COLLATE "C" = code_identity(asked.code)
              JOIN products ON products.inventory_id = $1 AND products.id = scanned.product_id
            """;

    /** Products by barcodes as they were asked for; one that does not exist is left out. */
    Future<Map<String, Product>> findByBarcode(SqlClient client, InventoryId inventoryId, Collection<String> codes) {
        Tuple parameters = Tuple.of(inventoryId.value()).addArrayOfString(codes.toArray(String[]::new));
        return Rows.map(
                client, FIND_BY_BARCODE, parameters, row -> row.getString("asked_code"), ProductRepository::toProduct);
    }

    private static final String FIND_BY_EXTERNAL_ID = "SELECT " + COLUMNS + """
              FROM products
             WHERE inventory_id = $1 AND external_id IS NOT NULL AND external_id = ANY ($2)
            """;

    /** Products by what another program calls them; one that does not exist is left out. */
    Future<Map<String, Product>> findByExternalId(
            SqlClient client, InventoryId inventoryId, Collection<String> externalIds) {
        Tuple parameters = Tuple.of(inventoryId.value()).addArrayOfString(externalIds.toArray(String[]::new));
        return Rows.map(
                client,
                FIND_BY_EXTERNAL_ID,
                parameters,
                row -> row.getString("external_id"),
                ProductRepository::toProduct);
    }

    private static final String STOCK = """
            SELECT product_id, unit, count(*)::integer AS lots,
                   coalesce(sum(quantity) FILTER (WHERE COALESCE(expiry_date, 'infinity') >= $3::date), 0) AS good,
                   coalesce(sum(quantity) FILTER (WHERE expiry_date < $3::date), 0) AS expired,
                   min(expiry_date) FILTER (WHERE expiry_date >= $3::date) AS next_date
              FROM items
             WHERE user_id = $1 AND product_id = ANY ($2) AND NOT used_up
             GROUP BY product_id, unit
             ORDER BY product_id, unit COLLATE "C"
            """;

    private record StockRow(
            UUID productId,
            ProductStock.Quantity quantity,
            @Nullable LocalDate nextDate) {}

    /** What is in stock of products on a day; nothing of those that have no lots. */
    Future<Map<UUID, ProductStock>> findStock(
            SqlClient client, InventoryId inventoryId, Collection<UUID> ids, LocalDate today) {
        Tuple parameters = Tuple.of(inventoryId.value())
                .addArrayOfUUID(ids.toArray(UUID[]::new))
                .addLocalDate(today);
        return Rows.list(
                        client,
                        STOCK,
                        parameters,
                        row -> new StockRow(
                                row.getUUID("product_id"),
                                new ProductStock.Quantity(
                                        row.getString("unit"),
                                        row.getBigDecimal("good"),
                                        row.getBigDecimal("expired"),
                                        row.getInteger("lots")),
                                row.getLocalDate("next_date")))
                .map(rows -> stocks(rows, ids));
    }

    private static Map<UUID, ProductStock> stocks(List<StockRow> rows, Collection<UUID> ids) {
        Map<UUID, ProductStock> stocks = new HashMap<>();
        ids.forEach(id -> stocks.put(id, ProductStock.NONE));
        for (StockRow row : rows) {
            stocks.computeIfPresent(row.productId, (id, before) -> {
                List<ProductStock.Quantity> quantities = new ArrayList<>(before.quantities());
                quantities.add(row.quantity);
                return new ProductStock(quantities, earlier(before.nextExpiryDate(), row.nextDate));
            });
        }
        return stocks;
    }

    private static @Nullable LocalDate earlier(@Nullable LocalDate one, @Nullable LocalDate other) {
        if (one == null || other == null) {
            return one == null ? other : one;
        }
        return one.isBefore(other) ? one : other;
    }

    private static final String LIST_IDS = """
            SELECT id
              FROM products
             WHERE products.inventory_id = $1 AND products.id > $2
               AND NOT EXISTS (
                   SELECT FROM activities
                    WHERE user_id = $1 AND subject_id = products.id AND seq > $3 AND kind = ANY ($4::text[]))
             ORDER BY products.id
             LIMIT $5
            """;

    /** The ids of those to which nothing has happened since a place in the log. */
    Future<List<UUID>> listIds(SqlClient client, InventoryId inventoryId, Copied.Span span) {
        return span.list(client, inventoryId, LIST_IDS);
    }

    private static final String INSERT = """
            INSERT INTO products (inventory_id, id, name, unit, category_id, location, shelf_life_days, minimum_quantity,
                   notes, external_id, version, created_at, updated_at)
            SELECT $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, coalesce($12::timestamptz, last_at), last_at
              FROM feeds
             WHERE user_id = $1
            RETURNING\s""" + COLUMNS;

    /**
     * Adds a product; its version and times are made here.
     *
     * @return fails with {@code CONFLICT} when the name or a barcode is taken
     */
    Future<Product> insert(SqlClient client, InventoryId inventoryId, Product fresh) {
        return insert(client, inventoryId, fresh, 1, null);
    }

    /**
     * Puts a deleted product back under its id, as it was, and counts its version up.
     *
     * @return fails as {@link #insert} does
     */
    Future<Product> restore(SqlClient client, InventoryId inventoryId, Product deleted) {
        return insert(
                client,
                inventoryId,
                deleted,
                deleted.version() + 1,
                deleted.createdAt().atOffset(ZoneOffset.UTC));
    }

    private static Future<Product> insert(
            SqlClient client, InventoryId inventoryId, Product fresh, int version, @Nullable OffsetDateTime createdAt) {
        Tuple parameters = values(inventoryId, fresh).addInteger(version).addOffsetDateTime(createdAt);
        return Rows.first(client, INSERT, parameters, ProductRepository::toProduct)
                .map(Optional::orElseThrow)
                .compose(inserted -> insertBarcodes(client, inventoryId, fresh)
                        .map(written -> inserted.withBarcodes(fresh.barcodes())))
                .recover(ProductRepository::reword);
    }

    private static Tuple values(InventoryId inventoryId, Product product) {
        return Tuple.of(inventoryId.value(), product.id(), product.name(), product.unit())
                .addUUID(product.categoryId())
                .addString(product.location())
                .addInteger(product.shelfLifeDays())
                .addBigDecimal(product.minimumQuantity())
                .addString(product.notes())
                .addString(product.externalId());
    }

    private static final String INSERT_BARCODES = """
            INSERT INTO product_barcodes (inventory_id, product_id, place, code)
            SELECT $1, $2, place, code
              FROM unnest($3::text[]) WITH ORDINALITY AS given (code, place)
            """;

    private static Future<Integer> insertBarcodes(SqlClient client, InventoryId inventoryId, Product product) {
        return product.barcodes().isEmpty()
                ? Future.succeededFuture(0)
                : Rows.change(
                        client,
                        INSERT_BARCODES,
                        Tuple.of(inventoryId.value(), product.id())
                                .addArrayOfString(product.barcodes().toArray(String[]::new)));
    }

    private static final String DELETE_BARCODES = """
            DELETE FROM product_barcodes
             WHERE inventory_id = $1 AND product_id = $2
            """;

    private static final String UPDATE = """
            UPDATE products
               SET name = $3, unit = $4, category_id = $5, location = $6, shelf_life_days = $7, minimum_quantity = $8,
                   notes = $9, external_id = $10, version = version + 1,
                   updated_at = (SELECT last_at FROM feeds WHERE user_id = $1)
             WHERE inventory_id = $1 AND id = $2
            RETURNING\s""" + COLUMNS;

    /**
     * Changes a product to what is given, and counts its version up.
     *
     * @return fails as {@link #insert} does
     */
    Future<Product> update(SqlClient client, InventoryId inventoryId, Product before, Product after) {
        Future<?> barcodes = before.barcodes().equals(after.barcodes())
                ? Future.succeededFuture()
                : Rows.change(client, DELETE_BARCODES, Tuple.of(inventoryId.value(), after.id()))
                        .compose(deleted -> insertBarcodes(client, inventoryId, after));
        return barcodes.compose(
                        written -> Rows.first(client, UPDATE, values(inventoryId, after), ProductRepository::toProduct))
                .map(Optional::orElseThrow)
                .recover(ProductRepository::reword);
    }

    private static final List<Conflict> CONFLICTS = List.of(
            new Conflict(
                    "products_name_key",
                    "name",
                    "You already have a product of this name. Use that one, or choose another name."),
            new Conflict(
                    "products_external_id_key",
                    "externalId",
                    "Another product of this inventory has this external id. Change that one, or choose another."),
            new Conflict(
                    "product_barcodes_code_key",
                    "barcodes",
                    "One of these barcodes is given twice, or another product has it. Take it from there first, or leave it out."));

    private static <T> Future<T> reword(Throwable failure) {
        return Conflict.reword(failure, CONFLICTS);
    }

    private static final String DELETE = """
            DELETE FROM products
             WHERE inventory_id = $1 AND id = $2
            """;

    /** Deletes a product that no item is a lot of any more, with its barcodes. */
    Future<Integer> delete(SqlClient client, InventoryId inventoryId, UUID id) {
        return Rows.change(client, DELETE, Tuple.of(inventoryId.value(), id));
    }

    private static final String OF_CATEGORY = "SELECT " + COLUMNS + """
              FROM products
             WHERE inventory_id = $1 AND category_id = $2
             ORDER BY id
            """;

    /** Every product whose new lots come to a category. */
    Future<List<Product>> listOfCategory(SqlClient client, InventoryId inventoryId, UUID categoryId) {
        return Rows.list(client, OF_CATEGORY, Tuple.of(inventoryId.value(), categoryId), ProductRepository::toProduct);
    }

    private static final String MOVE = """
            UPDATE products
               SET category_id = $4, version = version + 1,
                   updated_at = (SELECT last_at FROM feeds WHERE user_id = $1)
             WHERE inventory_id = $1 AND id = ANY ($2) AND category_id IS NOT DISTINCT FROM $3
            RETURNING\s""" + COLUMNS;

    /** Gives those of some products that have one category, or none, another one; answers them as they are now, by id. */
    Future<Map<UUID, Product>> move(
            SqlClient client, InventoryId inventoryId, Collection<UUID> ids, @Nullable UUID from, @Nullable UUID to) {
        Tuple parameters = Tuple.of(inventoryId.value())
                .addArrayOfUUID(ids.toArray(UUID[]::new))
                .addUUID(from)
                .addUUID(to);
        return Rows.map(client, MOVE, parameters, row -> row.getUUID("id"), ProductRepository::toProduct);
    }

    private static Product toProduct(Row row) {
        BigDecimal minimum = row.getBigDecimal("minimum_quantity");
        return new Product(
                row.getUUID("id"),
                row.getString("name"),
                row.getString("unit"),
                row.getUUID("category_id"),
                row.getString("location"),
                row.getInteger("shelf_life_days"),
                minimum,
                List.of(row.getArrayOfStrings("barcodes")),
                row.getString("notes"),
                row.getString("external_id"),
                row.getInteger("version"),
                row.get(OffsetDateTime.class, "created_at").toInstant(),
                row.get(OffsetDateTime.class, "updated_at").toInstant());
    }
}
