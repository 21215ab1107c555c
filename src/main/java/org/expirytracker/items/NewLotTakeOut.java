package org.expirytracker.items;

import java.math.BigDecimal;
import java.util.List;
import java.util.Objects;
import org.expirytracker.kernel.Input;
import org.expirytracker.kernel.Problem;
import org.expirytracker.kernel.RowIds;
import org.jspecify.annotations.Nullable;

/**
 * What is to be taken out of the lots of a product, whichever expire first.
 *
 * @param quantity more than 0
 * @param outcome what becomes of it
 * @param note at most 500 characters
 * @param expiredToo whether lots whose date is past are taken from as well
 */
public record NewLotTakeOut(
        BigDecimal quantity,
        TakeOut.Outcome outcome,
        @Nullable String note,
        boolean expiredToo) {

    /** Reads one; what is wrong is noted in the input. */
    public static NewLotTakeOut of(Input input) {
        BigDecimal quantity = input.optionalDecimal(
                "quantity", ItemPatch.LEAST_QUANTITY, ItemPatch.MOST_QUANTITY, ItemPatch.QUANTITY_PLACES);
        return new NewLotTakeOut(
                Objects.requireNonNullElse(quantity, BigDecimal.ONE),
                Objects.requireNonNull(
                        input.optionalChoice("outcome", TakeOut.Outcome.class), "the schema requires it"),
                input.optionalText("note", NewTakeOut.MOST_NOTE),
                input.flag("includeExpired", false));
    }

    /** Fails unless some portions are all that is asked for. */
    void requireEnough(List<ItemRepository.Portion> portions, String name, String unit) {
        BigDecimal available =
                portions.isEmpty() ? BigDecimal.ZERO : portions.getFirst().available();
        if (available.compareTo(quantity) < 0) {
            throw Problem.at(
                    Problem.Code.CONFLICT,
                    List.of("input", "quantity"),
                    "Only %s %s of %s is in stock%s."
                            .formatted(
                                    available.stripTrailingZeros().toPlainString(),
                                    unit,
                                    name,
                                    expiredToo
                                            ? ""
                                            : " and has not expired; includeExpired takes from what has expired as well"));
        }
        if (portions.size() > BulkItems.MOST_ROWS) {
            throw Problem.at(
                    Problem.Code.LIMIT_REACHED,
                    List.of("input", "quantity"),
                    "So much is taken out of more than %d lots. Take less at once.".formatted(BulkItems.MOST_ROWS));
        }
    }

    /** What is taken out of a lot. */
    TakeOut of(ItemRepository.Portion portion) {
        return new TakeOut(
                RowIds.next(), portion.portion(), Items.value(portion.lot(), portion.portion()), outcome, note);
    }
}
