package org.expirytracker.http;

import static java.util.Map.entry;
import static java.util.stream.Collectors.toCollection;
import static java.util.stream.Collectors.toMap;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.BiFunction;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;

/** The texts of the dashboard, and the catalogues that translate them. */
class LanguagesTest {

    private static final Path ROOT = Path.of("src/main/resources/webroot");
    private static final Path SCRIPTS = ROOT.resolve("js");

    /** The plural categories of each language (CLDR) that occur for whole numbers below a million. */
    private static final Map<String, Set<String>> CATEGORIES = Map.ofEntries(
            entry("de", Set.of("one", "other")),
            entry("es", Set.of("one", "other")),
            entry("fr", Set.of("one", "other")),
            entry("it", Set.of("one", "other")),
            entry("nl", Set.of("one", "other")),
            entry("pl", Set.of("one", "few", "many")),
            entry("pt", Set.of("one", "other")),
            entry("uk", Set.of("one", "few", "many")));

    private static final Set<String> FEWEST = Set.of("zero", "one", "two");

    private static final String LITERAL = "'((?:[^'\\\\\\n]|\\\\.)*+)'";
    private static final Pattern TEXT = Pattern.compile("(?<![\\w.$])(?:t|withNodes)\\(\\s*" + LITERAL);
    private static final Pattern COUNTED =
            Pattern.compile("(?<![\\w.$])n\\([^;]*?,\\s*" + LITERAL + ",\\s*" + LITERAL + "\\s*[,)]");
    private static final Pattern NOT_LITERAL = Pattern.compile("(?<![\\w.$'])(?:t|withNodes)\\((?!\\s*')[^\\n]*");
    private static final Pattern PUT_TOGETHER =
            Pattern.compile("(?<![\\w.$])(?:t|withNodes)\\(\\s*" + LITERAL + "\\s*\\+");
    private static final Pattern COMMENT = Pattern.compile("(?m)^[ \\t]*(?://[^\\n]*|/\\*\\*(?s:.*?)\\*/)[ \\t]*$");
    private static final Pattern PLACEHOLDER = Pattern.compile("\\{(\\w+)}");

    private static final Pattern LEFT_OUT =
            Pattern.compile("(?s)<!--.*?-->|<(noscript|script).*?</\\1>|<(\\w+) translate=\"no\".*?</\\2>");
    private static final Pattern SHOWN =
            Pattern.compile("\\s(?:aria-label|alt|placeholder|title)=\"([^\"]+)\"|>([^<]+)");
    private static final Pattern LETTER = Pattern.compile("\\p{L}");

    private static final Pattern ENTRY = Pattern.compile(
            "\\s*" + LITERAL + ":\\s*(?:" + LITERAL + "|\\{((?:\\s*\\w+:\\s*" + LITERAL + ",?)+)\\s*}),");
    private static final Pattern FORM = Pattern.compile("(\\w+):\\s*" + LITERAL);
    private static final Pattern NAMED = Pattern.compile(
            "(?m)^  (?:(\\w+)|'([\\w-]+)'): \\['[^']+', \\(\\) => import\\('\\./words-([\\w-]+)\\.js'\\)],$");

    /**
     * A text as it stands in the scripts.
     *
     * @param plural how it is for several; empty when it is no text for so many
     */
    private record Text(String key, String plural) {

        boolean isCounted() {
            return !plural.isEmpty();
        }

        /** Whether a form of its translation has its placeholders; that of the fewest may say their number in words. */
        boolean isFilledBy(String category, String form) {
            Set<String> needed = placeholders(key);
            needed.addAll(placeholders(plural));
            Set<String> there = placeholders(form);
            if (FEWEST.contains(category)) {
                there.add("count");
            }
            return there.equals(needed);
        }
    }

    /** What a catalogue says: of a text its translation under an empty name, else each form under its plural category. */
    private record Catalogue(Map<String, Map<String, String>> entries, List<String> twice, String unread) {

        /** The forms of a text; none when it is not translated. */
        Map<String, String> forms(Text text) {
            return entries.getOrDefault(text.key(), Map.of());
        }
    }

