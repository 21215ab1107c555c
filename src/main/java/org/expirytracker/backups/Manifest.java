package org.expirytracker.backups;

import java.time.Instant;
import java.util.List;
import java.util.stream.Collectors;
import org.expirytracker.migrations.Revision;
import org.jspecify.annotations.Nullable;

/**
 * What a backup holds and where it comes from.
 *
 * @param format {@value #FORMAT}; grows when an older program could not read the file any more
 * @param revision of the schema, as {@link Revision#label} writes it
 * @param program the version of the program that wrote it
 * @param server the version of its PostgreSQL
 * @param takenAt the moment of the snapshot, by the clock of its PostgreSQL
 * @param history the rows of {@code flyway_schema_history}, by rank
 * @param tables of the schemas {@code public} and {@code parked}, by name
 * @param sequences of the same schemas, by name
 */
record Manifest(
        int format,
        String revision,
        String program,
        String server,
        Instant takenAt,
        List<HistoryRow> history,
        List<Table> tables,
        List<Sequence> sequences) {

    static final int FORMAT = 1;

    /** The part that every format has. */
    record Form(int format, @Nullable String program) {}

    /**
     * A row of the history table, column by column, as Flyway wrote it.
     *
     * @param installedOn a timestamp without time zone, as text
     */
    record HistoryRow(
            int rank,
            @Nullable String version,
            String description,
            String type,
            String script,
            @Nullable Integer checksum,
            String installedBy,
            String installedOn,
            int executionTime) {

        /** Whether the row tells of a migration file that ran. */
        boolean isMigration() {
            return version != null && script.startsWith("V") && script.endsWith(".sql");
        }

        /** The revision that the file led to. */
        Revision revision() {
            int name = script.indexOf("__");
            return new Revision(
                    script.substring(1, name),
                    script.substring(name + "__".length(), script.length() - ".sql".length()));
        }
    }

    /** @param type as the server writes it */
    record Column(String name, String type) {}

    /**
     * A table with its rows.
     *
     * @param columns those that are stored, without generated ones
     * @param definition statements that make it as it was, without its foreign keys; for a table that no migration makes
     * @param references statements that add its foreign keys
     * @param entry where its rows are in the file; null for the history table, whose rows are in the manifest
     * @param bytes of its rows in the text format of {@code COPY}
     * @param sha256 of these bytes, hexadecimal
     */
    record Table(
            String schema,
            String name,
            List<Column> columns,
            List<String> definition,
            List<String> references,
            @Nullable String entry,
            long rows,
            long bytes,
            String sha256) {

        /** For people. */
        String label() {
            return schema + "." + name;
        }

        /** For SQL. */
        String quoted() {
            return Manifest.quoted(schema) + "." + Manifest.quoted(name);
        }

        /** For SQL, in parentheses; nothing for a table without columns, as {@code COPY} wants it. */
        String quotedColumns() {
            return columns.isEmpty()
                    ? ""
                    : columns.stream()
                            .map(column -> Manifest.quoted(column.name))
                            .collect(Collectors.joining(", ", "(", ")"));
        }

        Table copied(@Nullable String to, long copiedRows, long copiedBytes, String digest) {
            return new Table(schema, name, columns, definition, references, to, copiedRows, copiedBytes, digest);
        }
    }

    /**
     * A sequence and where it stands.
     *
     * @param create statement that makes it; null when it comes with an identity column
     * @param own statement that gives it to the column that uses it, when there is one
     */
    record Sequence(
            String schema,
            String name,
            @Nullable String create,
            @Nullable String own,
            long lastValue,
            boolean called) {

        String quoted() {
            return Manifest.quoted(schema) + "." + Manifest.quoted(name);
        }

        Sequence at(long value, boolean wasCalled) {
            return new Sequence(schema, name, create, own, value, wasCalled);
        }
    }

    /** The newest revision of the history; the base when it is empty. */
    static Revision newest(List<HistoryRow> history) {
        return history.stream()
                .filter(HistoryRow::isMigration)
                .map(HistoryRow::revision)
                .max(Revision::compareTo)
                .orElse(Revision.BASE);
    }

    long rows() {
        return tables.stream().mapToLong(Table::rows).sum();
    }

    private static String quoted(String name) {
        return '"' + name.replace("\"", "\"\"") + '"';
    }
}
