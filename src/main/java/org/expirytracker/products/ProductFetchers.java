package org.expirytracker.products;

import io.vertx.core.Future;
import java.math.BigDecimal;
import java.time.Clock;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CompletionStage;
import java.util.function.Function;
import org.expirytracker.activities.ActivityFetchers;
import org.expirytracker.activities.Actor;
import org.expirytracker.activities.Copied;
import org.expirytracker.categories.Category;
import org.expirytracker.db.Database;
import org.expirytracker.items.Item;
import org.expirytracker.items.ItemFetchers;
import org.expirytracker.items.NewLotTakeOut;
import org.expirytracker.kernel.Caller;
import org.expirytracker.kernel.Connection;
import org.expirytracker.kernel.Cursor;
import org.expirytracker.kernel.Fetchers;
import org.expirytracker.kernel.Field;
import org.expirytracker.kernel.Input;
import org.expirytracker.kernel.InventoryId;
import org.expirytracker.kernel.Page;
import org.expirytracker.kernel.Payload;
import org.expirytracker.kernel.Problem;
import org.expirytracker.kernel.Text;
import org.expirytracker.kernel.Wiring;
import org.jspecify.annotations.Nullable;

/** GraphQL fields of the products room, among them those that join items to their product. */
public final class ProductFetchers implements Fetchers {

    private static final String BY_NAME = "products by name";
    private static final String OF_NAME = "product of a name";
    private static final String OF_BARCODE = "product of a barcode";
    private static final String OF_EXTERNAL_ID = "product of an external id";
    private static final String STOCK = "stock of a product";

    private final Clock clock;
    private final Database database;
    private final ProductRepository repository;
    private final Products products;
    private final ItemFetchers items;

    /**
     * Fields over one event loop's connections.
     *
     * @param items lists the lots of products
     */
    public ProductFetchers(
            Clock clock, Database database, ProductRepository repository, Products products, ItemFetchers items) {
        this.clock = clock;
        this.database = database;
        this.repository = repository;
        this.products = products;
        this.items = items;
    }

    @Override
    public void register(Wiring wiring) {
        wiring.declare(ProductActivities.ALL)
                .declare(new Copied(
                        Product.TYPE, ProductActivities.PRODUCT_CREATED, repository::listIds, Optional.empty()))
                .query("product", this::product)
                .query("productByIdentifier", ProductFetchers::productByIdentifier)
                .query("products", this::products)
                .mutation("createProduct", this::createProduct)
                .mutation("updateProduct", this::updateProduct)
                .mutation("deleteProduct", this::deleteProduct)
                .mutation("takeOutProduct", this::takeOutProduct)
                .field("Item", "product", ProductFetchers::productOfItem)
                .field("Product", "category", ProductFetchers::category)
                .field("Product", "items", this::items)
                .field("Product", "quantity", ProductFetchers::quantity)
                .field("Product", "expiredQuantity", ProductFetchers::expiredQuantity)
                .field("Product", "quantities", ProductFetchers::quantities)
                .field("Product", "nextExpiryDate", ProductFetchers::nextExpiryDate)
                .field("Product", "isBelowMinimum", ProductFetchers::isBelowMinimum)
                .field("Product", "activities", field -> activities(field, wiring))
                .connection("ProductConnection")
                .state("ProductState", ProductState.class)
                .node(
                        Product.TYPE,
                        Product.class,
                        Product::id,
                        (caller, ids) -> repository.find(database.reads(caller), caller.inventoryId(), ids))
                .<String, Product>loader(
                        OF_NAME,
                        (caller, names) -> repository.findByName(database.reads(caller), caller.inventoryId(), names))
                .<String, Product>loader(
                        OF_BARCODE,
                        (caller, codes) ->
                                repository.findByBarcode(database.reads(caller), caller.inventoryId(), codes))
                .<String, Product>loader(
                        OF_EXTERNAL_ID,
                        (caller, ids) -> repository.findByExternalId(database.reads(caller), caller.inventoryId(), ids))
                .<UUID, ProductStock>loader(
                        STOCK,
                        (caller, ids) -> repository.findStock(
                                database.reads(caller), caller.inventoryId(), ids, caller.today(clock)));
    }

    private @Nullable Object product(Field field) {
        return field.loadNode(Product.TYPE, field.argument("id"));
    }

