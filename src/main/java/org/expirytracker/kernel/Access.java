package org.expirytracker.kernel;

import java.util.Collections;
import java.util.EnumSet;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/**
 * What a caller must hold to use a field: the argument of {@code @access} in the schema, on every root field and every
 * type with global ids. A session holds everything but {@link #ADMIN}, an API token what it was made for.
 */
public enum Access {
    /** Nothing: the field is open to anybody. */
    ANYONE("", false),
    /** Any valid token; what it shows depends on the type of what is asked for. */
    CALLER("", false),
    ITEMS_READ("items:read", true),
    ITEMS_WRITE("items:write", true),
    NOTIFICATIONS_READ("notifications:read", true),
    NOTIFICATIONS_WRITE("notifications:write", true),
    REPORTS_READ("reports:read", true),
    REPORTS_WRITE("reports:write", true),
    /** The caller's own particulars and log. */
    ACCOUNT("account", true),
    /** A person who has logged in: what decides over access itself is never done by an API token. */
    SESSION("", false),
    /** A session of an administrator. */
    ADMIN("", false);

    private static final Set<Access> OF_ANY_SESSION =
            Collections.unmodifiableSet(EnumSet.complementOf(EnumSet.of(ADMIN)));
    private static final Set<Access> OF_ADMINISTRATORS = Collections.unmodifiableSet(EnumSet.allOf(Access.class));

    private final String scope;
    private final boolean grantable;

    Access(String scope, boolean grantable) {
        this.scope = scope;
        this.grantable = grantable;
    }

    /** What the session of a user holds. */
    public static Set<Access> ofSession(boolean administrator) {
        return administrator ? OF_ADMINISTRATORS : OF_ANY_SESSION;
    }

    /**
     * What an API token holds.
     *
     * @param scopes those it was made for
     */
    public static Set<Access> ofToken(Set<Access> scopes) {
        Set<Access> holds = EnumSet.of(ANYONE, CALLER);
        holds.addAll(scopes);
        return Collections.unmodifiableSet(holds);
    }

    /** As people write it, such as {@code items:read}; empty for what is no scope of API tokens. */
    public Optional<String> scope() {
        return grantable ? Optional.of(scope) : Optional.empty();
    }

    /**
     * What a scope stands for.
     *
     * @param scope as {@link #scope()} tells it
     */
    public static Access ofScope(String scope) {
        return Stream.of(values())
                .filter(each -> each.grantable && each.scope.equals(scope))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException("No scope of API tokens: " + scope));
    }

    /** What a caller who does not hold this is told to do. */
    public String remedy() {
        return switch (this) {
            case ANYONE, CALLER, SESSION ->
                "An API token may not do this. Log in, and send the session's access token.";
            case ADMIN -> "Only an administrator may do this, in a session of their own.";
            case ITEMS_READ,
                    ITEMS_WRITE,
                    NOTIFICATIONS_READ,
                    NOTIFICATIONS_WRITE,
                    REPORTS_READ,
                    REPORTS_WRITE,
                    ACCOUNT -> "This API token lacks the scope %s. Create one that has it.".formatted(scope);
        };
    }
}
