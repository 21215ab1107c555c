package org.expirytracker.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.expirytracker.TestDatabase;
import org.expirytracker.db.DatabaseUrl;
import org.expirytracker.migrations.MigrationFailure;
import org.expirytracker.migrations.MigrationFiles;
import org.expirytracker.migrations.Migrations;
import org.expirytracker.migrations.Progress;
import org.expirytracker.migrations.Progress.Step;
import org.expirytracker.migrations.Revision;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@Timeout(60)
class StepPrinterTest {

    private static final Revision SHELVES = new Revision("20300101", "add_shelves");
    private static final Revision INDEX = new Revision("20300102", "index_shelves");

    @Test
    void prints_a_line_for_each_step_and_each_wait_whatever_the_locale() {
        Locale before = Locale.getDefault();
        StringWriter out = new StringWriter();
        Locale.setDefault(Locale.GERMANY);
        try (StepPrinter printer = new StepPrinter(new PrintWriter(out, true), backend -> Optional.empty())) {
            printer.begins(SHELVES, true, 1, 12);
            printer.runs("CREATE TABLE shelves ()", 1);
            printer.waits("V20300101__add_shelves.sql found a table in use");
            printer.begins(SHELVES, true, 1, 12);
            printer.ends(new Step(SHELVES, true, Duration.ofMillis(1_240), 1_234_567));
            printer.begins(SHELVES, false, 12, 12);
            printer.ends(new Step(SHELVES, false, Duration.ofMillis(7), 1));
        } finally {
            Locale.setDefault(before);
        }
        assertThat(out.toString().lines())
                .containsExactly(
                        "      V20300101__add_shelves.sql found a table in use",
                        "up     1/12  20300101__add_shelves  1.2 s, 1,234,567 rows",
                        "down  12/12  20300101__add_shelves  7 ms, 1 row");
    }

    @ParameterizedTest
    @CsvSource({"0, 0 ms", "999, 999 ms", "1000, 1.0 s", "59940, 59.9 s", "60000, 1 min 0 s", "7384000, 123 min 4 s"})
    void tells_durations_in_the_unit_that_fits(long millis, String text) {
        assertThat(StepPrinter.text(Duration.ofMillis(millis))).isEqualTo(text);
    }

    /** The statement waits until this test has read about it, twice: the first time the server does not tell more. */
    @Test
    void reports_a_statement_that_takes_long_with_how_far_it_is(@TempDir Path folder) throws Exception {
        write(folder, SHELVES, """
                CREATE TABLE shelves (id integer);
                INSERT INTO shelves SELECT generate_series(1, 1000);
                CREATE FUNCTION slowly(id integer) RETURNS integer LANGUAGE plpgsql IMMUTABLE AS $$ BEGIN
                    PERFORM pg_advisory_xact_lock_shared(4711);
                    RETURN id;
                END $$;
                """);
        write(folder, INDEX, "-- Slow.\nCREATE INDEX shelves_slowly\n    ON shelves (slowly(id));\n");
        DatabaseUrl url = TestDatabase.fresh();
        MigrationFiles files = MigrationFiles.in(folder);
        Migrations silent = new Migrations(url, files, Progress.SILENT);
        AtomicInteger asked = new AtomicInteger();
        BlockingQueue<String> lines = new ArrayBlockingQueue<>(1_000);
        // Closed in reverse, so that a failing test lets the statement go before it waits for its end.
        try (ExecutorService operator = Executors.newSingleThreadExecutor();
                Connection reader = TestDatabase.connect(url);
                StepPrinter printer = new StepPrinter(new PrintWriter(new Lines(lines), true), backend -> {
                    if (asked.getAndIncrement() == 0) {
                        throw new MigrationFailure("There are too many connections");
                    }
                    return silent.phase(backend);
                })) {
            TestDatabase.strings(reader, "SELECT pg_advisory_lock(4711)");
            Future<List<Step>> upgrade =
                    operator.submit(() -> new Migrations(url, files, printer).upgrade(files.head()));
            assertThat(next(lines)).matches("up    1/2  20300101__add_shelves  .*, 1,000 rows");
            assertThat(next(lines))
                    .matches("up    2/2  20300102__index_shelves  \\.\\.\\. \\d+\\.\\d s in"
                            + " CREATE INDEX shelves_slowly ON shelves \\(slowly\\(id\\)\\);?");
            assertThat(next(lines))
                    .matches("up    2/2  20300102__index_shelves  \\.\\.\\. \\d+\\.\\d s in"
                            + " CREATE INDEX shelves_slowly ON shelves \\(slowly\\(id\\)\\);?"
                            + " \\(building index: scanning table, \\d+ %\\)");
            assertThat(upgrade).isNotDone();
            TestDatabase.strings(reader, "SELECT pg_advisory_unlock(4711)");
            assertThat(upgrade.get(30, TimeUnit.SECONDS)).hasSize(2);
            assertThat(next(lines)).matches("up    2/2  20300102__index_shelves  \\d+\\.\\d s, 0 rows");
        }
        assertThat(lines).isEmpty();
    }

    private static String next(BlockingQueue<String> lines) throws InterruptedException {
        String line = lines.poll(30, TimeUnit.SECONDS);
        assertThat(line).isNotNull();
        return String.valueOf(line);
    }

    private static void write(Path folder, Revision revision, String sql) throws IOException {
        Files.writeString(folder.resolve(revision.up()), sql);
    }

    /** Hands on each line that is written to it. */
    private static final class Lines extends StringWriter {

        private final BlockingQueue<String> lines;

        Lines(BlockingQueue<String> lines) {
            this.lines = lines;
        }

        @Override
        public void flush() {
            StringBuffer text = getBuffer();
            int end = text.indexOf("\n");
            while (end >= 0) {
                lines.add(text.substring(0, end));
                text.delete(0, end + 1);
                end = text.indexOf("\n");
            }
        }
    }
}
