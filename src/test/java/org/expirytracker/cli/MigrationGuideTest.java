package org.expirytracker.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.Reader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.expirytracker.ProvenRoom;
import org.expirytracker.migrations.Finding;
import org.expirytracker.migrations.Migrations;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;
import picocli.CommandLine.Model.OptionSpec;

/**
 * What docs/migrations.md shows is what happens. The guide is one story: on an empty database and a copy of the
 * migrations, each line after a {@code $} in its {@code console} blocks is run by {@link GuideShell}, each {@code diff}
 * block is applied, and what is printed is compared with what the guide prints. A line {@code ...} stands for any
 * lines. Comments {@code <!-- guide ... -->} hold commands that readers need not see.
 *
 * <p>After a change of the program's words, or with a new migration, write what is printed into the guide, read the
 * change and commit it:
 *
 * <pre>mvn test -Dtest=MigrationGuideTest -Dguide.record</pre>
 */
@ProvenRoom("cli")
class MigrationGuideTest {

    private static final Path GUIDE = Path.of("docs/migrations.md");
    private static final boolean RECORD = System.getProperty("guide.record") != null;
    private static final String HOW =
            "To write what is printed into the guide: mvn test -Dtest=MigrationGuideTest -Dguide.record";

    /** The story happens on the day after the newest migration, so that its own files are the newest. */
    private static final Pattern TODAY = Pattern.compile("<!-- guide: today is ([0-9-]{10}) -->");

    private static final Pattern ANSWER = Pattern.compile("\\[y/N] (\\S+)$");
    private static final Pattern VARYING =
            Pattern.compile("\\b[0-9]+ min [0-9]+ s\\b|\\b[0-9][0-9.,]* (ms|s|bytes|MB)\\b");
    private static final String ANY_LINES = "...";
    /** Left out where the guide does not tell of waiting: the last command's session may not have ended yet. */
    private static final String WAITING = "; waiting for it, up to ";

    private final List<String> guide = today(read());

    @Test
    void shows_what_the_program_does(@TempDir Path folder) throws IOException {
        Files.createDirectory(folder.resolve("migrations"));
        try (Stream<Path> files = Files.list(Path.of("migrations"))) {
            for (Path file :
                    files.filter(name -> name.toString().endsWith(".sql")).toList()) {
                Files.copy(file, folder.resolve(file));
            }
        }
        List<String> played;
        try (GuideShell shell = new GuideShell(folder, clock())) {
            played = play(shell);
        }
        if (RECORD) {
            Files.write(GUIDE, played);
        }
        assertThat(String.join("\n", played)).as(HOW).isEqualTo(String.join("\n", read()));
    }

    @Test
    void names_every_command_and_every_option() {
        String text = String.join("\n", guide);
        CommandLine db = Main.commandLine(Map.of(), clock(), new BufferedReader(Reader.nullReader()))
                .getSubcommands()
                .get("db");
        Set<String> wanted = new TreeSet<>();
        Objects.requireNonNull(db).getSubcommands().forEach((name, command) -> {
            wanted.add("expiry db " + name);
            command.getCommandSpec().options().stream()
                    .map(OptionSpec::longestName)
                    .filter(option -> !option.equals("--version"))
                    .forEach(wanted::add);
        });

        assertThat(wanted).hasSizeGreaterThan(20);
        assertThat(wanted.stream().filter(each -> !text.contains(each))).isEmpty();
    }

    @Test
    void names_everything_that_check_can_find() {
        Stream<String> cells =
                Stream.of(Finding.Kind.values()).map(kind -> "| `" + kind.name().replace('_', ' ') + "` |");

        assertThat(cells.filter(cell -> guide.stream().noneMatch(line -> line.startsWith(cell))))
                .isEmpty();
    }

    @Test
    void has_a_table_of_contents_with_every_chapter() {
        List<String> chapters = guide.stream()
                .filter(line -> line.startsWith("## ") && !line.equals("## Contents"))
                .map(line -> line.substring(3))
                .map(title -> "- [" + title + "](#" + anchor(title) + ")")
                .toList();

        assertThat(guide.stream().filter(line -> line.startsWith("- [") && line.contains("](#")))
                .containsExactlyElementsOf(chapters);
    }

    @Test
    void links_only_to_places_that_are_there() {
        Set<String> anchors = guide.stream()
                .filter(line -> line.startsWith("#"))
                .map(line -> anchor(line.replaceFirst("#+ ", "")))
                .collect(Collectors.toSet());
        List<String> links = Pattern.compile("]\\((?!http)([^)]+)\\)")
                .matcher(String.join("\n", guide))
                .results()
                .map(link -> link.group(1))
                .toList();

        assertThat(links)
                .isNotEmpty()
                .allMatch(link -> link.startsWith("#")
                        ? anchors.contains(link.substring(1))
                        : Files.exists(Path.of("docs").resolve(link.replaceFirst("#.*", ""))));
    }

