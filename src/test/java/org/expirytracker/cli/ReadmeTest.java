package org.expirytracker.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** What the README claims, where the program itself can tell. */
class ReadmeTest {

    private static final Pattern VARIABLE = Pattern.compile("\\b(?:DATABASE_URL|(?:EXPIRY|OTEL)_[A-Z_]+)\\b");

    private final String readme = read("README.md");

    @Test
    void lists_exactly_the_variables_that_the_program_reads() {
        String table = readme.substring(readme.indexOf("## Configuration"), readme.indexOf("## Run it in production"));

        assertThat(variables(table)).isEqualTo(variables(Config.help()));
    }

    @Test
    void names_every_room_in_its_order() throws IOException {
        String staircase = readme.lines()
                .filter(line -> line.contains(" ← "))
                .findFirst()
                .orElseThrow()
                .replace("`", "");
        try (Stream<Path> rooms = Files.list(Path.of("src/main/java/org/expirytracker"))) {
            assertThat(staircase.split(" ← "))
                    .containsExactlyInAnyOrder(
                            rooms.map(room -> room.getFileName().toString()).toArray(String[]::new));
        }
    }

    @Test
    void links_only_to_files_that_are_there() {
        assertThat(Pattern.compile("(?:]\\(|(?:src|srcset)=\")(?!http)([^)#\"]+)")
                        .matcher(readme)
                        .results()
                        .map(link -> Path.of(link.group(1))))
                .isNotEmpty()
                .allMatch(Files::exists);
    }

    private static Set<String> variables(String text) {
        Set<String> names = new TreeSet<>();
        VARIABLE.matcher(text).results().forEach(name -> names.add(name.group()));
        return names;
    }

    private static String read(String file) {
        try {
            return Files.readString(Path.of(file));
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }
}
