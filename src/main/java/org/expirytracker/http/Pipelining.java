package org.expirytracker.http;

import io.netty.channel.ChannelDuplexHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPromise;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpStatusClass;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.util.ReferenceCountUtil;
import io.vertx.core.http.HttpConnection;
import io.vertx.core.net.impl.ConnectionBase;
import org.expirytracker.limits.BytesInFlight;

/**
 * How many requests of one connection wait for the answer of the one before (RFC 9112, section 9.3.2). Vert.x takes a
 * megabyte of them at once before it stops reading, and each that is read holds some twenty times its bytes. A connection
 * with more than {@value #MOST_WAITING} is closed, as is each that has any when there is no room for more bytes; its client
 * may send again what was not answered.
 */
final class Pipelining extends ChannelDuplexHandler {

    static final int MOST_WAITING = 32;

    /** Of a request that waits; its head may be larger, which is as rare as it is bounded. */
    private static final int BYTES = 2_048;

    private final BytesInFlight inFlight;
    private int unanswered;
    private boolean closed;

    private Pipelining(BytesInFlight inFlight) {
        this.inFlight = inFlight;
    }

    /** Counts the requests of a connection from here on. */
    static void bound(HttpConnection connection, BytesInFlight inFlight) {
        ChannelHandlerContext vertx = ((ConnectionBase) connection).channelHandlerContext();
        vertx.pipeline().addBefore(vertx.name(), "pipelining", new Pipelining(inFlight));
    }

    @Override
    public void channelRead(ChannelHandlerContext context, Object message) {
        if (!closed && message instanceof HttpRequest) {
            unanswered++;
            if (waiting() > 0) {
                inFlight.hold(BYTES);
                closed = waiting() > MOST_WAITING || inFlight.isFull();
            }
            if (closed) {
                context.close();
            }
        }
        if (closed) {
            ReferenceCountUtil.release(message);
        } else {
            context.fireChannelRead(message);
        }
    }

    /** Vert.x writes nothing while the client does not take what was written, so what is written has as good as left. */
    @Override
    public void write(ChannelHandlerContext context, Object message, ChannelPromise promise) {
        if (message instanceof LastHttpContent && !isInterim(message) && unanswered > 0) {
            if (waiting() > 0) {
                inFlight.release(BYTES);
            }
            unanswered--;
        }
        context.write(message, promise);
    }

    private static boolean isInterim(Object message) {
        return message instanceof HttpResponse response
                && response.status().codeClass() == HttpStatusClass.INFORMATIONAL;
    }

    @Override
    public void handlerRemoved(ChannelHandlerContext context) {
        inFlight.release((long) waiting() * BYTES);
        unanswered = 0;
    }

    private int waiting() {
        return Math.max(unanswered - 1, 0);
    }
}
