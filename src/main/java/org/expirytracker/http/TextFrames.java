package org.expirytracker.http;

import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.WebSocket;
import io.vertx.core.http.WebSocketFrame;
import io.vertx.core.http.WebSocketFrameType;
import io.vertx.core.http.impl.ws.WebSocketFrameImpl;
import io.vertx.core.internal.buffer.BufferInternal;

/**
 * Text messages of a WebSocket that are UTF-8 already. Vert.x writes strings alone, for which the bytes would be taken apart
 * and put together again.
 */
final class TextFrames {

    private TextFrames() {}

    /** As {@link WebSocket#writeTextMessage}, also in frames of the same size; completes when the whole has left. */
    static Future<Void> write(WebSocket socket, Buffer message) {
        int from = 0;
        while (message.length() - from > GraphQLSocket.MOST_MESSAGE_BYTES) {
            socket.writeFrame(frame(message, from, from + GraphQLSocket.MOST_MESSAGE_BYTES));
            from += GraphQLSocket.MOST_MESSAGE_BYTES;
        }
        return socket.writeFrame(frame(message, from, message.length()));
    }

    private static WebSocketFrame frame(Buffer message, int from, int to) {
        Buffer part = message.slice(from, to);
        boolean last = to == message.length();
        return from == 0
                ? new WebSocketFrameImpl(WebSocketFrameType.TEXT, ((BufferInternal) part).getByteBuf(), last)
                : WebSocketFrame.continuationFrame(part, last);
    }
}
