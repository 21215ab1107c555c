package org.expirytracker.api;

import graphql.ExecutionResult;
import java.util.List;
import org.expirytracker.kernel.Problem;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Publisher;

/** What became of a request. */
public sealed interface Answer {

    /**
     * Nothing was executed.
     *
     * @param errors at least one
     * @param cost null when it was not paid for, or costs the least whatever it is
     */
    record Refused(
            Reason reason,
            List<ClientError> errors,
            @Nullable Cost cost) implements Answer {

        /** Nobody's fault: the same may be done in a few seconds. */
        public static final Refused OVERLOADED = new Refused(
                Reason.OVERLOAD,
                List.of(ClientError.of(
                        Problem.Code.UNAVAILABLE.name(),
                        "Too much is asked of this server just now. Try again in a few seconds.")));

        Refused(Reason reason, List<ClientError> errors) {
            this(reason, errors, null);
        }
    }

    /** Why nothing was executed. */
    enum Reason {
        /** The document is named by a hash that this node does not know: it is to be sent with its text. */
        DOCUMENT_UNKNOWN,
        /** The document or its variables are not what the schema asks for. */
        INVALID,
        /** It is larger, deeper or dearer than is allowed, or names a page of impossible size. */
        LIMIT,
        /** A budget has not enough for it just now. */
        BUDGET,
        /** The node has no memory for it just now. */
        OVERLOAD,
        /** It changes something and came by a way that is only for reading. */
        NOT_A_QUERY,
        /** It asks for what is not open to anybody, without an access token. */
        UNAUTHENTICATED,
        /** It asks for what its caller may not see or do. */
        FORBIDDEN,
        /** It was given up because it took too long; it may have had its effect all the same. */
        LATE
    }

    /**
     * It was executed, perhaps in part.
     *
     * @param data as {@link Written} what a plan answered, as a map what graphql-java did; null when nothing could be
     *     answered
     * @param errors possibly empty
     * @param cost null when that was told before, with the first event of a subscription, or nothing was paid
     * @param cursor of an event of a subscription: where to continue after it; null for what has no place
     * @param holdsSecret whether something was asked for that lets its holder in
     */
    record Executed(
            @Nullable Object data,
            List<ClientError> errors,
            @Nullable Cost cost,
            @Nullable String cursor,
            boolean holdsSecret)
            implements Answer {

        /** What nothing secret was asked of, and what has no place in the log. */
        public Executed(@Nullable Object data, List<ClientError> errors, @Nullable Cost cost) {
            this(data, errors, cost, null, false);
        }

        /** The same, with what the whole costs. */
        public Executed withCost(@Nullable Cost cost) {
            return new Executed(data, errors, cost, cursor, holdsSecret);
        }

        /** Without what was answered: there may be a token in it, and it may end up in a log. */
        @Override
        public String toString() {
            return "Executed[errors=" + errors.size() + "]";
        }
    }

    /**
     * A subscription: one result for each event, as fast as they are asked for.
     *
     * @param cost of the whole, however many events there will be; to be told with the first of them
     */
    record Events(Publisher<Executed> results, Cost cost) implements Answer {}

    /** What the engine itself answered, in the one shape. */
    static Executed executed(
            ExecutionResult result, @Nullable Cost cost, @Nullable String cursor, boolean holdsSecret) {
        return new Executed(result.getData(), FieldErrors.all(result.getErrors()), cost, cursor, holdsSecret);
    }
}
