package org.expirytracker.http;

import java.util.Map;
import org.expirytracker.accounts.Device;
import org.expirytracker.api.GraphQLRequest;
import org.jspecify.annotations.Nullable;

/** The parameters of a GraphQL request (GraphQL over HTTP, "Request Parameters"), from wherever they came. */
final class RequestBody {

    private RequestBody() {}

    /** Reads a JSON object with {@code query}, {@code operationName}, {@code variables} and {@code extensions}. */
    static GraphQLRequest read(Map<String, Object> body, String requestId, Device device) throws Json.Malformed {
        if (!(body.get("query") instanceof String query) || query.isBlank()) {
            throw new Json.Malformed("query must be a GraphQL document as a string.");
        }
        if (body.get("extensions") != null && !(body.get("extensions") instanceof Map)) {
            throw new Json.Malformed("extensions must be an object.");
        }
        return new GraphQLRequest(query, operationName(body), variables(body), requestId, device);
    }

    private static @Nullable String operationName(Map<String, Object> body) throws Json.Malformed {
        return switch (body.get("operationName")) {
            case null -> null;
            case String name -> name;
            default -> throw new Json.Malformed("operationName must be a string.");
        };
    }

    @SuppressWarnings("unchecked")
    private static Map<String, Object> variables(Map<String, Object> body) throws Json.Malformed {
        return switch (body.get("variables")) {
            case null -> Map.of();
            case Map<?, ?> variables -> (Map<String, Object>) variables;
            default -> throw new Json.Malformed("variables must be an object.");
        };
    }
}
