package org.expirytracker.imports;

/** What stands before the decimal places of a number (GraphQL enumeration {@code DecimalSign}). */
public enum DecimalSign {
    COMMA,
    POINT
}
