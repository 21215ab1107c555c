package org.expirytracker.categories;

import io.vertx.core.Future;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.SqlClient;
import io.vertx.sqlclient.Tuple;
import java.time.ZoneOffset;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.expirytracker.activities.Copied;
import org.expirytracker.db.Conflict;
import org.expirytracker.db.Rows;
import org.expirytracker.kernel.InventoryId;
import org.expirytracker.kernel.Page;
import org.expirytracker.kernel.RowIds;
import org.expirytracker.kernel.Text;
import org.jspecify.annotations.Nullable;

/** SQL of the table {@code categories}. $1 is always the user, so no statement can cross tenants. */
public final class CategoryRepository {

    private static final String COLUMNS =
            "id, name, description, color, lead_days, external_id, version, created_at, updated_at";

    /**
     * A category's place in the list.
     *
     * @param nameKey its name as ordering sees it
     */
    record Place(String nameKey, UUID id) {}

    /** A category with its place. */
    record Placed(Category category, Place place) {}

    /** Those that a filter finds: each word occurs, and the name is one of those given. */
    private static final String FOUND = """

               AND NOT EXISTS (
                   SELECT FROM unnest($2::text[]) AS word
                    WHERE position(word IN searchable(name || ' ' || coalesce(description, ''))) = 0)
               AND ($3::text[] IS NULL OR text_identity(name) = ANY ($3))
               AND ($4::text[] IS NULL OR external_id = ANY ($4))
            """;

    private static final String FIRST = "SELECT " + COLUMNS + """
            , fold(name) AS name_key
              FROM categories
             WHERE user_id = $1 AND ($5::text IS NULL OR (fold(name) COLLATE "C", id) > ($5, $6::uuid))""" + FOUND + """
             ORDER BY fold(name) COLLATE "C", id
             LIMIT $7
            """;

    private static final String LAST = "SELECT " + COLUMNS + """
            , fold(name) AS name_key
              FROM categories
             WHERE user_id = $1 AND ($5::text IS NULL OR (fold(name) COLLATE "C", id) < ($5, $6::uuid))""" + FOUND + """
             ORDER BY fold(name) COLLATE "C" DESC, id DESC
             LIMIT $7
            """;

    /** A page by name, in the direction of reading. */
    Future<List<Placed>> list(
            SqlClient client, InventoryId inventoryId, CategoryFilter filter, Page page, @Nullable Place place) {
        Tuple parameters = parameters(inventoryId, filter)
                .addString(place == null ? null : place.nameKey)
                .addUUID(place == null ? null : place.id)
                .addInteger(page.limit());
        return Rows.list(
                client,
                page.forward() ? FIRST : LAST,
                parameters,
                row -> new Placed(toCategory(row), new Place(row.getString("name_key"), row.getUUID("id"))));
    }

    private static final String COUNT = """
            SELECT count(*)::integer AS categories
              FROM categories
             WHERE user_id = $1""" + FOUND;

    /** How many categories there are. */
    Future<Integer> count(SqlClient client, InventoryId inventoryId, CategoryFilter filter) {
        return Rows.first(client, COUNT, parameters(inventoryId, filter), row -> row.getInteger("categories"))
                .map(found -> found.orElse(0));
    }

    private static Tuple parameters(InventoryId inventoryId, CategoryFilter filter) {
        return Tuple.of(inventoryId.value())
                .addArrayOfString(filter.words().toArray(String[]::new))
                .addArrayOfString(
                        filter.names() == null
                                ? null
                                : filter.names().stream().map(Text::identity).toArray(String[]::new))
                .addArrayOfString(
                        filter.externalIds() == null
                                ? null
                                : filter.externalIds().toArray(String[]::new));
    }

    private static final String FIND = "SELECT " + COLUMNS + """

              FROM categories
             WHERE user_id = $1 AND id = ANY ($2)
            """;

    /** Categories by id; one that does not exist is left out. */
    public Future<Map<UUID, Category>> find(SqlClient client, InventoryId inventoryId, Collection<UUID> ids) {
        Tuple parameters = Tuple.of(inventoryId.value()).addArrayOfUUID(ids.toArray(UUID[]::new));
        return Rows.map(client, FIND, parameters, row -> row.getUUID("id"), CategoryRepository::toCategory);
    }

    /** One category by id, if it exists. */
    Future<Optional<Category>> find(SqlClient client, InventoryId inventoryId, UUID id) {
        return find(client, inventoryId, List.of(id)).map(found -> Optional.ofNullable(found.get(id)));
    }

    private static final String FIND_BY_EXTERNAL_ID = "SELECT " + COLUMNS + """

              FROM categories
             WHERE user_id = $1 AND external_id IS NOT NULL AND external_id = ANY ($2)
            """;

    /** Categories by what another program calls them; one that does not exist is left out. */
    Future<Map<String, Category>> findByExternalId(
            SqlClient client, InventoryId inventoryId, Collection<String> externalIds) {
        Tuple parameters = Tuple.of(inventoryId.value()).addArrayOfString(externalIds.toArray(String[]::new));
        return Rows.map(
                client,
                FIND_BY_EXTERNAL_ID,
                parameters,
                row -> row.getString("external_id"),
                CategoryRepository::toCategory);
    }

    private static final String FIND_BY_NAME = "SELECT " + COLUMNS + """
            , text_identity(name) AS identity
              FROM categories
             WHERE user_id = $1 AND text_identity(name) = ANY ($2)
            """;

