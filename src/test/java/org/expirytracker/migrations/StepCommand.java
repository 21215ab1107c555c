package org.expirytracker.migrations;

import java.util.stream.Stream;
import org.expirytracker.db.DatabaseUrl;

/** {@code upgrade} or {@code downgrade} by one revision: up to it, or down from it. */
record StepCommand(MigrationFiles files, boolean up, Revision revision) {

    /** The file that it runs. */
    String file() {
        return up ? revision.up() : revision.down();
    }

    void run(DatabaseUrl url, Progress progress) {
        Migrations migrations = new Migrations(url, files, progress);
        if (up) {
            migrations.upgrade(revision);
        } else {
            migrations.downgrade(below(), false);
        }
    }

    /** The revision before it. */
    Revision below() {
        return Stream.concat(Stream.of(Revision.BASE), files.revisions().stream())
                .filter(other -> other.compareTo(revision) < 0)
                .reduce((first, second) -> second)
                .orElseThrow();
    }
}
