package org.expirytracker.imports;

import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CodingErrorAction;
import java.util.Locale;
import java.util.regex.Pattern;

/**
 * How a file is to be read.
 *
 * @param charset of a file of text; of no meaning for a workbook
 * @param delimiter what parts the values of a CSV file; of no meaning for others
 */
public record FileLayout(ImportFormat format, ImportCharset charset, String delimiter) {

    /** How much of a file is looked at to see how it is written. */
    static final int HEAD_BYTES = 65_536;

    private static final Pattern SEPARATOR_LINE = Pattern.compile("(?i)sep=(.)\\R.*", Pattern.DOTALL);
    private static final String DELIMITERS = ",;\t|";

    /** How a file is written, by its beginning and its name. */
    static FileLayout of(byte[] head, boolean isUtf8, String fileName) {
        if (head.length >= 4 && head[0] == 'P' && head[1] == 'K' && head[2] == 3 && head[3] == 4) {
            return new FileLayout(ImportFormat.XLSX, ImportCharset.UTF_8, ",");
        }
        if (head.length >= 4 && (head[0] & 0xff) == 0xd0 && (head[1] & 0xff) == 0xcf && (head[2] & 0xff) == 0x11) {
            throw new FileProblem(
                    "This is a workbook of Excel 97 to 2003 (.xls). Save it as .xlsx or as CSV, and upload that.");
        }
        ImportCharset charset = charset(head, isUtf8);
        String text = text(head, charset);
        String start = text.stripLeading();
        String name = fileName.toLowerCase(Locale.ROOT);
        if (start.startsWith("[")) {
            return new FileLayout(ImportFormat.JSON, charset, ",");
        }
        if (start.startsWith("{") && !name.endsWith(".csv")) {
            return new FileLayout(ImportFormat.JSON_LINES, charset, ",");
        }
        return new FileLayout(ImportFormat.CSV, charset, String.valueOf(delimiter(text)));
    }

    /** By the mark at the beginning; without one UTF-8 when the whole file is, else what Windows writes in the west. */
    private static ImportCharset charset(byte[] head, boolean isUtf8) {
        if (head.length >= 2 && (head[0] & 0xff) == 0xff && (head[1] & 0xff) == 0xfe) {
            return ImportCharset.UTF_16LE;
        }
        if (head.length >= 2 && (head[0] & 0xff) == 0xfe && (head[1] & 0xff) == 0xff) {
            return ImportCharset.UTF_16BE;
        }
        return isUtf8 ? ImportCharset.UTF_8 : ImportCharset.WINDOWS_1252;
    }

    /** What can be read of a beginning, whose last character may be cut. */
    private static String text(byte[] head, ImportCharset charset) {
        CharBuffer text = CharBuffer.allocate(head.length + 1);
        charset.charset()
                .newDecoder()
                .onMalformedInput(CodingErrorAction.REPLACE)
                .onUnmappableCharacter(CodingErrorAction.REPLACE)
                .decode(ByteBuffer.wrap(head), text, false);
        String read = text.flip().toString();
        return read.startsWith("\ufeff") ? read.substring(1) : read;
    }

    /** The one that the first line names, as Excel has it ({@code sep=;}); else the one of which most stand in the first line. */
    private static char delimiter(String text) {
        var named = SEPARATOR_LINE.matcher(text);
        if (named.matches()) {
            return named.group(1).charAt(0);
        }
        int[] counts = new int[DELIMITERS.length()];
        boolean quoted = false;
        for (int at = 0; at < text.length(); at++) {
            char each = text.charAt(at);
            if (each == '"') {
                quoted = !quoted;
            } else if (!quoted && (each == '\n' || each == '\r')) {
                if (at > 0 && !text.substring(0, at).isBlank()) {
                    break;
                }
            } else if (!quoted && DELIMITERS.indexOf(each) >= 0) {
                counts[DELIMITERS.indexOf(each)]++;
            }
        }
        int best = 0;
        for (int each = 1; each < counts.length; each++) {
            best = counts[each] > counts[best] ? each : best;
        }
        return DELIMITERS.charAt(best);
    }
}
