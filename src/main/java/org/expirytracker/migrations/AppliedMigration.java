package org.expirytracker.migrations;

import java.time.Duration;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * One row of a database's history: a migration that was applied, or failed half-way when it ran outside a transaction.
 *
 * @param rank the place in the order of application
 * @param version as of {@link Revision#version}
 * @param description as of {@link Revision#description}
 * @param script the file's name then
 * @param checksum of the file's text then; null when the row has none
 * @param by the database role
 * @param at when
 * @param took how long it took
 * @param success false when it failed
 */
public record AppliedMigration(
        int rank,
        String version,
        String description,
        String script,
        @Nullable Integer checksum,
        String by,
        Instant at,
        Duration took,
        boolean success) {

    /** The revision it led to, by the file's name. */
    public Revision revision() {
        String suffix = ".sql";
        int from = script.indexOf("__");
        String name = from < 0 || !script.endsWith(suffix)
                ? description.replace(' ', '_')
                : script.substring(from + 2, script.length() - suffix.length());
        return new Revision(version, name);
    }
}
