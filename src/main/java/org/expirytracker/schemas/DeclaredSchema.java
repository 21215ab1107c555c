package org.expirytracker.schemas;

import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.expirytracker.db.DatabaseUrl;
import org.expirytracker.migrations.MigrationFailure;
import org.expirytracker.migrations.MigrationFiles;
import org.expirytracker.migrations.MigrationSession;
import org.expirytracker.migrations.SqlStatements;
import org.jspecify.annotations.Nullable;
import org.postgresql.util.PSQLException;
import org.postgresql.util.ServerErrorMessage;

/** The schema as {@code schema.sql} says that it should be. */
record DeclaredSchema(String text) {

    private static final Pattern BEFORE_STATEMENT = Pattern.compile("\\A(?:\\s|--[^\n]*|/\\*.*?\\*/)*", Pattern.DOTALL);

    /**
     * Reads the file.
     *
     * @throws MigrationFailure when there is none among these files
     */
    static DeclaredSchema of(MigrationFiles files) {
        if (!files.has(MigrationFiles.DECLARED)) {
            throw new MigrationFailure("There is no schema.sql among the migrations. This file declares the schema as"
                    + " it should be: write it, then generate the migration to it.");
        }
        return new DeclaredSchema(files.text(MigrationFiles.DECLARED));
    }

    /**
     * One statement of {@code schema.sql}.
     *
     * @param begin where it begins in the file, after what stands before it
     * @param lead spaces and comments before it
     * @param sql without its semicolon
     */
    record Declaration(int begin, String lead, String sql) {

        Declaration with(String other) {
            return new Declaration(begin, lead, other);
        }

        /** As it is to stand in a migration: with the comment that belongs to it, without headings further up. */
        String text() {
            String close = lead.substring(lead.lastIndexOf("\n\n") + 1).strip();
            boolean apart = lead.contains("\n\n");
            return (apart ? "\n" : "") + (close.isEmpty() ? "" : close + "\n") + sql + ";\n";
        }
    }

    /** Its statements, in order. */
    List<Declaration> declarations() {
        List<Declaration> declarations = new ArrayList<>();
        int end = 0;
        for (String statement : SqlStatements.split(text)) {
            Matcher before = BEFORE_STATEMENT.matcher(statement);
            int lead = before.find() ? before.end() : 0;
            if (lead < statement.length()) {
                declarations.add(new Declaration(
                        end + lead,
                        statement.substring(0, lead),
                        statement.substring(lead).stripTrailing()));
            }
            end += statement.length() + 1;
        }
        return declarations;
    }

    /**
     * Builds it in an empty database, statement by statement, so that a failure can name the line.
     *
     * @throws MigrationFailure when it does not run, with the line and what PostgreSQL says
     */
    void build(DatabaseUrl url) throws SQLException {
        try (Connection connection = MigrationSession.open(url);
                Statement statement = connection.createStatement()) {
            connection.setAutoCommit(false);
            for (Declaration declaration : declarations()) {
                try {
                    statement.execute(declaration.sql);
                } catch (SQLException e) {
                    // Where PostgreSQL points to, or else where the statement begins.
                    ServerErrorMessage message = message(e);
                    int position = message == null ? 0 : message.getPosition();
                    int place = declaration.begin + Math.max(position - 1, 0);
                    long line = text.substring(0, place)
                                    .chars()
                                    .filter(c -> c == '\n')
                                    .count()
                            + 1;
                    throw new MigrationFailure(
                            MigrationFiles.DECLARED + ", line " + line + " does not run. PostgreSQL says "
                                    + messageOf(e) + " Correct the file and start again; nothing was changed.",
                            e);
                }
            }
            connection.commit();
        }
    }

    private static @Nullable ServerErrorMessage message(SQLException failure) {
        return failure instanceof PSQLException psql ? psql.getServerErrorMessage() : null;
    }

    /** What PostgreSQL says, with detail and hint. */
    static String messageOf(SQLException failure) {
        ServerErrorMessage message = message(failure);
        return message == null
                ? failure.getMessage() + "."
                : Stream.of(message.getMessage(), message.getDetail(), message.getHint())
                                .filter(part -> part != null && !part.isBlank())
                                .map(part -> part.endsWith(".") || part.endsWith("?") ? part : part + ".")
                                .collect(Collectors.joining(" "))
                        + " (SQLSTATE " + message.getSQLState() + ")";
    }
}
