package org.expirytracker.http;

import java.util.Map;
import org.expirytracker.api.ClientError;
import org.expirytracker.api.GraphQLRequest;
import org.expirytracker.sessions.Device;
import org.jspecify.annotations.Nullable;

/** The parameters of a GraphQL request (GraphQL over HTTP, "Request Parameters"), from wherever they came. */
final class RequestBody {

    private RequestBody() {}

    /**
     * Only the hash of a document came. The words are those that Apollo's and urql's links look for, which then send the
     * document itself and no hash any more.
     */
    static final class HashOnly extends Exception {

        private static final long serialVersionUID = 1L;

        private HashOnly() {
            super(null, null, false, false);
        }

        ClientError error() {
            return ClientError.of("PERSISTED_QUERY_NOT_SUPPORTED", "PersistedQueryNotSupported");
        }
    }

    /** Reads a JSON object with {@code query}, {@code operationName}, {@code variables} and {@code extensions}. */
    static GraphQLRequest read(Map<String, Object> body, String requestId, Device device)
            throws Json.Malformed, HashOnly {
        Object extensions = body.get("extensions");
        if (extensions != null && !(extensions instanceof Map)) {
            throw new Json.Malformed("extensions must be an object.");
        }
        if (!(body.get("query") instanceof String query) || query.isBlank()) {
            if (extensions instanceof Map<?, ?> given && given.get("persistedQuery") instanceof Map) {
                throw new HashOnly();
            }
            throw new Json.Malformed("query must be a GraphQL document as a string.");
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