    private List<String> play(GuideShell shell) {
        List<String> played = new ArrayList<>();
        int line = 0;
        while (line < guide.size()) {
            String first = guide.get(line++);
            played.add(first);
            String end = switch (first) {
                case "```console", "```diff" -> "```";
                case "<!-- guide" -> "-->";
                default -> "";
            };
            if (end.isEmpty()) {
                continue;
            }
            List<String> block =
                    guide.subList(line, line + guide.subList(line, guide.size()).indexOf(end));
            line += block.size();
            switch (first) {
                case "```console" -> played.addAll(exchange(shell, block));
                case "```diff" -> {
                    shell.edit(block);
                    played.addAll(block);
                }
                default -> {
                    block.forEach(command -> arrange(shell, command));
                    played.addAll(block);
                }
            }
        }
        return played;
    }

    private static void arrange(GuideShell shell, String command) {
        List<String> printed = shell.run(command.substring("$ ".length()), List.of());
        assertThat(shell.status()).as("%s\n%s", command, printed).isZero();
    }

    private List<String> exchange(GuideShell shell, List<String> block) {
        List<String> played = new ArrayList<>();
        int line = 0;
        while (line < block.size()) {
            List<String> command = new ArrayList<>();
            do {
                command.add(block.get(line++));
            } while (command.getLast().endsWith(" \\"));
            List<String> shown = block.subList(line, block.size()).stream()
                    .takeWhile(each -> !each.startsWith("$ "))
                    .toList();
            line += shown.size();
            List<String> typed = shown.stream()
                    .flatMap(each -> ANSWER.matcher(each).results())
                    .map(answer -> answer.group(1))
                    .toList();
            String typedCommand = command.stream()
                    .map(each -> each.replaceFirst("^(\\$ | +)", "").replaceFirst("\\\\$", ""))
                    .collect(Collectors.joining());
            List<String> printed = shell.run(typedCommand, typed);
            if (shown.stream().noneMatch(each -> each.contains(WAITING))) {
                printed =
                        printed.stream().filter(each -> !each.contains(WAITING)).toList();
            }
            boolean same = agree(shown, printed);
            if (!same && !RECORD) {
                assertThat(String.join("\n", printed))
                        .as("What %s prints. %s", typedCommand, HOW)
                        .isEqualTo(String.join("\n", shown));
            }
            played.addAll(command);
            played.addAll(same ? shown : shortened(printed, shown));
        }
        return played;
    }

    private static boolean agree(List<String> shown, List<String> printed) {
        List<String> one = essence(shown);
        List<String> other = essence(printed);
        int any = one.indexOf(ANY_LINES);
        if (any < 0) {
            return one.equals(other);
        }
        List<String> begin = one.subList(0, any);
        List<String> rest = one.subList(any + 1, one.size());
        assertThat(rest)
                .as("lines after the one %s that an output may have", ANY_LINES)
                .doesNotContain(ANY_LINES);
        return begin.size() + rest.size() <= other.size()
                && other.subList(0, begin.size()).equals(begin)
                && other.subList(other.size() - rest.size(), other.size()).equals(rest);
    }

    /** Without durations and sizes, and the blanks by which a column is as wide as its widest. */
    private static List<String> essence(List<String> lines) {
        return lines.stream()
                .map(line -> VARYING.matcher(line).replaceAll("~").replaceAll(" {2,}", "  "))
                .toList();
    }

    private static List<String> shortened(List<String> printed, List<String> shown) {
        int begin = shown.indexOf(ANY_LINES);
        int end = shown.size() - begin - 1;
        if (begin < 0 || begin + end >= printed.size()) {
            return printed;
        }
        List<String> shortened = new ArrayList<>(printed.subList(0, begin));
        shortened.add(ANY_LINES);
        shortened.addAll(printed.subList(printed.size() - end, printed.size()));
        return shortened;
    }

    private static List<String> read() {
        try {
            return Files.readAllLines(GUIDE);
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Moves the story to the day after the newest migration. */
    private static List<String> today(List<String> guide) {
        String then = guide.stream()
                .flatMap(line -> TODAY.matcher(line).results())
                .map(today -> today.group(1))
                .findFirst()
                .orElseThrow();
        String now = LocalDate.now(clock()).toString();
        return guide.stream()
                .map(line -> line.replace(then, now).replace(then.replace("-", ""), now.replace("-", "")))
                .toList();
    }

    private static Clock clock() {
        LocalDate head = LocalDate.parse(
                Migrations.head().version().replaceFirst("\\..*", ""), DateTimeFormatter.BASIC_ISO_DATE);
        return Clock.fixed(head.plusDays(1).atTime(9, 30).toInstant(ZoneOffset.UTC), ZoneOffset.UTC);
    }

    /** As the usual hosts of Markdown make it. */
    private static String anchor(String title) {
        return title.toLowerCase(Locale.ROOT).replaceAll("[^a-z0-9 _-]", "").replace(' ', '-');
    }
}
