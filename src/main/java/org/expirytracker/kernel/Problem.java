package org.expirytracker.kernel;

import java.time.Instant;
import java.util.List;
import java.util.stream.Collectors;

/**
 * A failure that a client may read. Anything else that is thrown is a bug, and is shown as {@code INTERNAL}
 * with an id and nothing more.
 *
 * <p>Has no stack trace: it is an answer, not an accident.
 */
public final class Problem extends RuntimeException {

    /** Closed set of what can go wrong; clients branch on it. */
    public enum Code {
        /** An argument is not of the form or range that its description names. HTTP analogue: 400. */
        INVALID(true),
        /** What the id names does not exist, or is another user's, which is the same. 404. */
        NOT_FOUND(true),
        /** What is asked contradicts what is there, such as a name that is taken. 409. */
        CONFLICT(true),
        /** The object has changed since the version that the client expected. 409. */
        STALE_VERSION(true),
        /** The name or password, or the refresh token, is not right. Says no more than that, on purpose. */
        WRONG_CREDENTIALS(true),
        /** The account is locked for a while. */
        ACCOUNT_LOCKED(true),
        /** Two-factor authentication is not set up for this account. */
        TWO_FACTOR_NOT_SET_UP(true),
        /** The idempotency key was used before, with another input. 422. */
        IDEMPOTENCY_KEY_REUSED(true),
        /** No valid access token came with the request. 401. */
        UNAUTHENTICATED(false),
        /** Known caller, not allowed to do this. 403. */
        FORBIDDEN(false),
        /** The request is larger, deeper or more expensive than is allowed. 429 or 413. */
        LIMIT_REACHED(false),
        /** The database does not answer, or not in time; the same request may succeed later. 503. */
        UNAVAILABLE(false);

        private final boolean refusal;

        Code(boolean refusal) {
            this.refusal = refusal;
        }

        /** Whether a mutation tells it in {@code userErrors}; the others are top-level errors. */
        public boolean isRefusal() {
            return refusal;
        }
    }

    private static final long serialVersionUID = 1L;

    private final transient List<UserError> errors;

    private Problem(List<UserError> errors) {
        super(errors.stream().map(UserError::message).collect(Collectors.joining(" ")), null, false, false);
        this.errors = errors;
    }

    /** A failure that concerns no single input. */
    public static Problem of(Code code, String message) {
        return new Problem(List.of(new UserError(code, message, List.of())));
    }

    /** A failure caused by one input, named by its path. */
    public static Problem at(Code code, List<String> field, String message) {
        return new Problem(List.of(new UserError(code, message, List.copyOf(field))));
    }

    /** A failure that is over at some instant, such as a lock. */
    public static Problem until(Code code, Instant retryAt, String message) {
        return new Problem(List.of(new UserError(code, message, List.of(), retryAt)));
    }

    /**
     * Several refusals at once.
     *
     * @param errors at least one
     */
    public static Problem all(List<UserError> errors) {
        return new Problem(List.copyOf(errors));
    }

    /** Whether a failure means that the token that was sent proves nothing, or not any more. */
    public static boolean isUnauthenticated(Throwable failure) {
        return failure instanceof Problem problem && problem.code() == Code.UNAUTHENTICATED;
    }

    /** Whether a failure means that who is known may not do this. */
    public static boolean isForbidden(Throwable failure) {
        return failure instanceof Problem problem && problem.code() == Code.FORBIDDEN;
    }

    /** The code of the first error. */
    public Code code() {
        return errors.getFirst().code();
    }

    /** Every error, at least one. */
    public List<UserError> errors() {
        return errors;
    }
}
