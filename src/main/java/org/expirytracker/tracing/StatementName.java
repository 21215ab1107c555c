package org.expirytracker.tracing;

import java.util.Locale;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Names statements in traces: by what they do first, and to which table. */
final class StatementName {

    private static final int MOST_KEPT = 2_000;
    private static final Pattern COMMENT = Pattern.compile("--[^\n]*");
    private static final Pattern TARGET = Pattern.compile(
            "\\b(INSERT\\s+INTO|DELETE\\s+FROM|(?<!FOR\\s)(?<!DO\\s)UPDATE|FROM)\\s+([A-Za-z_][A-Za-z_0-9.]*+)(?!\\s*\\()",
            Pattern.CASE_INSENSITIVE);
    private static final Pattern FIRST_WORD = Pattern.compile("[A-Za-z]+");

    /** The statements of the program are constants, so they are few. */
    private static final Map<String, String> KNOWN = new ConcurrentHashMap<>();

    private StatementName() {}

    static String of(String sql) {
        String known = KNOWN.get(sql);
        if (known != null) {
            return known;
        }
        String name = made(COMMENT.matcher(sql).replaceAll(" "));
        if (KNOWN.size() < MOST_KEPT) {
            KNOWN.put(sql, name);
        }
        return name;
    }

    private static String made(String sql) {
        Matcher target = TARGET.matcher(sql);
        if (target.find()) {
            String verb = target.group(1).toUpperCase(Locale.ROOT);
            String operation = verb.equals("FROM") ? "SELECT" : verb.substring(0, 6);
            return operation + " " + target.group(2).toLowerCase(Locale.ROOT);
        }
        Matcher word = FIRST_WORD.matcher(sql);
        return word.find() ? word.group().toUpperCase(Locale.ROOT) : "SQL";
    }
}
