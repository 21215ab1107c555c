package org.expirytracker.bench;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.function.ToDoubleFunction;
import org.expirytracker.backups.Backup;
import org.expirytracker.backups.CopyProgress;
import org.expirytracker.backups.Erasures;
import org.expirytracker.backups.Restore;
import org.expirytracker.cli.Registered;
import org.expirytracker.db.DatabaseUrl;
import org.expirytracker.db.EmbeddedDatabase;
import org.expirytracker.migrations.MigrationFiles;
import org.expirytracker.migrations.Migrations;
import org.postgresql.copy.CopyManager;
import org.postgresql.core.BaseConnection;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Backs up and restores a database, and lets bare COPY carry the same rows, each in a process with a small heap. */
@Command(
        name = "backup",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        description = {
            "Measures backup and restore against bare COPY of the same tables: out to plain files, and from them into an"
                    + " empty schema that was migrated before.",
            "",
            "Each runs in a process of its own whose heap is " + Measured.HEAP_MEGABYTES
                    + " MB. Takes a quarter of an hour and 5 GB of disk for a million items."
        })
final class BackupBenchmark implements Callable<Integer> {

    private static final int ITEMS_OF_EACH_USER = 200;
    private static final double MEGABYTE = 1e6;
    private static final List<String> TABLES = List.of("users", "sessions", "categories", "items");

    @Option(names = "--items", paramLabel = "<n>", description = "Items to carry. Usual: 1000000.")
    private int items = 1_000_000;

    @Option(names = "--rounds", paramLabel = "<n>", description = "Rounds, each bare COPY then ours. Usual: 3.")
    private int rounds = 3;

    private final PrintWriter out = new PrintWriter(System.out, true, UTF_8);

    /** What one process took. */
    private record Run(double seconds, double peakMegabytes) {}

    @Override
    public Integer call() throws IOException, SQLException {
        Path directory = Files.createTempDirectory("expiry-bench-");
        try (EmbeddedDatabase database = EmbeddedDatabase.start(directory.resolve("data"))) {
            measure(directory, DatabaseUrl.parse(database.url()), database.url());
        } finally {
            Stage.delete(directory);
        }
        return 0;
    }

    private void measure(Path directory, DatabaseUrl url, String source) throws IOException, SQLException {
        Migrations.migrate(url);
        Dataset.fill(url, Math.max(1, items / ITEMS_OF_EACH_USER), ITEMS_OF_EACH_USER);
        say("Filled the database with %,d items.", items);
        Map<String, List<Run>> runs = new LinkedHashMap<>();
        Path files = Files.createDirectory(directory.resolve("copy"));
        Path backup = directory.resolve("bench.backup");
        for (int round = 1; round <= rounds; round++) {
            Files.deleteIfExists(backup);
            run(runs, "copy-out", source, files);
            run(runs, "backup", source, backup);
            String target = source.replaceFirst("/[^/?]+(\\?|$)", "/bench_target$1");
            recreate(url, "bench_target");
            Migrations.migrate(DatabaseUrl.parse(target));
            run(runs, "copy-in", target, files);
            recreate(url, "bench_target");
            run(runs, "restore", target, backup);
            requireSame(url, DatabaseUrl.parse(target));
            say("Round %d of %d is done.", round, rounds);
        }
        double megabytes = 0;
        for (String table : TABLES) {
            megabytes += Files.size(files.resolve(table)) / MEGABYTE;
        }
        say("");
        say(
                "%,d items: %.0f MB as COPY writes them, %.0f MB as a backup",
                items, megabytes, Files.size(backup) / MEGABYTE);
        say("");
        say("%-10s %12s %12s %8s   %s", "", "bare COPY", "ours", "ratio", "ratio in each round");
        report("out, s", runs.get("copy-out"), runs.get("backup"));
        report("in, s", runs.get("copy-in"), runs.get("restore"));
        say("");
        say(
                "Highest memory of our processes (RSS, heap at most %d MB): backup %.0f MB, restore %.0f MB",
                Measured.HEAP_MEGABYTES, most(runs.get("backup")), most(runs.get("restore")));
        say(
                "A restore takes %.1f minutes for each gigabyte of rows.",
                median(runs.get("restore")) / megabytes * 1_000 / 60);
    }

