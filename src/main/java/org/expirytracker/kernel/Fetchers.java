package org.expirytracker.kernel;

/**
 * What a room offers the schema. Each room has one implementation; each of its methods bears the name of the
 * GraphQL field that it answers and is registered under the same literal, so one search for a field's name
 * finds its code.
 */
public interface Fetchers {

    /** Registers this room's fields, node types and loaders. Called once for each event loop, at start. */
    void register(Wiring wiring);

    /** What is said to whoever asks without a token. */
    static Problem unauthenticated() {
        return Problem.of(
                Problem.Code.UNAUTHENTICATED,
                "Send a valid access token in the header 'Authorization: Bearer …'. The mutation login gives one.");
    }
}
