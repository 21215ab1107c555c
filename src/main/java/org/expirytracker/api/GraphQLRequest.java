package org.expirytracker.api;

import java.util.Map;
import org.expirytracker.accounts.Device;
import org.jspecify.annotations.Nullable;

/**
 * What a client asks, whatever way it came.
 *
 * @param query the document
 * @param operationName which of its operations; null when it has only one
 * @param variables by name, as JSON gives them; possibly empty
 * @param requestId names the request in the log
 * @param device where it came from
 */
public record GraphQLRequest(
        String query, @Nullable String operationName, Map<String, Object> variables, String requestId, Device device) {

    /** Without what was asked: there may be a password in it, and it may end up in a log. */
    @Override
    public String toString() {
        return "GraphQLRequest[requestId=" + requestId + "]";
    }
}