    @Nested
    class A_text {

        @Test
        void is_literal_so_that_it_can_be_found() {
            assertThat(scripts().entrySet())
                    .filteredOn(script -> !script.getKey().equals("words.js"))
                    .allSatisfy(script -> {
                        assertThat(found(NOT_LITERAL, script.getValue()))
                                .as(script.getKey())
                                .isEmpty();
                        assertThat(found(PUT_TOGETHER, script.getValue()))
                                .as(script.getKey())
                                .isEmpty();
                    });
        }

        @Test
        void for_so_many_has_one_plural_wherever_it_is_used() {
            Map<String, Set<String>> plurals = new TreeMap<>();
            inScripts()
                    .filter(Text::isCounted)
                    .forEach(text -> plurals.computeIfAbsent(text.key(), key -> new TreeSet<>())
                            .add(text.plural()));

            assertThat(plurals)
                    .isNotEmpty()
                    .allSatisfy((key, all) -> assertThat(all).as(key).hasSize(1));
        }

        @Test
        void is_no_text_for_so_many_elsewhere() {
            Set<String> counted =
                    inScripts().filter(Text::isCounted).map(Text::key).collect(toCollection(TreeSet::new));

            assertThat(Stream.concat(inScripts(), inPage()).filter(text -> !text.isCounted()))
                    .isNotEmpty()
                    .extracting(Text::key)
                    .doesNotContainAnyElementsOf(counted);
        }
    }

    @Nested
    class A_catalogue {

        @Test
        void is_offered() {
            List<String> offered = NAMED.matcher(read(SCRIPTS.resolve("words.js")))
                    .results()
                    .peek(found -> assertThat(found.group(3)).isIn(found.group(1), found.group(2)))
                    .map(found -> found.group(3))
                    .toList();

            assertThat(offered).containsExactlyInAnyOrderElementsOf(catalogues().keySet());
        }

        @Test
        void can_be_read_as_a_whole_and_says_nothing_twice() {
            assertThat(faults((language, catalogue) -> catalogue.twice().stream()))
                    .isEmpty();
            assertThat(faults((language, catalogue) ->
                            Stream.of(catalogue.unread()).filter(rest -> !rest.equals("export default {\n};\n"))))
                    .isEmpty();
        }

        @Test
        void has_every_text() {
            assertThat(faults((language, catalogue) -> texts().keySet().stream()
                            .filter(key -> !catalogue.entries().containsKey(key))))
                    .isEmpty();
        }

        @Test
        void has_no_text_that_is_not_shown() {
            Set<String> shown = texts().keySet();

            assertThat(faults((language, catalogue) ->
                            catalogue.entries().keySet().stream().filter(key -> !shown.contains(key))))
                    .isEmpty();
        }

        @Test
        void has_a_form_for_each_plural_category_of_its_language() {
            assertThat(catalogues().keySet())
                    .as("plural categories, by the CLDR")
                    .isSubsetOf(CATEGORIES.keySet());
            assertThat(faults((language, catalogue) -> shown(catalogue)
                            .filter(text -> !catalogue
                                    .forms(text)
                                    .keySet()
                                    .containsAll(
                                            text.isCounted()
                                                    ? CATEGORIES.getOrDefault(language, Set.of())
                                                    : Set.of("")))
                            .map(Text::key)))
                    .isEmpty();
        }

        @Test
        void has_the_placeholders_of_each_text_and_no_others() {
            assertThat(faults((language, catalogue) -> shown(catalogue)
                            .flatMap(text -> catalogue.forms(text).entrySet().stream()
                                    .filter(form -> !text.isFilledBy(form.getKey(), form.getValue())))
                            .map(Map.Entry::getValue)))
                    .isEmpty();
        }

        @Test
        void shows_nothing_empty_and_no_mark_of_a_second_meaning() {
            assertThat(faults((language, catalogue) -> catalogue.entries().values().stream()
                            .map(Map::values)
                            .flatMap(Collection::stream)
                            .filter(form -> form.isBlank() || form.contains("|") || !form.equals(form.strip()))))
                    .isEmpty();
        }

