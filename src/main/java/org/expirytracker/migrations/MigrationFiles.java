package org.expirytracker.migrations;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.URISyntaxException;
import java.net.URL;
import java.nio.charset.CharacterCodingException;
import java.nio.file.FileSystem;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import java.util.zip.CRC32;
import org.jspecify.annotations.Nullable;

/**
 * A set of migration files, read once: {@code V<date>[.n]__<name>.sql} goes up, its twin {@code U…} goes down, and
 * {@code schema.sql} declares where they lead. Either the program's own or those in a folder.
 */
public final class MigrationFiles {

    /** The declared schema. */
    public static final String DECLARED = "schema.sql";

    private static final Pattern NAME =
            Pattern.compile("[VU](20[0-9]{6}(?:\\.[1-9][0-9]{0,5})?)__([a-z0-9_]{1,100})\\.sql");
    private static final String BYTE_ORDER_MARK = "\uFEFF";
    private static final Pattern OUTSIDE_TRANSACTION = Pattern.compile("(?m)^-- Runs outside a transaction\\b");

    /** The text goes on in comment lines that begin with no key word of their own. */
    private static final Pattern DESTRUCTIVE =
            Pattern.compile("(?m)^-- DESTRUCTIVE: (.*(?:\\n--\\s+(?![A-Z]{2,}|squawk|Keeps|Runs).*)*)");

    private static final Pattern KEEPS = Pattern.compile("(?m)^-- Keeps ([^:\\n]*):");
    private static final Pattern OBJECT = Pattern.compile("[a-z0-9_]+(\\.[a-z0-9_]+)?");

    private final @Nullable Path folder;
    private final Set<String> names;
    private final List<Revision> revisions;

    private MigrationFiles(@Nullable Path folder, List<String> names) {
        this.folder = folder;
        this.names = new TreeSet<>(names);
        this.revisions = this.names.stream()
                .filter(name -> name.startsWith("V"))
                .map(NAME::matcher)
                .filter(Matcher::matches)
                .map(name -> new Revision(name.group(1), name.group(2)))
                .sorted()
                .toList();
    }

    /** The files inside this program. */
    public static MigrationFiles ofProgram() {
        return Program.FILES;
    }

    /**
     * The files in a folder, as they are now.
     *
     * @throws MigrationFailure when it cannot be read or holds no migration
     */
    public static MigrationFiles in(Path folder) {
        try {
            MigrationFiles files = new MigrationFiles(folder, sqlFiles(folder));
            if (files.names.isEmpty()) {
                throw new MigrationFailure("There are no migration files in " + folder.toAbsolutePath()
                        + ". Give the folder that holds V<date>__<name>.sql and schema.sql.");
            }
            return files;
        } catch (IOException e) {
            throw new MigrationFailure(
                    "The folder " + folder.toAbsolutePath() + " cannot be read: " + e
                            + ". Give the folder that holds the migrations, or leave the option away.",
                    e);
        }
    }

    /** The names of all SQL files: ups, downs and the declared schema; sorted. */
    public Set<String> names() {
        return names;
    }

    /** Every revision that has a file to go up, by version. Two of the same version are a conflict. */
    public List<Revision> revisions() {
        return revisions;
    }

    /** Names that look like a migration's but break the rule, so nothing would run them in order. */
    public List<String> misnamed() {
        return names.stream()
                .filter(name -> !name.equals(DECLARED) && !NAME.matcher(name).matches())
                .toList();
    }

    /** The revision with the newest version; {@link Revision#BASE} when there is none. */
    public Revision head() {
        return revisions.isEmpty() ? Revision.BASE : revisions.getLast();
    }

    /** Whether a file of this name is here. */
    public boolean has(String name) {
        return names.contains(name);
    }

    /**
     * The text of a file, without a byte order mark, which Flyway overlooks too.
     *
     * @throws IllegalArgumentException when {@link #has} is false
     * @throws MigrationFailure when it cannot be read as UTF-8
     */
    public String text(String name) {
        if (!has(name)) {
            throw new IllegalArgumentException("There is no migration file " + name);
        }
        String text = folder == null ? programText(name) : textIn(folder.resolve(name));
        return text.startsWith(BYTE_ORDER_MARK) ? text.substring(1) : text;
    }

    private static String textIn(Path file) {
        try {
            return Files.readString(file);
        } catch (CharacterCodingException e) {
            throw new MigrationFailure("The file " + file + " is not UTF-8. Save it in that encoding.", e);
        } catch (IOException e) {
            throw new MigrationFailure("The file " + file + " cannot be read: " + e + ". Check its permissions.", e);
        }
    }

