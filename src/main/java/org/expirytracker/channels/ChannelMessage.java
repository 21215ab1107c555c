package org.expirytracker.channels;

import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * A message on its way.
 *
 * @param id the same however often it is sent
 * @param link where its reader can do something about it; null when nobody knows where people find this server
 */
record ChannelMessage(
        UUID id, MessageContent content, @Nullable String link) {}
