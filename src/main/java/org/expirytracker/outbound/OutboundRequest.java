package org.expirytracker.outbound;

import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A request to a server of somebody else.
 *
 * @param headers by their names; of JSON that is sent, unless they say otherwise
 * @param body null for none
 */
public record OutboundRequest(
        String method,
        String url,
        Map<String, String> headers,
        @Nullable String body) {

    /** A POST of JSON. */
    public static OutboundRequest post(String url, Map<String, String> headers, String json) {
        return new OutboundRequest("POST", url, headers, json);
    }

    /** Without the address and all that may be secret. */
    @Override
    public String toString() {
        return "OutboundRequest[" + method + "]";
    }
}
