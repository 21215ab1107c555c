package org.expirytracker.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.time.Clock;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import org.slf4j.LoggerFactory;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code expiry serve}: runs a node until SIGTERM or Ctrl-C, then finishes what is under way and ends with 0. */
@Command(
        name = "serve",
        mixinStandardHelpOptions = true,
        versionProvider = Main.Version.class,
        description = {
            "Runs the server until Ctrl-C or SIGTERM.",
            "Without DATABASE_URL it also runs a PostgreSQL of its own, whose data it keeps."
        })
final class ServeCommand implements Callable<Integer> {

    private static final String EXAMPLES = """

            Examples:
              expiry serve --demo
                  a database of its own, a demo user with a filled inventory; prints how to log in
              expiry serve --port 9000
                  a database of its own, empty at first, on another port
              DATABASE_URL=postgresql://expiry:secret@db:5432/expiry EXPIRY_JWT_KEY=... EXPIRY_SECRET_KEYS=... expiry serve
                  one of several nodes on a PostgreSQL of yours

            Environment:
            """;

    @Spec
    private @Nullable CommandSpec spec;

    @Option(names = "--demo", description = "Add a demo user with a realistic inventory, and print how to log in.")
    private boolean demo;

    @Option(
            names = "--port",
            paramLabel = "<port>",
            description = "Listen here instead of on EXPIRY_PORT; 0 takes any free port.")
    private @Nullable String port;

    /** What the help shows last: examples, and every environment variable that {@link Config} declares. */
    static String[] footer() {
        return (EXAMPLES + Config.help()).lines().toArray(String[]::new);
    }

    @Override
    public Integer call() throws IOException, InterruptedException {
        return serve(Objects.requireNonNull(spec).commandLine().getOut());
    }

    /**
     * Runs until it is asked to stop.
     *
     * @param out where to tell the operator what to open next
     */
    int serve(PrintWriter out) throws IOException, InterruptedException {
        Map<String, String> environment = new HashMap<>(System.getenv());
        if (port != null) {
            environment.put("EXPIRY_PORT", port);
        }
        Config config = Config.from(environment);
        Logging.configure(config.logFormat(), config.logLevel());
        List<String> links = Config.serviceLinks(environment);
        if (!links.isEmpty()) {
            LoggerFactory.getLogger(ServeCommand.class)
                    .info(
                            "Not settings, but what Kubernetes adds for a Service, are {}. enableServiceLinks: false in"
                                    + " the pod's spec, or another name of the Service, keeps them out.",
                            String.join(", ", links));
        }
        Thread.setDefaultUncaughtExceptionHandler((thread, uncaught) ->
                LoggerFactory.getLogger(ServeCommand.class).error("{} failed", thread, uncaught));
        Server server = new Server(config, Clock.systemUTC());
        Thread stop = new Thread(() -> stop(server), "stop");
        Runtime.getRuntime().addShutdownHook(stop);
        try {
            server.start(demo, out);
            server.awaitClose();
            return CommandLine.ExitCode.OK;
        } catch (IOException | RuntimeException e) {
            // The reason is printed by Main; the process must end with its code, not with the hook's.
            removeHook(stop);
            server.close();
            throw e;
        }
    }

    /** Runs as the only shutdown hook, so nothing is taken away from the server while it finishes its work. */
    private static void stop(Server server) {
        int exitCode = CommandLine.ExitCode.OK;
        try {
            server.close();
        } catch (IOException | RuntimeException e) {
            System.err.println("The server did not stop cleanly: " + e);
            exitCode = CommandLine.ExitCode.SOFTWARE;
        }
        // A stop that was asked for is a success; Java would report 128 + the signal's number.
        Runtime.getRuntime().halt(exitCode);
    }

    private static void removeHook(Thread hook) {
        try {
            Runtime.getRuntime().removeShutdownHook(hook);
        } catch (IllegalStateException e) {
            // A signal came first: the hook is running and ends the process.
        }
    }
}
