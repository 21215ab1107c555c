package org.expirytracker.channels;

import java.util.List;
import java.util.Objects;
import java.util.UUID;
import org.expirytracker.kernel.ExpectedVersion;
import org.expirytracker.kernel.Input;
import org.expirytracker.notifications.Notification;
import org.expirytracker.outbound.OutboundTargets;
import org.jspecify.annotations.Nullable;

/**
 * Changes to one channel; what is null stays.
 *
 * @param expected which version of it was read
 * @param settings in place of all before
 * @param active whether it is to be on
 */
record ChannelPatch(
        UUID id,
        ExpectedVersion expected,
        @Nullable String name,
        @Nullable ChannelSettings settings,
        @Nullable List<Notification.Kind> notificationKinds,
        Channel.@Nullable Rhythm rhythm,
        @Nullable Boolean active) {

    /** Reads one; what is wrong is noted in the input. */
    static ChannelPatch of(Input input, OutboundTargets targets) {
        return new ChannelPatch(
                input.id("id", Channel.TYPE),
                input.expectedVersion(),
                input.isGiven("name") ? input.name("name", NewChannel.MOST_NAME) : null,
                SettingsInput.read(input, targets),
                NewChannel.kinds(input),
                input.optionalChoice("rhythm", Channel.Rhythm.class),
                input.isGiven("active") ? input.flag("active", true) : null);
    }

    /** The channel with these changes. */
    Channel apply(Channel before) {
        return new Channel(
                before.id(),
                Objects.requireNonNullElse(name, before.name()),
                settings == null ? before.kind() : settings.kind(),
                settings == null ? before.origin() : settings.origin(),
                Objects.requireNonNullElse(notificationKinds, before.notificationKinds()),
                Objects.requireNonNullElse(rhythm, before.rhythm()),
                off(before),
                before.failingSince(),
                before.nextAttemptAt(),
                before.lastDeliveredAt(),
                before.lastError(),
                before.version(),
                before.createdAt(),
                before.updatedAt());
    }

    private Channel.@Nullable Off off(Channel before) {
        if (active == null) {
            return before.offBecause();
        }
        if (active) {
            return null;
        }
        return before.offBecause() == null ? Channel.Off.USER : before.offBecause();
    }
}
