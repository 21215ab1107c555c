package org.expirytracker.imports;

import org.jspecify.annotations.Nullable;

/**
 * Why a row of a file was refused, or would be.
 *
 * @param place among those of its import
 * @param row by which people find it: the line of a file of text, the row of a sheet, the place in a list
 * @param column of the file; null where it is about the whole row
 * @param value that stands there; null where there is none
 */
public record ImportRefusal(
        int place,
        int row,
        @Nullable String column,
        @Nullable String value,
        String reason) {

    /** Without the value, which may be anything. */
    @Override
    public String toString() {
        return "ImportRefusal[" + row + ", " + column + "]";
    }
}
