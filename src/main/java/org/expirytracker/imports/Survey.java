package org.expirytracker.imports;

import java.io.IOException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.expirytracker.kernel.Problem;

/**
 * What a look through a whole file has shown, before anything of it is taken for a date or a number: what one row leaves
 * open another one tells.
 */
record Survey(int rows, List<ImportColumn> columns) {

    /** As many as an import counts: more than anybody's stock has. */
    static final int MOST_ROWS = 5_000_000;

    private static final int MOST_SAMPLES = 3;
    private static final int MOST_SAMPLE_CHARACTERS = 60;

    /** Called now and then with the number of rows so far. */
    @FunctionalInterface
    interface Progress {
        void at(int rows);
    }

    private static final class Seen {
        private final Set<String> samples = new HashSet<>();
        private final List<String> inOrder = new ArrayList<>();
        private boolean dayFirst;
        private boolean monthFirst;
        private boolean comma;
        private boolean point;

        void add(Object value) {
            if (inOrder.size() < MOST_SAMPLES) {
                String text = value.toString().strip();
                String sample =
                        text.length() > MOST_SAMPLE_CHARACTERS ? text.substring(0, MOST_SAMPLE_CHARACTERS) : text;
                if (samples.add(sample)) {
                    inOrder.add(sample);
                }
            }
            if (value instanceof String text && !text.isEmpty() && text.length() <= 24) {
                look(text);
            }
        }

        private void look(String text) {
            DateOrder order = Dates.shown(text);
            dayFirst |= order == DateOrder.DAY_FIRST;
            monthFirst |= order == DateOrder.MONTH_FIRST;
            DecimalSign sign = comma && point ? null : Numbers.shown(text);
            comma |= sign == DecimalSign.COMMA;
            point |= sign == DecimalSign.POINT;
        }

        ImportColumn column(String name) {
            return new ImportColumn(name, List.copyOf(inOrder), null, dayFirst, monthFirst, comma, point);
        }
    }

    /** Looks through all rows. */
    static Survey of(SourceRows rows, Progress progress) throws IOException {
        Map<String, Seen> seen = new LinkedHashMap<>();
        rows.columns().forEach(column -> seen.put(column, new Seen()));
        int count = 0;
        for (SourceRow row = rows.next(); row != null; row = rows.next()) {
            count++;
            if (count > MOST_ROWS) {
                throw new FileProblem("The file has more than %,d rows. Divide it.".formatted(MOST_ROWS));
            }
            row.values()
                    .forEach((column, value) ->
                            seen.computeIfAbsent(column, fresh -> new Seen()).add(value));
            if (count % 1_000 == 0) {
                progress.at(count);
            }
        }
        List<ImportColumn> columns = new ArrayList<>();
        for (String column : rows.columns()) {
            ImportColumn found =
                    seen.computeIfAbsent(column, blank -> new Seen()).column(column);
            if (!isObject(found, rows.columns())) {
                columns.add(found);
            }
        }
        return new Survey(count, List.copyOf(columns));
    }

    /** Whether it is an object of JSON that some rows lack: what they say of it, the columns of its members say. */
    private static boolean isObject(ImportColumn column, List<String> all) {
        return column.samples().isEmpty() && all.stream().anyMatch(other -> other.startsWith(column.name() + "."));
    }

    /** Whether a column is there; else a client has named another one. */
    static Problem noColumn(List<String> path, String name) {
        return Problem.at(Problem.Code.INVALID, path, "The file has no column “%s”.".formatted(name));
    }
}
