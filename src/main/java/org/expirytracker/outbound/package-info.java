/**
 * Requests to servers of others, to addresses that users name: where they may lead, and how they are sent. Imports
 * {@code kernel}. Begin reading at {@link org.expirytracker.outbound.OutboundClient}.
 */
@NullMarked
package org.expirytracker.outbound;

import org.jspecify.annotations.NullMarked;
