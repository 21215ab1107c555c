package org.expirytracker.migrations;

import java.util.List;

/** The steps as a script for {@code psql} or any other client. */
final class MigrationScript {

    /** What else would be as the role, the database or the server have it, or as {@code psql} was told. */
    private static final String SESSION = """
            -- The same session, whoever runs this.
            SET search_path = public;
            SET TimeZone = 'UTC';
            SET DateStyle = 'ISO, YMD';
            SET IntervalStyle = 'postgres';
            SET standard_conforming_strings = on;
            SET check_function_bodies = on;
            SET default_tablespace = '';

            """;

    private MigrationScript() {}

    /**
     * Goes up.
     *
     * @param createHistory when the database has no history table yet
     * @param failed revisions of which the history has a failed try
     */
    static String up(MigrationFiles files, List<Revision> revisions, boolean createHistory, List<Revision> failed) {
        StringBuilder script = begin(revisions);
        if (createHistory) {
            script.append(SchemaHistory.CREATION).append('\n');
        }
        for (Revision revision : revisions) {
            if (failed.contains(revision)) {
                script.append(SchemaHistory.deletion(revision));
            }
            append(script, files, revision.up(), SchemaHistory.insertion(revision, files.checksum(revision.up())));
        }
        return script.toString();
    }

    /** Goes down. */
    static String down(MigrationFiles files, List<Revision> revisions) {
        StringBuilder script = begin(revisions);
        for (Revision revision : revisions) {
            append(script, files, revision.down(), SchemaHistory.deletion(revision));
        }
        return script.toString();
    }

    /** Nothing without steps. */
    private static StringBuilder begin(List<Revision> revisions) {
        StringBuilder script = new StringBuilder();
        if (!revisions.isEmpty()) {
            script.append(SESSION);
        }
        return script;
    }

    private static void append(StringBuilder script, MigrationFiles files, String file, String record) {
        boolean transaction = !files.runsOutsideTransaction(file);
        script.append("-- ").append(file).append('\n');
        if (transaction) {
            script.append("BEGIN;\n");
        }
        script.append(files.text(file).strip()).append("\n\n").append(record);
        if (transaction) {
            script.append("COMMIT;\n");
        }
        script.append('\n');
    }
}
