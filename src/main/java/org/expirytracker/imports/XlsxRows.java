package org.expirytracker.imports;

import java.io.IOException;
import java.io.InputStream;
import java.math.BigDecimal;
import java.math.MathContext;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;
import org.dhatim.fastexcel.reader.Cell;
import org.dhatim.fastexcel.reader.CellType;
import org.dhatim.fastexcel.reader.ExcelReaderException;
import org.dhatim.fastexcel.reader.ReadableWorkbook;
import org.dhatim.fastexcel.reader.ReadingOptions;
import org.dhatim.fastexcel.reader.Row;
import org.expirytracker.kernel.Text;
import org.jspecify.annotations.Nullable;

/**
 * The rows of the first sheet of a workbook, of which the first one in which something stands has the names of the columns.
 * They are read one by one; the texts that the workbook shares between its cells are held, and so are bounded.
 */
final class XlsxRows implements SourceRows {

    /** Unpacked: a few characters of a packed file can stand for gigabytes. */
    private static final long MOST_SHARED_BYTES = 64L << 20;

    private static final long MOST_PART_BYTES = 2L << 30;

    /** What of a format of numbers is no part of a date: texts, colours, escaped characters. */
    private static final Pattern NO_DATE = Pattern.compile("\"[^\"]*\"|\\[[^\\]]*\\]|\\\\.|_.|\\*.");

    /** A character that XML has no place for (ECMA-376, ST_Xstring). */
    private static final Pattern ESCAPED = Pattern.compile("_x([0-9A-Fa-f]{4})_");

    /** A double has fifteen digits that mean something; what follows is the noise of binary. */
    private static final MathContext DIGITS = new MathContext(15);

    private final ReadableWorkbook workbook;
    private final Stream<Row> stream;
    private final Iterator<Row> rows;
    private final List<String> columns;

    XlsxRows(Path file) throws IOException {
        requireBounded(file);
        try {
            workbook = new ReadableWorkbook(file.toFile(), new ReadingOptions(true, false));
            stream = workbook.getFirstSheet().openStream();
        } catch (ExcelReaderException | IllegalStateException | NullPointerException malformed) {
            throw new FileProblem("This is no workbook that can be read. Save it as .xlsx once more, or as CSV.");
        }
        rows = stream.iterator();
        Row first = nextRow();
        if (first == null) {
            throw new FileProblem("The first sheet of the workbook is empty.");
        }
        List<String> names = new ArrayList<>();
        for (int at = 0; at < first.getCellCount(); at++) {
            Object value = first.hasCell(at) ? value(first.getCell(at)) : null;
            names.add(value == null ? "" : value.toString());
        }
        while (!names.isEmpty() && names.getLast().isBlank()) {
            names.removeLast();
        }
        columns = SourceRows.named(names);
    }

    /** By what is in it, not by what it says of itself. */
    private static void requireBounded(Path file) throws IOException {
        try (ZipFile zip = new ZipFile(file.toFile())) {
            for (ZipEntry part : zip.stream().toList()) {
                boolean shared = part.getName().endsWith("sharedStrings.xml")
                        || part.getName().endsWith("styles.xml")
                        || part.getName().endsWith("workbook.xml");
                if (part.getSize() > (shared ? MOST_SHARED_BYTES : MOST_PART_BYTES)
                        || (shared && !isShorter(zip.getInputStream(part)))) {
                    throw new FileProblem(
                            "The workbook holds more different texts than are held at once. Save it as CSV, and upload that.");
                }
            }
        } catch (java.util.zip.ZipException malformed) {
            throw new FileProblem("This is no workbook that can be read. Save it as .xlsx once more, or as CSV.");
        }
    }

    private static boolean isShorter(InputStream in) throws IOException {
        try (in) {
            long left = MOST_SHARED_BYTES;
            byte[] piece = new byte[8_192];
            for (int read = in.read(piece); read >= 0 && left >= 0; read = in.read(piece)) {
                left -= read;
            }
            return left >= 0;
        }
    }

    @Override
    public List<String> columns() {
        return columns;
    }

    @Override
    public @Nullable SourceRow next() {
        Row row = nextRow();
        if (row == null) {
            return null;
        }
        Map<String, Object> values = new HashMap<>();
        for (int at = 0; at < columns.size() && at < row.getCellCount(); at++) {
            Object value = row.hasCell(at) ? value(row.getCell(at)) : null;
            if (value != null) {
                values.put(columns.get(at), value);
            }
        }
        return SourceRow.of(row.getRowNum(), values);
    }

    /** The next one in which something stands. */
    private @Nullable Row nextRow() {
        try {
            while (rows.hasNext()) {
                Row row = rows.next();
                boolean blank = row.stream().allMatch(cell -> cell == null || value(cell) == null);
                if (!blank) {
                    return row;
                }
            }
            return null;
        } catch (ExcelReaderException malformed) {
            throw new FileProblem("The workbook cannot be read any further: " + malformed.getMessage());
        }
    }

    private static @Nullable Object value(@Nullable Cell cell) {
        if (cell == null || cell.getType() == CellType.EMPTY) {
            return null;
        }
        String raw = cell.getRawValue();
        return switch (cell.getType()) {
            case NUMBER -> number(cell, raw);
            case BOOLEAN -> cell.asBoolean();
            case STRING -> text(cell.asString());
            case FORMULA -> raw == null ? null : ofFormula(cell, raw);
            default -> text(raw);
        };
    }

    private static @Nullable String text(@Nullable String text) {
        if (text == null || Text.isBlank(text)) {
            return null;
        }
        return text.contains("_x")
                ? ESCAPED.matcher(text)
                        .replaceAll(each ->
                                Matcher.quoteReplacement(String.valueOf((char) Integer.parseInt(each.group(1), 16))))
                : text;
    }

    private static @Nullable Object ofFormula(Cell cell, String raw) {
        try {
            return number(cell, new BigDecimal(raw).toString());
        } catch (NumberFormatException words) {
            return text(raw);
        }
    }

    private static @Nullable Object number(Cell cell, @Nullable String raw) {
        if (raw == null) {
            return null;
        }
        BigDecimal number = new BigDecimal(raw).round(DIGITS);
        return isDate(cell.getDataFormatString()) ? Dates.ofSerial(number) : number;
    }

    private static boolean isDate(@Nullable String format) {
        if (format == null || format.equalsIgnoreCase("general")) {
            return false;
        }
        String plain = NO_DATE.matcher(format).replaceAll("").toLowerCase(java.util.Locale.ROOT);
        return plain.contains("y") || plain.contains("d");
    }

    @Override
    public void close() throws IOException {
        stream.close();
        workbook.close();
    }
}
