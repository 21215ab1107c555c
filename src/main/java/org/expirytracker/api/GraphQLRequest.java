package org.expirytracker.api;

import java.util.Map;
import org.expirytracker.sessions.Device;
import org.jspecify.annotations.Nullable;

/**
 * What a client asks, whatever way it came.
 *
 * @param query the document; null when only its {@code documentId} came
 * @param documentId by which the document is known: the SHA-256 of its text in hexadecimal digits, or what the list of trusted
 *     operations calls it; null when there is only the document
 * @param operationName which of its operations; null when it has only one
 * @param variables by name, as JSON gives them; possibly empty
 * @param device where it came from
 * @param lastEventId the cursor of the last event that the client saw, when its connection broke; null for none
 */
public record GraphQLRequest(
        @Nullable String query,
        @Nullable String documentId,
        @Nullable String operationName,
        Map<String, Object> variables,
        Device device,
        @Nullable String lastEventId) {

    /** What asks for no continuation. */
    public GraphQLRequest(String query, @Nullable String operationName, Map<String, Object> variables, Device device) {
        this(query, null, operationName, variables, device, null);
    }

    /** The same, to be continued after an event. */
    public GraphQLRequest after(@Nullable String eventId) {
        return new GraphQLRequest(query, documentId, operationName, variables, device, eventId);
    }

    /** Without what was asked: there may be a password in it, and it may end up in a log. */
    @Override
    public String toString() {
        return "GraphQLRequest[]";
    }
}
