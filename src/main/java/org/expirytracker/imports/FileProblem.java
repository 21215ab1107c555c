package org.expirytracker.imports;

/** Why a file cannot be read, or not any further, in words for whoever brought it. Has no stack trace: it is an answer. */
final class FileProblem extends RuntimeException {

    private static final long serialVersionUID = 1L;

    FileProblem(String message) {
        super(message, null, false, false);
    }
}
