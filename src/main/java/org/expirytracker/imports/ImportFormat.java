package org.expirytracker.imports;

/** How a file is written (GraphQL enumeration {@code ImportFormat}). */
public enum ImportFormat {
    /** Values parted by a delimiter, a line for each item. */
    CSV,
    /** The first sheet of a workbook of Excel, LibreOffice and others: Office Open XML. */
    XLSX,
    /** A JSON object in each line. */
    JSON_LINES,
    /** A list of JSON objects, such as Grocy's API gives. */
    JSON
}
