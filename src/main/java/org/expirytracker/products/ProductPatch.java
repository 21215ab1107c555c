package org.expirytracker.products;

import java.math.BigDecimal;
import java.util.List;
import java.util.UUID;
import java.util.function.UnaryOperator;
import org.expirytracker.categories.Category;
import org.expirytracker.kernel.ExpectedVersion;
import org.expirytracker.kernel.Input;
import org.expirytracker.kernel.Problem;
import org.jspecify.annotations.Nullable;

/**
 * Changes to one product.
 *
 * @param id of the product
 * @param expected which version of it was read
 * @param values puts what is given in place of what is there
 */
public record ProductPatch(UUID id, ExpectedVersion expected, UnaryOperator<Product> values) {

    static final int MOST_NAME = 200;
    static final int MOST_BARCODE = 200;
    private static final int MOST_BARCODES = 50;
    private static final int MOST_UNIT = 32;
    private static final int MOST_LOCATION = 200;
    private static final int MOST_SHELF_LIFE_DAYS = 36_500;
    private static final BigDecimal MOST_QUANTITY = new BigDecimal("999999999.999");
    private static final int QUANTITY_PLACES = 3;
    private static final int MOST_NOTES = 2_000;
    static final int MOST_EXTERNAL_ID = 200;

    /** Reads one; what is wrong is noted in the input. */
    public static ProductPatch of(Input input) {
        return new ProductPatch(input.id("id", Product.TYPE), input.expectedVersion(), values(input));
    }

    /** Reads the values that an input gives of a product: the one place that knows their names and bounds. */
    static UnaryOperator<Product> values(Input input) {
        String name = input.has("name") ? input.name("name", MOST_NAME) : null;
        String unit = input.has("unit") ? input.name("unit", MOST_UNIT) : null;
        UUID categoryId = input.optionalId("categoryId", Category.TYPE);
        String location = input.optionalName("location", MOST_LOCATION);
        Integer shelfLifeDays = input.optionalInt("shelfLifeDays", 0, MOST_SHELF_LIFE_DAYS);
        BigDecimal minimum = input.optionalDecimal("minimumQuantity", BigDecimal.ZERO, MOST_QUANTITY, QUANTITY_PLACES);
        List<String> barcodes = barcodes(input);
        String notes = input.optionalText("notes", MOST_NOTES);
        String externalId = input.optionalCode("externalId", MOST_EXTERNAL_ID);
        return product -> new Product(
                product.id(),
                name == null ? product.name() : name,
                unit == null ? product.unit() : unit,
                input.has("categoryId") ? categoryId : product.categoryId(),
                input.has("location") ? location : product.location(),
                input.has("shelfLifeDays") ? shelfLifeDays : product.shelfLifeDays(),
                input.has("minimumQuantity")
                        ? sameAsWritten(minimum, product.minimumQuantity())
                        : product.minimumQuantity(),
                barcodes == null ? product.barcodes() : barcodes,
                input.has("notes") ? notes : product.notes(),
                input.has("externalId") ? externalId : product.externalId(),
                product.version(),
                product.createdAt(),
                product.updatedAt());
    }

    private static @Nullable List<String> barcodes(Input input) {
        if (input.has("barcodes") && !input.isGiven("barcodes")) {
            input.reject(
                    "barcodes",
                    Problem.Code.INVALID,
                    "barcodes must not be null: leave it out to keep them, or give an empty list for none.");
        }
        List<String> codes = input.optionalCodes("barcodes", MOST_BARCODE, MOST_BARCODES);
        return codes == null ? null : codes.stream().distinct().toList();
    }

    /** Numbers that are equal stay as they are written. */
    private static @Nullable BigDecimal sameAsWritten(@Nullable BigDecimal fresh, @Nullable BigDecimal old) {
        return fresh != null && old != null && fresh.compareTo(old) == 0 ? old : fresh;
    }
}
