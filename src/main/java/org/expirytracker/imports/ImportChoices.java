package org.expirytracker.imports;

import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.UUID;
import java.util.function.UnaryOperator;
import org.expirytracker.items.BulkRow;
import org.expirytracker.kernel.Input;
import org.expirytracker.kernel.Problem;
import org.jspecify.annotations.Nullable;

/**
 * What somebody chooses for an import.
 *
 * @param id of the import
 * @param values puts what is chosen in place of what is there
 */
record ImportChoices(UUID id, UnaryOperator<ImportOptions> values) {

    private static final int MOST_COLUMN_NAME = 2_000;

    /**
     * One entry of a mapping.
     *
     * @param path of its column in the input
     */
    private record Mapped(String column, @Nullable ImportField field, List<String> path) {}

    /** Reads it; what is wrong is noted in the input. */
    static ImportChoices of(Input input) {
        UUID id = input.id("id", Import.TYPE);
        ImportFormat format = input.optionalChoice("format", ImportFormat.class);
        ImportCharset charset = input.optionalChoice("charset", ImportCharset.class);
        String delimiter = input.isGiven("delimiter") ? input.exactText("delimiter", 1) : null;
        if (delimiter != null && (delimiter.isEmpty() || "\"\r\n".contains(delimiter))) {
            input.reject(
                    "delimiter",
                    Problem.Code.INVALID,
                    "delimiter must be one character, such as ; and no quotation mark.");
        }
        DateOrder dateOrder = input.optionalChoice("dateOrder", DateOrder.class);
        DecimalSign decimalSign = input.optionalChoice("decimalSign", DecimalSign.class);
        BulkRow.ErrorPolicy policy = input.optionalChoice("errorPolicy", BulkRow.ErrorPolicy.class);
        List<Mapped> mapping = mapping(input);
        return new ImportChoices(
                id,
                before -> new ImportOptions(
                        new FileLayout(
                                format == null ? before.layout().format() : format,
                                charset == null ? before.layout().charset() : charset,
                                delimiter == null ? before.layout().delimiter() : delimiter),
                        before.origin(),
                        mapping == null ? before.columns() : mapped(before.columns(), mapping),
                        input.has("dateOrder") ? dateOrder : before.dateOrder(),
                        input.has("decimalSign") ? decimalSign : before.decimalSign(),
                        input.flag("createCategories", before.createCategories()),
                        input.flag("includeArchived", before.includeArchived()),
                        input.flag("clearBlanks", before.clearBlanks()),
                        policy == null ? before.errorPolicy() : policy));
    }

    private static @Nullable List<Mapped> mapping(Input input) {
        List<Input> entries = input.optionalObjects("mapping");
        if (entries == null) {
            return null;
        }
        if (entries.size() > SourceRows.MOST_COLUMNS) {
            input.reject(
                    "mapping",
                    Problem.Code.INVALID,
                    "mapping has %d entries; at most %d are allowed."
                            .formatted(entries.size(), SourceRows.MOST_COLUMNS));
            return List.of();
        }
        List<Mapped> mapping = new ArrayList<>();
        Set<ImportField> taken = EnumSet.noneOf(ImportField.class);
        for (Input entry : entries) {
            ImportField field = entry.optionalChoice("field", ImportField.class);
            if (field != null && field != ImportField.DESCRIPTION && !taken.add(field)) {
                entry.reject(
                        "field",
                        Problem.Code.INVALID,
                        "Another column says the same; only DESCRIPTION may come of several.");
            }
            mapping.add(new Mapped(entry.exactText("column", MOST_COLUMN_NAME), field, entry.pathOf("column")));
        }
        return mapping;
    }

    /** The columns that are named; the others are left out. */
    private static List<ImportColumn> mapped(List<ImportColumn> columns, List<Mapped> mapping) {
        Map<String, Mapped> byName = new HashMap<>();
        for (Mapped each : mapping) {
            boolean there = columns.stream().anyMatch(column -> column.name().equals(each.column));
            if (!there) {
                throw Problem.at(
                        Problem.Code.INVALID, each.path, "The file has no column “%s”.".formatted(each.column));
            }
            byName.put(each.column, each);
        }
        return columns.stream()
                .map(column -> column.as(
                        byName.containsKey(column.name())
                                ? Objects.requireNonNull(byName.get(column.name())).field
                                : null))
                .toList();
    }
}
