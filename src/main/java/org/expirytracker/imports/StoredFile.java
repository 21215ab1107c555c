package org.expirytracker.imports;

import io.vertx.core.buffer.Buffer;
import java.io.InputStream;
import java.util.Optional;
import java.util.function.IntFunction;
import org.jspecify.annotations.Nullable;

/** A file read from its pieces in the database, one at a time. Blocking. */
final class StoredFile extends InputStream {

    private final IntFunction<Optional<Buffer>> pieces;
    private byte @Nullable [] piece = new byte[0];
    private int at;
    private int next;

    /**
     * Opens nothing yet.
     *
     * @param pieces the piece at a place; empty after the last one
     */
    StoredFile(IntFunction<Optional<Buffer>> pieces) {
        this.pieces = pieces;
    }

    private byte @Nullable [] current() {
        while (piece != null && at == piece.length) {
            piece = pieces.apply(next++).map(Buffer::getBytes).orElse(null);
            at = 0;
        }
        return piece;
    }

    @Override
    public int read() {
        byte[] from = current();
        return from == null ? -1 : from[at++] & 0xff;
    }

    @Override
    public int read(byte[] into, int offset, int length) {
        byte[] from = current();
        if (from == null) {
            return -1;
        }
        int taken = Math.min(length, from.length - at);
        System.arraycopy(from, at, into, offset, taken);
        at += taken;
        return taken;
    }
}
