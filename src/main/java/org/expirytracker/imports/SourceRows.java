package org.expirytracker.imports;

import java.io.IOException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** The rows of a file, one after the other: blocking, and holding no more than a row. */
interface SourceRows extends AutoCloseable {

    /** Columns of a file: more than any table that people keep. */
    int MOST_COLUMNS = 200;

    /** Characters of one row: a hundred times what an item can have. */
    int MOST_ROW_CHARACTERS = 1 << 20;

    /** The names of the columns, each once, in their order, as far as they are known. */
    List<String> columns();

    /**
     * The next row in which something stands; null at the end.
     *
     * @throws FileProblem when the file cannot be read any further
     */
    @Nullable
    SourceRow next() throws IOException;

    @Override
    void close() throws IOException;

    /** Names of columns as a first row has them: what has none is called by its place, and a second one of a name is numbered. */
    static List<String> named(List<String> firstRow) {
        if (firstRow.size() > MOST_COLUMNS) {
            throw new FileProblem("The first row has %d columns; at most %d are read. Remove those that are of no use."
                    .formatted(firstRow.size(), MOST_COLUMNS));
        }
        Set<String> taken = new HashSet<>();
        List<String> names = new ArrayList<>();
        for (String each : firstRow) {
            String plain = each.strip().replaceAll("\\s+", " ");
            String wanted = plain.isEmpty() ? "Column " + (names.size() + 1) : plain;
            String name = wanted;
            for (int more = 2; !taken.add(name); more++) {
                name = wanted + " (" + more + ")";
            }
            names.add(name);
        }
        return List.copyOf(names);
    }
}
