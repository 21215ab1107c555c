package org.expirytracker.cli;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.PrintWriter;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code expiry doctor}: looks at all that an operator can get wrong. Ends with 0, 1 or 2, as the worst of it is. */
@Command(
        name = "doctor",
        mixinStandardHelpOptions = true,
        versionProvider = Main.Version.class,
        description = {
            "Looks at everything that can be wrong with an installation, and says what to do about it.",
            "Reads the same environment as expiry serve, and changes nothing. Run it where the server runs, beside it or before"
                    + " its first start."
        },
        footer = {
            "",
            "Ends with 0 when all is well, with 1 after a warning, with 2 after an error.",
            "",
            "Examples:",
            "  expiry doctor            what is well and what is not, each with what to do",
            "  expiry doctor --json     the same for a program",
        })
final class DoctorCommand implements Callable<Integer> {

    private final Map<String, String> environment;
    private final Clock clock;

    @Spec
    private @Nullable CommandSpec spec;

    @Option(names = "--json", description = "Print one JSON document instead of text for people.")
    private boolean json;

    DoctorCommand(Map<String, String> environment, Clock clock) {
        this.environment = environment;
        this.clock = clock;
    }

    @Override
    public Integer call() {
        List<Diagnosis> all = examine();
        Diagnosis.Level worst = all.stream()
                .map(Diagnosis::level)
                .max(Diagnosis.Level::compareTo)
                .orElse(Diagnosis.Level.OK);
        PrintWriter out = Objects.requireNonNull(spec).commandLine().getOut();
        if (json) {
            out.println(new JsonObject()
                    .put("status", new Diagnosis(worst, "", "", "").word())
                    .put(
                            "checks",
                            new JsonArray(all.stream().map(Diagnosis::toJson).toList()))
                    .encodePrettily());
        } else {
            all.forEach(each -> out.println(each.text()));
            out.println(summary(all));
        }
        return switch (worst) {
            case OK -> CommandLine.ExitCode.OK;
            case WARNING -> 1;
            case ERROR -> 2;
        };
    }

    private static String summary(List<Diagnosis> all) {
        long errors = all.stream()
                .filter(each -> each.level() == Diagnosis.Level.ERROR)
                .count();
        long warnings = all.stream()
                .filter(each -> each.level() == Diagnosis.Level.WARNING)
                .count();
        return errors + warnings == 0
                ? "\nAll is well."
                : "\n%d %s, %d %s."
                        .formatted(
                                errors,
                                errors == 1 ? "error" : "errors",
                                warnings,
                                warnings == 1 ? "warning" : "warnings");
    }

    private List<Diagnosis> examine() {
        List<Diagnosis> found = new ArrayList<>();
        Optional<Config> config = settings(found);
        if (config.isEmpty()) {
            found.add(Diagnosis.warning(
                    "everything else",
                    "Not looked at, as the settings are not understood.",
                    "Correct them, and run expiry doctor again."));
            return found;
        }
        Logging.configure(config.get().logFormat(), Config.LogLevel.ERROR);
        found.addAll(new DoctorOfSurroundings(config.get()).examine());
        found.addAll(new DoctorOfDatabase(config.get(), clock).examine());
        return found;
    }

    /** What a server would read; else what a command would, if that is enough to go on. */
    private Optional<Config> settings(List<Diagnosis> found) {
        Optional<Config> config = Optional.empty();
        try {
            config = Optional.of(Config.from(environment));
            found.add(Diagnosis.ok("settings", "All variables are known and their values allowed."));
        } catch (Config.Invalid invalid) {
            String.valueOf(invalid.getMessage())
                    .lines()
                    .forEach(problem -> found.add(
                            Diagnosis.error("settings", problem + ".", "expiry help serve has all that is allowed.")));
            try {
                config = Optional.of(Config.forMaintenance(environment));
            } catch (Config.Invalid further) {
                // The same problems.
            }
        }
        Config.misspelt(environment)
                .forEach((name, meant) -> found.add(Diagnosis.warning(
                        "settings", name + " is not read by this program.", "Write " + meant + " if that was meant.")));
        return config;
    }
}
