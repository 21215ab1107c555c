package org.expirytracker.cli;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.Reader;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.ResultSetMetaData;
import java.sql.SQLException;
import java.sql.Statement;
import java.sql.Types;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Queue;
import java.util.Set;
import java.util.StringJoiner;
import java.util.concurrent.CountDownLatch;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.expirytracker.TestDatabase;
import org.expirytracker.db.DatabaseUrl;
import org.postgresql.util.PSQLException;
import picocli.CommandLine;

/**
 * The few commands that docs/migrations.md uses, in a folder and on databases of its own: {@code expiry}, run inside
 * this JVM; {@code psql "$DATABASE_URL" -c "…"}, run by JDBC, behind an {@code &} beside what follows; {@code createdb}
 * and {@code export DATABASE_URL=…/name}; {@code git commit} and {@code git checkout}; {@code cat}, {@code echo},
 * {@code ls}, {@code rm}, {@code mv} and {@code cp} of single files.
 */
final class GuideShell implements AutoCloseable {

    private static final Pattern WORD = Pattern.compile("\"([^\"]*)\"|(\\S+)");
    private static final Pattern DAY_AND_TIME = Pattern.compile("[0-9]{4}-[0-9]{2}-[0-9]{2} [0-9:]{8}Z");
    private static final Pattern INSTANT = Pattern.compile("[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:]{8}(\\.[0-9]+)?Z");
    private static final Pattern STAMP = Pattern.compile("[0-9]{8}T[0-9]{6}Z");

    /** Lines that tell how far something is that takes long on a busy machine; how many, no guide can know. */
    private static final Pattern PROGRESS = Pattern.compile(
            "(?m)^((up|down) .*  \\.\\.\\. |  (checking the file:|building the schema:|copying|[0-9]+ of [0-9]+:) ).*\\R");

    private static final Pattern WRITTEN = Pattern.compile("(?m)^Wrote ([^/ ]*\\.backup): ");

    /** Types that psql sets to the right. */
    private static final Set<Integer> NUMBERS =
            Set.of(Types.SMALLINT, Types.INTEGER, Types.BIGINT, Types.NUMERIC, Types.DOUBLE);

    private static final Duration PATIENCE = Duration.ofSeconds(30);

    private final Path folder;
    private final Clock clock;
    private final Map<String, DatabaseUrl> databases = new LinkedHashMap<>();
    private final List<Thread> background = new ArrayList<>();
    private DatabaseUrl database;
    private int status;

    /** In a folder that holds {@code migrations}, with an empty database {@code expiry}. */
    GuideShell(Path folder, Clock clock) {
        this.folder = folder;
        this.clock = clock;
        this.database = TestDatabase.fresh();
        databases.put("expiry", database);
    }

    /** 0 when the last command succeeded. */
    int status() {
        return status;
    }

    /**
     * Runs a command.
     *
     * @param typed the answers to its questions, in order
     * @return what it printed to either stream, in lines; what differs from run to run made the same
     */
    List<String> run(String command, List<String> typed) {
        List<String> words = WORD.matcher(command)
                .results()
                .map(word -> Objects.requireNonNullElse(word.group(1), word.group(2)))
                .toList();
        List<String> arguments = words.subList(1, words.size());
        StringWriter printed = new StringWriter();
        PrintWriter out = new PrintWriter(printed, true);
        try {
            status = switch (words.getFirst()) {
                case "expiry" -> expiry(arguments, out, new ArrayDeque<>(typed));
                case "psql" -> psql(arguments, out);
                case "createdb" -> createDatabase(arguments.getFirst());
                case "export" -> export(arguments.getFirst());
                case "echo" -> echo(arguments, out);
                case "cat" -> {
                    out.print(Files.readString(file(arguments.getFirst())));
                    yield 0;
                }
                case "git" -> git(arguments);
                case "ls" -> list(arguments.getFirst(), out);
                case "rm" -> {
                    Files.delete(file(arguments.getFirst()));
                    yield 0;
                }
                case "mv" -> {
                    Files.move(file(arguments.get(0)), file(arguments.get(1)));
                    yield 0;
                }
                case "cp" -> {
                    Files.copy(file(arguments.get(0)), file(arguments.get(1)));
                    yield 0;
                }
                default -> throw new IllegalArgumentException("The guide's shell has no command " + words.getFirst());
            };
        } catch (IOException e) {
            throw new UncheckedIOException(command + " fails", e);
        }
        out.flush();
        return general(printed.toString()).lines().map(String::stripTrailing).toList();
    }

