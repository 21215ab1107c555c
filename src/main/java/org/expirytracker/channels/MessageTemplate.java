package org.expirytracker.channels;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.vertx.core.json.Json;
import java.net.URLEncoder;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Text in which words in braces stand for parts of a message, each of which is written as its place needs it. */
final class MessageTemplate {

    private static final Pattern PLACEHOLDER = Pattern.compile("\\{([a-z]+)}");

    /** What can stand in braces. */
    private static final List<String> NAMES =
            List.of("title", "message", "item", "date", "days", "kind", "count", "link", "id");

    /** Where a part of a message is written. */
    enum Place {
        /** In an address or a form: percent-encoded (RFC 3986, section 2.1). */
        URL,
        /** In a string of JSON (RFC 8259, section 7). */
        JSON,
        /** In a header: one line of ASCII, else an encoded word (RFC 2047). */
        HEADER,
        /** As it is. */
        TEXT
    }

    private MessageTemplate() {}

    /** What stands for each name in a message. */
    static Map<String, String> values(ChannelMessage message) {
        MessageContent content = message.content();
        Map<String, String> values = new LinkedHashMap<>();
        values.put("title", content.title());
        values.put("message", content.message());
        values.put("item", Objects.requireNonNullElse(content.item(), ""));
        values.put("date", Objects.toString(content.date(), ""));
        values.put("days", Objects.toString(content.days(), ""));
        values.put("kind", Objects.toString(content.kind(), content.test() ? "TEST" : "SEVERAL"));
        values.put("count", Integer.toString(content.amount()));
        values.put("link", Objects.requireNonNullElse(message.link(), ""));
        values.put("id", message.id().toString());
        return values;
    }

    /** The template with the values in their places. */
    static String fill(String template, Map<String, String> values, Place place) {
        return PLACEHOLDER
                .matcher(template)
                .replaceAll(found -> Matcher.quoteReplacement(
                        encoded(Objects.requireNonNullElse(values.get(found.group(1)), ""), place)));
    }

    private static String encoded(String value, Place place) {
        return switch (place) {
            case URL -> URLEncoder.encode(value, UTF_8).replace("+", "%20");
            case JSON -> {
                String quoted = Json.encode(value);
                yield quoted.substring(1, quoted.length() - 1);
            }
            case HEADER -> header(value);
            case TEXT -> value;
        };
    }

    private static String header(String value) {
        String line = value.replaceAll("\\p{Cntrl}+", " ");
        return line.chars().allMatch(each -> each < 0x7f)
                ? line
                : "=?UTF-8?B?" + Base64.getEncoder().encodeToString(line.getBytes(UTF_8)) + "?=";
    }

    /** The template with a letter in each place: what it looks like to a check of its form. */
    static String sample(String template) {
        return PLACEHOLDER.matcher(template).replaceAll("x");
    }

    /** The template with nothing in each place. */
    static String empty(String template) {
        return PLACEHOLDER.matcher(template).replaceAll("");
    }

    /** Whether a value stands in a part of a text. */
    static boolean hasPlace(String text) {
        return PLACEHOLDER.matcher(text).find();
    }

    /** Why it is no template: it has a name in braces that means nothing. */
    static Optional<String> objection(String template) {
        return PLACEHOLDER
                .matcher(template)
                .results()
                .map(MatchResult::group)
                .filter(found -> !NAMES.contains(found.substring(1, found.length() - 1)))
                .findFirst()
                .map(unknown -> "has %s, which stands for nothing; known are {%s}"
                        .formatted(unknown, String.join("}, {", NAMES)));
    }
}
