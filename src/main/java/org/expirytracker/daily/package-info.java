/**
 * The turn of every inventory's day. Owns {@code stuck_turns}, which goes with the next release, and the columns
 * {@code next_day_at} and {@code last_day} of {@code inventories} once one exists. Imports the rooms up to {@code reports}. Begin reading at
 * {@link org.expirytracker.daily.DailyRun}.
 */
@NullMarked
package org.expirytracker.daily;

import org.jspecify.annotations.NullMarked;
