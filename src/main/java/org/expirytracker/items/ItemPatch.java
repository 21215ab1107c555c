package org.expirytracker.items;

import java.math.BigDecimal;
import java.time.LocalDate;
import java.util.Objects;
import java.util.UUID;
import java.util.function.UnaryOperator;
import org.expirytracker.categories.Category;
import org.expirytracker.kernel.ExpectedVersion;
import org.expirytracker.kernel.Input;
import org.expirytracker.kernel.Problem;
import org.jspecify.annotations.Nullable;

/**
 * Changes to one item.
 *
 * @param id of the item
 * @param expected which version of it was read
 * @param toCategory whether it names a category, be it the one that the item is in
 * @param toProduct whether it names a product, be it the one of which the item is a lot
 * @param values puts what is given in place of what is there
 */
public record ItemPatch(
        UUID id, ExpectedVersion expected, boolean toCategory, boolean toProduct, UnaryOperator<Item> values) {

    /** Less of a thing cannot be told from nothing. */
    static final BigDecimal LEAST_QUANTITY = new BigDecimal("0.001");

    static final BigDecimal MOST_QUANTITY = new BigDecimal("999999999.999");
    static final int QUANTITY_PLACES = 3;

    private static final int MOST_NAME = 200;
    private static final int MOST_DESCRIPTION = 2_000;
    private static final int MOST_UNIT = 32;
    private static final int MOST_LOCATION = 200;
    private static final int MOST_BARCODE = 200;
    private static final int MOST_LOT_NUMBER = 64;
    /** Characters of what another program calls a thing. */
    static final int MOST_EXTERNAL_ID = 200;

    private static final int MOST_LEAD_DAYS = 3_650;
    private static final int PRICE_PLACES = 4;
    private static final BigDecimal MOST_PRICE = new BigDecimal("999999999.9999");

    /** Reads one; what is wrong is noted in the input. */
    public static ItemPatch of(Input input) {
        UUID id = input.id("id", Item.TYPE);
        UnaryOperator<Item> values = changes(input);
        return new ItemPatch(id, input.expectedVersion(), input.has("categoryId"), input.has("productId"), values);
    }

    /** Reads what is said of a new item; what is wrong is noted in the input. */
    static UnaryOperator<Item> fresh(Input input) {
        return values(input, LEAST_QUANTITY);
    }

    /** Reads what changes of an item; what is wrong is noted in the input. */
    static UnaryOperator<Item> changes(Input input) {
        UnaryOperator<Item> values = values(input, BigDecimal.ZERO);
        if (input.has("quantity") && !input.isGiven("quantity")) {
            input.reject("quantity", Problem.Code.INVALID, "quantity must not be null; leave it out to keep it.");
        }
        return values;
    }

    /**
     * Reads the values that an input gives of an item: the one place that knows their names and bounds. What is not given
     * stays; numbers that are equal stay as they are written.
     *
     * @param least smallest quantity
     */
    private static UnaryOperator<Item> values(Input input, BigDecimal least) {
        UUID categoryId = input.optionalId("categoryId", Category.TYPE);
        String name = input.has("name") ? input.name("name", MOST_NAME) : null;
        String description = input.optionalText("description", MOST_DESCRIPTION);
        BigDecimal quantity = input.optionalDecimal("quantity", least, MOST_QUANTITY, QUANTITY_PLACES);
        String unit = input.has("unit") ? input.name("unit", MOST_UNIT) : null;
        BigDecimal costPrice = price(input, "costPrice");
        BigDecimal sellingPrice = price(input, "sellingPrice");
        LocalDate expiryDate = input.optionalDate("expiryDate");
        LocalDate purchaseDate = input.optionalDate("purchaseDate");
        Integer leadDays = input.optionalInt("leadDays", 0, MOST_LEAD_DAYS);
        String location = input.optionalName("location", MOST_LOCATION);
        String barcode = input.optionalCode("barcode", MOST_BARCODE);
        String lotNumber = input.optionalName("lotNumber", MOST_LOT_NUMBER);
        String externalId = input.optionalCode("externalId", MOST_EXTERNAL_ID);
        UUID productId = input.optionalId("productId", Item.PRODUCT);
        return item -> new Item(
                item.id(),
                input.has("categoryId") ? categoryId : item.categoryId(),
                name == null ? item.name() : name,
                input.has("description") ? description : item.description(),
                Objects.requireNonNull(changed(true, quantity == null ? item.quantity() : quantity, item.quantity())),
                unit == null ? item.unit() : unit,
                changed(input.has("costPrice"), costPrice, item.costPrice()),
                changed(input.has("sellingPrice"), sellingPrice, item.sellingPrice()),
                input.has("expiryDate") ? expiryDate : item.expiryDate(),
                input.has("purchaseDate") ? purchaseDate : item.purchaseDate(),
                input.has("leadDays") ? leadDays : item.ownLeadDays(),
                item.leadDays(),
                input.has("location") ? location : item.location(),
                input.has("barcode") ? barcode : item.barcode(),
                input.has("lotNumber") ? lotNumber : item.lotNumber(),
                input.has("externalId") ? externalId : item.externalId(),
                input.has("productId") ? productId : item.productId(),
                item.version(),
                item.createdAt(),
                item.updatedAt());
    }

    private static @Nullable BigDecimal price(Input input, String name) {
        return input.optionalDecimal(name, BigDecimal.ZERO, MOST_PRICE, PRICE_PLACES);
    }

    private static @Nullable BigDecimal changed(boolean given, @Nullable BigDecimal fresh, @Nullable BigDecimal old) {
        boolean same = !given || (fresh != null && old != null && fresh.compareTo(old) == 0);
        return same ? old : fresh;
    }
}
