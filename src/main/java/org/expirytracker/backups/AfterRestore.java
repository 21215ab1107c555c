package org.expirytracker.backups;

/**
 * What must become of a table in a restored copy, which cannot tell what was revoked or used after it was taken.
 * Registered by the room that owns the table.
 *
 * @param table its name
 * @param column without which, at an old revision, nothing is done
 * @param sql does it; names the table with the schema {@code public}. It is run on what a downgrade has parked as well,
 *     since that comes back with the next upgrade
 */
public record AfterRestore(String table, String column, String sql) {

    String sqlIn(String schema) {
        return sql.replace("public." + table, schema + "." + table);
    }

    /** The same for what a downgrade has parked of the table under another name. */
    public AfterRestore parkedAs(String name) {
        return new AfterRestore(name, column, sql.replace("public." + table, "public." + name));
    }
}
