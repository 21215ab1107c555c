package org.expirytracker.distribution;

import java.util.Locale;

/**
 * Something of the schema that a distributed database does without, since no server of it could look after it alone.
 *
 * @param table in schema {@code public}, whose it is
 * @param name unique among the table's own
 * @param because what does its work instead
 */
public record Omission(Kind kind, String table, String name, String because) {

    /** What is omitted. */
    public enum Kind {
        /** A reference between rows that may be at two places. */
        FOREIGN_KEY,
        /** A unique index without the key by which the rows are spread. */
        INDEX,
        /** A trigger: Citus takes no table that has one. */
        TRIGGER;

        /** As a comparison of schemas names it. */
        public String label() {
            return this == FOREIGN_KEY ? "CONSTRAINT" : name();
        }
    }

    /** The statement that takes it away, if it is there. */
    String drop() {
        return switch (kind) {
            case FOREIGN_KEY -> "ALTER TABLE public." + table + " DROP CONSTRAINT IF EXISTS " + name;
            case INDEX -> "DROP INDEX IF EXISTS public." + name;
            case TRIGGER -> "DROP TRIGGER IF EXISTS " + name + " ON public." + table;
        };
    }

    @Override
    public String toString() {
        return kind.name().toLowerCase(Locale.ROOT).replace('_', ' ') + " " + name + " of " + table;
    }
}
