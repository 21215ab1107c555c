package org.expirytracker.products;

import java.time.Instant;
import java.util.List;
import org.expirytracker.kernel.Input;
import org.expirytracker.kernel.RowIds;

/**
 * A product to be created.
 *
 * @param product as it is to be; its version and times are made when it is written
 */
public record NewProduct(Product product) {

    /** Reads one; what is wrong is noted in the input. */
    public static NewProduct of(Input input) {
        Product blank = new Product(
                RowIds.next(),
                "",
                Product.PIECES,
                null,
                null,
                null,
                null,
                List.of(),
                null,
                null,
                1,
                Instant.EPOCH,
                Instant.EPOCH);
        return new NewProduct(ProductPatch.values(input).apply(blank));
    }
}
