package org.expirytracker;

import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.Dependency;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.expirytracker.activities.Change;
import org.junit.jupiter.api.Test;

/** The order of the rooms: each imports only rooms to its left, so no circle can exist. */
class PackageOrderTest {

    private static final String BASE = "org.expirytracker.";

    /** From left to right. */
    static final List<String> ORDER = List.of(
            "kernel",
            "tracing",
            "db",
            "distribution",
            "migrations",
            "schemas",
            "backups",
            "jobs",
            "activities",
            "mail",
            "outbound",
            "inventories",
            "credentials",
            "users",
            "sessions",
            "login",
            "recovery",
            "administration",
            "tokens",
            "members",
            "categories",
            "items",
            "products",
            "notifications",
            "reports",
            "undo",
            "daily",
            "webhooks",
            "channels",
            "imports",
            "exports",
            "limits",
            "privacy",
            "calendar",
            "mqtt",
            "maintenance",
            "api",
            "http",
            "cli");

    private static final JavaClasses CLASSES = new ClassFileImporter()
            .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
            .importPackages("org.expirytracker");

    @Test
    void every_class_lives_in_a_room_of_the_plan() {
        Set<String> rooms = CLASSES.stream().map(PackageOrderTest::room).collect(Collectors.toCollection(TreeSet::new));

        assertThat(rooms).containsExactlyInAnyOrderElementsOf(ORDER);
    }

    @Test
    void a_room_imports_only_rooms_to_its_left() {
        List<String> against = CLASSES.stream()
                .flatMap(each -> each.getDirectDependenciesFromSelf().stream())
                .filter(dependency ->
                        dependency.getTargetClass().getPackageName().startsWith(BASE))
                .filter(dependency -> place(dependency.getTargetClass()) > place(dependency.getOriginClass()))
                .map(Dependency::getDescription)
                .toList();

        assertThat(against).isEmpty();
    }

    @Test
    void only_the_api_speaks_to_the_libraries_of_graphql() {
        List<String> against = CLASSES.stream()
                .filter(each -> !room(each).equals("api"))
                .flatMap(each -> each.getDirectDependenciesFromSelf().stream())
                .filter(dependency ->
                        dependency.getTargetClass().getPackageName().matches("(graphql|org\\.dataloader)(\\..*)?"))
                .map(Dependency::getDescription)
                .toList();

        assertThat(against).isEmpty();
    }

    /** Whatever comes in by another way than GraphQL would not meet a rule that stands in a fetcher. */
    @Test
    void a_fetcher_makes_no_change_itself() {
        List<String> against = CLASSES.stream()
                .filter(each -> each.getSimpleName().endsWith("Fetchers"))
                .flatMap(each -> each.getDirectDependenciesFromSelf().stream())
                .filter(dependency -> dependency.getTargetClass().isEquivalentTo(Change.class))
                .map(Dependency::getDescription)
                .toList();

        assertThat(against).isEmpty();
    }

    @Test
    void every_room_says_what_it_owns_and_where_to_begin() throws IOException {
        for (String room : ORDER) {
            Path face = Path.of("src/main/java/org/expirytracker", room, "package-info.java");

            assertThat(Files.readString(face)).as(room).contains("Begin").contains("@NullMarked");
        }
    }

    @Test
    void no_file_bears_a_name_that_says_nothing() throws IOException {
        try (Stream<Path> files = Files.walk(Path.of("src/main/java"))) {
            assertThat(files.map(file -> file.getFileName().toString()))
                    .noneMatch(name -> name.matches(".*(Util|Utils|Helper|Manager|Impl)\\.java"));
        }
    }

    private static String room(JavaClass each) {
        String rest = each.getPackageName().substring(BASE.length());
        int dot = rest.indexOf('.');
        return dot < 0 ? rest : rest.substring(0, dot);
    }

    private static int place(JavaClass each) {
        return ORDER.indexOf(room(each));
    }
}
