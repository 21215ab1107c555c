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
 */
public record StoredBackup(String name, Instant takenAt) {

    private static final Pattern NAME = Pattern.compile("expiry-[0-9a-z.]+-([0-9]{8}T[0-9]{6}Z)\\.backup(\\.age)?");
    private static final DateTimeFormatter STAMP =
            DateTimeFormatter.ofPattern("yyyyMMdd'T'HHmmss'Z'").withZone(UTC);

    /** The backup of a name; empty when it is the name of something else, which nobody here deletes. */
    static Optional<StoredBackup> of(String name) {
        Matcher form = NAME.matcher(name);
        try {
            return form.matches()
                    ? Optional.of(new StoredBackup(name, STAMP.parse(form.group(1), Instant::from)))
                    : Optional.empty();
        } catch (DateTimeException noMoment) {
            return Optional.empty();
        }
    }
}
