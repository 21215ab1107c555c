package org.expirytracker.kernel;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonValue;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * What a caller must hold to use a field: the argument of {@code @access} in the schema, on every root field and every
 * type with global ids. A session holds everything but {@link #ADMIN}, an API token what it was made for. Here stands
 * what concerns the caller; each room declares the scopes of what it owns.
 *
 * @param name as the schema writes it
 */
public record Access(@JsonValue String name) implements Named {

    /** Nothing: the field is open to anybody. */
    public static final Access ANYONE = new Access("ANYONE");
    /** Any valid token; what it shows depends on the type of what is asked for. */
    public static final Access CALLER = new Access("CALLER");
    /** The caller's own particulars and log; the one of these that an API token may have. */
    public static final Access ACCOUNT = new Access("ACCOUNT");
    /** A person who has logged in: what decides over access itself is never done by an API token. */
    public static final Access SESSION = new Access("SESSION");
    /** A session of an administrator. */
    public static final Access ADMIN = new Access("ADMIN");

    private static final String OWN = "_OWN";
    private static final String WRITE = "_WRITE";
    private static final List<Access> UNGRANTED = List.of(ANYONE, CALLER, SESSION, ADMIN);

    /** As the log and the schema write it. */
    @JsonCreator(mode = JsonCreator.Mode.DELEGATING)
    public Access {}

    /**
     * All there are, in the order in which clients see them.
     *
     * @param ofRooms what the rooms have declared, in their order
     */
    public static List<Access> all(Collection<Access> ofRooms) {
        return Stream.of(Stream.of(ANYONE, CALLER), ofRooms.stream(), Stream.of(ACCOUNT, SESSION, ADMIN))
                .flatMap(some -> some)
                .toList();
    }

    /**
     * As people write a scope of API tokens: {@code items:read} for {@code ITEMS_READ}; empty for what is no such scope, or
     * a part of one.
     */
    public Optional<String> scope() {
        return UNGRANTED.contains(this) || !granting().equals(this)
                ? Optional.empty()
                : Optional.of(name.replace('_', ':').toLowerCase(Locale.ROOT));
    }

    /**
     * What an API token holds where it holds this: the same, but for what is each member's own ({@code …_OWN}), which is
     * part of {@code …_WRITE} there, and is not taken from a member who may only look.
     */
    public Access granting() {
        return name.endsWith(OWN) ? new Access(name.substring(0, name.length() - OWN.length()) + WRITE) : this;
    }

    /**
     * What a scope stands for.
     *
     * @param scope as {@link #scope()} tells it
     */
    public static Access ofScope(String scope) {
        return new Access(scope.replace(':', '_').toUpperCase(Locale.ROOT));
    }

    /** Whether it is about changing what is in an inventory. */
    public boolean changes() {
        return name().endsWith(WRITE);
    }

    /** What a caller who does not hold this is told to do. */
    public String remedy() {
        if (equals(ADMIN)) {
            return "Only an administrator may do this, in a session of their own.";
        }
        return granting()
                .scope()
                .map("This API token lacks the scope %s. Create one that has it."::formatted)
                .orElse("An API token may not do this. Log in, and send the session's access token.");
    }

    @Override
    public String toString() {
        return name;
    }
}
