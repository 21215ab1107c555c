package org.expirytracker.http;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonFactoryBuilder;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.core.util.ByteArrayBuilder;
import io.vertx.core.buffer.Buffer;
import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.expirytracker.api.Answer;
import org.expirytracker.api.ClientError;
import org.expirytracker.api.Cost;
import org.expirytracker.api.Written;
import org.expirytracker.kernel.Problem;
import org.jspecify.annotations.Nullable;

/** JSON as it arrives and leaves: strict when reading (RFC 8259 and no name twice), without trees when writing. */
final class Json {

    /** Deeper than any input of the schema. */
    private static final int MOST_DEPTH = 64;

    /** Aliases can ask for a long text many times, at no cost until it is written. */
    private static final int MOST_BYTES = 16_777_216;

    private static final JsonFactory FACTORY = new JsonFactoryBuilder()
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .streamReadConstraints(StreamReadConstraints.builder()
                    .maxNestingDepth(MOST_DEPTH)
                    .maxNumberLength(200)
                    .maxNameLength(1_000)
                    .build())
            .build();

    private static final char REPLACEMENT = '\ufffd';

    private static final byte[] DATA = "{\"data\":".getBytes(StandardCharsets.UTF_8);
    private static final byte[] EXTENSIONS = ",\"extensions\":".getBytes(StandardCharsets.UTF_8);

    /** What comes to the data of an answer without errors. */
    private static final int MOST_BYTES_AROUND = 256;

    private Json() {}

    /** A text that is not what it should be; the message says what and where. */
    static final class Malformed extends Exception {

        private static final long serialVersionUID = 1L;

        private final String message;

        Malformed(String message) {
            super(message, null, false, false);
            this.message = message;
        }

        String message() {
            return message;
        }
    }

