package org.expirytracker.items;

import io.vertx.core.buffer.Buffer;
import java.math.BigDecimal;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A file of items while it is made: the next bytes of it at each call, in order. */
interface ItemFile {

    /** The names of the columns, of what is a table. */
    List<String> NAMES = List.of(
            "id",
            "externalId",
            "name",
            "description",
            "quantity",
            "unit",
            "costPrice",
            "sellingPrice",
            "expiryDate",
            "purchaseDate",
            "leadDays",
            "location",
            "barcode",
            "lotNumber",
            "category",
            "status",
            "createdAt",
            "updatedAt");

    /**
     * What is written of an item.
     *
     * @param category the name of its category; null for none
     */
    record Line(Item item, @Nullable String category, ItemStatus status) {}

    /** What comes before the first item. */
    Buffer beginning();

    /** The next items. */
    Buffer lines(List<Line> lines);

    /** What comes after the last item. */
    Buffer end();

    /** A number as people write it, without needless zeros; empty for none. */
    static String plain(@Nullable BigDecimal number) {
        return number == null
                ? ""
                : number.signum() == 0 ? "0" : number.stripTrailingZeros().toPlainString();
    }
}
