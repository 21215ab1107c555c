package org.expirytracker.imports;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.expirytracker.kernel.Text;
import org.jspecify.annotations.Nullable;

/**
 * The objects of a file of JSON, each a row: a list of them, or one in each line. An object within one is shown as columns
 * whose names begin with its own and a point ({@code product.name}); a list of plain values is one value, parted by semicolons.
 */
final class JsonRows implements SourceRows {

    private static final JsonFactory JSON = new JsonFactory();
    private static final int DEEPEST = 6;

    private final BufferedReader text;
    private final boolean lines;
    private final @Nullable JsonParser whole;
    private final Set<String> columns = new LinkedHashSet<>();
    private int number;

    JsonRows(InputStream in, FileLayout layout) throws IOException {
        text = new BufferedReader(new InputStreamReader(in, layout.charset().charset()), 1 << 16);
        text.mark(1);
        if (text.read() != '\ufeff') {
            text.reset();
        }
        lines = layout.format() == ImportFormat.JSON_LINES;
        whole = lines ? null : JSON.createParser(text);
        if (whole != null && whole.nextToken() != JsonToken.START_ARRAY) {
            throw new FileProblem("The file must be a list of objects: [ {…}, {…} ], or an object in each line.");
        }
    }

    @Override
    public List<String> columns() {
        return List.copyOf(columns);
    }

    @Override
    public @Nullable SourceRow next() throws IOException {
        return whole == null ? nextLine() : nextOf(whole);
    }

    private @Nullable SourceRow nextOf(JsonParser parser) throws IOException {
        number++;
        try {
            JsonToken token = parser.nextToken();
            if (token == JsonToken.END_ARRAY || token == null) {
                return null;
            }
            if (token != JsonToken.START_OBJECT) {
                throw new FileProblem("Entry %d of the list is no object.".formatted(number));
            }
            return SourceRow.of(number, object(parser));
        } catch (JsonProcessingException malformed) {
            throw new FileProblem("The file is no JSON from line %d on: %s"
                    .formatted(malformed.getLocation().getLineNr(), malformed.getOriginalMessage()));
        }
    }

    private @Nullable SourceRow nextLine() throws IOException {
        String line = line();
        while (line != null && line.isBlank()) {
            line = line();
        }
        if (line == null) {
            return null;
        }
        try (JsonParser parser = JSON.createParser(line)) {
            return parser.nextToken() == JsonToken.START_OBJECT
                    ? SourceRow.of(number, object(parser))
                    : SourceRow.unreadable(number, "This line is no JSON object.");
        } catch (JsonProcessingException malformed) {
            return SourceRow.unreadable(number, "This line is no JSON: " + malformed.getOriginalMessage());
        }
    }

    /** A line, of which no more is held than a row may have. */
    private @Nullable String line() throws IOException {
        StringBuilder line = new StringBuilder();
        int each = text.read();
        if (each < 0) {
            return null;
        }
        number++;
        while (each >= 0 && each != '\n') {
            line.append((char) each);
            if (line.length() > MOST_ROW_CHARACTERS) {
                throw new FileProblem("Line %d has more than a million characters.".formatted(number));
            }
            each = text.read();
        }
        return line.toString();
    }

    private Map<String, Object> object(JsonParser parser) throws IOException {
        Map<String, Object> values = new LinkedHashMap<>();
        members(parser, "", 1, values);
        return values;
    }

    private void members(JsonParser parser, String prefix, int depth, Map<String, Object> values) throws IOException {
        while (parser.nextToken() == JsonToken.FIELD_NAME) {
            String name = prefix + parser.currentName();
            switch (parser.nextToken()) {
                case START_OBJECT -> {
                    if (depth < DEEPEST) {
                        members(parser, name + ".", depth + 1, values);
                    } else {
                        parser.skipChildren();
                    }
                }
                case START_ARRAY -> put(values, name, list(parser));
                case VALUE_NUMBER_INT, VALUE_NUMBER_FLOAT -> put(values, name, parser.getDecimalValue());
                case VALUE_TRUE -> put(values, name, true);
                case VALUE_FALSE -> put(values, name, false);
                case VALUE_NULL -> put(values, name, "");
                default -> put(values, name, parser.getText());
            }
        }
    }

    private static String list(JsonParser parser) throws IOException {
        List<String> values = new ArrayList<>();
        for (JsonToken each = parser.nextToken(); each != JsonToken.END_ARRAY; each = parser.nextToken()) {
            if (each.isStructStart()) {
                parser.skipChildren();
            } else if (each != JsonToken.VALUE_NULL) {
                values.add(parser.getText());
            }
        }
        return String.join("; ", values);
    }

    private void put(Map<String, Object> values, String name, Object value) {
        if ((columns.contains(name) || columns.size() < MOST_COLUMNS) && values.size() <= MOST_COLUMNS) {
            columns.add(name);
            if (!(value instanceof String blank && Text.isBlank(blank))) {
                values.put(name, value);
            }
        }
    }

    @Override
    public void close() throws IOException {
        text.close();
    }
}
