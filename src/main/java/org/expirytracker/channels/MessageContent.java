package org.expirytracker.channels;

import java.time.LocalDate;
import java.util.List;
import java.util.UUID;
import org.expirytracker.notifications.DueList;
import org.expirytracker.notifications.Notification;
import org.jspecify.annotations.Nullable;

/**
 * What a message says, whatever way it takes. It is kept as JSON under these names.
 *
 * @param kind of the notification it is about; null when it is about several or a test
 * @param itemId of the item it is about; null when it is about none or several
 * @param item its name
 * @param date on which that expires
 * @param days how many days that is away, negative when it is past
 * @param amount about how many notifications it is
 * @param test whether it is a test
 */
record MessageContent(
        String title,
        String message,
        Notification.@Nullable Kind kind,
        @Nullable UUID itemId,
        @Nullable String item,
        @Nullable LocalDate date,
        @Nullable Integer days,
        int amount,
        boolean test) {

    /** Most notifications that are told one by one: so many messages at once nobody reads. */
    private static final int MOST_SINGLE = 3;

    private static final int MOST_LISTED = 20;

    /** Telegram takes 4,096, with the title and a link. */
    private static final int MOST_CHARACTERS = 3_500;

    /** What a test says. */
    static final MessageContent TEST = new MessageContent(
            "Expiry Tracker: a test",
            "This channel works: what expires is reported here.",
            null,
            null,
            null,
            null,
            null,
            0,
            true);

    /** The messages about some notifications: one for each, or one for all when there are many or it is of a day. */
    static List<MessageContent> of(List<MessageContent> notifications, Channel.Rhythm rhythm) {
        boolean single = rhythm == Channel.Rhythm.AT_ONCE && notifications.size() <= MOST_SINGLE;
        return single || notifications.size() <= 1 ? notifications : List.of(all(notifications));
    }

    private static MessageContent all(List<MessageContent> notifications) {
        List<DueList.Entry> entries = notifications.stream()
                .limit(MOST_LISTED)
                .map(each -> new DueList.Entry(each.title, each.message))
                .toList();
        DueList list = new DueList(entries, notifications.size());
        String text = Cut.toCharacters(list.text().strip(), MOST_CHARACTERS);
        return new MessageContent(list.subject(), text, null, null, null, null, null, notifications.size(), false);
    }
}