        /** What is wrong in any catalogue, after its language. */
        private List<String> faults(BiFunction<String, Catalogue, Stream<String>> found) {
            return catalogues().entrySet().stream()
                    .flatMap(catalogue -> found.apply(catalogue.getKey(), catalogue.getValue())
                            .map(fault -> catalogue.getKey() + ": " + fault))
                    .toList();
        }

        private Stream<Text> shown(Catalogue catalogue) {
            return texts().values().stream().filter(text -> catalogue.entries().containsKey(text.key()));
        }
    }

    private static Set<String> placeholders(String text) {
        return PLACEHOLDER.matcher(text).results().map(found -> found.group(1)).collect(toCollection(TreeSet::new));
    }

    /** All texts, by their keys. */
    private static Map<String, Text> texts() {
        return Stream.concat(inScripts(), inPage())
                .collect(toMap(Text::key, text -> text, (one, same) -> one.isCounted() ? one : same, TreeMap::new));
    }

    private static Stream<Text> inScripts() {
        return scripts().values().stream()
                .flatMap(script -> Stream.concat(
                        TEXT.matcher(script).results().map(found -> new Text(unescaped(found.group(1)), "")),
                        COUNTED.matcher(script)
                                .results()
                                .map(found -> new Text(unescaped(found.group(1)), unescaped(found.group(2))))));
    }

    private static Stream<Text> inPage() {
        String page = read(ROOT.resolve("index.html"));
        String body = LEFT_OUT.matcher(page.substring(page.indexOf("<body>"))).replaceAll("");
        return SHOWN.matcher(body)
                .results()
                .map(found -> found.group(1) == null ? found.group(2) : found.group(1))
                .map(text -> text.strip().replaceAll("\\s+", " "))
                .filter(text -> LETTER.matcher(text).find())
                .map(text -> new Text(text, ""));
    }

    /** The scripts without their comments, by name; not the catalogues. */
    private static Map<String, String> scripts() {
        return files(
                name -> !name.startsWith("words-"),
                script -> COMMENT.matcher(script).replaceAll(""));
    }

    private static Map<String, Catalogue> catalogues() {
        return files(name -> name.startsWith("words-"), LanguagesTest::catalogue).entrySet().stream()
                .collect(toMap(
                        file -> file.getKey().replaceAll("^words-|\\.js$", ""),
                        Map.Entry::getValue,
                        (a, b) -> a,
                        TreeMap::new));
    }

    private static Catalogue catalogue(String source) {
        String plain = COMMENT.matcher(source).replaceAll("").replaceAll("(?m)^\\n", "");
        Map<String, Map<String, String>> entries = new LinkedHashMap<>();
        List<String> twice = ENTRY.matcher(plain)
                .results()
                .filter(found -> entries.put(unescaped(found.group(1)), forms(found)) != null)
                .map(found -> found.group(1))
                .toList();
        return new Catalogue(entries, twice, ENTRY.matcher(plain).replaceAll(""));
    }

    private static Map<String, String> forms(MatchResult entry) {
        return entry.group(2) != null
                ? Map.of("", unescaped(entry.group(2)))
                : FORM.matcher(entry.group(3))
                        .results()
                        .collect(toMap(form -> form.group(1), form -> unescaped(form.group(2))));
    }

    private static List<String> found(Pattern pattern, String text) {
        return pattern.matcher(text).results().map(MatchResult::group).toList();
    }

    private static String unescaped(String literal) {
        return literal.replaceAll("\\\\(.)", "$1");
    }

    private static <T> Map<String, T> files(Predicate<String> isWanted, Function<String, T> reading) {
        try (Stream<Path> files = Files.list(SCRIPTS)) {
            return files.filter(file -> isWanted.test(file.getFileName().toString()))
                    .collect(toMap(
                            file -> file.getFileName().toString(),
                            file -> reading.apply(read(file)),
                            (a, b) -> a,
                            TreeMap::new));
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }

    private static String read(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }
}
