package org.expirytracker.http;

import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelOption;
import io.vertx.core.impl.transports.NioTransport;
import io.vertx.core.net.NetServerOptions;
import io.vertx.core.transport.Transport;

/**
 * How Vert.x accepts connections, with the difference that none is before a loop can answer, and that each is counted as it
 * is accepted, before an event loop is told of it: a crowd that comes at once would otherwise take all files of the process
 * before the loops could turn it away.
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
