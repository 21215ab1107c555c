package org.expirytracker.migrations;

import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A statement of a migration file that does not fit into its transaction.
 *
 * @param words the statement as far as it says what it is, such as {@code VACUUM}
 * @param remedy what to write instead, as sentences; empty when it runs outside a transaction
 */
record StatementFitness(String words, String remedy) {

    /** What the server refuses inside a transaction (PostgreSQL manual, each command's notes). */
    private static final Pattern OUTSIDE =
            Pattern.compile("VACUUM|ALTER SYSTEM|(?:CREATE|DROP) (?:DATABASE|TABLESPACE|SUBSCRIPTION)"
                    + "|REINDEX (?:\\([^)]*\\) )?(?:VERBOSE )?(?:DATABASE|SCHEMA|SYSTEM)|CLUSTER$|DISCARD ALL"
                    + "|ALTER DATABASE \\S+ SET TABLESPACE");

    private static final Pattern TRANSACTION = Pattern.compile(
            "BEGIN|START TRANSACTION|COMMIT|END|ROLLBACK(?! (?:WORK |TRANSACTION )?TO\\b)|ABORT|PREPARE TRANSACTION");

    private static final Pattern COPY = Pattern.compile("COPY\\b.*?\\b(?:FROM STDIN|TO STDOUT)");

    private static final Pattern PSQL = Pattern.compile("\\\\\\S+");

    /** What is quoted stays out of sight, and comments do. */
    private static final Pattern HIDDEN = Pattern.compile(
            "(?=['\"$/\\-])(?:'(?:[^']|'')*+'|\"[^\"]*+\"|(\\$\\w*\\$).*?\\1|--[^\\n]*+|/\\*.*?\\*/)", Pattern.DOTALL);

    /** Those of a file that do not fit, in its order; empty for an ordinary one. */
    static List<StatementFitness> of(String file) {
        return SqlStatements.split(file).stream()
                .map(StatementFitness::plain)
                .flatMap(statement -> unfit(statement).stream())
                .toList();
    }

    private static Optional<StatementFitness> unfit(String statement) {
        return first(
                        COPY,
                        statement,
                        "The two ways, up and down, have nothing to feed it with or to read it. Write"
                                + " INSERT INTO … VALUES, or load the rows with psql after the migration.")
                .or(() -> first(
                        TRANSACTION,
                        statement,
                        "A file and its row of the history are one transaction, which"
                                + " begins and ends by itself. Take it out; what must be there before the rest goes into a"
                                + " migration of its own."))
                .or(() -> first(PSQL, statement, "That is a command of psql, not SQL. Write the SQL."))
                .or(() -> first(OUTSIDE, statement, ""));
    }

    private static Optional<StatementFitness> first(Pattern pattern, String statement, String remedy) {
        Matcher matcher = pattern.matcher(statement);
        return matcher.lookingAt() && endsWord(statement, matcher.end())
                ? Optional.of(new StatementFitness(matcher.group(), remedy))
                : Optional.empty();
    }

    private static boolean endsWord(String statement, int end) {
        return end == statement.length() || !Character.isJavaIdentifierPart(statement.charAt(end));
    }

    private static String plain(String statement) {
        return HIDDEN.matcher(statement)
                .replaceAll(hidden ->
                        hidden.group().startsWith("-") || hidden.group().startsWith("/") ? " " : "''")
                .replaceAll("\\s+", " ")
                .strip()
                .toUpperCase(Locale.ROOT);
    }
}
