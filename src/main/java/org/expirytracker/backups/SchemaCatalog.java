package org.expirytracker.backups;

import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import org.expirytracker.backups.Manifest.Column;
import org.expirytracker.backups.Manifest.HistoryRow;
import org.expirytracker.backups.Manifest.Sequence;
import org.expirytracker.backups.Manifest.Table;

/**
 * What the server's catalog says of the schemas {@code public}, where the program's tables are, and {@code parked},
 * where downgrades keep what the way back needs. What belongs to an extension is left out.
 */
record SchemaCatalog(DatabaseSession session) {

    static final String HISTORY = "flyway_schema_history";

    private static final String TABLES = """
            SELECT n.nspname, c.relname, c.oid, greatest(c.reltuples, 0)::bigint,
                   format('CREATE TABLE %s (%s)', c.oid::regclass, (
                       SELECT string_agg(
                                  format('%I ', a.attname) || format_type(a.atttypid, a.atttypmod)
                                  || CASE WHEN a.attcollation IN (0, t.typcollation) THEN ''
                                          ELSE ' COLLATE ' || a.attcollation::regcollation END
                                  || CASE
                                       WHEN a.attidentity <> '' THEN
                                         ' GENERATED ' || CASE a.attidentity WHEN 'a' THEN 'ALWAYS' ELSE 'BY DEFAULT' END
                                         || (SELECT format(' AS IDENTITY (SEQUENCE NAME %s START WITH %s INCREMENT BY %s'
                                                           || ' MINVALUE %s MAXVALUE %s CACHE %s%s)',
                                                           q.seqrelid::regclass, q.seqstart, q.seqincrement, q.seqmin,
                                                           q.seqmax, q.seqcache,
                                                           CASE WHEN q.seqcycle THEN ' CYCLE' ELSE '' END)
                                             FROM pg_sequence q WHERE q.seqrelid
                                                 = pg_get_serial_sequence(c.oid::regclass::text, a.attname)::regclass)
                                       WHEN a.attgenerated <> '' THEN
                                         format(' GENERATED ALWAYS AS (%s) ', pg_get_expr(d.adbin, d.adrelid))
                                         || CASE a.attgenerated WHEN 's' THEN 'STORED' ELSE 'VIRTUAL' END
                                       WHEN d.adbin IS NOT NULL THEN ' DEFAULT ' || pg_get_expr(d.adbin, d.adrelid)
                                       ELSE '' END
                                  || CASE WHEN a.attnotnull THEN ' NOT NULL' ELSE '' END,
                                  ', ' ORDER BY a.attnum)
                       FROM pg_attribute a
                       JOIN pg_type t ON t.oid = a.atttypid
                       LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
                       WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped))
            FROM pg_class c
            JOIN pg_namespace n ON n.oid = c.relnamespace
            WHERE n.nspname IN ('public', 'parked') AND c.relkind = 'r'
              AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_class'::regclass
                              AND d.objid = c.oid AND d.deptype = 'e')
            ORDER BY n.nspname DESC, c.relname
            """;

    /** All tables, those in {@code public} first; their rows are the server's estimate, and nothing is copied yet. */
    List<Table> tables() throws SQLException {
        return session.rows(TABLES, row -> {
            String oid = row.getString(3);
            List<String> definition = new ArrayList<>();
            definition.add(row.getString(5));
            definition.addAll(session.strings(KEYS, oid, oid, oid));
            return new Table(
                    row.getString(1),
                    row.getString(2),
                    session.rows(COLUMNS, column -> new Column(column.getString(1), column.getString(2)), oid),
                    definition,
                    session.strings(REFERENCES, oid),
                    null,
                    row.getLong(4),
                    0,
                    "");
        });
    }

    private static final String COLUMNS = """
            SELECT attname, format_type(atttypid, atttypmod)
            FROM pg_attribute
            WHERE attrelid = ?::oid AND attnum > 0 AND NOT attisdropped AND attgenerated = ''
            ORDER BY attnum
            """;

