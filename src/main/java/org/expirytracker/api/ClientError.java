package org.expirytracker.api;

import graphql.ErrorClassification;
import graphql.ErrorType;
import graphql.GraphQLError;
import graphql.language.SourceLocation;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * One entry of an answer's {@code errors}, in the only shape that this server gives.
 *
 * @param message what is wrong and what to do
 * @param code what clients may branch on: a {@link org.expirytracker.kernel.Problem.Code} or {@link #INTERNAL}
 * @param field path to the argument that is wrong; empty when it is no single one
 * @param path where in the answer; null when nothing was executed
 * @param locations where in the document; possibly empty
 * @param errorId under which the cause is in the log; only with {@link #INTERNAL}
 * @param retryAfter in how many seconds the same may be tried again; null when time changes nothing
 */
public record ClientError(
        String message,
        String code,
        List<String> field,
        @Nullable List<Object> path,
        List<SourceLocation> locations,
        @Nullable String errorId,
        @Nullable Long retryAfter)
        implements GraphQLError {

    /** The code of a fault of this server. */
    public static final String INTERNAL = "INTERNAL";

    private static final long serialVersionUID = 1L;

    /** An error of a request of which nothing was executed. */
    public static ClientError of(String code, String message) {
        return new ClientError(message, code, List.of(), null, List.of(), null, null);
    }

    /** An error of a request of which nothing was executed, and which may be tried again in some seconds. */
    static ClientError later(String code, String message, long retryAfter) {
        return new ClientError(message, code, List.of(), null, List.of(), null, retryAfter);
    }

    @Override
    public String getMessage() {
        return message;
    }

    @Override
    public List<SourceLocation> getLocations() {
        return locations;
    }

    @Override
    public ErrorClassification getErrorType() {
        return ErrorType.DataFetchingException;
    }

    @Override
    public @Nullable List<Object> getPath() {
        return path;
    }

    @Override
    public Map<String, Object> getExtensions() {
        Map<String, Object> extensions = new LinkedHashMap<>();
        extensions.put("code", code);
        if (!field.isEmpty()) {
            extensions.put("field", field);
        }
        if (errorId != null) {
            extensions.put("errorId", errorId);
        }
        if (retryAfter != null) {
            extensions.put("retryAfter", retryAfter);
        }
        return extensions;
    }

    @Override
    public Map<String, Object> toSpecification() {
        Map<String, Object> members = new LinkedHashMap<>();
        members.put("message", message);
        if (!locations.isEmpty()) {
            List<Object> places = new ArrayList<>(locations.size());
            for (SourceLocation location : locations) {
                places.add(Map.of("line", location.getLine(), "column", location.getColumn()));
            }
            members.put("locations", places);
        }
        if (path != null) {
            members.put("path", Objects.requireNonNull(path));
        }
        members.put("extensions", getExtensions());
        return members;
    }
}
