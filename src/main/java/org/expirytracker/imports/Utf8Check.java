package org.expirytracker.imports;

import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.CoderResult;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;

/** Whether a file is UTF-8 from its first byte to its last, looked at piece by piece as it comes. */
public final class Utf8Check {

    private final CharsetDecoder decoder = StandardCharsets.UTF_8
            .newDecoder()
            .onMalformedInput(CodingErrorAction.REPORT)
            .onUnmappableCharacter(CodingErrorAction.REPORT);

    private final CharBuffer nowhere = CharBuffer.allocate(8_192);
    private byte[] rest = new byte[0];
    private boolean broken;

    /** Looks at the next piece. */
    public Utf8Check add(byte[] piece) {
        if (broken) {
            return this;
        }
        ByteBuffer bytes = ByteBuffer.allocate(rest.length + piece.length)
                .put(rest)
                .put(piece)
                .flip();
        CoderResult result;
        do {
            nowhere.clear();
            result = decoder.decode(bytes, nowhere, false);
        } while (result.isOverflow());
        broken = result.isError();
        rest = new byte[broken ? 0 : bytes.remaining()];
        if (!broken) {
            bytes.get(rest);
        }
        return this;
    }

    /** Whether all that has come is; a character that is cut at its end is not. */
    public boolean isUtf8() {
        return !broken && rest.length == 0;
    }
}