    private static final String KEYS = """
            SELECT format('ALTER TABLE %s ADD CONSTRAINT %I ', conrelid::regclass, conname) || pg_get_constraintdef(oid)
            FROM pg_constraint
            WHERE conrelid = ?::oid AND contype IN ('p', 'u', 'x', 'c')
            UNION ALL
            SELECT pg_get_indexdef(indexrelid)
            FROM pg_index i
            WHERE indrelid = ?::oid AND NOT EXISTS (SELECT FROM pg_constraint k
                                                    WHERE k.conindid = i.indexrelid AND k.conrelid = i.indrelid)
            UNION ALL
            SELECT pg_get_triggerdef(oid)
            FROM pg_trigger
            WHERE tgrelid = ?::oid AND NOT tgisinternal
            """;

    private static final String REFERENCES = """
            SELECT format('ALTER TABLE %s ADD CONSTRAINT %I ', conrelid::regclass, conname) || pg_get_constraintdef(oid)
            FROM pg_constraint
            WHERE conrelid = ?::oid AND contype = 'f'
            """;

    private static final String COLUMNS_OF = """
            SELECT attname, format_type(atttypid, atttypmod)
            FROM pg_attribute
            WHERE attrelid = to_regclass(?) AND attnum > 0 AND NOT attisdropped AND attgenerated = ''
            """;

    /** The columns that can be loaded into a table; empty when there is no such table. */
    List<Column> columns(Table table) throws SQLException {
        return session.rows(COLUMNS_OF, column -> new Column(column.getString(1), column.getString(2)), table.quoted());
    }

    /**
     * Rows that are a user's, or in an inventory of theirs: those whose column holds the id of either. Both names are quoted
     * for SQL.
     *
     * @param isUsers whether each such row is a user
     */
    record OfUsers(String table, String column, boolean isUsers) {}

    // A user's own row is where a reference of user_id alone leads to, unless it has an owner itself.
    private static final String OF_USERS = """
            SELECT c.oid::regclass::text, quote_ident(a.attname), a.attname = 'id' AND NOT EXISTS (
                       SELECT FROM pg_attribute WHERE attrelid = c.oid AND attname = 'owner_id' AND NOT attisdropped)
            FROM pg_class c
            JOIN pg_namespace n ON n.oid = c.relnamespace
            JOIN pg_attribute a ON a.attrelid = c.oid AND a.atttypid = 'uuid'::regtype AND NOT a.attisdropped
            WHERE n.nspname IN ('public', 'parked') AND c.relkind = 'r' AND c.relname <> 'erasures'
              AND (a.attname IN ('user_id', 'subject_id', 'owner_id', 'inventory_id', 'member_id', 'tenant_id')
                   OR (a.attname = 'id' AND EXISTS (
                       SELECT FROM pg_constraint k
                       JOIN pg_attribute r ON r.attrelid = k.conrelid AND k.conkey = ARRAY[r.attnum]
                       WHERE k.contype = 'f' AND k.confrelid = c.oid AND r.attname = 'user_id')))
            ORDER BY 1, 2
            """;

    /** Where users have rows, by every column that may tell whose they are; as long as the foreign keys are there. */
    List<OfUsers> ofUsers() throws SQLException {
        return session.rows(OF_USERS, row -> new OfUsers(row.getString(1), row.getString(2), row.getBoolean(3)));
    }

    private static final String WITH_OWNERS = """
            SELECT c.oid::regclass::text
            FROM pg_class c
            JOIN pg_namespace n ON n.oid = c.relnamespace
            JOIN pg_attribute i ON i.attrelid = c.oid AND i.attname = 'id' AND NOT i.attisdropped
            JOIN pg_attribute o ON o.attrelid = c.oid AND o.attname = 'owner_id' AND NOT o.attisdropped
            JOIN pg_index k ON k.indrelid = c.oid AND k.indisprimary AND k.indnkeyatts = 1 AND k.indkey[0] = i.attnum
            WHERE n.nspname IN ('public', 'parked') AND c.relkind = 'r'
            ORDER BY 1
            """;

