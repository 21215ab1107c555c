package org.expirytracker.cli;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintWriter;
import java.nio.charset.Charset;
import java.time.Clock;
import java.time.ZoneId;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.expirytracker.backups.BackupFailure;
import org.expirytracker.distribution.DistributionFailure;
import org.expirytracker.migrations.MigrationFailure;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.IVersionProvider;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/**
 * The command {@code expiry}. Ends with 0 after success, 2 when the command line or the environment is wrong,
 * 1 when it failed otherwise; the reason goes to standard error, in one line when it was to be expected.
 */
@Command(
        name = "expiry",
        mixinStandardHelpOptions = true,
        versionProvider = Main.Version.class,
        description = "Knows what people hold, until when it is good and what it is worth, and says so in time.",
        footer = {
            "",
            "Examples:",
            "  expiry serve --demo    try it: an own database, a demo user, a filled inventory",
            "  expiry db current      where the database stands; expiry db --help for all that can be done with it",
            "  expiry user --help     who is here, who is let in, who administers",
            "  expiry jobs list       how the turn of the day gets on, what is stuck and why",
            "  expiry import --help   items from a spreadsheet, from Grocy or Homebox, by a running server",
            "  expiry doctor          is all well with this installation? If not: what to do",
            "  expiry help serve      all options and environment variables of the server",
        })
public final class Main implements Runnable {

    private static final int USAGE_WIDTH = 100;

    @Spec
    private @Nullable CommandSpec spec;

    /** Runs the command and ends the process with its exit code. */
    public static void main(String[] arguments) {
        System.exit(run(arguments));
    }

    /**
     * A server's start neither waits for the description of every other command nor, without options, for its own: picocli
     * takes half a second to read them, as Java keeps its classes in no AOT cache.
     */
    private static int run(String[] arguments) {
        if (arguments.length == 0 || !arguments[0].equals("serve")) {
            return commandLine().execute(arguments);
        }
        if (arguments.length > 1) {
            return explaining(new CommandLine(new Main()).addSubcommand(serve()))
                    .execute(arguments);
        }
        PrintWriter out = new PrintWriter(System.out, true, Charset.defaultCharset());
        PrintWriter err = new PrintWriter(System.err, true, Charset.defaultCharset());
        try {
            return new ServeCommand().serve(out);
        } catch (IOException | InterruptedException | RuntimeException e) {
            return explainFailure(e, err, "expiry serve");
        }
    }

    static CommandLine commandLine() {
        return commandLine(
                System.getenv(),
                Clock.system(ZoneId.systemDefault()),
                new BufferedReader(new InputStreamReader(System.in, Charset.defaultCharset())));
    }

    /** For commands that read this environment, this clock and what is typed. */
    static CommandLine commandLine(Map<String, String> environment, Clock clock, BufferedReader in) {
        CommandLine db = new CommandLine(new DbCommand(environment, clock, in));
        // So that -1 is no option.
        Objects.requireNonNull(db.getSubcommands().get("downgrade")).setUnmatchedOptionsArePositionalParams(true);
        return explaining(new CommandLine(new Main())
                .addSubcommand(serve())
                .addSubcommand(db)
                .addSubcommand(new KeysCommand(environment))
                .addSubcommand(new CommandLine(new UserCommand(environment, clock, in)))
                .addSubcommand(new CommandLine(new JobsCommand(environment)))
                .addSubcommand(new ImportCommand(environment))
                .addSubcommand(new DoctorCommand(environment, clock))
                .addSubcommand(new TrainCommand())
                .addSubcommand(new CommandLine.HelpCommand()));
    }

    private static CommandLine serve() {
        CommandLine serve = new CommandLine(new ServeCommand());
        serve.getCommandSpec().usageMessage().footer(ServeCommand.footer());
        return serve;
    }

    private static CommandLine explaining(CommandLine program) {
        return program.setUsageHelpWidth(USAGE_WIDTH)
                .setParameterExceptionHandler(Main::explainUsage)
                .setExecutionExceptionHandler((failure, command, parsed) -> explainFailure(
                        failure, command.getErr(), command.getCommandSpec().qualifiedName()));
    }

    @Override
    public void run() {
        throw new ParameterException(
                Objects.requireNonNull(spec).commandLine(),
                "Which command? Known are: serve, db, keys, user, jobs, import, doctor, help");
    }

    private static int explainUsage(ParameterException e, String[] arguments) {
        PrintWriter err = e.getCommandLine().getErr();
        err.println(e.getMessage());
        err.println("Try: " + e.getCommandLine().getCommandSpec().qualifiedName() + " --help");
        return CommandLine.ExitCode.USAGE;
    }

    private static int explainFailure(Exception e, PrintWriter err, String command) {
        return switch (e) {
            case Config.Invalid invalid -> {
                err.println(invalid.getMessage());
                err.println("Try: " + command + " --help");
                yield CommandLine.ExitCode.USAGE;
            }
            case MigrationFailure unmigrated -> {
                err.println(unmigrated.getMessage());
                yield CommandLine.ExitCode.SOFTWARE;
            }
            case DistributionFailure undistributed -> {
                err.println(undistributed.getMessage());
                yield CommandLine.ExitCode.SOFTWARE;
            }
            case BackupFailure unsaved -> {
                err.println(unsaved.getMessage());
                yield CommandLine.ExitCode.SOFTWARE;
            }
            case IOException expected -> {
                // Only a plain IOException is written for people; the others need their name to make sense.
                boolean plain = expected.getClass() == IOException.class;
                err.println(plain ? expected.getMessage() : expected.toString());
                yield CommandLine.ExitCode.SOFTWARE;
            }
            default -> {
                e.printStackTrace(err);
                yield CommandLine.ExitCode.SOFTWARE;
            }
        };
    }

    /** The version that the build wrote into the jar. */
    static final class Version implements IVersionProvider {
        /** The program's alone. */
        static String number() {
            return Optional.ofNullable(Main.class.getPackage().getImplementationVersion())
                    .orElse("(not built into a jar)");
        }

        @Override
        public String[] getVersion() {
            return new String[] {
                "Expiry Tracker " + number(), "Java " + Runtime.version(),
            };
        }
    }
}
