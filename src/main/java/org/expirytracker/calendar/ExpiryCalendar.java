package org.expirytracker.calendar;

import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import net.fortuna.ical4j.model.Calendar;
import net.fortuna.ical4j.model.ComponentList;
import net.fortuna.ical4j.model.ParameterList;
import net.fortuna.ical4j.model.Property;
import net.fortuna.ical4j.model.PropertyList;
import net.fortuna.ical4j.model.TextList;
import net.fortuna.ical4j.model.component.CalendarComponent;
import net.fortuna.ical4j.model.component.Standard;
import net.fortuna.ical4j.model.component.VAlarm;
import net.fortuna.ical4j.model.component.VEvent;
import net.fortuna.ical4j.model.component.VTimeZone;
import net.fortuna.ical4j.model.parameter.Value;
import net.fortuna.ical4j.model.property.Categories;
import net.fortuna.ical4j.model.property.Description;
import net.fortuna.ical4j.model.property.DtStamp;
import net.fortuna.ical4j.model.property.DtStart;
import net.fortuna.ical4j.model.property.LastModified;
import net.fortuna.ical4j.model.property.Location;
import net.fortuna.ical4j.model.property.Name;
import net.fortuna.ical4j.model.property.ProdId;
import net.fortuna.ical4j.model.property.RefreshInterval;
import net.fortuna.ical4j.model.property.Sequence;
import net.fortuna.ical4j.model.property.Summary;
import net.fortuna.ical4j.model.property.TzId;
import net.fortuna.ical4j.model.property.TzOffsetFrom;
import net.fortuna.ical4j.model.property.TzOffsetTo;
import net.fortuna.ical4j.model.property.Uid;
import net.fortuna.ical4j.model.property.XProperty;
import net.fortuna.ical4j.model.property.immutable.ImmutableAction;
import net.fortuna.ical4j.model.property.immutable.ImmutableCalScale;
import net.fortuna.ical4j.model.property.immutable.ImmutableTransp;
import net.fortuna.ical4j.model.property.immutable.ImmutableVersion;
import org.jspecify.annotations.Nullable;

/**
 * A calendar of last good days (RFC 5545, with RFC 7986's name and interval of refreshing). The same items make the same
 * text, so that a client tells by its tag whether it has it already.
 *
 * @param name of the inventory
 * @param zone in which its days begin and end
 * @param alarmAt the hour of the reminders, in that zone; null for none
 */
public record ExpiryCalendar(
        String name, ZoneId zone, @Nullable LocalTime alarmAt, List<Entry> entries) {

    private static final String PRODUCT = "-//Expiry Tracker//Calendar//EN";

    /** Without the break (RFC 5545, section 3.1). */
    private static final int MOST_LINE_BYTES = 75;

    private static final CalendarComponent UTC = new VTimeZone(
            new PropertyList(List.of(new TzId("UTC"))),
            new ComponentList<>(List.of(new Standard(new PropertyList(List.of(
                    new DtStart<>(LocalDateTime.of(1970, 1, 1, 0, 0)),
                    new TzOffsetFrom(ZoneOffset.UTC),
                    new TzOffsetTo(ZoneOffset.UTC)))))));

    /** How long a client should wait before it reads again. */
    private static final Duration REFRESH = Duration.ofHours(1);

    /**
     * An item with a date.
     *
     * @param amount what is left of it, such as {@code 2 bottles}
     * @param date the last day on which it is good
     * @param leadDays how many days before the reminder is due
     * @param version 1 at first, counts up with every change
     */
    public record Entry(
            UUID id,
            String name,
            @Nullable String description,
            String amount,
            LocalDate date,
            int leadDays,
            @Nullable String category,
            @Nullable String location,
            @Nullable String lotNumber,
            int version,
            Instant updatedAt) {}

    /**
     * The calendar's text, in lines of at most 75 bytes in UTF-8. Takes milliseconds for a hundred entries: not for an event
     * loop.
     */
    public String text() {
        Calendar calendar = new Calendar(
                new PropertyList(List.of(
                        ImmutableVersion.VERSION_2_0,
                        new ProdId(PRODUCT),
                        ImmutableCalScale.GREGORIAN,
                        new Name(new ParameterList(), name),
                        // What Google and Apple read in place of RFC 7986.
                        new XProperty("X-WR-CALNAME", name),
                        new XProperty("X-WR-TIMEZONE", zone.getId()),
                        new RefreshInterval(new ParameterList(List.of(Value.DURATION)), REFRESH),
                        new XProperty("X-PUBLISHED-TTL", REFRESH.toString()))),
                new ComponentList<>(components()));
        return folded(calendar.toString());
    }

    // Not by the library, which counts characters and parts the two halves of those beyond U+FFFF.
    private static String folded(String text) {
        StringBuilder folded = new StringBuilder(text.length() * 5 / 4);
        int bytes = 0;
        for (int at = 0; at < text.length(); ) {
            int character = text.codePointAt(at);
            int length = character < 0x80 ? 1 : character < 0x800 ? 2 : character < 0x10000 ? 3 : 4;
            boolean ends = character == '\r' || character == '\n';
            if (!ends && bytes + length > MOST_LINE_BYTES) {
                folded.append("\r\n ");
                bytes = 1;
            }
            folded.appendCodePoint(character);
            bytes = ends ? 0 : bytes + length;
            at += Character.charCount(character);
        }
        return folded.toString();
    }

    private List<CalendarComponent> components() {
        // There is no calendar without any (RFC 5545, section 3.6).
        return entries.isEmpty()
                ? List.of(UTC)
                : entries.stream().<CalendarComponent>map(this::event).toList();
    }

    private VEvent event(Entry entry) {
        String summary = "%s expires (%s)".formatted(entry.name, entry.amount);
        List<Property> properties = new ArrayList<>(List.of(
                new Uid(entry.id.toString()),
                // Of what is published, when it was last changed (RFC 5545, section 3.8.7.2).
                new DtStamp(entry.updatedAt),
                new LastModified(entry.updatedAt),
                new Sequence(entry.version - 1),
                new DtStart<>(entry.date),
                new Summary(summary),
                new Description(description(entry)),
                ImmutableTransp.TRANSPARENT));
        if (entry.location != null) {
            properties.add(new Location(entry.location));
        }
        if (entry.category != null) {
            properties.add(new Categories(new TextList(entry.category)));
        }
        return new VEvent(
                new PropertyList(properties),
                new ComponentList<>(alarmAt == null ? List.of() : List.of(alarm(entry, summary, alarmAt))));
    }

    private static String description(Entry entry) {
        return Stream.of(
                        line("Quantity", entry.amount),
                        line("Place", entry.location),
                        line("Lot", entry.lotNumber),
                        entry.description == null ? "" : entry.description)
                .filter(line -> !line.isEmpty())
                .collect(Collectors.joining("\n"));
    }

    private static String line(String title, @Nullable String value) {
        return value == null ? "" : title + ": " + value;
    }

    /** At an instant, not so long before a day: that would begin when it does where the client is. */
    private VAlarm alarm(Entry entry, String summary, LocalTime at) {
        VAlarm alarm = new VAlarm(
                entry.date.minusDays(entry.leadDays).atTime(at).atZone(zone).toInstant());
        alarm.add(ImmutableAction.DISPLAY);
        alarm.add(new Description(summary));
        return alarm;
    }
}
