package org.expirytracker.http;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The operations of the manual, which are the blocks of GraphQL in its documents: each under the words of its own name, with the
 * variables that follow it. They are read from the documents themselves, so that GraphiQL offers what people read.
 */
final class DocumentedOperations {

    private static final String FOLDER = "docs";

    /** The documents that have any, in the order in which they are offered. */
    static final List<String> DOCUMENTS = List.of(
            "/api.md",
            "/live.md",
            "/files.md",
            "/webhooks.md",
            "/channels.md",
            "/calendar.md",
            "/assistants.md",
            "/home-assistant.md");

    private static final Pattern HEADING = Pattern.compile("#{1,3} (.+)");
    private static final Pattern NAMED = Pattern.compile("(query|mutation|subscription)\\b\\s*(\\w*)");
    private static final Pattern WORD = Pattern.compile("(?<=[a-z0-9])(?=[A-Z])");
    private static final String VARIABLES = "<!-- variables -->";
    private static final String FENCE = "```";

    private DocumentedOperations() {}

    /** All of them: {@code [{ title, operations: [{ title, kind, query, variables }] }]}. */
    static JsonArray read() {
        JsonArray documents = new JsonArray();
        for (String document : DOCUMENTS) {
            documents.add(of(Assets.read(FOLDER, document).whole().toString(UTF_8)));
        }
        return documents;
    }

    /** Those of one document. */
    static JsonObject of(String document) {
        JsonArray operations = new JsonArray();
        List<String> headings = new ArrayList<>();
        boolean areVariables = false;
        List<String> lines = document.lines().toList();
        for (int at = 0; at < lines.size(); at++) {
            String line = lines.get(at);
            Matcher heading = HEADING.matcher(line);
            if (line.strip().startsWith(FENCE)) {
                int end = at + 1;
                while (!lines.get(end).strip().equals(FENCE)) {
                    end++;
                }
                String text = String.join("\n", lines.subList(at + 1, end)).stripIndent();
                if (line.strip().equals(FENCE + "graphql")) {
                    operations.add(operation(text, headings.getLast()));
                } else if (areVariables) {
                    operations.getJsonObject(operations.size() - 1).put("variables", text);
                }
                areVariables = false;
                at = end;
            } else if (line.strip().equals(VARIABLES)) {
                areVariables = true;
            } else if (heading.matches()) {
                headings.add(heading.group(1));
            }
        }
        return new JsonObject().put("title", headings.getFirst()).put("operations", operations);
    }

    private static JsonObject operation(String text, String heading) {
        Matcher named = NAMED.matcher(text);
        boolean hasKind = named.lookingAt();
        String name = hasKind ? named.group(2) : "";
        return new JsonObject()
                .put("title", name.isEmpty() ? heading : words(name))
                .put("kind", hasKind ? named.group(1) : "query")
                .put("query", text)
                .put("variables", "");
    }

    /** {@code WhatIsLeft} is What is left. */
    private static String words(String name) {
        String apart = WORD.matcher(name).replaceAll(" ").toLowerCase(Locale.ROOT);
        return Character.toUpperCase(apart.charAt(0)) + apart.substring(1);
    }
}
