package org.expirytracker.activities;

import io.vertx.core.Future;
import io.vertx.sqlclient.SqlConnection;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.expirytracker.kernel.InventoryId;
import org.expirytracker.kernel.RecordJson;
import org.expirytracker.kernel.UserId;
import org.jspecify.annotations.Nullable;

/**
 * One change of one inventory, or of its owner's account, while it is being made: its transaction, in which the
 * inventory's log is locked, and what happened so far. Other changes of the same inventory wait until it ends.
 */
public final class Change {

    record Event(
            ActivityKind kind,
            UUID subjectId,
            @Nullable String before,
            @Nullable String after) {}

    private final SqlConnection connection;
    private final InventoryId inventoryId;
    private final UserId userId;
    private final Author author;
    private final List<Event> events = new ArrayList<>();
    private final Map<Class<?>, Kept> kept = new LinkedHashMap<>();
    private boolean grown;
    private boolean counted;
    private boolean keepsUntilEnd;

    /** What a room keeps of a change besides the log, and writes together with it. */
    public interface Kept {

        /** Writes what was noted since the last time. */
        Future<?> write(Change change);
    }

    Change(SqlConnection connection, InventoryId inventoryId, UserId userId, Author author) {
        this.connection = connection;
        this.inventoryId = inventoryId;
        this.userId = userId;
        this.author = author;
    }

    /** The transaction's connection. */
    public SqlConnection connection() {
        return connection;
    }

    /** The inventory that changes, or in whose log a change of its owner's account is. */
    public InventoryId inventoryId() {
        return inventoryId;
    }

    /** The member who makes a change of an inventory, or the user whose account changes. */
    public UserId userId() {
        return userId;
    }

    Author author() {
        return author;
    }

    /**
     * Notes what happened; it is written to the log when the work has succeeded, in the order noted.
     *
     * @param before the object's state before; null when it was created
     * @param after the object's state after; null when it is gone
     */
    public void record(ActivityKind kind, UUID subjectId, @Nullable Record before, @Nullable Record after) {
        events.add(new Event(
                kind,
                subjectId,
                before == null ? null : RecordJson.write(before),
                after == null ? null : RecordJson.write(after)));
    }

    /**
     * What a room keeps of this change.
     *
     * @param first makes it, the first time that it is asked for
     */
    public <K extends Kept> K kept(Class<K> type, Supplier<K> first) {
        return type.cast(kept.computeIfAbsent(type, none -> first.get()));
    }

    /**
     * Whether what rooms have counted stands for all that was in the log when this change began. Where it does not, it is not
     * kept by this change either; see {@link ActivityLog#COUNTED}.
     */
    public boolean isCounted() {
        return counted;
    }

    /** Notes whether what is counted stands for all that is in the log. */
    public void counted(boolean wholly) {
        counted = wholly;
    }

    /**
     * Lets what rooms keep of this change be written once, at its end: for one of so many rows that theirs would be written
     * again and again, and be read past all that they were before.
     */
    public void keepUntilEnd() {
        keepsUntilEnd = true;
    }

    /**
     * Writes to the log what was noted so far, and what rooms keep of it. A statement that appends to the log by itself comes after it, so that
     * the log keeps the order in which things happened.
     */
    public Future<?> flush() {
        List<Event> noted = List.copyOf(events);
        events.clear();
        grown = grown || !noted.isEmpty();
        Future<Integer> appended = ActivityLog.append(this, noted);
        return kept.isEmpty() || keepsUntilEnd
                ? appended
                : Future.all(Stream.concat(
                                Stream.of(appended), kept.values().stream().map(each -> each.write(this)))
                        .toList());
    }

    /** Writes what is left to write. */
    Future<?> end() {
        keepsUntilEnd = false;
        return flush();
    }

    /** Whether something is there after what was noted since the last flush. */
    boolean leavesSomething() {
        return events.stream().anyMatch(event -> event.after() != null);
    }

    /** Notes that a statement of this transaction has itself appended to the log. */
    public void appended() {
        grown = true;
    }

    /** Whether the log has grown by this change. */
    boolean hasGrown() {
        return grown;
    }
}
