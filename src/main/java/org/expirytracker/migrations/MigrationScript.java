package org.expirytracker.migrations;

import java.util.List;

/** The steps as a script for {@code psql} or any other client. */
final class MigrationScript {

    private MigrationScript() {}

    /** Goes up; {@code createHistory} when the database has no history table yet. */
    static String up(MigrationFiles files, List<Revision> revisions, boolean createHistory) {
        StringBuilder script = new StringBuilder();
        if (createHistory) {
            script.append(SchemaHistory.CREATION).append('\n');
        }
        for (Revision revision : revisions) {
            append(script, files, revision.up(), SchemaHistory.insertion(revision, files.checksum(revision.up())));
        }
        return script.toString();
    }

    /** Goes down. */
    static String down(MigrationFiles files, List<Revision> revisions) {
        StringBuilder script = new StringBuilder();
        for (Revision revision : revisions) {
            append(script, files, revision.down(), SchemaHistory.deletion(revision));
        }
        return script.toString();
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
