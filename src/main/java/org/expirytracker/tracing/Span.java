package org.expirytracker.tracing;

/** A piece of work in a trace, from its beginning to its end. May be used from any thread. */
public interface Span {

    /** Begins a part of this work. */
    Span child(String name);

    /** Gives it a name that is better than the one it began with. */
    void rename(String name);

    /** Notes something of it: never what a user has written, nor anything that lets its holder in. */
    void put(String key, String value);

    /** As {@link #put(String, String)}. */
    void put(String key, long value);

    /**
     * Notes that it failed.
     *
     * @param type of the failure: a code or the name of a class, never its message, in which there may be values
     */
    void fail(String type);

    /** Ends it. What is not ended is not shown. */
    void end();

    /** The trace, as 32 hexadecimal digits. */
    String traceId();

    /** This span, as 16 hexadecimal digits. */
    String spanId();
}
