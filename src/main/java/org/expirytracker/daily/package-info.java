/**
 * The turn of every user's day. Owns {@code stuck_turns}, and the columns {@code next_day_at} and {@code last_day} of
 * {@code users} once an account exists. Imports the rooms up to {@code reports}. Begin reading at {@link org.expirytracker.daily.DailyRun}.
 */
@NullMarked
package org.expirytracker.daily;

import org.jspecify.annotations.NullMarked;
