package org.expirytracker.maintenance;

import static java.time.ZoneOffset.UTC;

import java.time.DateTimeException;
import java.time.Instant;
import java.time.format.DateTimeFormatter;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A backup that was made by schedule, or by {@code expiry db backup} with the same name beside those.
 *
 * @param name with the moment in it
 * @param takenAt of which it tells
 * @param bytes of it
 */
public record StoredBackup(String name, Instant takenAt, long bytes) {

    private static final Pattern NAME = Pattern.compile("expiry-[0-9a-z.]+-([0-9]{8}T[0-9]{6}Z)\\.backup(\\.age)?");
    private static final DateTimeFormatter STAMP =
            DateTimeFormatter.ofPattern("yyyyMMdd'T'HHmmss'Z'").withZone(UTC);

    /** Whether a name is that of a backup, proved good or not. */
    static boolean isOne(String name) {
        String proved = name.endsWith(BackupStore.UNVERIFIED)
                ? name.substring(0, name.length() - BackupStore.UNVERIFIED.length())
                : name;
        return of(new BackupStore.Entry(proved, 0)).isPresent();
    }

    /** A backup; empty when it has the name of something else, which nobody here deletes. */
    static Optional<StoredBackup> of(BackupStore.Entry entry) {
        String name = entry.name();
        Matcher form = NAME.matcher(name);
        try {
            return form.matches()
                    ? Optional.of(new StoredBackup(name, STAMP.parse(form.group(1), Instant::from), entry.bytes()))
                    : Optional.empty();
        } catch (DateTimeException noMoment) {
            return Optional.empty();
        }
    }
}