    /** Changes a file as a unified diff without line numbers says; makes it when the diff only adds. */
    void edit(List<String> diff) {
        Path file = file(diff.getFirst().substring("--- ".length()));
        String before = part(diff, '+');
        String after = part(diff, '-');
        try {
            if (before.isEmpty() && !Files.exists(file)) {
                Files.writeString(file, after);
                return;
            }
            String text = Files.readString(file);
            int at = text.indexOf(before);
            if (before.isEmpty() || at < 0 || text.indexOf(before, at + 1) >= 0) {
                throw new IllegalArgumentException(
                        "This is not exactly once in " + file.getFileName() + ":\n" + before);
            }
            Files.writeString(file, text.substring(0, at) + after + text.substring(at + before.length()));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Ends when what runs beside has ended. */
    @Override
    public void close() {
        for (Thread thread : background) {
            try {
                thread.join(PATIENCE);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
    }

    private static String part(List<String> diff, char leftOut) {
        return diff.stream()
                .skip(1)
                .filter(line -> line.isEmpty() || line.charAt(0) != leftOut)
                .map(line -> line.isEmpty() ? "\n" : line.substring(1) + "\n")
                .collect(Collectors.joining());
    }

    private int expiry(List<String> words, PrintWriter out, Queue<String> typed) throws IOException {
        List<String> arguments = new ArrayList<>();
        for (String word : words) {
            arguments.add(
                    word.endsWith(".backup") || word.endsWith(".txt")
                            ? file(word).toString()
                            : word);
        }
        if (!arguments.contains("--help")) {
            arguments.add("--directory");
            arguments.add(file("migrations").toString());
        }
        StringWriter printed = new StringWriter();
        PrintWriter both = new PrintWriter(printed, true);
        BufferedReader in = new BufferedReader(Reader.nullReader()) {
            @Override
            public String readLine() {
                // A terminal shows what is typed.
                String answer = Optional.ofNullable(typed.poll()).orElse("");
                both.println(answer);
                return answer;
            }
        };
        CommandLine command = Main.commandLine(Map.of("DATABASE_URL", url(database)), clock, in);
        int result = command.setOut(both).setErr(both).execute(arguments.toArray(String[]::new));
        out.print(printed);
        // A backup without a name is written where this JVM was started.
        for (MatchResult name : WRITTEN.matcher(printed.toString()).results().toList()) {
            Path file = Path.of(name.group(1));
            Files.move(file, file(general(file.toString())), StandardCopyOption.REPLACE_EXISTING);
        }
        return result;
    }

    private int psql(List<String> words, PrintWriter out) {
        if (!words.get(0).equals("$DATABASE_URL") || !words.get(1).equals("-c")) {
            throw new IllegalArgumentException("The guide's shell knows psql \"$DATABASE_URL\" -c \"<sql>\" only");
        }
        DatabaseUrl on = database;
        String sql = words.get(2);
        if (words.size() == 4) {
            CountDownLatch connected = new CountDownLatch(1);
            background.add(
                    Thread.ofPlatform().start(() -> psql(on, sql, new PrintWriter(new StringWriter()), connected)));
            awaitSleep(on, connected);
            return 0;
        }
        return psql(on, sql, out, new CountDownLatch(1));
    }

    private static int psql(DatabaseUrl url, String sql, PrintWriter out, CountDownLatch connected) {
        try (Connection connection = TestDatabase.connect(url);
                Statement statement = connection.createStatement()) {
            connected.countDown();
            boolean rows = statement.execute(sql);
            for (String each : sql.strip().split(";\\s*", -1)) {
                if (each.isBlank()) {
                    continue;
                }
                if (rows) {
                    printRows(statement.getResultSet(), out);
                } else {
                    out.println(tag(each.strip(), statement.getUpdateCount()));
                }
                rows = statement.getMoreResults();
            }
            return 0;
        } catch (PSQLException e) {
            out.println("ERROR:  "
                    + (e.getServerErrorMessage() == null
                            ? e.getMessage()
                            : e.getServerErrorMessage().getMessage()));
            return 1;
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
    }

    /** What runs beside has done its work when it sleeps. */
    private static void awaitSleep(DatabaseUrl url, CountDownLatch connected) {
        long deadline = System.nanoTime() + PATIENCE.toNanos();
        try (Connection connection = TestDatabase.connect(url)) {
            connected.await();
            while (TestDatabase.strings(connection, """
                            SELECT pid FROM pg_stat_activity
                            WHERE datname = current_database() AND wait_event = 'PgSleep'
                            """).isEmpty()) {
                if (System.nanoTime() > deadline) {
                    throw new IllegalStateException("What runs beside never came to its pg_sleep");
                }
            }
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    /** The tag that the server sends and the JDBC driver keeps to itself. */
    private static String tag(String sql, int count) {
        List<String> words = Stream.of(sql.toUpperCase(Locale.ROOT).split("\\s+"))
                .filter(word -> !word.equals("UNIQUE"))
                .toList();
        return switch (words.getFirst()) {
            case "INSERT" -> "INSERT 0 " + count;
            case "UPDATE", "DELETE" -> words.getFirst() + " " + count;
            case "ALTER", "CREATE", "DROP" -> words.get(0) + " " + words.get(1);
            default -> words.getFirst();
        };
    }

    private static void printRows(ResultSet result, PrintWriter out) throws SQLException {
        ResultSetMetaData columns = result.getMetaData();
        List<List<String>> rows = new ArrayList<>();
        List<String> heads = new ArrayList<>();
        for (int column = 1; column <= columns.getColumnCount(); column++) {
            heads.add(columns.getColumnLabel(column));
        }
        rows.add(heads);
        while (result.next()) {
            List<String> row = new ArrayList<>();
            for (int column = 1; column <= heads.size(); column++) {
                row.add(Objects.requireNonNullElse(result.getString(column), ""));
            }
            rows.add(row);
        }
        List<Integer> widths = IntStream.range(0, heads.size())
                .map(column -> rows.stream()
                        .mapToInt(row -> row.get(column).length())
                        .max()
                        .orElse(0))
                .boxed()
                .toList();
        for (int i = 0; i < rows.size(); i++) {
            StringJoiner line = new StringJoiner("|");
            for (int column = 0; column < heads.size(); column++) {
                String cell = rows.get(i).get(column);
                int room = widths.get(column) - cell.length();
                boolean number = NUMBERS.contains(columns.getColumnType(column + 1));
                int left = i == 0 ? room / 2 : number ? room : 0;
                line.add(" ".repeat(1 + left) + cell + " ".repeat(room - left + 1));
            }
            out.println(line);
            if (i == 0) {
                out.println(widths.stream().map(width -> "-".repeat(width + 2)).collect(Collectors.joining("+")));
            }
        }
        int count = rows.size() - 1;
        out.println("(" + count + (count == 1 ? " row)" : " rows)"));
    }

    private int createDatabase(String name) {
        databases.put(name, TestDatabase.fresh());
        return 0;
    }

    private int export(String assignment) {
        String name = assignment.substring(assignment.lastIndexOf('/') + 1);
        database = Optional.ofNullable(databases.get(name))
                .orElseThrow(() -> new IllegalArgumentException("The guide has not created the database " + name));
        return 0;
    }

    private int echo(List<String> words, PrintWriter out) throws IOException {
        if (words.size() == 3 && words.get(1).equals(">>")) {
            Files.writeString(
                    file(words.get(2)), words.getFirst() + "\n", StandardOpenOption.CREATE, StandardOpenOption.APPEND);
        } else {
            out.println(words.getFirst().equals("$?") ? status : words.getFirst());
        }
        return 0;
    }

    /** {@code git commit} remembers the migrations as they are; {@code git checkout} brings one of them back. */
    private int git(List<String> words) throws IOException {
        Path committed = Files.createDirectories(file(".git"));
        if (words.getFirst().equals("checkout")) {
            Path file = file(words.get(1));
            Files.copy(committed.resolve(file.getFileName()), file, StandardCopyOption.REPLACE_EXISTING);
            return 0;
        }
        try (Stream<Path> files = Files.list(file("migrations"))) {
            for (Path file : files.toList()) {
                Files.copy(file, committed.resolve(file.getFileName()), StandardCopyOption.REPLACE_EXISTING);
            }
        }
        return 0;
    }

    private int list(String name, PrintWriter out) throws IOException {
        try (Stream<Path> files = Files.list(file(name))) {
            files.map(file -> file.getFileName().toString()).sorted().forEach(out::println);
        }
        return 0;
    }

    private Path file(String name) {
        return folder.resolve(name);
    }

    private static String url(DatabaseUrl url) {
        return "postgresql://" + url.user() + (url.password() == null ? "" : ":" + url.password()) + "@"
                + url.address() + "?sslmode=" + url.sslMode().value
                + (url.sslRootCert() == null ? "" : "&sslrootcert=" + url.sslRootCert());
    }

    private String general(String printed) {
        String text = PROGRESS.matcher(printed).replaceAll("").replace(folder + "/", "");
        for (Map.Entry<String, DatabaseUrl> each : databases.entrySet()) {
            text = text.replace(each.getValue().address(), "localhost:5432/" + each.getKey())
                    .replace(each.getValue().database(), each.getKey());
        }
        // A style of intervals is called as the usual superuser is.
        String user = "(?<!IntervalStyle = ')\\b" + Pattern.quote(database.user()) + "\\b";
        String inColumn = "%-" + database.user().length() + "s";
        text = text.replaceAll(user + "(?=  )", inColumn.formatted("expiry")).replaceAll(user, "expiry");
        String now = clock.instant().toString();
        text = DAY_AND_TIME.matcher(text).replaceAll(now.replace('T', ' '));
        text = INSTANT.matcher(text).replaceAll(now);
        return STAMP.matcher(text).replaceAll(now.replaceAll("[-:]", ""));
    }
}