    private static String programText(String name) {
        try (InputStream in = MigrationFiles.class.getResourceAsStream("/migrations/" + name)) {
            if (in == null) {
                throw new IllegalArgumentException("This program has no migration file " + name);
            }
            return new String(in.readAllBytes(), UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Flyway's checksum: the CRC-32 of all lines without their ends, so that line ends do not matter. */
    public int checksum(String name) {
        CRC32 crc = new CRC32();
        text(name).lines().forEach(line -> crc.update(line.getBytes(UTF_8)));
        return (int) crc.getValue();
    }

    /** Whether a file's header says {@code -- Runs outside a transaction}, as for indexes built concurrently. */
    public boolean runsOutsideTransaction(String name) {
        return OUTSIDE_TRANSACTION.matcher(text(name)).find();
    }

    /** What a file loses for good, as its header says: {@code -- DESTRUCTIVE: drops column items.notes and its data}. */
    List<String> destructive(String name) {
        return DESTRUCTIVE
                .matcher(text(name))
                .results()
                .map(line -> line.group(1).replaceAll("\\n--\\s+", " ").strip())
                .toList();
    }

    /**
     * Tables and columns that go with a down file and whose content is kept by other means, as its header says:
     * {@code -- Keeps notifications.status, notifications.kind: is_read and type tell the same}.
     */
    Set<String> kept(String name) {
        return KEEPS.matcher(text(name))
                .results()
                .flatMap(line -> OBJECT.matcher(line.group(1)).results())
                .map(MatchResult::group)
                .collect(Collectors.toSet());
    }

    /**
     * The revision that a person means.
     *
     * @param reference {@code head}, {@code base}, a version, a label, a file's name, or the beginning of one of
     *     them, or of a name, that fits no other revision; {@code -N} is N before {@code current}
     * @param current where the database is
     * @throws MigrationFailure when none or several fit, naming what there is
     */
    public Revision find(String reference, Revision current) {
        return switch (reference) {
            case "head" -> head();
            case "base" -> Revision.BASE;
            default ->
                reference.matches("-[0-9]{1,6}")
                        ? before(current, Integer.parseInt(reference.substring(1)))
                        : named(reference);
        };
    }

    /** Exactly the revisions of this version: one, none, or more than one in a conflict. */
    List<Revision> versioned(String version) {
        return revisions.stream()
                .filter(revision -> revision.version().equals(version))
                .toList();
    }

    /** Where Flyway finds these files. */
    String location() {
        return folder == null ? "classpath:migrations" : "filesystem:" + folder.toAbsolutePath();
    }

    /** The folder, unless these are the program's own. */
    public Optional<Path> folder() {
        return Optional.ofNullable(folder);
    }

    private Revision before(Revision current, int steps) {
        List<Revision> below = Stream.concat(Stream.of(Revision.BASE), revisions.stream())
                .filter(revision -> revision.compareTo(current) <= 0)
                .toList();
        if (steps >= below.size()) {
            throw new MigrationFailure("There are only " + (below.size() - 1) + " revisions below " + current
                    + ". Say base to go down all the way.");
        }
        return below.get(below.size() - 1 - steps);
    }

    private Revision named(String reference) {
        List<Revision> exact = revisions.stream()
                .filter(revision -> reference.equals(revision.version())
                        || reference.equals(revision.label())
                        || reference.equals(revision.name())
                        || reference.equals(revision.up())
                        || reference.equals(revision.down()))
                .toList();
        List<Revision> found = !exact.isEmpty()
                ? exact
                : revisions.stream()
                        .filter(revision -> Stream.of(revision.label(), revision.name(), revision.up(), revision.down())
                                .anyMatch(name -> name.startsWith(reference)))
                        .toList();
        return switch (found.size()) {
            case 0 ->
                throw new MigrationFailure(
                        "There is no revision " + reference + ". Known are: base, " + labels(revisions) + ".");
            case 1 -> found.getFirst();
            default ->
                throw new MigrationFailure("Several revisions begin with " + reference + ": " + labels(found)
                        + ". Write more of the one.");
        };
    }

    private static String labels(List<Revision> revisions) {
        return revisions.stream().map(Revision::label).collect(Collectors.joining(", "));
    }

    private static List<String> sqlFiles(Path folder) throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.map(file -> file.getName(file.getNameCount() - 1).toString())
                    .filter(name -> name.endsWith(".sql"))
                    .toList();
        }
    }

    /** Read once, and only by programs that ask. */
    private static final class Program {

        static final MigrationFiles FILES = new MigrationFiles(null, files());

        private static List<String> files() {
            URL declared = MigrationFiles.class.getResource("/migrations/" + DECLARED);
            if (declared == null) {
                throw new IllegalStateException("The folder migrations is missing from this program; build it again");
            }
            try {
                URI uri = declared.toURI();
                if ("file".equals(uri.getScheme())) {
                    return sqlFiles(Path.of(uri).resolveSibling(""));
                }
                // Inside the program's own jar.
                try (FileSystem jar = FileSystems.newFileSystem(uri, Map.of())) {
                    return sqlFiles(jar.getPath("/migrations"));
                }
            } catch (IOException | URISyntaxException e) {
                throw new IllegalStateException("The folder migrations of this program cannot be read", e);
            }
        }
    }
}
