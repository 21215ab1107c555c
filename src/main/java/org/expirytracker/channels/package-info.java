/**
 * By which ways besides mail people are notified: ntfy, Gotify, Telegram and templates of requests. Owns the tables {@code
 * channels}, {@code channel_places} and {@code channel_deliveries}. What there is to say are the notifications of the user's
 * inventories; each channel has its place in those of each inventory, and its job.
 *
 * <p>Imports only rooms to its left. Begin reading at {@link org.expirytracker.channels.ChannelJobs}.
 */
@NullMarked
package org.expirytracker.channels;

import org.jspecify.annotations.NullMarked;
