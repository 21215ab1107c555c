package org.expirytracker.notifications;

import java.util.List;

/**
 * What has come due, as it is told to people.
 *
 * @param entries the first of them
 * @param amount how many there are
 */
public record DueList(List<Entry> entries, int amount) {

    /** A notification, in its words. */
    public record Entry(String title, String message) {}

    /** All of it in one line. */
    public String subject() {
        return amount == 1 ? entries.getFirst().title : amount + " things have come due";
    }

    /** A paragraph for each entry, and how many more there are. */
    public String text() {
        StringBuilder text = new StringBuilder();
        for (Entry entry : entries) {
            text.append("- ")
                    .append(entry.title)
                    .append("\n  ")
                    .append(entry.message)
                    .append('\n');
        }
        if (amount > entries.size()) {
            text.append("\nand ").append(amount - entries.size()).append(" more.\n");
        }
        return text.toString();
    }
}
