package org.expirytracker.imports;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;

/** Opens the rows of a file, however it is written. */
final class SourceFile {

    private SourceFile() {}

    /**
     * The rows of a file; they close it.
     *
     * @param in read from its beginning; of a workbook, which is read here and there, a copy is made on this machine
     */
    static SourceRows open(InputStream in, FileLayout layout) throws IOException {
        return switch (layout.format()) {
            case CSV -> new CsvRows(in, layout);
            case JSON, JSON_LINES -> new JsonRows(in, layout);
            case XLSX -> workbook(in);
        };
    }

    private static SourceRows workbook(InputStream in) throws IOException {
        Path copy = Files.createTempFile("expiry-import", ".xlsx");
        try {
            try (in;
                    OutputStream out = Files.newOutputStream(copy)) {
                in.transferTo(out);
            }
            return new XlsxRows(copy);
        } finally {
            // What is open stays readable; and nothing is left when the process ends.
            Files.deleteIfExists(copy);
        }
    }
}
