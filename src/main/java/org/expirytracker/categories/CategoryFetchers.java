package org.expirytracker.categories;

import io.vertx.core.Future;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.UUID;
import org.expirytracker.activities.ActivityFetchers;
import org.expirytracker.activities.Actor;
import org.expirytracker.activities.Copied;
import org.expirytracker.db.Database;
import org.expirytracker.kernel.Caller;
import org.expirytracker.kernel.Connection;
import org.expirytracker.kernel.Cursor;
import org.expirytracker.kernel.Fetchers;
import org.expirytracker.kernel.Field;
import org.expirytracker.kernel.Input;
import org.expirytracker.kernel.InventoryId;
import org.expirytracker.kernel.Page;
import org.expirytracker.kernel.Payload;
import org.expirytracker.kernel.Text;
import org.expirytracker.kernel.Wiring;
import org.jspecify.annotations.Nullable;

/** GraphQL fields of the categories room. */
public final class CategoryFetchers implements Fetchers {

    private static final String BY_NAME = "categories by name";
    private static final String OF_NAME = "category of a name";
    private static final String OF_EXTERNAL_ID = "category of an external id";

    private final Database database;
    private final CategoryRepository repository;
    private final Categories categories;

    /** Fields over one event loop's connections. */
    public CategoryFetchers(Database database, CategoryRepository repository, Categories categories) {
        this.database = database;
        this.repository = repository;
        this.categories = categories;
    }

    @Override
    public void register(Wiring wiring) {
        wiring.declare(ItemsAccess.ALL)
                .declare(CategoryActivities.ALL)
                .declare(new Copied(
                        Category.TYPE, CategoryActivities.CATEGORY_CREATED, repository::listIds, Optional.empty()))
                .query("category", this::category)
                .query("categoryByIdentifier", CategoryFetchers::categoryByIdentifier)
                .query("categories", this::categories)
                .mutation("createCategory", this::createCategory)
                .mutation("updateCategory", this::updateCategory)
                .mutation("deleteCategory", this::deleteCategory)
                .field("Category", "activities", field -> activities(field, wiring))
                .connection("CategoryConnection")
                .<String, Category>loader(
                        OF_NAME,
                        (caller, names) -> repository.findByName(database.reads(caller), caller.inventoryId(), names))
                .<String, Category>loader(
                        OF_EXTERNAL_ID,
                        (caller, ids) -> repository.findByExternalId(database.reads(caller), caller.inventoryId(), ids))
                .state("CategoryState", CategoryState.class)
                .node(
                        Category.TYPE,
                        Category.class,
                        Category::id,
                        (caller, ids) -> repository.find(database.reads(caller), caller.inventoryId(), ids));
    }

    private @Nullable Object category(Field field) {
        return field.loadNode(Category.TYPE, field.argument("id"));
    }

    private static @Nullable Object categoryByIdentifier(Field field) {
        Input input = Input.arguments(field).object("identifier");
        if (input.isGiven("id")) {
            return field.loadNode(
                    Category.TYPE,
                    Objects.requireNonNull(field.<Map<String, String>>argument("identifier"))
                            .get("id"));
        }
        if (input.isGiven("name")) {
            String name = input.name("name", CategoryFilter.MOST_NAME);
            input.check();
            return field.load(OF_NAME, Text.identity(name));
        }
        String externalId = input.optionalCode("externalId", CategoryPatch.MOST_EXTERNAL_ID);
        input.check();
        return field.load(OF_EXTERNAL_ID, externalId);
    }

    private Future<Connection<Category>> categories(Field field) {
        Caller caller = field.caller();
        InventoryId inventoryId = caller.inventoryId();
        Input arguments = Input.arguments(field);
        CategoryFilter filter = CategoryFilter.of(arguments.object("filter"));
        arguments.check();
        Page page = Page.of(field);
        CategoryRepository.Place place = Cursor.decode(page, BY_NAME, CategoryFetchers::place);
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
                        .map(CategoryRepository.Placed::category));
    }

    private static @Nullable Object activities(Field field, Wiring wiring) {
        return ActivityFetchers.activitiesOf(
                field, wiring, Objects.requireNonNull(field.<Category>source()).id());
    }

    private static CategoryRepository.Place place(List<String> keys) {
        return new CategoryRepository.Place(keys.get(0), UUID.fromString(keys.get(1)));
    }

    private Future<Categories.CategoryPayload> createCategory(Field field) {
        Input input = Input.of(field);
        NewCategory fresh = NewCategory.of(input);
        input.check();
        return categories.create(Actor.of(field), fresh);
    }

    private Future<Categories.UpdateCategoryPayload> updateCategory(Field field) {
        Input input = Input.of(field);
        CategoryPatch patch = CategoryPatch.of(input);
        input.check();
        return categories.update(Actor.of(field), patch);
    }

    private Future<Payload.Deletion> deleteCategory(Field field) {
        Input input = Input.of(field);
        UUID id = input.id("id", Category.TYPE);
        UUID reassignTo = input.optionalId("reassignTo", Category.TYPE);
        input.check();
        return categories.delete(Actor.of(field), id, reassignTo, input.expectedVersion());
    }
}