    private static @Nullable Object productByIdentifier(Field field) {
        Input input = Input.arguments(field).object("identifier");
        if (input.isGiven("id")) {
            return field.loadNode(
                    Product.TYPE,
                    Objects.requireNonNull(field.<Map<String, String>>argument("identifier"))
                            .get("id"));
        }
        if (input.isGiven("name")) {
            String name = input.name("name", ProductPatch.MOST_NAME);
            input.check();
            return field.load(OF_NAME, Text.identity(name));
        }
        if (input.isGiven("externalId")) {
            String externalId = input.optionalCode("externalId", ProductPatch.MOST_EXTERNAL_ID);
            input.check();
            return field.load(OF_EXTERNAL_ID, externalId);
        }
        String barcode = input.optionalCode("barcode", ProductPatch.MOST_BARCODE);
        if (barcode == null) {
            input.reject("barcode", Problem.Code.INVALID, "barcode must not be empty.");
        }
        input.check();
        return field.load(OF_BARCODE, barcode);
    }

    private Future<Connection<Product>> products(Field field) {
        Caller caller = field.caller();
        InventoryId inventoryId = caller.inventoryId();
        Input arguments = Input.arguments(field);
        ProductFilter filter = ProductFilter.of(arguments.object("filter"), caller.today(clock));
        arguments.check();
        Page page = Page.of(field);
        ProductRepository.Place place = Cursor.decode(page, BY_NAME, ProductFetchers::place);
        return repository
                .list(database.reads(caller), inventoryId, filter, page, place)
                .map(found -> Connection.of(
                                found,
                                page,
                                placed -> Cursor.encode(
                                        BY_NAME,
                                        placed.place().nameKey(),
                                        placed.place().id()),
                                counting -> repository.count(database.reads(caller), inventoryId, filter))
                        .map(ProductRepository.Placed::product));
    }

    private static ProductRepository.Place place(List<String> keys) {
        return new ProductRepository.Place(keys.get(0), UUID.fromString(keys.get(1)));
    }

    private Future<Products.ProductPayload> createProduct(Field field) {
        Input input = Input.of(field);
        NewProduct fresh = NewProduct.of(input);
        input.check();
        return products.create(Actor.of(field), fresh);
    }

    private Future<Products.UpdateProductPayload> updateProduct(Field field) {
        Input input = Input.of(field);
        ProductPatch patch = ProductPatch.of(input);
        input.check();
        return products.update(Actor.of(field), patch);
    }

    private Future<Payload.Deletion> deleteProduct(Field field) {
        Input input = Input.of(field);
        UUID id = input.id("id", Product.TYPE);
        input.check();
        return products.delete(Actor.of(field), id, input.expectedVersion());
    }

    private Future<Products.TakeOutProductPayload> takeOutProduct(Field field) {
        Input input = Input.of(field);
        UUID id = input.id("productId", Product.TYPE);
        NewLotTakeOut asked = NewLotTakeOut.of(input);
        input.check();
        return products.takeOut(Actor.of(field), id, asked);
    }

    private static @Nullable Object productOfItem(Field field) {
        return field.load(
                Product.TYPE.name(),
                Objects.requireNonNull(field.<Item>source()).productId());
    }

    private static @Nullable Object category(Field field) {
        return field.load(Category.TYPE.name(), source(field).categoryId());
    }

    private @Nullable Object items(Field field) {
        return items.itemsOfProduct(field, source(field).id());
    }

    private static Object quantity(Field field) {
        Product product = source(field);
        return stock(field, stock -> stock.in(product.unit()).quantity());
    }

    private static Object expiredQuantity(Field field) {
        Product product = source(field);
        return stock(field, stock -> stock.in(product.unit()).expiredQuantity());
    }

    private static Object quantities(Field field) {
        return stock(field, ProductStock::quantities);
    }

    private static Object nextExpiryDate(Field field) {
        return stock(field, ProductStock::nextExpiryDate);
    }

    private static Object isBelowMinimum(Field field) {
        Product product = source(field);
        BigDecimal minimum = product.minimumQuantity();
        return minimum == null
                ? false
                : stock(field, stock -> stock.in(product.unit()).quantity().compareTo(minimum) < 0);
    }

    private static <R extends @Nullable Object> CompletionStage<R> stock(Field field, Function<ProductStock, R> part) {
        return field.load(
                STOCK,
                source(field).id(),
                (@Nullable ProductStock stock) -> part.apply(Objects.requireNonNullElse(stock, ProductStock.NONE)));
    }

    private static @Nullable Object activities(Field field, Wiring wiring) {
        return ActivityFetchers.activitiesOf(field, wiring, source(field).id());
    }

    private static Product source(Field field) {
        return Objects.requireNonNull(field.<Product>source());
    }
}
