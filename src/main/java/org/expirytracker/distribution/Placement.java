package org.expirytracker.distribution;

/**
 * Where the rows of a table are when the database is distributed: each with all others of its group that have the same value
 * in their keys.
 *
 * @param table in schema {@code public}
 * @param key the column whose value decides
 * @param group the first table of its group; of two tables in one group, foreign keys may lead from one to the other
 */
public record Placement(String table, String key, String group) {

    /** Whether its group begins with this table. */
    public boolean leads() {
        return table.equals(group);
    }

    /** The table with its schema, as SQL names it. */
    public String relation() {
        return "public." + table;
    }
}
