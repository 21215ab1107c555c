package org.expirytracker.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Where Java keeps files for a while; Vert.x unpacks there what it sends. */
final class TemporaryFiles {

    private TemporaryFiles() {}

    /**
     * Makes sure that there is such a place.
     *
     * @throws IOException with a message for the operator
     */
    static void require() throws IOException {
        require(Path.of(System.getProperty("java.io.tmpdir")));
    }

    static void require(Path folder) throws IOException {
        try {
            Files.delete(Files.createTempFile(folder, "expiry-", ".tmp"));
        } catch (IOException e) {
            throw new IOException(
                    "No temporary file can be made in " + folder + ": " + e + ". Give the program a folder that it may"
                            + " write to (Kubernetes: an emptyDir mounted at " + folder + "; Docker: --tmpfs " + folder
                            + "), or name one: JAVA_TOOL_OPTIONS=-Djava.io.tmpdir=<folder>",
                    e);
        }
    }
}
