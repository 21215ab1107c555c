package org.expirytracker.items;

import java.math.BigDecimal;
import java.time.Instant;
import java.time.LocalDate;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.expirytracker.kernel.InventoryId;
import org.jspecify.annotations.Nullable;

/**
 * What {@link ItemQuery} is put together from, each part at least once: every order, way and kind of list with and
 * without a cursor, files, and every test of an item. Whatever else it can say joins the same tests by AND, OR and IS NOT TRUE,
 * so it can be asked where each of these can.
 */
public final class EachItemQuery {

    private static final InventoryId USER = new InventoryId(new UUID(0, 1));
    private static final UUID ID = new UUID(0, 2);

    private EachItemQuery() {}

    /** The texts, each once. */
    public static List<String> texts() {
        List<String> texts = new ArrayList<>();
        for (ItemFilter.Stock stock : ItemFilter.Stock.values()) {
            ItemFilter filter = new ItemFilter(stock, List.of());
            texts.add(ItemQuery.count(USER, filter).sql());
            for (ItemGroups.By by : ItemGroups.By.values()) {
                texts.add(ItemQuery.countOfEach(USER, filter, groups(by)).sql());
            }
            texts.add(ItemQuery.export(USER, filter, null).sql());
            texts.add(ItemQuery.export(USER, filter, ID).sql());
            texts.add(ItemQuery.beyond(USER, filter, null, 1).sql());
            texts.add(ItemQuery.beyond(USER, filter, ID, 1).sql());
        }
        for (ItemOrder.Field order : ItemOrder.Field.values()) {
            for (boolean descending : new boolean[] {false, true}) {
                texts.add(page(ItemFilter.IN_STOCK, order, descending, null, null));
                texts.add(page(ItemFilter.IN_STOCK, order, descending, place(order), null));
                ItemFilter both = new ItemFilter(ItemFilter.Stock.BOTH, List.of());
                texts.add(page(both, order, descending, null, null));
                for (ItemGroups.By by : ItemGroups.By.values()) {
                    texts.add(page(ItemFilter.IN_STOCK, order, descending, place(order), groups(by)));
                    texts.add(page(both, order, descending, place(order), groups(by)));
                }
            }
        }
        for (ItemCondition.Kind kind : ItemCondition.Kind.values()) {
            texts.add(page(met(kind), ItemOrder.Field.EXPIRY_DATE, false, null, null));
        }
        return texts;
    }

    private static ItemGroups groups(ItemGroups.By by) {
        return new ItemGroups(by, List.of(ID));
    }

    private static String page(
            ItemFilter filter,
            ItemOrder.Field order,
            boolean descending,
            ItemOrder.@Nullable Place place,
            @Nullable ItemGroups groups) {
        return ItemQuery.page(USER, filter, order, descending, 26, place, groups, ItemColumns.ALL)
                .sql();
    }

    private static ItemOrder.Place place(ItemOrder.Field order) {
        Object key = switch (order) {
            case EXPIRY_DATE -> LocalDate.EPOCH;
            case NAME -> "";
            case CREATED_AT, UPDATED_AT -> OffsetDateTime.MIN;
        };
        return new ItemOrder.Place(key, ID);
    }

    private static ItemFilter met(ItemCondition.Kind kind) {
        List<Object> values = switch (kind) {
            case EXPIRING_BY, EXPIRING_AFTER -> List.of(LocalDate.EPOCH);
            case EXPIRY_DATE, PURCHASE_DATE, FROM_FIRST_ACTIVE -> List.of(LocalDate.EPOCH, LocalDate.EPOCH);
            case CATEGORY, PRODUCT -> List.of(ID);
            case CATEGORIES, PRODUCTS -> List.of(List.of(ID));
            case LOCATION -> List.of("x");
            case LOCATIONS, BARCODE, LOT_NUMBER, EXTERNAL_ID -> List.of(List.of("x"));
            case QUANTITY_FROM, QUANTITY_TO, COST_PRICE_FROM, COST_PRICE_TO, SELLING_PRICE_FROM, SELLING_PRICE_TO ->
                List.of(BigDecimal.ONE);
            case UPDATED_SINCE -> List.of(Instant.EPOCH);
            case WORD -> List.of("%x%");
            case WORDS -> List.of("%x%", "%x%");
            case NEVER,
                    IN_STOCK,
                    USED_UP,
                    WITHOUT_CATEGORY,
                    WITH_CATEGORY,
                    WITHOUT_PRODUCT,
                    WITH_PRODUCT,
                    WITHOUT_LOCATION,
                    WITH_LOCATION,
                    COST_PRICE_KNOWN,
                    SELLING_PRICE_KNOWN -> List.of();
        };
        return new ItemFilter(ItemFilter.Stock.IN_STOCK, List.of(new ItemCondition.Test(kind, values)));
    }
}
