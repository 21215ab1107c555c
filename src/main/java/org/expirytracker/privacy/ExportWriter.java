package org.expirytracker.privacy;

import java.io.IOException;
import java.io.Writer;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Writes an export as one JSON object, in the form in which {@code exportMyData} gives it, a row a line. Blocking. */
public final class ExportWriter {

    private final Writer out;
    private @Nullable String section;
    private long rows;

    /** Writes to {@code out}, which its maker closes. */
    public ExportWriter(Writer out) {
        this.out = out;
    }

    /** Writes some more rows; those of a section follow one another. */
    public void write(List<Export.Part> parts) throws IOException {
        for (Export.Part part : parts) {
            if (part.section().equals(section)) {
                out.write(",\n");
            } else {
                out.write((section == null ? "{\n\"" : "\n],\n\"") + part.section() + "\": [\n");
                section = part.section();
            }
            out.write(part.json());
            rows++;
        }
    }

    /** Writes the end, and answers how many rows there were. */
    public long finish() throws IOException {
        out.write(section == null ? "{}\n" : "\n]\n}\n");
        out.flush();
        return rows;
    }
}
