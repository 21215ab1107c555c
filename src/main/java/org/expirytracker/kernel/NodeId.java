package org.expirytracker.kernel;

import java.nio.ByteBuffer;
import java.util.Base64;
import java.util.Locale;
import java.util.Optional;
import java.util.UUID;

/**
 * A global object id as clients see it: opaque, typed, unique over all types (Relay Global Object
 * Identification). On the wire it is the URL-safe Base64 of one letter for the type and the 16 bytes of the row's id.
 *
 * @param type the GraphQL type's name
 * @param value the row's id; for an activity its sequence number in the low half
 */
public record NodeId(Type type, UUID value) {

    /** The types that have global ids, each with its letter; letters are never reused. */
    public enum Type {
        User('U'),
        Category('C'),
        Item('I'),
        Notification('N'),
        Report('R'),
        Activity('A'),
        DeviceSession('S'),
        ApiToken('T');

        private final byte letter;

        Type(char letter) {
            this.letter = (byte) letter;
        }

        /** The type's name as in a sentence, such as {@code api token}. */
        String inWords() {
            return name().replaceAll("(?<=[a-z])(?=[A-Z])", " ").toLowerCase(Locale.ROOT);
        }
    }

    private static final int BYTES = 17;

    /** The opaque text of this id, 23 characters. */
    public String encoded() {
        ByteBuffer bytes = ByteBuffer.allocate(BYTES)
                .put(type.letter)
                .putLong(value.getMostSignificantBits())
                .putLong(value.getLeastSignificantBits());
        return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes.array());
    }

    /** Reads an id back; empty when the text was not made by {@link #encoded}. */
    public static Optional<NodeId> decode(String text) {
        if (text.length() != 23) {
            return Optional.empty();
        }
        byte[] bytes;
        try {
            bytes = Base64.getUrlDecoder().decode(text);
        } catch (IllegalArgumentException notBase64) {
            return Optional.empty();
        }
        for (Type type : Type.values()) {
            if (type.letter == bytes[0]) {
                ByteBuffer rest = ByteBuffer.wrap(bytes, 1, BYTES - 1);
                NodeId id = new NodeId(type, new UUID(rest.getLong(), rest.getLong()));
                // The last character carries two unused bits: only one spelling of an id is an id.
                return id.encoded().equals(text) ? Optional.of(id) : Optional.empty();
            }
        }
        return Optional.empty();
    }
}
