package org.expirytracker.api;

import graphql.ErrorType;
import graphql.GraphQLError;
import graphql.GraphQLException;
import graphql.execution.AbortExecutionException;
import graphql.execution.DataFetcherExceptionHandler;
import graphql.execution.DataFetcherExceptionHandlerParameters;
import graphql.execution.DataFetcherExceptionHandlerResult;
import graphql.execution.ResultPath;
import graphql.language.SourceLocation;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import org.expirytracker.kernel.OutOfMemory;
import org.expirytracker.kernel.Problem;
import org.expirytracker.kernel.UserError;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The only place where a failure becomes a GraphQL error. A {@link Problem} is told as it is; what the engine has
 * against a document or a variable is {@code INVALID}; what was given up is {@code UNAVAILABLE}; everything else is a
 * fault, which goes into the log with its cause and to the client only as an id.
 */
public final class FieldErrors implements DataFetcherExceptionHandler {

    private static final Logger LOG = LoggerFactory.getLogger(FieldErrors.class);

    private static final int MOST_CHARACTERS = 400;
    /** So many are told; of the others, how many. */
    static final int MOST_ERRORS = 50;

    private static final SecureRandom RANDOM = new SecureRandom();

    FieldErrors() {}

    @Override
    public CompletableFuture<DataFetcherExceptionHandlerResult> handleException(
            DataFetcherExceptionHandlerParameters failed) {
        ResultPath path = failed.getPath();
        SourceLocation location = failed.getSourceLocation();
        List<SourceLocation> locations = location == null ? List.of() : List.of(location);
        DataFetcherExceptionHandlerResult result = DataFetcherExceptionHandlerResult.newResult()
                .errors(List.copyOf(of(failed.getException(), path.toList(), locations)))
                .build();
        return CompletableFuture.completedFuture(result);
    }

    /** A failure outside any field. */
    public static List<ClientError> of(Throwable failure) {
        return of(failure, null, List.of());
    }

    /** A failure of a field. */
    static List<ClientError> of(Throwable failure, @Nullable List<Object> path, List<SourceLocation> locations) {
        return switch (unwrapped(failure)) {
            case Problem problem -> {
                List<ClientError> errors = new ArrayList<>();
                for (UserError error : problem.errors()) {
                    errors.add(new ClientError(
                            Messages.shortened(error.message(), MOST_CHARACTERS),
                            error.code().name(),
                            error.field(),
                            path,
                            locations,
                            null,
                            null));
                }
                yield errors;
            }
            // Thrown by the engine for an argument that does not fit its type.
            case GraphQLException refused
            when refused instanceof GraphQLError error && error.getErrorType() == ErrorType.ValidationError ->
                List.of(new ClientError(
                        Messages.shortened(error.getMessage(), MOST_CHARACTERS),
                        Problem.Code.INVALID.name(),
                        List.of(),
                        path,
                        locations,
                        null,
                        null));
            // What ends after its deadline: this is told to nobody any more.
            case AbortExecutionException cancelled ->
                List.of(new ClientError(
                        "This was given up.", Problem.Code.UNAVAILABLE.name(), List.of(), path, locations, null, null));
            case Throwable fault -> List.of(fault(fault, String.valueOf(path), path, locations));
        };
    }

    /**
     * What the engine itself found, in the one shape. Of errors with the same message the first is told, and of many
     * the first {@value #MOST_ERRORS}.
     */
    static List<ClientError> all(List<? extends GraphQLError> errors) {
        List<ClientError> shown = new ArrayList<>();
        Set<String> messages = new LinkedHashSet<>();
        for (GraphQLError error : errors) {
            if (error instanceof ClientError ours) {
                shown.add(ours);
            } else if (shown.size() < MOST_ERRORS && messages.add(error.getMessage())) {
                shown.add(ofEngine(error));
            }
        }
        return shown;
    }

    /**
     * The first {@value #MOST_ERRORS} errors of a request, and how many more there are.
     *
     * @param count of all, also of those that are not in the list
     */
    static List<ClientError> bounded(List<ClientError> errors, long count) {
        if (count <= MOST_ERRORS) {
            return errors;
        }
        List<ClientError> shown = new ArrayList<>(errors.subList(0, MOST_ERRORS));
        shown.add(ClientError.of(
                Problem.Code.INVALID.name(), "There are %d more errors.".formatted(count - MOST_ERRORS)));
        return shown;
    }

    private static ClientError ofEngine(GraphQLError error) {
        List<SourceLocation> locations = error.getLocations() == null ? List.of() : error.getLocations();
        boolean fault = error.getErrorType() == ErrorType.NullValueInNonNullableField
                || error.getErrorType() == ErrorType.DataFetchingException;
        return fault
                ? fault(
                        new IllegalStateException(error.getMessage()),
                        String.valueOf(error.getPath()),
                        error.getPath(),
                        locations)
                : new ClientError(
                        Messages.shortened(error.getMessage(), MOST_CHARACTERS),
                        isLimit(error) ? Problem.Code.LIMIT_REACHED.name() : Problem.Code.INVALID.name(),
                        List.of(),
                        error.getPath(),
                        locations,
                        null,
                        null);
    }

    /** What a plan found to be wrong with a value, which is a fault of this server. */
    static ClientError fault(String message, List<Object> path) {
        return fault(new IllegalStateException(message), path.toString(), path, List.of());
    }

    private static boolean isLimit(GraphQLError error) {
        return error instanceof graphql.validation.ValidationError refused
                && switch (String.valueOf(refused.getValidationErrorType())) {
                    case "MaxQueryDepthExceeded", "MaxQueryFieldsExceeded" -> true;
                    default -> false;
                };
    }

    private static ClientError fault(
            Throwable cause, String where, @Nullable List<Object> path, List<SourceLocation> locations) {
        OutOfMemory.endProcessIf(cause);
        String errorId = HexFormat.of().toHexDigits(RANDOM.nextLong());
        LOG.atError()
                .setCause(cause)
                .addKeyValue("errorId", errorId)
                .addKeyValue("path", where)
                .log("A field failed");
        return new ClientError(
                "Something went wrong on our side. If it happens again, report this id: " + errorId,
                ClientError.INTERNAL,
                List.of(),
                path,
                locations,
                errorId,
                null);
    }

    /** The failure itself, without what futures wrap around it. */
    public static Throwable unwrapped(Throwable failure) {
        Throwable at = failure;
        while ((at instanceof CompletionException || at instanceof ExecutionException) && at.getCause() != null) {
            at = at.getCause();
        }
        return at;
    }
}