    /** The tables of what is one user's as a whole: its rows have an id by itself and an owner. Quoted for SQL. */
    List<String> withOwners() throws SQLException {
        return session.strings(WITH_OWNERS);
    }

    private static final String OWNED = """
            SELECT id::text FROM %s WHERE owner_id = ANY (?::uuid[])
            """;

    /**
     * What is users', by ids; those too that a downgrade has parked.
     *
     * @param tables {@link #withOwners}, before their keys are put aside
     * @param users as an array of SQL
     */
    List<String> ownedBy(List<String> tables, String users) throws SQLException {
        List<String> owned = new ArrayList<>();
        for (String table : tables) {
            owned.addAll(session.strings(OWNED.formatted(table), users));
        }
        return owned;
    }

    private static final String HAS_COLUMN = """
            SELECT EXISTS (SELECT FROM pg_attribute
                           WHERE attrelid = to_regclass(?) AND attname = ? AND NOT attisdropped)
            """;

    /** Whether there is such a table with such a column. */
    boolean hasColumn(String table, String column) throws SQLException {
        return session.strings(HAS_COLUMN, table, column).equals(List.of("t"));
    }

    /** Whether there is a table, view or sequence of this name. */
    boolean exists(String quoted) throws SQLException {
        return session.strings("SELECT to_regclass(?) IS NOT NULL", quoted).equals(List.of("t"));
    }

    private static final String HISTORY_ROWS = """
            SELECT installed_rank, version, description, type, script, checksum, installed_by, installed_on::text,
                   execution_time
            FROM public.flyway_schema_history
            WHERE success
            ORDER BY installed_rank
            """;

    /** The history without migrations that failed half-way outside a transaction: those count as not applied. */
    List<HistoryRow> history() throws SQLException {
        return session.rows(HISTORY_ROWS, SchemaCatalog::historyRow);
    }

    private static HistoryRow historyRow(ResultSet row) throws SQLException {
        int checksum = row.getInt(6);
        return new HistoryRow(
                row.getInt(1),
                row.getString(2),
                row.getString(3),
                row.getString(4),
                row.getString(5),
                row.wasNull() ? null : checksum,
                row.getString(7),
                row.getString(8),
                row.getInt(9));
    }

    private static final String SEQUENCES = """
            SELECT n.nspname, c.relname,
                   CASE WHEN d.deptype IS DISTINCT FROM 'i' THEN
                     format('CREATE SEQUENCE %s AS %s INCREMENT BY %s MINVALUE %s MAXVALUE %s START WITH %s CACHE %s%s',
                            c.oid::regclass, s.seqtypid::regtype, s.seqincrement, s.seqmin, s.seqmax, s.seqstart,
                            s.seqcache, CASE WHEN s.seqcycle THEN ' CYCLE' ELSE '' END) END,
                   CASE WHEN d.deptype = 'a' THEN
                     format('ALTER SEQUENCE %s OWNED BY %s.%I', c.oid::regclass, d.refobjid::regclass, a.attname) END
            FROM pg_sequence s
            JOIN pg_class c ON c.oid = s.seqrelid
            JOIN pg_namespace n ON n.oid = c.relnamespace
            LEFT JOIN pg_depend d ON d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.objsubid = 0
                AND d.refclassid = 'pg_class'::regclass AND d.deptype IN ('a', 'i')
            LEFT JOIN pg_attribute a ON a.attrelid = d.refobjid AND a.attnum = d.refobjsubid
            WHERE n.nspname IN ('public', 'parked')
              AND NOT EXISTS (SELECT FROM pg_depend e WHERE e.classid = 'pg_class'::regclass
                              AND e.objid = c.oid AND e.deptype = 'e')
            ORDER BY n.nspname, c.relname
            """;

