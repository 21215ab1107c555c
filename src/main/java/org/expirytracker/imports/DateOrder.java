package org.expirytracker.imports;

/** What the first number of a date like {@code 04/05/2027} is (GraphQL enumeration {@code DateOrder}). */
public enum DateOrder {
    /** The day. */
    DAY_FIRST,
    /** The month. */
    MONTH_FIRST
}
