package org.expirytracker.migrations;

import java.util.List;
import org.expirytracker.db.DatabaseUrl;

/** Steps through the program's own revisions, as an operator would. */
public final class Revisions {

    private Revisions() {}

    /** All revisions, oldest first. */
    public static List<Revision> all() {
        return MigrationFiles.ofProgram().revisions();
    }

    /** The one before; the base before the first. */
    public static Revision before(Revision revision) {
        int index = all().indexOf(revision);
        return index == 0 ? Revision.BASE : all().get(index - 1);
    }

    /** Goes up. */
    public static void up(DatabaseUrl url, Revision to) {
        of(url).upgrade(to);
    }

    /** Undoes everything from a revision on; what would lose data is refused. */
    public static void down(DatabaseUrl url, Revision revision) {
        of(url).downgrade(before(revision), false);
    }

    /** Of one database, with the program's own files. */
    public static Migrations of(DatabaseUrl url) {
        return new Migrations(url, MigrationFiles.ofProgram(), Progress.SILENT);
    }
}