    /** All sequences and where they stand. */
    List<Sequence> sequences() throws SQLException {
        List<Sequence> sequences = new ArrayList<>();
        for (Sequence sequence : session.rows(
                SEQUENCES,
                row -> new Sequence(
                        row.getString(1), row.getString(2), row.getString(3), row.getString(4), 0, false))) {
            sequences.addAll(session.rows(
                    "SELECT last_value, is_called FROM " + sequence.quoted(),
                    row -> sequence.at(row.getLong(1), row.getBoolean(2))));
        }
        return sequences;
    }

    /** Something that slows loading down, and the statements that take it away and bring it back. */
    record Burden(String drop, String add) {}

    private static final String CHECKS = """
            SELECT format('ALTER TABLE %s DROP CONSTRAINT %I', k.conrelid::regclass, k.conname),
                   format('ALTER TABLE %s ADD CONSTRAINT %I ', k.conrelid::regclass, k.conname)
                       || pg_get_constraintdef(k.oid)
            FROM pg_constraint k
            JOIN pg_class c ON c.oid = k.conrelid
            JOIN pg_namespace n ON n.oid = c.relnamespace
            WHERE n.nspname IN ('public', 'parked') AND c.relkind = 'r' AND k.conparentid = 0
              AND (k.contype = 'f' OR NOT k.convalidated)
            ORDER BY c.relname, k.conname
            """;

    /** Foreign keys, and constraints that only new rows must satisfy: loaded rows are not new. */
    List<Burden> checks() throws SQLException {
        return session.rows(CHECKS, row -> new Burden(row.getString(1), row.getString(2)));
    }

    private static final String INDEXES = """
            SELECT 'DROP INDEX ' || i.indexrelid::regclass, pg_get_indexdef(i.indexrelid)
            FROM pg_index i
            JOIN pg_class c ON c.oid = i.indrelid
            JOIN pg_namespace n ON n.oid = c.relnamespace
            WHERE n.nspname IN ('public', 'parked') AND c.relkind = 'r'
              AND NOT EXISTS (SELECT FROM pg_constraint k WHERE k.conindid = i.indexrelid)
              AND NOT EXISTS (SELECT FROM pg_inherits h WHERE h.inhrelid = i.indexrelid)
            ORDER BY c.relname, i.indexrelid::regclass::text
            """;

    /** Indexes that are not those of a constraint. */
    List<Burden> indexes() throws SQLException {
        return session.rows(INDEXES, row -> new Burden(row.getString(1), row.getString(2)));
    }

    /** Something in one of the two schemas, in the words of SQL: {@code table public.items}. */
    record SchemaObject(String type, String identity) {

        boolean isTable() {
            return type.equals("table");
        }

        boolean isExtension() {
            return type.equals("extension");
        }

        @Override
        public String toString() {
            return type + " " + identity;
        }
    }

    private static final String OBJECTS = """
            SELECT CASE o.type WHEN 'composite type' THEN 'type' ELSE o.type END, o.identity
            FROM pg_depend d
            CROSS JOIN LATERAL pg_identify_object(d.classid, d.objid, 0) AS o
            WHERE d.refclassid = 'pg_namespace'::regclass
              AND d.refobjid IN (to_regnamespace('public'), to_regnamespace('parked'))
              AND d.deptype = 'n'
              AND NOT EXISTS (SELECT FROM pg_depend e WHERE e.classid = d.classid AND e.objid = d.objid
                              AND e.deptype = 'e')
            ORDER BY o.type <> 'table', o.identity
            """;

    /** Whatever the two schemas hold, extensions included; tables first. */
    List<SchemaObject> objects() throws SQLException {
        return session.rows(OBJECTS, row -> new SchemaObject(row.getString(1), row.getString(2)));
    }
}
