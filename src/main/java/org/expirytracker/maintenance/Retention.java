package org.expirytracker.maintenance;

import java.time.Duration;
import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Which backups are kept: the newest ones, or those that are not older than so many days. The newest is kept in any case.
 *
 * @param number of backups, or of days, at least 1
 * @param days whether they are days
 */
public record Retention(int number, boolean days) {

    private static final Pattern FORM = Pattern.compile("([1-9][0-9]{0,3})(d?)");

    /**
     * Reads {@code 14} for so many backups, or {@code 30d} for so many days.
     *
     * @throws IllegalArgumentException when it is neither
     */
    public static Retention parse(String text) {
        Matcher form = FORM.matcher(text);
        if (!form.matches()) {
            throw new IllegalArgumentException("no number of backups or days");
        }
        return new Retention(Integer.parseInt(form.group(1)), !form.group(2).isEmpty());
    }

    /** Those of these backups that are kept no longer. */
    List<StoredBackup> outdated(List<StoredBackup> all, Instant now) {
        List<StoredBackup> newestFirst = all.stream()
                .sorted(Comparator.comparing(StoredBackup::takenAt).reversed())
                .toList();
        if (days) {
            Instant oldest = now.minus(Duration.ofDays(number));
            return newestFirst.stream()
                    .skip(1)
                    .filter(backup -> backup.takenAt().isBefore(oldest))
                    .toList();
        }
        return newestFirst.stream().skip(number).toList();
    }

    @Override
    public String toString() {
        return number + (days ? "d" : "");
    }
}
