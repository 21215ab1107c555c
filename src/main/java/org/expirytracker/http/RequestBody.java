package org.expirytracker.http;

import java.util.Map;
import org.expirytracker.api.GraphQLRequest;
import org.expirytracker.sessions.Device;
import org.jspecify.annotations.Nullable;

/** The parameters of a GraphQL request (GraphQL over HTTP, "Request Parameters"), from wherever they came. */
final class RequestBody {

    private static final String SHA_256 = "sha256:";

    private RequestBody() {}

    /**
     * Reads a JSON object with {@code query}, {@code operationName}, {@code variables} and {@code extensions}. In place of
     * the document, or beside it, its SHA-256 may stand in {@code extensions.persistedQuery} (Apollo's automatic persisted
     * queries, version 1) or its id in {@code documentId} (GraphQL over HTTP, "Persisted Documents").
     */
    static GraphQLRequest read(Map<String, Object> body, Device device) throws Json.Malformed {
        String id = documentId(body);
        String query = body.get("query") instanceof String text && !text.isBlank() ? text : null;
        if (query == null && (id == null || (body.get("query") != null && !"".equals(body.get("query"))))) {
            throw new Json.Malformed("query must be a GraphQL document as a string.");
        }
        return new GraphQLRequest(query, id, operationName(body), variables(body), device, null);
    }

    private static @Nullable String documentId(Map<String, Object> body) throws Json.Malformed {
        Object extensions = body.get("extensions");
        if (extensions != null && !(extensions instanceof Map)) {
            throw new Json.Malformed("extensions must be an object.");
        }
        if (extensions instanceof Map<?, ?> given && given.get("persistedQuery") instanceof Map<?, ?> persisted) {
            return persisted.get("sha256Hash") instanceof String hash
                    ? hash
                    : malformed("extensions.persistedQuery.sha256Hash must be a string.");
        }
        return switch (body.get("documentId")) {
            case null -> null;
            case String id when !id.isBlank() -> id.startsWith(SHA_256) ? id.substring(SHA_256.length()) : id;
            default -> malformed("documentId must be a string.");
        };
    }

    private static String malformed(String message) throws Json.Malformed {
        throw new Json.Malformed(message);
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
