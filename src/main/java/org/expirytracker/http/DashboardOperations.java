package org.expirytracker.http;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The documents that the dashboard sends, which stand in some of its files as template literals. */
public final class DashboardOperations {

    /** The names of the files: what is sent of products is read only where these are. */
    public static final List<String> FILES = List.of("operations.js", "product-operations.js");

    private static final String DIRECTORY = "webroot/js/";

    /** A constant or member with its text: {@code NAME = `…`} or {@code name: `…`}. */
    private static final Pattern LITERAL = Pattern.compile("(\\w+)(?: = |: )(?:`([^`]*)`|'([^']*)')");

    private static final Pattern PLACEHOLDER = Pattern.compile("\\$\\{(\\w+)}");
    private static final Pattern DOCUMENT = Pattern.compile("(query|mutation|subscription)\\b.*", Pattern.DOTALL);

    private DashboardOperations() {}

    /**
     * All of them.
     *
     * @throws IOException when the program lacks a file
     */
    public static List<String> read() throws IOException {
        List<String> documents = new ArrayList<>();
        for (String name : FILES) {
            try (InputStream file = DashboardOperations.class.getClassLoader().getResourceAsStream(DIRECTORY + name)) {
                if (file == null) {
                    throw new IOException("The program lacks its file " + name);
                }
                documents.addAll(read(new String(file.readAllBytes(), UTF_8)));
            }
        }
        return documents;
    }

    static List<String> read(String script) {
        Map<String, String> texts = new HashMap<>();
        List<String> documents = new ArrayList<>();
        Matcher literals = LITERAL.matcher(script);
        while (literals.find()) {
            String text = literals.group(2) == null ? literals.group(3) : literals.group(2);
            // A constant is used only below where it is declared.
            String whole = PLACEHOLDER.matcher(text).replaceAll(found -> Matcher.quoteReplacement(value(texts, found)));
            texts.put(literals.group(1), whole);
            if (DOCUMENT.matcher(whole).matches()) {
                documents.add(whole);
            }
        }
        return documents;
    }

    private static String value(Map<String, String> texts, MatchResult placeholder) {
        return Objects.requireNonNull(texts.get(placeholder.group(1)), placeholder::group);
    }
}
