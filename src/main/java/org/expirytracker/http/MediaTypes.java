package org.expirytracker.http;

import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** What a GraphQL request and its answer are written in (GraphQL over HTTP, "Media Types"). */
final class MediaTypes {

    static final String JSON = "application/json; charset=utf-8";
    static final String GRAPHQL_RESPONSE = "application/graphql-response+json; charset=utf-8";
    static final String EVENT_STREAM = "text/event-stream";

    private static final int MOST_PARTS = 20;

    private MediaTypes() {}

    /** What the client wants the answer in. */
    enum Accepted {
        /** {@code application/graphql-response+json}: the status tells what happened. */
        GRAPHQL_RESPONSE(MediaTypes.GRAPHQL_RESPONSE),
        /** {@code application/json} by name: the status is 200 for whatever is a GraphQL request at all. */
        NAMED_JSON(MediaTypes.JSON),
        /** Anything: JSON, whose status tells when nothing was executed. */
        ANYTHING(MediaTypes.JSON),
        /** {@code text/event-stream}: each result is an event. */
        EVENT_STREAM(MediaTypes.EVENT_STREAM);

        final String contentType;
        /** What every other status than 200 comes with. */
        final String errorType;

        Accepted(String contentType) {
            this.contentType = contentType;
            this.errorType = contentType.equals(MediaTypes.EVENT_STREAM) ? MediaTypes.JSON : contentType;
        }
    }

    /**
     * Reads an Accept header: of what the server can write, what the client likes best, and of that what comes first.
     *
     * @return null when it is nothing that the server can write
     */
    static @Nullable Accepted accepted(@Nullable String accept) {
        if (accept == null || accept.isBlank() || accept.equals("*/*")) {
            return Accepted.ANYTHING;
        }
        Accepted best = null;
        double bestQuality = 0;
        for (String range : accept.split(",", MOST_PARTS)) {
            String[] parts = range.split(";", MOST_PARTS);
            Accepted known = switch (parts[0].strip().toLowerCase(Locale.ROOT)) {
                case "application/graphql-response+json" -> Accepted.GRAPHQL_RESPONSE;
                case "application/json" -> Accepted.NAMED_JSON;
                case "text/event-stream" -> Accepted.EVENT_STREAM;
                case "application/*", "*/*" -> Accepted.ANYTHING;
                default -> null;
            };
            double quality = known == null ? 0 : quality(parts);
            if (quality > bestQuality) {
                best = known;
                bestQuality = quality;
            }
        }
        return best;
    }

    /** How much a range of an Accept or Accept-Encoding header is liked: its {@code q}, usually 1; 0 for a malformed one. */
    static double quality(String[] parts) {
        for (int at = 1; at < parts.length; at++) {
            String parameter = parts[at].strip();
            if (parameter.regionMatches(true, 0, "q=", 0, 2)) {
                try {
                    return Double.parseDouble(parameter.substring(2).strip());
                } catch (NumberFormatException malformed) {
                    return 0;
                }
            }
        }
        return 1;
    }

    /** Whether a body of this Content-Type is JSON in UTF-8. */
    static boolean isJson(@Nullable String contentType) {
        if (contentType == null) {
            return false;
        }
        if (contentType.equals("application/json")) {
            return true;
        }
        String[] parts = contentType.split(";", MOST_PARTS);
        if (!parts[0].strip().equalsIgnoreCase("application/json")) {
            return false;
        }
        for (int at = 1; at < parts.length; at++) {
            String parameter = parts[at].strip().toLowerCase(Locale.ROOT);
            if (parameter.startsWith("charset=")
                    && !parameter.substring(8).replace("\"", "").equals("utf-8")) {
                return false;
            }
        }
        return true;
    }
}
