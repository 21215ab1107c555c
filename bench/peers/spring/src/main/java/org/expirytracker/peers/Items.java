package org.expirytracker.peers;

import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.UUID;
import java.util.stream.Collectors;
import org.springframework.graphql.data.method.annotation.Argument;
import org.springframework.graphql.data.method.annotation.BatchMapping;
import org.springframework.graphql.data.method.annotation.ContextValue;
import org.springframework.graphql.data.method.annotation.QueryMapping;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Controller;

/** The page, and the categories of its items in one statement. */
@Controller
class Items {

    private static final String ITEMS = """
            SELECT id, category_id, name, description, quantity, unit, cost_price, expiry_date,
                   item_status(expiry_date, expiring_from, :today) AS status, expiry_date - :today AS days_left, location
              FROM items
             WHERE user_id = :user AND NOT used_up
             ORDER BY COALESCE(expiry_date, 'infinity'), id
             LIMIT :most
            """;

    private static final String CATEGORIES = """
            SELECT id, name, color
              FROM categories
             WHERE user_id = :user AND id = ANY (:ids)
            """;

    record ItemPage(List<Item> nodes) {}

    record Item(
            UUID id,
            UUID categoryId,
            String name,
            String description,
            String quantity,
            String unit,
            String costPrice,
            String expiryDate,
            String status,
            Integer daysLeft,
            String location) {

        static Item of(ResultSet row, int number) throws SQLException {
            return new Item(
                    row.getObject("id", UUID.class),
                    row.getObject("category_id", UUID.class),
                    row.getString("name"),
                    row.getString("description"),
                    row.getString("quantity"),
                    row.getString("unit"),
                    row.getString("cost_price"),
                    row.getString("expiry_date"),
                    row.getString("status"),
                    row.getObject("days_left", Integer.class),
                    row.getString("location"));
        }
    }

    record Category(UUID id, String name, String color) {}

    private final JdbcClient database;

    Items(JdbcClient database) {
        this.database = database;
    }

    @QueryMapping
    ItemPage items(@Argument int first, @ContextValue Caller caller) {
        List<Item> found = database.sql(ITEMS)
                .param("user", caller.userId())
                .param("today", caller.today())
                .param("most", first + 1)
                .query(Item::of)
                .list();
        return new ItemPage(found.subList(0, Math.min(first, found.size())));
    }

    @BatchMapping
    Map<Item, Category> category(List<Item> items, @ContextValue Caller caller) {
        UUID[] ids = items.stream().map(Item::categoryId).filter(Objects::nonNull).distinct().toArray(UUID[]::new);
        Map<UUID, Category> byId = database.sql(CATEGORIES)
                .param("user", caller.userId())
                .param("ids", ids)
                .query((row, number) -> new Category(
                        row.getObject("id", UUID.class), row.getString("name"), row.getString("color")))
                .list()
                .stream()
                .collect(Collectors.toMap(Category::id, category -> category));
        return items.stream()
                .filter(item -> byId.containsKey(item.categoryId()))
                .collect(Collectors.toMap(item -> item, item -> byId.get(item.categoryId())));
    }
}
