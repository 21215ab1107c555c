package org.expirytracker.migrations;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** SQL scripts as what they are made of: statements, and the parts of these that are no keywords. */
public final class SqlStatements {

    /** Literals, quoted names, bodies and comments. A doubled quote makes two of one, which comes to the same. */
    public static final String VERBATIM =
            "\\b[eE]'[^'\\\\]*+(?:(?:\\\\.|'')[^'\\\\]*+)*+'|'[^']*+'|\"[^\"]*+\"|(\\$\\w*\\$).*?\\2|--[^\n]*+";

    /** What can hold a semicolon that ends no statement, and what tells how deep inside of a function's body one is. */
    private static final Pattern PART = Pattern.compile(
            // Only these can begin one: a server reads every migration at each start.
            "(?=['\"$/;\\-bceBCE])(?:(" + VERBATIM + ")|/\\*.*?\\*/|(?<atomic>\\bBEGIN\\s+ATOMIC\\b)"
                    + "|(?<case>\\bCASE\\b)|(?<end>\\bEND\\b)|(?<semicolon>;))",
            Pattern.DOTALL | Pattern.CASE_INSENSITIVE);

    private SqlStatements() {}

    /**
     * The statements of a script without their semicolons, each with the comments and spaces before it. The driver's
     * own parser does not find the end of a {@code BEGIN ATOMIC} body.
     */
    public static List<String> split(String script) {
        List<String> statements = new ArrayList<>();
        Matcher part = PART.matcher(script);
        int begin = 0;
        int depth = 0;
        while (part.find()) {
            if (part.group("atomic") != null) {
                depth = 1;
            } else if (depth > 0 && part.group("case") != null) {
                depth++;
            } else if (depth > 0 && part.group("end") != null) {
                depth--;
            } else if (depth == 0 && part.group("semicolon") != null) {
                statements.add(script.substring(begin, part.start()));
                begin = part.end();
            }
        }
        if (!script.substring(begin).isBlank()) {
            statements.add(script.substring(begin));
        }
        return statements;
    }
}
