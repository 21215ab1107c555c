package org.expirytracker.http;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.core.SerializableString;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;

/** JSON in UTF-8 that is ready to be sent: a generator of UTF-8 copies it as it is. */
final class ReadyText implements SerializableString {

    private final byte[] json;

    ReadyText(byte[] json) {
        this.json = json;
    }

    @Override
    public byte[] asUnquotedUTF8() {
        return json;
    }

    @Override
    public int appendUnquotedUTF8(byte[] to, int offset) {
        if (json.length > to.length - offset) {
            return -1;
        }
        System.arraycopy(json, 0, to, offset, json.length);
        return json.length;
    }

    @Override
    public int writeUnquotedUTF8(OutputStream to) throws IOException {
        to.write(json);
        return json.length;
    }

    @Override
    public int putUnquotedUTF8(ByteBuffer to) {
        if (json.length > to.remaining()) {
            return -1;
        }
        to.put(json);
        return json.length;
    }

    @Override
    public String getValue() {
        return new String(json, UTF_8);
    }

    @Override
    public int charLength() {
        return getValue().length();
    }

    // It is a value already, so it is never put in quotes.

    @Override
    public char[] asQuotedChars() {
        throw new UnsupportedOperationException();
    }

    @Override
    public byte[] asQuotedUTF8() {
        throw new UnsupportedOperationException();
    }

    @Override
    public int appendQuotedUTF8(byte[] to, int offset) {
        throw new UnsupportedOperationException();
    }

    @Override
    public int appendQuoted(char[] to, int offset) {
        throw new UnsupportedOperationException();
    }

    @Override
    public int appendUnquoted(char[] to, int offset) {
        throw new UnsupportedOperationException();
    }

    @Override
    public int writeQuotedUTF8(OutputStream to) {
        throw new UnsupportedOperationException();
    }

    @Override
    public int putQuotedUTF8(ByteBuffer to) {
        throw new UnsupportedOperationException();
    }
}
