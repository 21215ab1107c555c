package org.expirytracker.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The statements that PostgreSQL runs for one answer, by its own log. */
final class Statements {

    private static final int TIMES = 20;
    private static final Pattern LOGGED = Pattern.compile(
            "LOG: +(?:execute [^:]*|statement): (.*?)(?=\n\\d{4}-\\d\\d-\\d\\d [^\n]*?[A-Z]+: |\\z)", Pattern.DOTALL);

    private Statements() {}

    /**
     * What is run each time that a request is answered, with as many entries as it is run; what the server does besides, now
     * and then, is left out.
     */
    static List<String> of(Stage stage, Node node, Load.Requests requests) throws IOException {
        log(stage, "all");
        long begin;
        try {
            // Each connection has heard of it by then, and has its statements prepared.
            for (int time = 0; time < TIMES; time++) {
                Load.ask(node.port(), requests, 0);
            }
            begin = Files.size(stage.databaseLog());
            for (int time = 0; time < TIMES; time++) {
                Load.ask(node.port(), requests, 0);
            }
        } finally {
            log(stage, "none");
        }
        String logged = Files.readString(stage.databaseLog()).substring((int) begin);
        Map<String, Integer> times = new LinkedHashMap<>();
        Matcher statements = LOGGED.matcher(logged.strip());
        while (statements.find()) {
            times.merge(statements.group(1).strip().replaceAll("\\s+", " "), 1, Integer::sum);
        }
        List<String> each = new ArrayList<>();
        times.forEach((statement, count) -> {
            for (int time = 0; time < count / TIMES; time++) {
                each.add(statement);
            }
        });
        return each;
    }

    /** The user who asks may not, but whoever owns the files of the database may. */
    private static void log(Stage stage, String what) throws IOException {
        Path cluster = stage.cluster();
        Files.writeString(
                cluster.resolve("postgresql.conf"), "log_statement = '" + what + "'\n", StandardOpenOption.APPEND);
        String server = Files.readAllLines(cluster.resolve("postmaster.pid")).getFirst();
        try {
            new ProcessBuilder("kill", "-HUP", server).inheritIO().start().waitFor();
        } catch (InterruptedException interrupted) {
            throw new IOException(interrupted);
        }
    }
}
