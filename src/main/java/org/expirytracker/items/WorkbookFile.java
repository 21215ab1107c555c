package org.expirytracker.items;

import io.vertx.core.buffer.Buffer;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.math.BigDecimal;
import java.time.Instant;
import java.time.LocalDate;
import java.util.List;
import java.util.regex.Pattern;
import org.dhatim.fastexcel.Workbook;
import org.dhatim.fastexcel.Worksheet;
import org.expirytracker.kernel.NodeId;
import org.jspecify.annotations.Nullable;

/**
 * Items as a workbook of one sheet (XLSX, ECMA-376). Its rows leave the memory as they are written, and texts stand where
 * they are shown, so that no table of them grows. Each call compresses, which is no work for an event loop; one call at a
 * time.
 */
final class WorkbookFile implements ItemFile {

    /** Items that a sheet holds, below the row of names. */
    static final int MOST_ITEMS = 1_048_575;

    /** Before that day spreadsheets count days differently: in 1900 some have a February with 29 of them. */
    private static final LocalDate FIRST_DATE = LocalDate.of(1900, 3, 1);

    private static final int MOST_DIGITS = 15;
    private static final String DATE = "yyyy-mm-dd";
    private static final String MOMENT = "yyyy-mm-dd hh:mm:ss";
    /** What XML cannot hold is written as its number, and so is what would be read as such a number (ST_Xstring). */
    private static final Pattern ESCAPED =
            Pattern.compile("_(?=x[0-9A-Fa-f]{4}_)|[\\x{0}-\\x{8}\\x{b}\\x{c}\\x{e}-\\x{1f}\\x{fffe}\\x{ffff}]");

    private static final int EXPIRY_DATE = NAMES.indexOf("expiryDate");
    private static final int PURCHASE_DATE = NAMES.indexOf("purchaseDate");
    private static final int CREATED_AT = NAMES.indexOf("createdAt");
    private static final int UPDATED_AT = NAMES.indexOf("updatedAt");

    private final ByteArrayOutputStream written = new ByteArrayOutputStream();
    private final Workbook workbook = new Workbook(written, "Expiry Tracker", null);
    private final Worksheet sheet = workbook.newWorksheet("Items");
    private int row;

    @Override
    public Buffer beginning() {
        NAMES.forEach(name -> sheet.inlineString(row, NAMES.indexOf(name), name));
        sheet.range(row, 0, row, NAMES.size() - 1).style().bold().set();
        sheet.freezePane(0, 1);
        row++;
        return taken(sheet::flush);
    }

    @Override
    public Buffer lines(List<Line> lines) {
        if (lines.isEmpty()) {
            return Buffer.buffer();
        }
        int first = row;
        for (Line line : lines) {
            write(line);
            row++;
        }
        sheet.range(first, EXPIRY_DATE, row - 1, PURCHASE_DATE)
                .style()
                .format(DATE)
                .set();
        sheet.range(first, CREATED_AT, row - 1, UPDATED_AT)
                .style()
                .format(MOMENT)
                .set();
        return taken(sheet::flush);
    }

    @Override
    public Buffer end() {
        return taken(workbook::finish);
    }

    private interface Write {

        void run() throws IOException;
    }

    private Buffer taken(Write write) {
        try {
            write.run();
        } catch (IOException e) {
            throw new UncheckedIOException("Memory takes whatever is written", e);
        }
        Buffer bytes = Buffer.buffer(written.toByteArray());
        written.reset();
        return bytes;
    }

    private void write(Line line) {
        Item item = line.item();
        int column = 0;
        text(column++, new NodeId(Item.TYPE, item.id()).encoded());
        text(column++, item.externalId());
        text(column++, item.name());
        text(column++, item.description());
        number(column++, item.quantity());
        text(column++, item.unit());
        number(column++, item.costPrice());
        number(column++, item.sellingPrice());
        date(column++, item.expiryDate());
        date(column++, item.purchaseDate());
        sheet.value(row, column++, item.ownLeadDays());
        text(column++, item.location());
        text(column++, item.barcode());
        text(column++, item.lotNumber());
        text(column++, line.category());
        text(column++, line.status().name());
        moment(column++, item.createdAt());
        moment(column, item.updatedAt());
    }

    /** Never a formula, whatever it begins with: it stands in the sheet as text. */
    private void text(int column, @Nullable String text) {
        if (text != null) {
            sheet.inlineString(
                    row,
                    column,
                    ESCAPED.matcher(text)
                            .replaceAll(found ->
                                    "_x%04X_".formatted((int) found.group().charAt(0))));
        }
    }

    private void number(int column, @Nullable BigDecimal number) {
        if (number == null) {
            return;
        }
        BigDecimal bare = number.stripTrailingZeros();
        if (bare.precision() > MOST_DIGITS) {
            text(column, bare.toPlainString());
        } else {
            sheet.value(row, column, bare);
        }
    }

    private void date(int column, @Nullable LocalDate date) {
        if (date == null) {
            return;
        }
        if (date.isBefore(FIRST_DATE)) {
            text(column, date.toString());
        } else {
            sheet.value(row, column, date);
        }
    }

    /** In UTC: a cell knows no time zone. */
    private void moment(int column, Instant moment) {
        sheet.value(row, column, moment);
    }
}
