package org.expirytracker.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The script {@code expiry}, in a checkout of its own, with a Java and a Maven that say what they were asked to do. */
class LauncherTest {

    /** Makes the cache that it is asked for, unless the jar says otherwise, and tells its arguments. */
    private static final String JAVA = """
            #!/bin/sh
            echo "arenas $MALLOC_ARENA_MAX"
            for argument; do
                echo "$argument"
                case $argument in
                    -XX:AOTCacheOutput=*) grep -q unteachable target/expiry-tracker.jar && exit 1; echo cache > "${argument#*=}";;
                esac
            done
            """;

    private static final String MAVEN = """
            #!/bin/sh
            cat src/main/program > target/expiry-tracker.jar
            mkdir -p target/lib
            """;

    @TempDir
    private Path folder;

    private Path project;

    @BeforeEach
    void build() throws IOException, InterruptedException {
        // With a blank, as folders of people have.
        project = Files.createDirectories(folder.resolve("my project"));
        for (String file : List.of("expiry", "jvm.options", "pom.xml")) {
            Files.copy(Path.of(file), project.resolve(file));
        }
        write("src/main/program", "first");
        write("migrations/V1.sql", "");
        write("schema.graphqls", "");
        executable("java/bin/java", JAVA);
        executable("java/bin/javac", "");
        write("java/release", "JAVA_VERSION=\"25.0.3\"\n");
        executable("bin/mvn", MAVEN);
        write("target/lib/library-1.jar", "library");
        assertThat(run("--version").output()).contains("Building", "Learning");
    }

    private record Outcome(int exitCode, String output) {
        boolean usesCache() {
            return output.contains("-XX:AOTCache=");
        }
    }

    private Outcome run(String... arguments) throws IOException, InterruptedException {
        ProcessBuilder builder = new ProcessBuilder(
                        Stream.concat(Stream.of(project.resolve("expiry").toString()), Stream.of(arguments))
                                .toList())
                .directory(project.toFile())
                .redirectErrorStream(true);
        builder.environment().remove("MALLOC_ARENA_MAX");
        builder.environment().put("EXPIRY_JAVA_HOME", project.resolve("java").toString());
        builder.environment().put("EXPIRY_JAVA_OPTS", "-Xmx1g -Da=b");
        builder.environment().put("PATH", project.resolve("bin") + ":" + System.getenv("PATH"));
        Process process = builder.start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        return new Outcome(process.waitFor(), output);
    }

    private void write(String file, String text) throws IOException {
        Path path = project.resolve(file);
        Files.createDirectories(path.getParent());
        Files.writeString(path, text);
    }

    private void executable(String file, String text) throws IOException {
        write(file, text);
        Files.setPosixFilePermissions(project.resolve(file), PosixFilePermissions.fromString("rwxr-xr-x"));
    }

    /** Changes a file and nothing that tells of it but its content. */
    private void replace(String file, String text) throws IOException {
        Path path = project.resolve(file);
        FileTime time = Files.getLastModifiedTime(path);
        write(file, text);
        Files.setLastModifiedTime(path, time);
    }

    @Test
    void starts_the_program_with_the_options_of_all_and_those_of_the_environment() throws Exception {
        assertThat(run("serve", "--port", "0").output().lines())
                .containsSubsequence(
                        "arenas 2",
                        "@" + project.toRealPath().resolve("jvm.options"),
                        "-Xmx1g",
                        "-Da=b",
                        "-jar",
                        project.toRealPath()
                                .resolve("target/expiry-tracker.jar")
                                .toString(),
                        "serve",
                        "--port",
                        "0");
    }

    @Nested
    class In_a_release {

        @BeforeEach
        void unpack() throws IOException {
            for (String file : List.of("expiry-tracker.jar", "lib")) {
                Files.move(project.resolve("target").resolve(file), project.resolve(file));
            }
            Files.setLastModifiedTime(project.resolve("expiry-tracker.jar"), FileTime.from(Instant.EPOCH));
        }

        @Test
        void the_jar_beside_the_script_is_run_and_nothing_is_built() throws Exception {
            assertThat(run("serve").output())
                    .contains("\n" + project.toRealPath().resolve("expiry-tracker.jar") + "\nserve\n")
                    .doesNotContain("Building", "AOTCache");
        }

        @Test
        void the_cache_is_made_when_asked_for_and_lies_beside_the_jar() throws Exception {
            write("java/bin/java", JAVA.replace("target/expiry-tracker.jar", "expiry-tracker.jar"));
            assertThat(run("train").exitCode()).isZero();
            assertThat(run("serve").output())
                    .contains("-XX:AOTCache=" + project.toRealPath().resolve("expiry-tracker.aot") + "\n");
        }
    }

    @Nested
    class The_cache_of_what_was_learned {

        @Test
        void is_made_by_a_build_and_used() throws Exception {
            Outcome started = run("serve");
            assertThat(started.output())
                    .contains("-XX:AOTCache=" + project.toRealPath().resolve("target/expiry-tracker.aot") + "\n")
                    .doesNotContain("Building", "Learning");
        }

        @Test
        void is_not_used_with_another_jar_even_one_of_the_same_size_and_time() throws Exception {
            replace("target/expiry-tracker.jar", "other");
            Outcome started = run("serve");
            assertThat(started.usesCache()).isFalse();
            assertThat(started.output()).contains("./expiry train makes it anew", "-jar");
        }

        @Test
        void is_not_used_with_other_libraries() throws Exception {
            Files.move(project.resolve("target/lib/library-1.jar"), project.resolve("target/lib/library-2.jar"));
            assertThat(run("serve").usesCache()).isFalse();
        }

        @Test
        void is_not_used_with_another_java() throws Exception {
            replace("java/release", "JAVA_VERSION=\"25.0.4\"\n");
            assertThat(run("serve").usesCache()).isFalse();
        }

        @Test
        void is_not_used_with_other_options() throws Exception {
            replace("jvm.options", "-XX:+UseZGC\n");
            assertThat(run("serve").usesCache()).isFalse();
        }

        @Test
        void is_made_anew_by_a_build_and_when_asked_for() throws Exception {
            write("src/main/program", "second");
            Files.setLastModifiedTime(
                    project.resolve("src/main/program"),
                    FileTime.from(Instant.now().plusSeconds(1)));
            Outcome built = run("serve");
            assertThat(built.output()).contains("Building", "Learning");
            assertThat(built.usesCache()).isTrue();
            replace("target/expiry-tracker.jar", "third");
            assertThat(run("train").exitCode()).isZero();
            assertThat(run("serve").usesCache()).isTrue();
        }

        @Test
        void is_gone_when_it_could_not_be_made_anew_and_the_program_starts_without() throws Exception {
            replace("target/expiry-tracker.jar", "unteachable");
            assertThat(run("train").exitCode()).isOne();
            assertThat(project.resolve("target/expiry-tracker.aot")).doesNotExist();
            write("src/main/program", "unteachable");
            Files.setLastModifiedTime(
                    project.resolve("src/main/program"),
                    FileTime.from(Instant.now().plusSeconds(1)));
            Outcome started = run("serve");
            assertThat(started.exitCode()).isZero();
            assertThat(started.usesCache()).isFalse();
            assertThat(started.output()).contains("so starts take longer", "serve");
        }
    }
}
