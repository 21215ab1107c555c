package org.expirytracker.imports;

import java.util.List;
import org.expirytracker.items.BulkRow;
import org.jspecify.annotations.Nullable;

/**
 * How a file becomes items.
 *
 * @param layout how it is read
 * @param origin which program has written it
 * @param columns of the file, each with what it says
 * @param dateOrder where the column does not tell; null to refuse what could be two dates
 * @param decimalSign where the file does not tell; null to refuse what could be two numbers
 * @param createCategories whether a category that is not there is made; else its rows are refused
 * @param includeArchived whether rows of what its owner keeps no more are read as well
 * @param clearBlanks whether a blank value clears what an item that is there has; else that stays
 * @param errorPolicy what becomes of good rows beside bad ones
 */
public record ImportOptions(
        FileLayout layout,
        Origin origin,
        List<ImportColumn> columns,
        @Nullable DateOrder dateOrder,
        @Nullable DecimalSign decimalSign,
        boolean createCategories,
        boolean includeArchived,
        boolean clearBlanks,
        BulkRow.ErrorPolicy errorPolicy) {

    /** As a file is read of which nothing was said. */
    static ImportOptions proposed(FileLayout layout, List<ImportColumn> columns) {
        Origin origin = Origin.of(columns.stream().map(ImportColumn::name).toList());
        return new ImportOptions(
                layout,
                origin,
                Proposals.of(columns, origin),
                null,
                null,
                true,
                false,
                false,
                BulkRow.ErrorPolicy.REJECT_ALL);
    }

    ImportOptions with(FileLayout another) {
        return new ImportOptions(
                another,
                origin,
                columns,
                dateOrder,
                decimalSign,
                createCategories,
                includeArchived,
                clearBlanks,
                errorPolicy);
    }

    /** The same for other columns. */
    ImportOptions with(List<ImportColumn> others) {
        return new ImportOptions(
                layout,
                Origin.of(others.stream().map(ImportColumn::name).toList()),
                others,
                dateOrder,
                decimalSign,
                createCategories,
                includeArchived,
                clearBlanks,
                errorPolicy);
    }

    /** Why nothing can be made of the rows as they are mapped; null when something can. */
    @Nullable
    String problem() {
        boolean known = columns.stream()
                .anyMatch(column -> column.field() == ImportField.NAME
                        || column.field() == ImportField.EXTERNAL_ID
                        || column.field() == ImportField.ID);
        return known
                ? null
                : "No column was recognised as the name of the items. Say in mapping which column says what.";
    }
}
