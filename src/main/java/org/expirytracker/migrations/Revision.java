package org.expirytracker.migrations;

import java.time.LocalDate;
import java.time.format.DateTimeFormatter;
import org.flywaydb.core.api.MigrationVersion;

/**
 * A state of the schema, named by the migration that leads to it. Ordered by version; {@link #BASE}, the empty
 * database, comes before all.
 *
 * @param version the date of the migration, {@code 20261122}, with a number after a dot when it is not the first of
 *     its day: {@code 20261122.4}; {@code 0} for the base
 * @param name the rest of the file's name: lower case words joined by underscores
 */
public record Revision(String version, String name) implements Comparable<Revision> {

    /** Before the first migration. */
    public static final Revision BASE = new Revision("0", "base");

    /** The file that goes up to this revision. */
    public String up() {
        return "V" + label() + ".sql";
    }

    /** The file that goes down from this revision to the one before it. */
    public String down() {
        return "U" + label() + ".sql";
    }

    /** The name as people and commands write it: {@code 20261122.4__add_daily_turn}, or {@code base}. */
    public String label() {
        return equals(BASE) ? name : version + "__" + name;
    }

    /** What the history table calls the description: the name with blanks for underscores. */
    public String description() {
        return name.replace('_', ' ');
    }

    /**
     * The version of a migration that follows this one: the date, when that is later than this one's; else this one's
     * date with the next number.
     */
    public String nextVersion(LocalDate today) {
        String date = today.format(DateTimeFormatter.BASIC_ISO_DATE);
        String[] parts = version.split("\\.", 2);
        if (parts[0].compareTo(date) < 0) {
            return date;
        }
        return parts[0] + "." + (parts.length == 1 ? 1 : Integer.parseInt(parts[1]) + 1);
    }

    /** By version; two revisions of the same version, a conflict, by name. */
    @Override
    public int compareTo(Revision other) {
        int byVersion = MigrationVersion.fromVersion(version).compareTo(MigrationVersion.fromVersion(other.version));
        return byVersion != 0 ? byVersion : name.compareTo(other.name);
    }

    @Override
    public String toString() {
        return label();
    }
}