    /** Categories by the {@link Text#identity} of their names; one that does not exist is left out. */
    Future<Map<String, Category>> findByName(SqlClient client, InventoryId inventoryId, Collection<String> identities) {
        Tuple parameters = Tuple.of(inventoryId.value()).addArrayOfString(identities.toArray(String[]::new));
        return Rows.map(
                client, FIND_BY_NAME, parameters, row -> row.getString("identity"), CategoryRepository::toCategory);
    }

    private static final String INSERT_ALL = """
            INSERT INTO categories (user_id, id, name, created_at, updated_at)
            SELECT $1, fresh.id, fresh.name, last_at, last_at
              FROM feeds, unnest($2::uuid[], $3::text[]) AS fresh (id, name)
             WHERE user_id = $1
            RETURNING\s""" + COLUMNS;

    /** Adds categories of which no more than their names is known. */
    Future<List<Category>> insertAll(SqlClient client, InventoryId inventoryId, Collection<String> names) {
        Tuple parameters = Tuple.of(inventoryId.value())
                .addArrayOfUUID(names.stream().map(name -> RowIds.next()).toArray(UUID[]::new))
                .addArrayOfString(names.toArray(String[]::new));
        return Rows.list(client, INSERT_ALL, parameters, CategoryRepository::toCategory)
                .recover(failure -> Conflict.reword(failure, CONFLICTS));
    }

    private static final String LIST_IDS = """
            SELECT id
              FROM categories
            """ + Copied.Span.conditions("categories");

    /** The ids of those to which nothing has happened since a place in the log. */
    Future<List<UUID>> listIds(SqlClient client, InventoryId inventoryId, Copied.Span span) {
        return span.list(client, inventoryId, LIST_IDS);
    }

    private static final String INSERT = """
            INSERT INTO categories (user_id, id, name, description, color, lead_days, external_id, created_at, updated_at)
            SELECT $1, $2, $3, $4, $5, $6, $7, last_at, last_at
              FROM feeds
             WHERE user_id = $1
            RETURNING\s""" + COLUMNS;

    /**
     * Adds a category; its version and times are made here.
     *
     * @return fails with {@code CONFLICT} when the name or the external id is taken
     */
    Future<Category> insert(SqlClient client, InventoryId inventoryId, Category fresh) {
        Tuple parameters = Tuple.of(
                        inventoryId.value(),
                        fresh.id(),
                        fresh.name(),
                        fresh.description(),
                        fresh.color(),
                        fresh.leadDays())
                .addString(fresh.externalId());
        return Rows.first(client, INSERT, parameters, CategoryRepository::toCategory)
                .map(Optional::orElseThrow)
                .recover(CategoryRepository::reword);
    }

    private static final String UPDATE = """
            UPDATE categories
               SET name = $3, description = $4, color = $5, lead_days = $6, external_id = $7, version = version + 1,
                   updated_at = (SELECT last_at FROM feeds WHERE user_id = $1)
             WHERE user_id = $1 AND id = $2
            RETURNING\s""" + COLUMNS;

    /**
     * Changes a category to what is given, and counts its version up.
     *
     * @return fails as {@link #insert} does
     */
    Future<Category> update(SqlClient client, InventoryId inventoryId, Category changed) {
        Tuple parameters = Tuple.of(
                        inventoryId.value(),
                        changed.id(),
                        changed.name(),
                        changed.description(),
                        changed.color(),
                        changed.leadDays())
                .addString(changed.externalId());
        return Rows.first(client, UPDATE, parameters, CategoryRepository::toCategory)
                .map(Optional::orElseThrow)
                .recover(CategoryRepository::reword);
    }

    private static final String RESTORE = """
            INSERT INTO categories (user_id, id, name, description, color, lead_days, external_id, version, created_at,
                   updated_at)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8::integer + 1, $9, (SELECT last_at FROM feeds WHERE user_id = $1))
            RETURNING\s""" + COLUMNS;

    /**
     * Puts a deleted category back under its id, as it was, and counts its version up.
     *
     * @return fails as {@link #insert} does
     */
    Future<Category> restore(SqlClient client, InventoryId inventoryId, Category deleted) {
        Tuple parameters = Tuple.of(
                        inventoryId.value(),
                        deleted.id(),
                        deleted.name(),
                        deleted.description(),
                        deleted.color(),
                        deleted.leadDays())
                .addString(deleted.externalId())
                .addInteger(deleted.version())
                .addOffsetDateTime(deleted.createdAt().atOffset(ZoneOffset.UTC));
        return Rows.first(client, RESTORE, parameters, CategoryRepository::toCategory)
                .map(Optional::orElseThrow)
                .recover(CategoryRepository::reword);
    }

    private static final List<Conflict> CONFLICTS = List.of(
            new Conflict(
                    "categories_name_key",
                    "name",
                    "You already have a category of this name. Use that one, or choose another name."),
            new Conflict(
                    "categories_external_id_key",
                    "externalId",
                    "Another category has this external id. Change that one, or choose another id."));

    private static Future<Category> reword(Throwable failure) {
        return Conflict.reword(failure, CONFLICTS);
    }

    private static final String DELETE = """
            DELETE FROM categories
             WHERE user_id = $1 AND id = $2
            """;

    /** Deletes a category to which no item belongs any more. */
    Future<Integer> delete(SqlClient client, InventoryId inventoryId, UUID id) {
        return Rows.change(client, DELETE, Tuple.of(inventoryId.value(), id));
    }

    // By their places in COLUMNS, with which every statement begins that it reads.
    private static Category toCategory(Row row) {
        return new Category(
                row.getUUID(0),
                row.getString(1),
                row.getString(2),
                row.getString(3),
                row.getInteger(4),
                row.getString(5),
                row.getInteger(6),
                row.getOffsetDateTime(7).toInstant(),
                row.getOffsetDateTime(8).toInstant());
    }
}
