/**
 * Staying in: sessions begin, go on and end. Owns {@code sessions}, {@code refresh_tokens} and the GraphQL types
 * {@code Session} and {@code DeviceSession}. Imports the rooms up to {@code users}. Begin reading at
 * {@link org.expirytracker.sessions.Sessions}.
 */
@NullMarked
package org.expirytracker.sessions;

import org.jspecify.annotations.NullMarked;
