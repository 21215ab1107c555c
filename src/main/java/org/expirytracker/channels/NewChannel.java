package org.expirytracker.channels;

import java.util.List;
import java.util.Objects;
import org.expirytracker.kernel.Input;
import org.expirytracker.kernel.Problem;
import org.expirytracker.notifications.Notification;
import org.expirytracker.outbound.OutboundTargets;
import org.jspecify.annotations.Nullable;

/** A channel to be created. */
record NewChannel(
        String name, ChannelSettings settings, List<Notification.Kind> notificationKinds, Channel.Rhythm rhythm) {

    static final int MOST_NAME = 100;

    /** Stands for one that is refused. */
    private static final ChannelSettings NONE = new ChannelSettings.Gotify("https://invalid", "", null);

    /** Reads one; what is wrong is noted in the input. */
    static NewChannel of(Input input, OutboundTargets targets) {
        ChannelSettings settings = SettingsInput.read(input, targets);
        if (settings == null) {
            input.reject("ntfy", Problem.Code.INVALID, "Say where it leads: by ntfy, gotify, telegram or template.");
        }
        return new NewChannel(
                input.name("name", MOST_NAME),
                settings == null ? NONE : settings,
                Objects.requireNonNullElse(kinds(input), List.of(Notification.Kind.values())),
                Objects.requireNonNullElse(
                        input.optionalChoice("rhythm", Channel.Rhythm.class), Channel.Rhythm.AT_ONCE));
    }

    /** Each kind that is given, once; null when nothing is. */
    static @Nullable List<Notification.Kind> kinds(Input input) {
        List<Notification.Kind> kinds = input.optionalChoices("notificationKinds", Notification.Kind.class);
        if (kinds != null && kinds.isEmpty()) {
            input.reject("notificationKinds", Problem.Code.INVALID, "notificationKinds must name at least one kind.");
        }
        return kinds == null ? null : kinds.stream().distinct().toList();
    }
}
