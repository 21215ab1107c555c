package org.expirytracker.http;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.util.HexFormat;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A WebSocket peer that breaks RFC 6455: the socket ends with the code that names its fault (section 7.4.1). */
@SuppressWarnings("StringConcatToTextBlock") // The line ends of HTTP are to be seen.
class SocketViolationsTest {

    private static final String HANDSHAKE = "GET /graphql HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\n"
            + "Connection: Upgrade\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n"
            + "Sec-WebSocket-Protocol: graphql-transport-ws\r\n\r\n";
    private static final int CLOSE = 8;

    @SuppressWarnings("NullAway.Init")
    private static TestServer server;

    @BeforeAll
    static void start() {
        server = new TestServer();
    }

    @AfterAll
    static void stop() {
        server.close();
    }

    /** The frame with the mask 0, which leaves the payload as it is. */
    private static byte[] masked(int firstByte, byte[] payload) {
        ByteArrayOutputStream frame = new ByteArrayOutputStream();
        frame.write(firstByte);
        if (payload.length < 126) {
            frame.write(0x80 | payload.length);
        } else if (payload.length < 65_536) {
            frame.write(0x80 | 126);
            frame.write(payload.length >> 8);
            frame.write(payload.length);
        } else {
            frame.write(0x80 | 127);
            frame.writeBytes(new byte[4]);
            frame.writeBytes(new byte[] {
                (byte) (payload.length >> 24),
                (byte) (payload.length >> 16),
                (byte) (payload.length >> 8),
                (byte) payload.length
            });
        }
        frame.writeBytes(new byte[4]);
        frame.writeBytes(payload);
        return frame.toByteArray();
    }

    /** The code with which the server closes after these bytes; fails when it only ends the connection. */
    private static int closeCode(byte[]... frames) throws IOException {
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), server.port())) {
            socket.setSoTimeout(10_000);
            OutputStream out = socket.getOutputStream();
            out.write(HANDSHAKE.getBytes(ISO_8859_1));
            DataInputStream in = new DataInputStream(socket.getInputStream());
            StringBuilder head = new StringBuilder();
            while (!head.toString().endsWith("\r\n\r\n")) {
                head.append((char) in.readUnsignedByte());
            }
            assertThat(head.toString()).startsWith("HTTP/1.1 101 ");
            for (byte[] frame : frames) {
                out.write(frame);
            }
            return readCloseCode(in);
        }
    }

    private static int readCloseCode(DataInputStream in) throws IOException {
        try {
            while (true) {
                int opcode = in.readUnsignedByte() & 0x0f;
                int length = in.readUnsignedByte();
                byte[] payload = in.readNBytes(length == 126 ? in.readUnsignedShort() : length);
                if (opcode == CLOSE) {
                    return payload.length < 2 ? 1005 : ((payload[0] & 0xff) << 8) | (payload[1] & 0xff);
                }
            }
        } catch (EOFException cutOff) {
            return 1006;
        }
    }

    @ParameterizedTest(name = "{0}")
    @CsvSource({
        "an unmasked text, 1002, 81027b7d",
        "an unmasked close, 1002, 880203e8",
        "reserved bit 1 without an extension, 1002, c18000000000",
        "reserved bit 2, 1002, a18000000000",
        "reserved bit 3, 1002, 918000000000",
        "a reserved opcode of data, 1002, 838000000000",
        "a reserved opcode of control, 1002, 8b8000000000",
        "a fragmented ping, 1002, 098000000000",
        "a fragmented close, 1002, 088000000000",
        "a continuation of nothing, 1002, 808000000000",
        "a text inside of a text, 1002, 0181000000007b818000000000",
        "a close of one byte, 1002, 88810000000003",
        "a close with a code that may not be sent, 1002, 88820000000003ed",
        "a close with a code out of range, 1002, 88820000000000c8",
        "a text that is no UTF-8, 1007, 8182000000007bff",
        "an overlong slash, 1007, 818200000000c0af",
        "half a character, 1007, 818200000000e282",
        "a surrogate, 1007, 818300000000eda080",
        "a close whose reason is no UTF-8, 1007, 88840000000003e8c0af",
        "binary, 1003, 8282000000007b7d",
        "binary in fragments, 1003, 0281000000007b80810000000 07d",
    })
    void is_told_its_fault(String violation, int code, String hex) throws IOException {
        assertThat(closeCode(HexFormat.of().parseHex(hex.replace(" ", ""))))
                .as(violation)
                .isEqualTo(code);
    }

    @Test
    void whose_control_frame_is_longer_than_125_bytes_is_told_1002() throws IOException {
        assertThat(closeCode(masked(0x89, new byte[126]))).isEqualTo(1002);
    }

    @Test
    void whose_frame_is_too_large_is_told_1009() throws IOException {
        assertThat(closeCode(masked(0x81, "a".repeat(65_537).getBytes(UTF_8)))).isEqualTo(1009);
    }

    @Test
    void whose_message_is_too_large_in_fragments_is_told_1009() throws IOException {
        byte[] part = "a".repeat(40_000).getBytes(UTF_8);
        assertThat(closeCode(masked(0x01, part), masked(0x80, part))).isEqualTo(1009);
    }

    @Test
    void whose_frame_says_that_it_is_larger_than_anything_is_told_its_fault_at_once() throws IOException {
        assertThat(closeCode(HexFormat.of().parseHex("81ff7fffffffffffffff00000000")))
                .isEqualTo(1009);
        assertThat(closeCode(HexFormat.of().parseHex("81ffffffffffffffffff00000000")))
                .isEqualTo(1002);
    }

    @Test
    void whose_character_is_cut_by_a_fragment_is_understood() throws IOException {
        // It is no message of the protocol, which is another fault than a broken character.
        assertThat(closeCode(
                        masked(0x01, new byte[] {(byte) 0xe2}), masked(0x80, new byte[] {(byte) 0x82, (byte) 0xac})))
                .isEqualTo(4400);
    }

    @Test
    void who_leaves_in_good_order_is_answered_with_the_same_code() throws IOException {
        assertThat(closeCode(masked(0x88, new byte[] {0x03, (byte) 0xe8}))).isEqualTo(1000);
        assertThat(closeCode(masked(0x88, new byte[0]))).isIn(1000, 1005);
    }
}
