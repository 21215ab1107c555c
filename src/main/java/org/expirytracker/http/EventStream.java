package org.expirytracker.http;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServerResponse;
import java.time.Duration;
import java.util.List;
import java.util.function.Consumer;
import org.expirytracker.api.Answer;
import org.expirytracker.api.ClientError;
import org.expirytracker.api.Cost;
import org.expirytracker.api.FieldErrors;
import org.expirytracker.kernel.Problem;
import org.expirytracker.limits.BytesInFlight;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Subscriber;
import org.reactivestreams.Subscription;

/**
 * One subscription whose results leave as Server-Sent Events (npm's graphql-sse, "Distinct connections mode"). They are
 * asked for one at a time and only while what was sent before has left; so a slow reader costs no memory.
 */
final class EventStream implements Subscriber<Answer.Executed> {

    private static final Buffer COMMENT = Buffer.buffer(":\n\n");
    private static final Buffer COMPLETE = Buffer.buffer("event: complete\ndata:\n\n");

    private static final Buffer EXPIRED =
            Buffer.buffer(": The access token has expired; connect again with a new one.\n\n");

    /**
     * Why a stream ends before its subscription does: the last event tells it. The end of an access token is none of
     * them: that happens every few minutes, and a client that connects again with a new token and {@code Last-Event-ID}
     * goes on as if nothing had been.
     */
    enum End {
        /** No complete event follows, so that clients come back. */
        GOING_AWAY(Problem.Code.UNAVAILABLE, "The server goes away. Subscribe again.", false),
        /** As above. */
        TOO_SLOW(Problem.Code.LIMIT_REACHED, "What was sent is not read. Subscribe again.", false),
        /** A complete event follows: coming back with the same token would not help. */
        UNAUTHORIZED(Problem.Code.UNAUTHENTICATED, "The session or the token has ended. Log in again.", true),
        /** No complete event follows. */
        CHANGED(Problem.Code.UNAUTHENTICATED, "What this user may do has changed. Subscribe again.", false);

        private final Problem.Code code;
        private final String message;
        private final boolean forGood;

        End(Problem.Code code, String message, boolean forGood) {
            this.code = code;
            this.message = message;
            this.forGood = forGood;
        }
    }

    private final Vertx vertx;
    private final HttpExchange exchange;
    private final HttpServerResponse response;
    private final Duration patience;
    private final BytesInFlight inFlight;
    private final Consumer<EventStream> ended;
    private @Nullable Cost cost;
    private @Nullable Subscription subscription;
    private @Nullable Stay stay;
    private boolean waitingForRoom;
    private boolean over;
    private long stallTimer = -1;

    /**
     * A stream that has not begun.
     *
     * @param patience until what was sent must have left; none when the node has no memory to spare
     * @param ended called once when the stream is over, whatever the reason
     */
    EventStream(
            Vertx vertx,
            HttpExchange exchange,
            Cost cost,
            Duration patience,
            BytesInFlight inFlight,
            Consumer<EventStream> ended) {
        this.vertx = vertx;
        this.exchange = exchange;
        this.response = exchange.response();
        this.cost = cost;
        this.patience = patience;
        this.inFlight = inFlight;
        this.ended = ended;
    }

    /** A whole answer: that of a query or mutation, or why nothing was executed. */
    static Buffer whole(Buffer json) {
        return next(json).appendBuffer(COMPLETE);
    }

    private static Buffer next(Buffer json) {
        return Buffer.buffer(json.length() + 128)
                .appendString("event: next\ndata: ")
                .appendBuffer(json)
                .appendString("\n\n");
    }

    /**
     * Sends the head of the answer; what is subscribed to this from now on follows.
     *
     * @param begun which this ends
     */
    void begin(Stay begun) {
        stay = begun;
        exchange.beginStream();
        response.closeHandler(gone -> cancel()).drainHandler(drained -> drained());
        // So that the client sees at once that it is subscribed.
        write(COMMENT);
    }

    /** For proxies that end connections on which nothing is sent. */
    void beat() {
        if (!over && !response.writeQueueFull()) {
            write(COMMENT);
        }
    }

    void checkSession() {
        if (stay != null) {
            stay.check();
        }
    }

    @Override
    public void onSubscribe(Subscription begun) {
        subscription = begun;
        if (response.closed()) {
            cancel();
        }
        if (over) {
            begun.cancel();
        } else {
            more();
        }
    }

    private void more() {
        if (over || subscription == null) {
            return;
        }
        if (response.writeQueueFull()) {
            if (inFlight.isFull()) {
                end(End.TOO_SLOW);
                return;
            }
            waitingForRoom = true;
            if (stallTimer < 0) {
                stallTimer = vertx.setTimer(patience.toMillis(), timer -> end(End.TOO_SLOW));
            }
        } else {
            subscription.request(1);
        }
    }

    private void drained() {
        vertx.cancelTimer(stallTimer);
        stallTimer = -1;
        if (waitingForRoom) {
            waitingForRoom = false;
            more();
        }
    }

    @Override
    public void onNext(Answer.Executed executed) {
        if (over) {
            return;
        }
        Answer.Executed result = executed.withCost(cost);
        cost = null;
        Buffer json;
        try {
            json = Json.executed(result);
        } catch (Json.TooLarge tooLarge) {
            last(List.of(tooLarge.error()), true);
            return;
        }
        write(
                executed.cursor() == null
                        ? next(json)
                        : Buffer.buffer("id: " + executed.cursor() + "\n").appendBuffer(next(json)));
        more();
    }

    @Override
    public void onError(Throwable failure) {
        last(FieldErrors.of(failure), true);
    }

    @Override
    public void onComplete() {
        if (!over) {
            write(COMPLETE);
            endResponse();
        }
    }

    /** Ends the stream because the caller may stay no longer. */
    void over(Stay.Over why) {
        switch (why) {
            case EXPIRED -> expired();
            case CHANGED -> end(End.CHANGED);
            case ENDED -> end(End.UNAUTHORIZED);
        }
    }

    private void expired() {
        if (!over) {
            write(EXPIRED);
            endResponse();
        }
    }

    /** Ends the stream and gives the client the reason. */
    Future<?> end(End why) {
        return last(List.of(ClientError.of(why.code.name(), why.message)), why.forGood);
    }

    private Future<?> last(List<ClientError> errors, boolean complete) {
        if (over) {
            return Future.succeededFuture();
        }
        write(next(Json.write(json -> Json.writeRefused(json, errors, null))));
        if (complete) {
            write(COMPLETE);
        }
        return endResponse();
    }

    private Future<?> endResponse() {
        cancel();
        return exchange.endStream();
    }

    private void write(Buffer event) {
        if (!response.closed()) {
            inFlight.hold(event.length());
            response.write(event).onComplete(left -> inFlight.release(event.length()));
        }
    }

    /** Ends everything that this holds and says nothing. */
    void cancel() {
        if (over) {
            return;
        }
        over = true;
        vertx.cancelTimer(stallTimer);
        if (subscription != null) {
            subscription.cancel();
        }
        if (stay != null) {
            stay.end();
        }
        ended.accept(this);
    }
}
