package org.expirytracker.http;

import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFactory;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelOption;
import io.netty.channel.ChannelPromise;
import io.netty.channel.socket.nio.NioSocketChannel;
import io.vertx.core.impl.transports.NioTransport;
import io.vertx.core.net.NetServerOptions;
import io.vertx.core.transport.Transport;
import java.util.concurrent.TimeUnit;

/**
 * How Vert.x accepts connections, with the difference that none is before a loop can answer, and that each is counted as it
 * is accepted, before an event loop is told of it: a crowd that comes at once would otherwise take all files of the process
 * before the loops could turn it away. And how it makes connections to others, which do not outlast their own end by more than
 * a moment.
 */
public final class CountedTransport implements Transport {

    private final Acceptance acceptance;

    /** Lets in as many clients as there is room for, and closes the others at once. */
    public CountedTransport(Occupancy occupancy) {
        acceptance = new Acceptance(new Door(occupancy));
    }

    @Override
    public String name() {
        return NIO.name();
    }

    @Override
    public boolean available() {
        return NIO.available();
    }

    @Override
    public Throwable unavailabilityCause() {
        return NIO.unavailabilityCause();
    }

    @Override
    public io.vertx.core.spi.transport.Transport implementation() {
        return acceptance;
    }

    private static final class Acceptance extends NioTransport {

        private final Door door;

        Acceptance(Door door) {
            this.door = door;
        }

        @Override
        public void configure(NetServerOptions options, boolean domainSocket, ServerBootstrap bootstrap) {
            super.configure(options, domainSocket, bootstrap);
            // Vert.x may still be about to make what a connection is measured by when the first one comes, and fails it
            // then.
            bootstrap.handler(door).option(ChannelOption.AUTO_READ, false);
        }

        @Override
        public ChannelFactory<? extends Channel> channelFactory(boolean domainSocket) {
            return domainSocket ? super.channelFactory(domainSocket) : Parting::new;
        }
    }

    /**
     * Says that it sends no more, as the client of PostgreSQL does when nothing arrives, and waits for the other side to say so
     * too: for a moment, where that client would wait as long as the network keeps silent.
     */
    private static final class Parting extends NioSocketChannel {

        private static final int PATIENCE_SECONDS = 2;

        @Override
        public ChannelFuture shutdownOutput(ChannelPromise promise) {
            eventLoop().schedule(() -> unsafe().close(unsafe().voidPromise()), PATIENCE_SECONDS, TimeUnit.SECONDS);
            return super.shutdownOutput(promise);
        }
    }

    /** What is read from a listening channel are the connections that it accepted. */
    @ChannelHandler.Sharable
    private static final class Door extends ChannelInboundHandlerAdapter {

        private final Occupancy occupancy;

        Door(Occupancy occupancy) {
            this.occupancy = occupancy;
        }

        @Override
        public void channelActive(ChannelHandlerContext context) {
            context.fireChannelActive();
            occupancy.whenOpen(() -> context.channel().config().setAutoRead(true));
        }

        @Override
        public void channelRead(ChannelHandlerContext context, Object accepted) {
            Channel connection = (Channel) accepted;
            if (occupancy.connected()) {
                connection.closeFuture().addListener(closed -> occupancy.disconnected());
                context.fireChannelRead(accepted);
            } else {
                // Nothing is sent: an answer would cost what there is no room for.
                connection.unsafe().closeForcibly();
            }
        }
    }
}
