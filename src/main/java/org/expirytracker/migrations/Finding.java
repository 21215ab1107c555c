package org.expirytracker.migrations;

/**
 * Something wrong between migration files, a database's history and its schema.
 *
 * @param subject the file, revision or database object
 * @param what what is wrong, as a sentence
 * @param remedy what to do about it, as sentences
 */
public record Finding(Kind kind, String subject, String what, String remedy) {

    /** Kinds of findings, in the order in which they are best remedied. */
    public enum Kind {
        /** A file's name breaks the rule. */
        MISNAMED(false),
        /** Two files have the same version. */
        SAME_VERSION(false),
        /** A file is older than what is applied already. */
        OUT_OF_ORDER(false),
        /** A file that runs outside a transaction does not say so. */
        UNMARKED(false),
        /** A file holds a statement that no migration can run. */
        UNFIT(false),
        /** An applied migration is newer than all files. */
        NEWER(false),
        /** An applied migration's file is gone. */
        MISSING(true),
        /** An applied migration's file has another text now. */
        ALTERED(true),
        /** An applied migration's file has another name now. */
        RENAMED(true),
        /** A migration outside a transaction ended half-way. */
        FAILED(true),
        /** A migration cannot be undone: its U file is missing. */
        IRREVERSIBLE(false),
        /** The declared schema is not what the migrations build. */
        UNDECLARED(false),
        /** The live schema is not what its history should have built. */
        DRIFT(false),
        /** A stored value is not what the function that gave it gives now, or an entry of a directory is not of its user. */
        STALE(false),
        /** What is kept counted is not what is there. */
        MISCOUNTED(true);

        private final boolean repairable;

        Kind(boolean repairable) {
            this.repairable = repairable;
        }

        /** Whether {@code expiry db repair} can settle it: by a change of the history, or by counting anew. */
        public boolean isRepairable() {
            return repairable;
        }
    }

    @Override
    public String toString() {
        return what + " " + remedy;
    }
}
