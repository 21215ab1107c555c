package org.expirytracker.bench;

import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * The ratios that the short form had when somebody last recorded them. They are lower than those of a whole run, because
 * the program is not compiled as well; so only short runs are held against them.
 */
final class Recorded {

    /** A ratio may be so much lower than the one recorded. */
    private static final double TOLERATED = 0.75;

    private static final String THROUGHPUT = "throughput";
    private static final String THRIFT = "answers for the same processor time";

    private final Path file;
    private final JsonObject ratios;

    private Recorded(Path file, JsonObject ratios) {
        this.file = file;
        this.ratios = ratios;
    }

    static Recorded read(Path file) throws IOException {
        return new Recorded(file, new JsonObject(Files.readString(file)));
    }

    static void write(Path file, List<Contest> contests) throws IOException {
        JsonObject ratios = new JsonObject();
        for (Contest contest : contests) {
            ratios.put(
                    contest.question().toString(),
                    new JsonObject()
                            .put(THROUGHPUT, rounded(contest.throughput()))
                            .put(THRIFT, rounded(contest.thrift())));
        }
        Files.writeString(file, ratios.encodePrettily() + "\n");
    }

    private static double rounded(double ratio) {
        return Math.round(ratio * 100) / 100.0;
    }

    /** What has fallen too far, in words; empty when nothing has. */
    String fallen(Contest contest) {
        JsonObject before = ratios.getJsonObject(contest.question().toString());
        if (before == null) {
            return "nothing is recorded in " + file;
        }
        return fallen(THROUGHPUT, before, contest.throughput()) + fallen(THRIFT, before, contest.thrift());
    }

    private static String fallen(String name, JsonObject before, double now) {
        double recorded = before.getDouble(name);
        return now < TOLERATED * recorded
                ? "%s %.2f, recorded %.2f, at least %.2f is needed; "
                        .formatted(name, now, recorded, TOLERATED * recorded)
                : "";
    }
}
