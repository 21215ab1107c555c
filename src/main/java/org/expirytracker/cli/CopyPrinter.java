package org.expirytracker.cli;

import java.io.PrintWriter;
import java.time.Duration;
import org.expirytracker.backups.CopyProgress;
import org.expirytracker.migrations.Revision;

/** Prints how far a backup or a restore has come: a line every two seconds, and nothing when it is over sooner. */
final class CopyPrinter implements CopyProgress {

    private static final long PAUSE = Duration.ofSeconds(2).toNanos();
    private static final long MEGABYTE = 1_000_000;

    private final PrintWriter out;
    private long last = System.nanoTime();

    CopyPrinter(PrintWriter out) {
        this.out = out;
    }

    @Override
    public void checks(long bytes, long ofBytes) {
        print("checking the file: %,d of %,d MB", bytes / MEGABYTE, ofBytes / MEGABYTE);
    }

    @Override
    public void migrates(Revision revision) {
        print("building the schema: %s", revision);
    }

    @Override
    public void copies(String table, long rows, long expectedRows, long bytes) {
        String of = expectedRows > rows ? " of about %,d".formatted(expectedRows) : "";
        print("copying %s: %,d%s rows, %,d MB", table, rows, of, bytes / MEGABYTE);
    }

    @Override
    public void builds(String statement, int part, int parts) {
        print("%d of %d: %s", part, parts, statement);
    }

    @Override
    public void waits(String reason) {
        out.println("  " + reason);
        out.flush();
    }

    private void print(String format, Object... arguments) {
        if (System.nanoTime() - last > PAUSE) {
            last = System.nanoTime();
            out.printf("  " + format + "%n", arguments);
            out.flush();
        }
    }
}