    /** The text of bytes that must be UTF-8. */
    static String text(Buffer bytes) throws Malformed {
        byte[] given = bytes.getBytes();
        String text = new String(given, StandardCharsets.UTF_8);
        if (text.indexOf(REPLACEMENT) < 0) {
            return text;
        }
        // It stands for what is not UTF-8, or it was sent.
        try {
            return StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(given))
                    .toString();
        } catch (CharacterCodingException wrong) {
            throw new Malformed("The text is not UTF-8.");
        }
    }

    /** One JSON object, with nothing after it. Whole numbers come as Integer, Long or BigInteger, others exactly. */
    static Map<String, Object> object(String text) throws Malformed {
        // Some editors and tools put a byte order mark before what they send; it may be ignored (RFC 8259, section
        // 8.1).
        String marked = text.startsWith("\ufeff") ? text.substring(1) : text;
        try (JsonParser parser = FACTORY.createParser(marked)) {
            JsonToken first = parser.nextToken();
            if (first == JsonToken.START_ARRAY) {
                throw new Malformed("A batch of operations in a JSON array is not served. Send each in a request of its"
                        + " own, as a JSON object: in Apollo Client by HttpLink instead of BatchHttpLink. Or ask for"
                        + " several fields in one operation.");
            }
            if (first != JsonToken.START_OBJECT) {
                throw new Malformed("A JSON object is expected.");
            }
            Map<String, Object> object = object(parser);
            if (parser.nextToken() != null) {
                throw new Malformed("Something follows after the JSON object.");
            }
            return object;
        } catch (IOException | NumberFormatException | ArithmeticException wrong) {
            String place =
                    wrong instanceof com.fasterxml.jackson.core.JsonProcessingException at && at.getLocation() != null
                            ? " at line " + at.getLocation().getLineNr() + ", column "
                                    + at.getLocation().getColumnNr()
                            : "";
            throw new Malformed("The text is not well-formed JSON" + place + ".");
        }
    }

    @SuppressWarnings("NullAway") // A JSON null is a null in the map.
    private static Map<String, Object> object(JsonParser parser) throws IOException {
        Map<String, Object> members = new LinkedHashMap<>();
        while (parser.nextToken() != JsonToken.END_OBJECT) {
            String name = parser.currentName();
            parser.nextToken();
            members.put(name, value(parser));
        }
        return members;
    }

    private static @Nullable Object value(JsonParser parser) throws IOException {
        return switch (parser.currentToken()) {
            case START_OBJECT -> object(parser);
            case START_ARRAY -> {
                List<@Nullable Object> elements = new ArrayList<>();
                while (parser.nextToken() != JsonToken.END_ARRAY) {
                    elements.add(value(parser));
                }
                yield elements;
            }
            case VALUE_STRING -> parser.getText();
            case VALUE_NUMBER_INT -> parser.getNumberValue();
            case VALUE_NUMBER_FLOAT -> parser.getDecimalValue();
            case VALUE_TRUE -> true;
            case VALUE_FALSE -> false;
            case VALUE_NULL -> null;
            case null, default -> throw new IOException("A value is expected");
        };
    }

    /** What is written by {@link #write}. */
    @FunctionalInterface
    interface Content {
        void writeTo(JsonGenerator json) throws IOException;
    }

    /** More was to be written than {@value #MOST_BYTES} bytes. */
    static final class TooLarge extends RuntimeException {

        private static final long serialVersionUID = 1L;

        TooLarge() {
            super(null, null, false, false);
        }

        ClientError error() {
            return ClientError.of(
                    Problem.Code.LIMIT_REACHED.name(),
                    "The answer is larger than %d bytes; ask for less. What a mutation changed is changed."
                            .formatted(MOST_BYTES));
        }
    }

    /** Passes bytes on until there are too many. */
    private static final class Bounded extends FilterOutputStream {

        private int left = MOST_BYTES;

        Bounded(OutputStream to) {
            super(to);
        }

        @Override
        public void write(int one) throws IOException {
            write(new byte[] {(byte) one}, 0, 1);
        }

        @Override
        public void write(byte[] from, int offset, int length) throws IOException {
            left -= length;
            if (left < 0) {
                throw new TooLarge();
            }
            out.write(from, offset, length);
        }
    }

    /**
     * JSON text as bytes.
     *
     * @throws TooLarge for more than {@value #MOST_BYTES} bytes
     */
    static Buffer write(Content content) {
        try (ByteArrayBuilder bytes = new ByteArrayBuilder(512)) {
            try (JsonGenerator json = FACTORY.createGenerator(new Bounded(bytes))) {
                content.writeTo(json);
            }
            return Buffer.buffer(bytes.toByteArray());
        } catch (IOException cause) {
            throw new UncheckedIOException(cause);
        }
    }

    /**
     * A GraphQL response as bytes.
     *
     * @throws TooLarge for more than {@value #MOST_BYTES} bytes
     */
    static Buffer executed(Answer.Executed executed) {
        return executed.data() instanceof Written written && executed.errors().isEmpty() && executed.cursor() == null
                ? ready(written, executed.cost())
                : write(json -> writeExecuted(json, executed));
    }

    /** Around what is ready to be sent, without looking at it again. */
    private static Buffer ready(Written written, @Nullable Cost cost) {
        int bytes = written.json().length + MOST_BYTES_AROUND;
        if (written.isTooLarge() || bytes > MOST_BYTES) {
            throw new TooLarge();
        }
        Buffer whole = Buffer.buffer(bytes).appendBytes(DATA).appendBytes(written.json());
        if (cost != null) {
            whole.appendBytes(EXTENSIONS).appendBytes(cost.extensionsAsJson());
        }
        return whole.appendByte((byte) '}');
    }

    /** A list of errors. */
    static void writeErrors(JsonGenerator json, List<ClientError> errors) throws IOException {
        json.writeStartArray();
        for (ClientError error : errors) {
            writeValue(json, error.toSpecification());
        }
        json.writeEndArray();
    }

    /** A GraphQL response of which nothing was executed. */
    static void writeRefused(JsonGenerator json, List<ClientError> errors, @Nullable Cost cost) throws IOException {
        json.writeStartObject();
        json.writeFieldName("errors");
        writeErrors(json, errors);
        writeExtensions(json, cost, null);
        json.writeEndObject();
    }

    /** A GraphQL response (GraphQL specification, section 7.1). */
    static void writeExecuted(JsonGenerator json, Answer.Executed executed) throws IOException {
        json.writeStartObject();
        if (!executed.errors().isEmpty()) {
            json.writeFieldName("errors");
            writeErrors(json, executed.errors());
        }
        json.writeFieldName("data");
        if (executed.data() instanceof Written written) {
            writeReady(json, written);
        } else {
            writeValue(json, executed.data());
        }
        writeExtensions(json, executed.cost(), executed.cursor());
        json.writeEndObject();
    }

    private static void writeReady(JsonGenerator json, Written written) throws IOException {
        if (written.isTooLarge()) {
            throw new TooLarge();
        }
        json.writeRawValue(new ReadyText(written.json()));
    }

    /** The member {@code extensions}, if there is something to tell in it. */
    private static void writeExtensions(JsonGenerator json, @Nullable Cost cost, @Nullable String cursor)
            throws IOException {
        Map<String, Object> extensions = new LinkedHashMap<>();
        if (cost != null) {
            extensions.putAll(cost.extensions());
        }
        if (cursor != null) {
            extensions.put("cursor", cursor);
        }
        if (!extensions.isEmpty()) {
            json.writeFieldName("extensions");
            writeValue(json, extensions);
        }
    }

    /** Maps, lists, texts, numbers, flags and nulls. */
    static void writeValue(JsonGenerator json, @Nullable Object value) throws IOException {
        switch (value) {
            case null -> json.writeNull();
            case String text -> writeText(json, text);
            case Integer number -> json.writeNumber(number);
            case Long number -> json.writeNumber(number);
            case Boolean flag -> json.writeBoolean(flag);
            case Map<?, ?> map -> {
                json.writeStartObject();
                for (Map.Entry<?, ?> member : map.entrySet()) {
                    json.writeFieldName((String) member.getKey());
                    writeValue(json, member.getValue());
                }
                json.writeEndObject();
            }
            case Iterable<?> list -> {
                json.writeStartArray();
                for (Object element : list) {
                    writeValue(json, element);
                }
                json.writeEndArray();
            }
            case Double number -> json.writeNumber(number);
            case Float number -> json.writeNumber(number);
            case BigDecimal number -> json.writeNumber(number);
            case BigInteger number -> json.writeNumber(number);
            default -> writeText(json, value.toString());
        }
    }

    /** A text with half a character in it cannot be written; such a half is replaced. */
    private static void writeText(JsonGenerator json, String text) throws IOException {
        for (int at = 0; at < text.length(); at++) {
            if (Character.isSurrogate(text.charAt(at))) {
                json.writeString(new String(text.getBytes(StandardCharsets.UTF_16BE), StandardCharsets.UTF_16BE));
                return;
            }
        }
        json.writeString(text);
    }
}
