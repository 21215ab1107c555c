/**
 * Items with their dates as a calendar that other programs show (iCalendar). Owns no table. Imports {@code kernel} alone.
 * Begin reading at {@link org.expirytracker.calendar.ExpiryCalendar}.
 */
@NullMarked
package org.expirytracker.calendar;

import org.jspecify.annotations.NullMarked;