    private void report(String label, List<Run> bare, List<Run> ours) {
        List<Double> ratios = new ArrayList<>();
        for (int round = 0; round < bare.size(); round++) {
            ratios.add(ours.get(round).seconds / bare.get(round).seconds);
        }
        say(
                "%-10s %12.1f %12.1f %8.2f   %s",
                label,
                median(bare),
                median(ours),
                median(ratios, ratio -> ratio),
                String.join(" ", ratios.stream().map("%.2f"::formatted).toList()));
    }

    private static double median(List<Run> runs) {
        return median(runs, Run::seconds);
    }

    private static <T> double median(List<T> values, ToDoubleFunction<T> figure) {
        double[] sorted = values.stream().mapToDouble(figure).sorted().toArray();
        return (sorted[(sorted.length - 1) / 2] + sorted[sorted.length / 2]) / 2;
    }

    private static double most(List<Run> runs) {
        return runs.stream().mapToDouble(Run::peakMegabytes).max().orElse(0);
    }

    private static void recreate(DatabaseUrl url, String name) throws SQLException {
        try (Connection connection = url.dataSource().getConnection();
                Statement statement = connection.createStatement()) {
            statement.execute("DROP DATABASE IF EXISTS " + name);
            statement.execute("CREATE DATABASE " + name);
        }
    }

    private static void requireSame(DatabaseUrl source, DatabaseUrl target) throws SQLException, IOException {
        String digest = "SELECT count(*) || ' ' || sum(hashtextextended(items::text, 0)) FROM items";
        if (!one(source, digest).equals(one(target, digest))) {
            throw new IOException("The restored items differ");
        }
    }

    private static String one(DatabaseUrl url, String sql) throws SQLException {
        try (Connection connection = url.dataSource().getConnection();
                Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery(sql)) {
            row.next();
            return row.getString(1);
        }
    }

    private static void run(Map<String, List<Run>> runs, String work, String url, Path path) throws IOException {
        List<Double> figures = Measured.run(Work.class, work, url, path.toString());
        runs.computeIfAbsent(work, first -> new ArrayList<>()).add(new Run(figures.get(0), figures.get(1)));
    }

    private void say(String format, Object... values) {
        out.println(format.formatted(values));
    }

    /** The process that is measured: does one thing and prints the seconds it took and its highest memory. */
    static final class Work {

        private Work() {}

        public static void main(String[] arguments) throws IOException, SQLException {
            DatabaseUrl url = DatabaseUrl.parse(arguments[1]);
            Path path = Path.of(arguments[2]);
            long begun = System.nanoTime();
            switch (arguments[0]) {
                case "copy-out" -> copyOut(url, path);
                case "copy-in" -> copyIn(url, path);
                case "backup" -> new Backup(url, CopyProgress.SILENT).write(path);
                case "restore" ->
                    new Restore(url, MigrationFiles.ofProgram(), Registered.AFTER_RESTORE, CopyProgress.SILENT)
                            .load(path, false, Erasures.NONE);
                default -> throw new IllegalArgumentException(arguments[0]);
            }
            Measured.tell((System.nanoTime() - begun) / 1e9, Measured.peakMegabytes());
        }

        private static void copyOut(DatabaseUrl url, Path files) throws IOException, SQLException {
            try (Connection connection = url.dataSource().getConnection()) {
                CopyManager copy = new CopyManager(connection.unwrap(BaseConnection.class));
                for (String table : TABLES) {
                    try (OutputStream file =
                            new BufferedOutputStream(Files.newOutputStream(files.resolve(table)), 1 << 16)) {
                        copy.copyOut("COPY " + table + columns(connection, table) + " TO STDOUT", file);
                    }
                }
            }
        }

        private static void copyIn(DatabaseUrl url, Path files) throws IOException, SQLException {
            try (Connection connection = url.dataSource().getConnection()) {
                CopyManager copy = new CopyManager(connection.unwrap(BaseConnection.class));
                for (String table : TABLES) {
                    try (InputStream file = Files.newInputStream(files.resolve(table))) {
                        copy.copyIn("COPY " + table + columns(connection, table) + " FROM STDIN", file, 1 << 16);
                    }
                }
            }
        }

        private static String columns(Connection connection, String table) throws SQLException {
            try (Statement statement = connection.createStatement();
                    ResultSet row =
                            statement.executeQuery("SELECT string_agg(quote_ident(attname), ', ' ORDER BY attnum)"
                                    + " FROM pg_attribute WHERE attrelid = '" + table + "'::regclass AND attnum > 0"
                                    + " AND NOT attisdropped AND attgenerated = ''")) {
                row.next();
                return " (" + row.getString(1) + ")";
            }
        }
    }
}
