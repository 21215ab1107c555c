package org.expirytracker.kernel;

import java.nio.ByteBuffer;
import java.util.Base64;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.UUID;

/**
 * A global object id as clients see it: opaque, typed, unique over all types (Relay Global Object
 * Identification). On the wire it is the URL-safe Base64 of one letter for the type and the 16 bytes of the row's id.
 *
 * @param type the GraphQL type
 * @param value the row's id; for an activity its sequence number in the low half
 */
public record NodeId(Type type, UUID value) {

    /**
     * A type that has global ids: the room that owns its table declares it.
     *
     * @param letter tells it from all others on the wire; never reused
     * @param name as in the schema
     */
    public record Type(char letter, String name) implements Named {

        /** The type's name as in a sentence, such as {@code api token}. */
        String inWords() {
            return name.replaceAll("(?<=[a-z])(?=[A-Z])", " ").toLowerCase(Locale.ROOT);
        }
    }

    private static final int BYTES = 17;

    /** The opaque text of this id, 23 characters. */
    public String encoded() {
        ByteBuffer bytes = ByteBuffer.allocate(BYTES)
                .put((byte) type.letter)
                .putLong(value.getMostSignificantBits())
                .putLong(value.getLeastSignificantBits());
        return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes.array());
    }

    /**
     * Reads the id of an object of one type back; empty when the text was not made by {@link #encoded}, or is of another
     * type.
     */
    public static Optional<UUID> decode(String text, Type type) {
        return decode(text, List.of(type)).map(NodeId::value);
    }

    /** As {@link #decode(String, Type)}, of one of several types. */
    public static Optional<NodeId> decode(String text, Collection<Type> types) {
        if (text.length() != 23) {
            return Optional.empty();
        }
        byte[] bytes;
        try {
            bytes = Base64.getUrlDecoder().decode(text);
        } catch (IllegalArgumentException notBase64) {
            return Optional.empty();
        }
        for (Type type : types) {
            if ((byte) type.letter == bytes[0]) {
                ByteBuffer rest = ByteBuffer.wrap(bytes, 1, BYTES - 1);
                NodeId id = new NodeId(type, new UUID(rest.getLong(), rest.getLong()));
                // The last character carries two unused bits: only one spelling of an id is an id.
                return id.encoded().equals(text) ? Optional.of(id) : Optional.empty();
            }
        }
        return Optional.empty();
    }
}
