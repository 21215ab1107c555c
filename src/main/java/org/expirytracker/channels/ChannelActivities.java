package org.expirytracker.channels;

import org.expirytracker.activities.ActivityKind;
import org.expirytracker.kernel.Access;

/** What can happen to a channel. */
final class ChannelActivities {

    private static final String STATE = "ChannelState";

    static final ActivityKind CHANNEL_CREATED =
            new ActivityKind("CHANNEL_CREATED", Channel.TYPE, Access.ACCOUNT, STATE);
    static final ActivityKind CHANNEL_UPDATED =
            new ActivityKind("CHANNEL_UPDATED", Channel.TYPE, Access.ACCOUNT, STATE);
    static final ActivityKind CHANNEL_SWITCHED_OFF =
            new ActivityKind("CHANNEL_SWITCHED_OFF", Channel.TYPE, Access.ACCOUNT, STATE);
    static final ActivityKind CHANNEL_DELETED =
            new ActivityKind("CHANNEL_DELETED", Channel.TYPE, Access.ACCOUNT, STATE);

    static final ActivityKind[] ALL = {CHANNEL_CREATED, CHANNEL_UPDATED, CHANNEL_SWITCHED_OFF, CHANNEL_DELETED};

    private ChannelActivities() {}
}
