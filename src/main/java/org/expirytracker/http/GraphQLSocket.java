package org.expirytracker.http;

import com.fasterxml.jackson.core.JsonGenerator;
import io.netty.handler.codec.DecoderException;
import io.netty.handler.codec.http.websocketx.CorruptedWebSocketFrameException;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.ServerWebSocket;
import io.vertx.core.http.WebSocketFrame;
import io.vertx.core.internal.http.WebSocketInternal;
import java.io.IOException;
import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.expirytracker.api.Answer;
import org.expirytracker.api.ClientError;
import org.expirytracker.api.Cost;
import org.expirytracker.api.FieldErrors;
import org.expirytracker.api.GraphQLEngine;
import org.expirytracker.api.GraphQLRequest;
import org.expirytracker.credentials.AccessTokens;
import org.expirytracker.credentials.Authenticated;
import org.expirytracker.kernel.InventoryId;
import org.expirytracker.kernel.OutOfMemory;
import org.expirytracker.kernel.Problem;
import org.expirytracker.sessions.Device;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Subscriber;
import org.reactivestreams.Subscription;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One WebSocket that speaks {@code graphql-transport-ws} (the protocol of npm's graphql-ws). Events are asked of a
 * subscription one at a time and only while what was sent before has left; should those that are on their way already,
 * and the answers to queries, come to more than a megabyte, the socket is closed. The message that is leaving does not
 * count, so that a large answer harms nobody who reads it. So a slow reader costs no more memory than that and two
 * messages.
 */
final class GraphQLSocket {

    private static final Logger LOG = LoggerFactory.getLogger(GraphQLSocket.class);

    /** Most bytes of a message, in however many frames. */
    static final int MOST_MESSAGE_BYTES = 65_536;

    private static final int MOST_OPERATIONS = 100;
    private static final int MOST_ID_CHARACTERS = 128;
    private static final int MOST_QUEUED_BYTES = 1_048_576;

    /**
     * Why a socket is closed: codes of the protocol, of RFC 6455 and of the IANA registry. Which of them stands for what
     * is decided by what npm's graphql-ws, and whoever follows it, does by itself: after 1001, 1013, 4403 and 4408 it
     * connects again, after the others it gives up. So 4403 is for those who get in with a new token, and 4401 for those
     * whose token opens nothing.
     */
    enum Close {
        GOING_AWAY(1001, "The server goes away"),
        PROTOCOL_ERROR(1002, "Not a WebSocket frame that may come here"),
        NOT_TEXT(1003, "Only text is understood"),
        NOT_UTF_8(1007, "The text is not UTF-8"),
        TOO_LARGE(1009, "Message too large"),
        TRY_AGAIN_LATER(1013, "Try again later"),
        TOO_SLOW(1013, "What was sent is not read"),
        BAD_REQUEST(4400, "Invalid message"),
        TOO_MANY_SOCKETS(1013, "Too many sockets and event streams of this user; close one"),
        NOT_INITIALISED(4401, "Unauthorized: send connection_init first and wait for connection_ack"),
        NO_TOKEN(
                4401,
                "Unauthorized: connection_init needs authorization, headers.authorization, authToken, token or accessToken"),
        WRONG_TOKEN(4401, "Unauthorized: the token is not valid; log in again"),
        SESSION_ENDED(4401, "Unauthorized: the session or token has ended; log in again"),
        TOKEN_EXPIRED(4403, "Forbidden: the access token has expired; connect again with a new one"),
        RIGHTS_CHANGED(4403, "Forbidden: what this user may do has changed; connect again"),
        NO_MEMBER(4403, "Forbidden: there is no such inventory, or you are no member of it"),
        SUBPROTOCOL(4406, "Subprotocol not acceptable: speak graphql-transport-ws"),
        INIT_TIMEOUT(4408, "Connection initialisation timeout"),
        DUPLICATE_SUBSCRIBER(4409, "Subscriber already exists"),
        TOO_MANY_INITS(4429, "Too many initialisation requests");

        private final short code;
        private final String reason;

        Close(int code, String reason) {
            this.code = (short) code;
            this.reason = reason;
        }
    }

    private final Vertx vertx;
    private final ServerWebSocket socket;
    private final Device device;
    private final GraphQLEngine engine;
    private final Authentication authentication;
    private final OperationMetrics metrics;
    private final Occupancy occupancy;
    private final InstantSource clock;
    private final HttpOptions options;
    private final Map<String, Running> running = new HashMap<>();
    private final Deque<Running> waitingForRoom = new ArrayDeque<>();
    private final Set<Long> timers = new HashSet<>();

    /** The sizes of the messages that have not left, in their order. */
    private final Deque<Integer> queued = new ArrayDeque<>();

    /** The frames that have come of a message that is not whole. */
    private Buffer message = Buffer.buffer();

    private boolean inMessage;
    private boolean initialising;
    private boolean over;
    private boolean responsive = true;
    private long queuedBytes;
    private long stallTimer = -1;
    private @Nullable Stay stay;

    GraphQLSocket(
            Vertx vertx,
            ServerWebSocket socket,
            GraphQLEngine engine,
            Authentication authentication,
            OperationMetrics metrics,
            Occupancy occupancy,
            InstantSource clock,
            HttpOptions options) {
        this.vertx = vertx;
        this.socket = socket;
        this.device = new Device(
                socket.headers().get(HttpHeaders.USER_AGENT),
                options.trustedProxies().client(socket.remoteAddress(), socket.headers()));
        this.engine = engine;
        this.authentication = authentication;
        this.metrics = metrics;
        this.occupancy = occupancy;
        this.clock = clock;
        this.options = options;
    }

    /** Begins to listen. */
    void begin() {
        if (!GraphQLSocketHandler.PROTOCOL.equals(socket.subProtocol())) {
            close(Close.SUBPROTOCOL);
            return;
        }
        log("WebSocket opened");
        socket.frameHandler(this::received)
                .pongHandler(pong -> responsive = true)
                .drainHandler(drained -> drained())
                .exceptionHandler(this::failed);
        after(options.socketTimes().init().toMillis(), () -> {
            if (stay == null && !initialising) {
                close(Close.INIT_TIMEOUT);
            }
        });
        every(options.socketTimes().ping().toMillis(), this::ping);
    }

    /** Called before the connection is ended, so that the peer still learns why (RFC 6455, section 7.4.1). */
    private void failed(Throwable failure) {
        OutOfMemory.endProcessIf(failure);
        log("WebSocket failed: " + failure.getClass().getSimpleName());
        if (failure instanceof CorruptedWebSocketFrameException violation) {
            close(
                    switch (violation.closeStatus().code()) {
                        case 1007 -> Close.NOT_UTF_8;
                        case 1009 -> Close.TOO_LARGE;
                        default -> Close.PROTOCOL_ERROR;
                    });
        } else if (failure instanceof DecoderException) {
            close(Close.PROTOCOL_ERROR);
        }
        if (socket instanceof WebSocketInternal internal) {
            // While frames are being read, Vert.x puts off what it writes; the connection would end before it has left.
            internal.channelHandlerContext().flush();
        }
    }

    /** Puts the frames of a message together; Vert.x would replace what is not UTF-8 in silence. */
    private void received(WebSocketFrame frame) {
        if (frame.isBinary()) {
            close(Close.NOT_TEXT);
        }
        if (over || !(frame.isText() || frame.isContinuation())) {
            return;
        }
        if (frame.isText() == inMessage) {
            close(Close.PROTOCOL_ERROR);
            return;
        }
        inMessage = !frame.isFinal();
        Buffer part = frame.binaryData();
        if (message.length() + part.length() > MOST_MESSAGE_BYTES) {
            close(Close.TOO_LARGE);
        } else if (!engine.inFlight().reserve(part.length())) {
            close(Close.TRY_AGAIN_LATER);
        } else {
            message.appendBuffer(part);
            if (frame.isFinal()) {
                Buffer whole = message;
                forgetMessage();
                received(whole);
            }
        }
    }

    private void received(Buffer whole) {
        try {
            received(Json.text(whole));
        } catch (Json.Malformed notUtf8) {
            close(Close.NOT_UTF_8);
        }
    }

    private void forgetMessage() {
        engine.inFlight().release(message.length());
        message = Buffer.buffer();
    }

    /** How many operations run over this socket. */
    int operations() {
        return running.size();
    }

    /** Ends everything that runs, and gives the client the reason. */
    Future<?> close(Close why) {
        if (over) {
            return Future.succeededFuture();
        }
        closed();
        log("WebSocket closed with " + why.code + " " + why.reason);
        return socket.isClosed() ? Future.succeededFuture() : socket.close(why.code, why.reason);
    }

    /** Ends everything that runs, after the connection has ended. */
    void closed() {
        if (!over) {
            over = true;
            timers.forEach(vertx::cancelTimer);
            forgetMessage();
            if (stay != null) {
                stay.end();
            }
            List.copyOf(running.values()).forEach(Running::cancel);
            running.clear();
            waitingForRoom.clear();
        }
    }

    private void log(String message) {
        LOG.debug(message);
    }

    private void after(long millis, Runnable action) {
        timers.add(vertx.setTimer(Math.max(millis, 1), timer -> {
            timers.remove(timer);
            action.run();
        }));
    }

    private void every(long millis, Runnable action) {
        timers.add(vertx.setPeriodic(millis, timer -> action.run()));
    }

    private void ping() {
        if (!responsive && waitingForRoom.isEmpty()) {
            // A peer that is gone cannot read a reason; closing ends the connection after a moment.
            close(Close.GOING_AWAY);
        } else if (!socket.isClosed()) {
            responsive = false;
            socket.writePing(Buffer.buffer());
        }
    }

    private void received(String text) {
        if (over) {
            return;
        }
        responsive = true;
        try {
            Map<String, Object> envelope = Json.object(text);
            switch (envelope.get("type") instanceof String type ? type : "") {
                case "connection_init" -> initialise(payload(envelope));
                case "ping" -> pong(payload(envelope));
                case "pong" -> payload(envelope);
                case "subscribe" -> subscribe(id(envelope), payload(envelope));
                case "complete" -> complete(id(envelope));
                default -> close(Close.BAD_REQUEST);
            }
        } catch (Json.Malformed malformed) {
            close(Close.BAD_REQUEST);
        }
        if (isFull()) {
            // Whoever does not read answers may not go on asking.
            socket.pause();
            stalled();
        }
    }

    @SuppressWarnings("unchecked")
    private static @Nullable Map<String, Object> payload(Map<String, Object> message) throws Json.Malformed {
        return switch (message.get("payload")) {
            case null -> null;
            case Map<?, ?> payload -> (Map<String, Object>) payload;
            default -> throw new Json.Malformed("payload must be an object");
        };
    }

    private static String id(Map<String, Object> message) throws Json.Malformed {
        if (message.get("id") instanceof String id && !id.isEmpty() && id.length() <= MOST_ID_CHARACTERS) {
            return id;
        }
        throw new Json.Malformed("id must be a text");
    }

    private void initialise(@Nullable Map<String, Object> payload) {
        if (initialising || stay != null) {
            close(Close.TOO_MANY_INITS);
            return;
        }
        initialising = true;
        Optional<String> given = BearerToken.ofInit(payload, socket.headers().get(HttpHeaders.AUTHORIZATION));
        if (given.isEmpty()) {
            close(Close.NO_TOKEN);
            return;
        }
        Optional<InventoryId> inventory;
        try {
            inventory = ActingInventory.ofInit(payload, socket.headers().get(ActingInventory.HEADER));
        } catch (Problem noId) {
            close(Close.NO_MEMBER);
            return;
        }
        authentication.authenticate(given.get(), inventory).onComplete(this::initialised, failure -> {
            if (Problem.isUnauthenticated(failure)) {
                engine.payForRefusal(device);
            }
            close(whyRefused(failure));
        });
    }

    private void initialised(Authenticated authenticated) {
        if (over) {
            return;
        }
        Optional<Stay> begun = Stay.begin(vertx, occupancy, clock, authenticated, why -> close(whyOver(why)));
        if (begun.isEmpty()) {
            close(Close.TOO_MANY_SOCKETS);
            return;
        }
        stay = begun.get();
        send(json -> json.writeStringField("type", "connection_ack"));
    }

    /** Ends the socket of a caller whose session has ended, or who may do something else now than before. */
    void checkSession() {
        if (stay != null) {
            stay.check();
        }
    }

    private static Close whyRefused(Throwable failure) {
        if (Problem.isForbidden(failure)) {
            return Close.NO_MEMBER;
        }
        if (!Problem.isUnauthenticated(failure)) {
            return Close.TRY_AGAIN_LATER;
        }
        return AccessTokens.isExpired(failure) ? Close.TOKEN_EXPIRED : Close.WRONG_TOKEN;
    }

    private static Close whyOver(Stay.Over why) {
        return switch (why) {
            case EXPIRED -> Close.TOKEN_EXPIRED;
            case CHANGED -> Close.RIGHTS_CHANGED;
            case ENDED -> Close.SESSION_ENDED;
        };
    }

    private void pong(@Nullable Map<String, Object> payload) {
        send(json -> {
            json.writeStringField("type", "pong");
            if (payload != null) {
                json.writeFieldName("payload");
                Json.writeValue(json, payload);
            }
        });
    }

    private void complete(String id) {
        Running ended = running.remove(id);
        if (ended != null) {
            ended.cancel();
        }
    }

    private void subscribe(String id, @Nullable Map<String, Object> payload) throws Json.Malformed {
        if (stay == null) {
            close(Close.NOT_INITIALISED);
            return;
        }
        if (payload == null) {
            throw new Json.Malformed("payload must be an object");
        }
        GraphQLRequest request = RequestBody.read(payload, device);
        if (running.containsKey(id)) {
            close(Close.DUPLICATE_SUBSCRIBER);
            return;
        }
        if (running.size() >= MOST_OPERATIONS) {
            sendError(
                    id,
                    List.of(ClientError.of(
                            Problem.Code.LIMIT_REACHED.name(),
                            "This socket has %d operations; complete one, or open another socket."
                                    .formatted(MOST_OPERATIONS))));
            return;
        }
        Running started = new Running(id);
        running.put(id, started);
        engine.execute(request, Optional.of(stay.caller()), GraphQLEngine.Allowed.EVERYTHING, options.requestTimeout())
                .onSuccess(started::answered);
    }

    private void sendError(String id, List<ClientError> errors) {
        send(json -> {
            json.writeStringField("id", id);
            json.writeStringField("type", "error");
            json.writeFieldName("payload");
            Json.writeErrors(json, errors);
        });
    }

    /** Writes the members of a message. */
    @FunctionalInterface
    private interface Members {
        void writeTo(JsonGenerator json) throws IOException;
    }

    /** Returns how many bytes it sends; none when nobody is there. */
    private int send(Members members) {
        if (over || socket.isClosed()) {
            return 0;
        }
        Buffer message = Json.write(json -> {
            json.writeStartObject();
            members.writeTo(json);
            json.writeEndObject();
        });
        int bytes = message.length();
        queued.add(bytes);
        queuedBytes += bytes;
        engine.inFlight().hold(bytes);
        TextFrames.write(socket, message).onComplete(left -> {
            engine.inFlight().release(bytes);
            queuedBytes -= queued.remove();
        });
        return bytes;
    }

    /** Whether too much waits behind the message that is leaving. */
    private boolean isOverfull() {
        return !queued.isEmpty() && queuedBytes - queued.getFirst() > MOST_QUEUED_BYTES;
    }

    /** A socket that is closed already, before this has noticed, has no queue. */
    private boolean isFull() {
        return !over && !socket.isClosed() && socket.writeQueueFull();
    }

    private void drained() {
        if (stallTimer >= 0) {
            vertx.cancelTimer(stallTimer);
            timers.remove(stallTimer);
            stallTimer = -1;
        }
        if (!over && !socket.isClosed()) {
            socket.resume();
        }
        // Those that find the queue full again go back to its end.
        for (int left = waitingForRoom.size(); left > 0 && !over; left--) {
            waitingForRoom.remove().more();
        }
    }

    private void stalled() {
        if (engine.inFlight().isFull()) {
            close(Close.TOO_SLOW);
        } else if (stallTimer < 0) {
            stallTimer = vertx.setTimer(options.socketTimes().stall().toMillis(), timer -> close(Close.TOO_SLOW));
            timers.add(stallTimer);
        }
    }

    /** One operation: at first being executed, then, if it is a subscription, a stream of results. */
    private final class Running implements Subscriber<Answer.Executed> {

        private final String id;
        private final long started = System.nanoTime();
        private @Nullable Cost cost;
        private @Nullable Subscription subscription;
        private boolean cancelled;

        Running(String id) {
            this.id = id;
        }

        void cancel() {
            cancelled = true;
            waitingForRoom.remove(this);
            if (subscription != null) {
                subscription.cancel();
            }
        }

        private void answered(Answer answer) {
            metrics.answered(answer, started);
            switch (answer) {
                case Answer.Events events -> {
                    cost = events.cost();
                    // Even if nobody waits any more: only what is subscribed to can be cancelled.
                    events.results().subscribe(this);
                }
                case Answer.Refused refused -> {
                    if (end()) {
                        sendError(id, refused.errors());
                    }
                }
                case Answer.Executed executed -> {
                    if (end() && next(executed)) {
                        sendComplete();
                    }
                }
            }
        }

        /** Whether this operation was still running. */
        private boolean end() {
            return !cancelled && running.remove(id, this);
        }

        @Override
        public void onSubscribe(Subscription begun) {
            subscription = begun;
            if (cancelled) {
                begun.cancel();
            } else {
                more();
            }
        }

        private void more() {
            if (cancelled || subscription == null) {
                return;
            }
            if (isFull()) {
                waitingForRoom.add(this);
                stalled();
            } else {
                subscription.request(1);
            }
        }

        @Override
        public void onNext(Answer.Executed executed) {
            if (!cancelled) {
                boolean sent = next(executed.withCost(cost));
                cost = null;
                if (sent) {
                    more();
                } else {
                    running.remove(id, this);
                    cancel();
                }
            }
        }

        /** False when there is too much to send: then that was sent instead, which ends the operation. */
        private boolean next(Answer.Executed executed) {
            if (isOverfull()) {
                close(Close.TOO_SLOW);
                return false;
            }
            try {
                int bytes = send(json -> {
                    json.writeStringField("id", id);
                    json.writeStringField("type", "next");
                    json.writeFieldName("payload");
                    Json.writeExecuted(json, executed);
                });
                if (executed.cost() != null && subscription == null) {
                    engine.inFlight().answered(executed.cost().requested(), bytes);
                }
                return true;
            } catch (Json.TooLarge tooLarge) {
                sendError(id, List.of(tooLarge.error()));
                return false;
            }
        }

        @Override
        public void onError(Throwable failure) {
            if (end()) {
                sendError(id, FieldErrors.of(failure));
            }
        }

        @Override
        public void onComplete() {
            if (end()) {
                sendComplete();
            }
        }

        private void sendComplete() {
            send(json -> {
                json.writeStringField("id", id);
                json.writeStringField("type", "complete");
            });
        }
    }
}
