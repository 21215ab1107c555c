package org.expirytracker.cli;

import io.vertx.core.json.JsonObject;

/**
 * What {@code expiry doctor} says of one thing.
 *
 * @param subject what was looked at, in a word or two
 * @param what how it is, as a sentence
 * @param remedy what to do about it, as sentences; empty when nothing is to be done
 */
record Diagnosis(Level level, String subject, String what, String remedy) {

    /** How bad it is; the worst one is the exit code. */
    enum Level {
        OK,
        WARNING,
        ERROR
    }

    static Diagnosis ok(String subject, String what) {
        return new Diagnosis(Level.OK, subject, what, "");
    }

    static Diagnosis warning(String subject, String what, String remedy) {
        return new Diagnosis(Level.WARNING, subject, what, remedy);
    }

    static Diagnosis error(String subject, String what, String remedy) {
        return new Diagnosis(Level.ERROR, subject, what, remedy);
    }

    String word() {
        return switch (level) {
            case OK -> "ok";
            case WARNING -> "warning";
            case ERROR -> "error";
        };
    }

    /** Lines for people: the word in front, the remedy below. */
    String text() {
        String line = "%-7s  %s: %s".formatted(word(), subject, what);
        return remedy.isEmpty() ? line : line + "\n         " + remedy.replace("\n", "\n         ");
    }

    JsonObject toJson() {
        return new JsonObject()
                .put("level", word())
                .put("subject", subject)
                .put("what", what)
                .put("remedy", remedy.isEmpty() ? null : remedy);
    }
}
