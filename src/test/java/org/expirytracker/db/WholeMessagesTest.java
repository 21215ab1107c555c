package org.expirytracker.db;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.handler.codec.DecoderException;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.sqlclient.SqlConnection;
import io.vertx.sqlclient.Tuple;
import io.vertx.sqlclient.impl.SocketConnectionBase;
import io.vertx.sqlclient.internal.SqlConnectionInternal;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.expirytracker.TestDatabase;
import org.junit.jupiter.api.Test;

class WholeMessagesTest {

    /** ReadyForQuery, a message of ten bytes, and one without any. */
    private static final byte[] MESSAGES =
            ByteBufUtil.decodeHexDump("5a0000000549" + "44" + "0000000e" + "00112233445566778899" + "3200000004");

    private static final List<Integer> ENDS = List.of(6, 21, 26);

    private static byte[] bytes(ByteBuf piece) {
        byte[] bytes = ByteBufUtil.getBytes(piece);
        piece.release();
        return bytes;
    }

    @Test
    void are_handed_on_up_to_the_last_that_is_whole_wherever_they_are_cut() {
        for (int at = 1; at < MESSAGES.length; at++) {
            EmbeddedChannel channel = new EmbeddedChannel(new WholeMessages());
            List<Integer> ends = new ArrayList<>();
            List<byte[]> handed = new ArrayList<>();
            int sum = 0;

            channel.writeInbound(Unpooled.copiedBuffer(MESSAGES, 0, at));
            channel.writeInbound(Unpooled.copiedBuffer(MESSAGES, at, MESSAGES.length - at));
            for (ByteBuf piece = channel.readInbound(); piece != null; piece = channel.readInbound()) {
                sum += piece.readableBytes();
                ends.add(sum);
                handed.add(bytes(piece));
            }

            assertThat(ENDS).containsAll(ends);
            assertThat(Unpooled.wrappedBuffer(handed.toArray(byte[][]::new)))
                    .isEqualTo(Unpooled.wrappedBuffer(MESSAGES));
            assertThat(channel.finish()).isFalse();
        }
    }

    @Test
    void end_where_a_length_cannot_be() {
        EmbeddedChannel channel = new EmbeddedChannel(new WholeMessages());

        assertThatThrownBy(() -> channel.writeInbound(Unpooled.wrappedBuffer(ByteBufUtil.decodeHexDump("4400000003"))))
                .isInstanceOf(DecoderException.class)
                .hasMessageContaining("3 bytes");
    }

    private static List<String> handlers(SqlConnection connection) {
        SocketConnectionBase opened = (SocketConnectionBase)
                ((SqlConnectionInternal) connection).unwrap().unwrap();
        return opened.socket().channelHandlerContext().pipeline().names();
    }

    @Test
    void are_what_each_connection_reads() throws Exception {
        Vertx vertx = Vertx.vertx();
        try {
            Database database = new Database(vertx, TestDatabase.migrated().connectOptions(), 3);

            assertThat(database.transaction(connection -> Future.succeededFuture(handlers(connection)))
                            .await(20, TimeUnit.SECONDS))
                    .containsSubsequence("whole-messages", "codec");
            // More at once than a buffer of the network holds.
            List<Future<Integer>> answers = IntStream.rangeClosed(1, 20)
                    .mapToObj(number -> Rows.first(
                                    database.reads(),
                                    "SELECT repeat('x', $1) AS text",
                                    Tuple.of(number * 10_000),
                                    row -> row.getString("text").length())
                            .map(length -> length.orElse(0)))
                    .toList();
            Future.all(answers).await(20, TimeUnit.SECONDS);
            assertThat(answers)
                    .extracting(Future::result)
                    .containsExactlyElementsOf(IntStream.rangeClosed(1, 20)
                            .map(number -> number * 10_000)
                            .boxed()
                            .toList());

            database.close().await(20, TimeUnit.SECONDS);
        } finally {
            vertx.close().await(20, TimeUnit.SECONDS);
        }
    }
}
