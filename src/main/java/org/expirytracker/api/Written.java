package org.expirytracker.api;

/** The member {@code data} of an answer as it is sent: JSON in UTF-8. */
public final class Written {

    /** In place of what is larger than any answer may be. */
    static final Written TOO_LARGE = new Written(new byte[0], false);

    private final byte[] json;
    private final boolean empty;

    Written(byte[] json, boolean empty) {
        this.json = json;
        this.empty = empty;
    }

    /** The text, which must not be changed; empty when it {@link #isTooLarge}. */
    public byte[] json() {
        return json;
    }

    /** Whether each of its members is null. */
    public boolean isEmpty() {
        return empty;
    }

    /** Whether it is larger than any answer may be, and so was not kept. */
    public boolean isTooLarge() {
        return this == TOO_LARGE;
    }

    /** Without what was answered: there may be a token in it, and it may end up in a log. */
    @Override
    public String toString() {
        return "Written[" + json.length + "]";
    }
}
