package org.expirytracker;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** docs/architecture.md speaks of what is there. */
class ArchitectureTest {

    private static final Path ROOMS = Path.of("src/main/java/org/expirytracker");
    private static final Pattern PLACE = Pattern.compile("`([a-z]+)/([A-Z]\\w+)(?:\\.([A-Z_]+|[a-z]\\w+))?`");

    private final String guide = read(Path.of("docs/architecture.md"));

    private static String read(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            throw new AssertionError(file.toString(), e);
        }
    }

    @Test
    void names_classes_that_stand_in_the_rooms_it_says_and_have_the_members_it_says() {
        List<MatchResult> places = PLACE.matcher(guide).results().toList();

        assertThat(places).hasSizeGreaterThan(20);
        for (MatchResult place : places) {
            Path file = ROOMS.resolve(place.group(1)).resolve(place.group(2) + ".java");
            assertThat(file).exists();
            if (place.group(3) != null) {
                assertThat(read(file)).contains(place.group(3));
            }
        }
    }

    @Test
    void draws_every_room() {
        for (String room : PackageOrderTest.ORDER) {
            assertThat(guide).containsPattern("(?m)^ .*\\b" + room + "\\b");
        }
    }
}
