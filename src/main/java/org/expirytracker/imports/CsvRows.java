package org.expirytracker.imports;

import de.siegmar.fastcsv.reader.CloseableIterator;
import de.siegmar.fastcsv.reader.CsvParseException;
import de.siegmar.fastcsv.reader.CsvReader;
import de.siegmar.fastcsv.reader.CsvRecord;
import de.siegmar.fastcsv.reader.FieldMismatchStrategy;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.Reader;
import java.io.UncheckedIOException;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.CodingErrorAction;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.expirytracker.kernel.Text;
import org.jspecify.annotations.Nullable;

/** The rows of a CSV file, of which the first one in which something stands has the names of the columns. */
final class CsvRows implements SourceRows {

    private final CsvReader<CsvRecord> reader;
    private final CloseableIterator<CsvRecord> records;
    private final int skippedLines;
    private final List<String> columns;

    CsvRows(InputStream in, FileLayout layout) throws IOException {
        BufferedReader text = decoded(in, layout);
        try {
            skipByteOrderMark(text);
            skippedLines = skipSeparatorLine(text);
        } catch (CharacterCodingException wrongCharset) {
            throw notInThatCharset();
        }
        reader = CsvReader.builder()
                .fieldSeparator(layout.delimiter())
                .skipEmptyLines(true)
                .extraFieldStrategy(FieldMismatchStrategy.IGNORE)
                .missingFieldStrategy(FieldMismatchStrategy.IGNORE)
                .allowUnclosedQuote(false)
                .maxBufferSize(MOST_ROW_CHARACTERS)
                .ofCsvRecord(text);
        records = reader.iterator();
        CsvRecord first = nextRecord();
        if (first == null) {
            throw new FileProblem("The file is empty.");
        }
        columns = SourceRows.named(first.getFields());
    }

    private static BufferedReader decoded(InputStream in, FileLayout layout) {
        Reader decoded = new InputStreamReader(
                in,
                layout.charset()
                        .charset()
                        .newDecoder()
                        .onMalformedInput(CodingErrorAction.REPORT)
                        .onUnmappableCharacter(CodingErrorAction.REPLACE));
        return new BufferedReader(decoded, 1 << 16);
    }

    private static void skipByteOrderMark(BufferedReader text) throws IOException {
        text.mark(1);
        if (text.read() != '\ufeff') {
            text.reset();
        }
    }

    /** Of Excel, the line that names the delimiter. */
    private static int skipSeparatorLine(BufferedReader text) throws IOException {
        text.mark(16);
        char[] start = new char[5];
        int read = text.read(start);
        text.reset();
        if (read < 5 || !new String(start, 0, 4).equalsIgnoreCase("sep=")) {
            return 0;
        }
        text.readLine();
        return 1;
    }

    @Override
    public List<String> columns() {
        return columns;
    }

    @Override
    public @Nullable SourceRow next() throws IOException {
        CsvRecord each = nextRecord();
        return each == null ? null : row(each);
    }

    private SourceRow row(CsvRecord each) {
        int number = Math.toIntExact(each.getStartingLineNumber()) + skippedLines;
        List<String> fields = each.getFields();
        for (int more = columns.size(); more < fields.size(); more++) {
            if (!Text.isBlank(fields.get(more))) {
                return SourceRow.unreadable(
                        number,
                        "This row has %d values and the first row %d columns: a value that holds the delimiter must stand in quotation marks."
                                .formatted(fields.size(), columns.size()));
            }
        }
        Map<String, Object> values = HashMap.newHashMap(columns.size());
        for (int at = 0; at < columns.size() && at < fields.size(); at++) {
            String value = fields.get(at);
            if (!Text.isBlank(value)) {
                values.put(columns.get(at), value);
            }
        }
        return SourceRow.of(number, values);
    }

    /** The next one in which something stands. */
    private @Nullable CsvRecord nextRecord() throws IOException {
        try {
            while (records.hasNext()) {
                CsvRecord each = records.next();
                if (!each.getFields().stream().allMatch(Text::isBlank)) {
                    return each;
                }
            }
            return null;
        } catch (UncheckedIOException unreadable) {
            if (unreadable.getCause() instanceof CharacterCodingException) {
                throw notInThatCharset();
            }
            throw unreadable.getCause() == null ? new IOException(unreadable) : unreadable.getCause();
        } catch (CsvParseException malformed) {
            Throwable cause = malformed.getCause();
            if (cause instanceof CharacterCodingException) {
                throw notInThatCharset();
            }
            throw new FileProblem(
                    "The file cannot be read any further: a quotation mark is opened and never closed, or something follows one that closes, or a value is longer than a million characters. "
                            + String.valueOf(malformed.getMessage()));
        }
    }

    private static FileProblem notInThatCharset() {
        return new FileProblem("The file is not written in the encoding that was chosen. Choose another charset.");
    }

    @Override
    public void close() throws IOException {
        reader.close();
    }
}
