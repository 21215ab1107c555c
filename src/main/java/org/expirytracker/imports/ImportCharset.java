package org.expirytracker.imports;

import java.nio.charset.Charset;

/** Encoding of a file of text (GraphQL enumeration {@code ImportCharset}). */
public enum ImportCharset {
    UTF_8("UTF-8"),
    UTF_16LE("UTF-16LE"),
    UTF_16BE("UTF-16BE"),
    /** Of Windows in western Europe and America. */
    WINDOWS_1252("windows-1252"),
    /** Of Windows in central Europe. */
    WINDOWS_1250("windows-1250");

    private final String name;

    ImportCharset(String name) {
        this.name = name;
    }

    Charset charset() {
        return Charset.forName(name);
    }
}
