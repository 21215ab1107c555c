package org.expirytracker.items;

import java.math.BigDecimal;
import java.time.LocalDate;

/**
 * What is in stock and bears one date (GraphQL type {@code StockDay}).
 *
 * @param date their last good day
 * @param count how many items
 * @param value what they are worth
 */
public record StockDay(LocalDate date, int count, BigDecimal value) {

    /** The longest span that can be asked for. */
    public static final int MOST_DAYS = 366;
}
