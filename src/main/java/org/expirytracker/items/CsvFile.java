package org.expirytracker.items;

import static org.expirytracker.items.ItemFile.plain;

import io.vertx.core.buffer.Buffer;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.expirytracker.kernel.NodeId;
import org.jspecify.annotations.Nullable;

/**
 * Items as comma-separated values, RFC 4180.
 *
 * @param named whether it begins with a line of names
 */
record CsvFile(boolean named) implements ItemFile {

    /**
     * What a spreadsheet takes for a formula by its first character (OWASP, CSV injection); or what would look, read again, like
     * one that was made harmless.
     */
    private static final Pattern LIKE_A_FORMULA = Pattern.compile("'*[=+\\-@\t\r].*", Pattern.DOTALL);

    @Override
    public Buffer beginning() {
        return Buffer.buffer(named ? line(NAMES) : "");
    }

    @Override
    public Buffer lines(List<Line> lines) {
        return Buffer.buffer(lines.stream().map(each -> line(values(each))).collect(Collectors.joining()));
    }

    @Override
    public Buffer end() {
        return Buffer.buffer();
    }

    private static String line(List<String> values) {
        return values.stream().map(CsvFile::quoted).collect(Collectors.joining(",", "", "\r\n"));
    }

    private static List<String> values(Line line) {
        Item item = line.item();
        return List.of(
                new NodeId(Item.TYPE, item.id()).encoded(),
                harmless(item.externalId()),
                harmless(item.name()),
                harmless(item.description()),
                plain(item.quantity()),
                harmless(item.unit()),
                plain(item.costPrice()),
                plain(item.sellingPrice()),
                text(item.expiryDate()),
                text(item.purchaseDate()),
                text(item.ownLeadDays()),
                harmless(item.location()),
                harmless(item.barcode()),
                harmless(item.lotNumber()),
                harmless(line.category()),
                line.status().name(),
                text(item.createdAt()),
                text(item.updatedAt()));
    }

    private static String harmless(@Nullable String text) {
        if (text == null || text.isEmpty()) {
            return "";
        }
        return LIKE_A_FORMULA.matcher(text).matches() ? "'" + text : text;
    }

    private static String quoted(String value) {
        boolean plain = value.chars().noneMatch(each -> each == ',' || each == '"' || each == '\r' || each == '\n');
        return plain ? value : '"' + value.replace("\"", "\"\"") + '"';
    }

    private static String text(@Nullable Object value) {
        return value == null ? "" : value.toString();
    }
}
