package org.expirytracker.db;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPipeline;
import io.netty.handler.codec.ByteToMessageDecoder;
import io.netty.handler.codec.CorruptedFrameException;
import io.vertx.sqlclient.SqlConnection;
import io.vertx.sqlclient.impl.SocketConnectionBase;
import io.vertx.sqlclient.internal.SqlConnectionInternal;
import java.util.List;

/**
 * Hands on what PostgreSQL sends in whole messages. The decoder of Vert.x keeps every byte since it last had no part of a
 * message left, and copies all of them again for each megabyte that comes: where large results follow each other without a
 * pause, as they do on a pipelined connection, all others on it would wait for minutes.
 */
final class WholeMessages extends ByteToMessageDecoder {

    private static final int TYPE_BYTES = 1;
    private static final int LENGTH_BYTES = 4;

    /** Has a connection read so from here on; it has just been opened, and nothing is on its way. */
    static void readBy(SqlConnection connection) {
        if (((SqlConnectionInternal) connection).unwrap().unwrap() instanceof SocketConnectionBase opened) {
            ChannelPipeline pipeline = opened.socket().channelHandlerContext().pipeline();
            pipeline.addBefore("codec", "whole-messages", new WholeMessages());
        }
    }

    /** PostgreSQL's protocol 3, "Message Formats": a type, a length that counts itself, and the rest. */
    @Override
    protected void decode(ChannelHandlerContext context, ByteBuf in, List<Object> out) {
        int end = in.readerIndex();
        while (in.writerIndex() - end >= TYPE_BYTES + LENGTH_BYTES) {
            int length = in.getInt(end + TYPE_BYTES);
            if (length < LENGTH_BYTES) {
                throw new CorruptedFrameException(
                        "A message of the database says that it has %d bytes.".formatted(length));
            }
            if (in.writerIndex() - end - TYPE_BYTES < length) {
                break;
            }
            end += TYPE_BYTES + length;
        }
        if (end > in.readerIndex()) {
            out.add(in.readRetainedSlice(end - in.readerIndex()));
        }
    }
}
