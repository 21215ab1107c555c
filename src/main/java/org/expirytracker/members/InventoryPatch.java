package org.expirytracker.members;

import java.time.ZoneId;
import java.util.Currency;
import java.util.Optional;
import java.util.function.UnaryOperator;
import org.expirytracker.kernel.ExpectedVersion;
import org.expirytracker.kernel.Input;
import org.expirytracker.kernel.Problem;
import org.expirytracker.users.Particulars;
import org.jspecify.annotations.Nullable;

/**
 * Changes to the settings of an inventory.
 *
 * @param expected which version of them was read
 * @param values puts what is given in place of what is there
 */
record InventoryPatch(ExpectedVersion expected, UnaryOperator<InventoryAccount> values) {

    static final int MOST_NAME = 200;

    /** Reads one; what is wrong is noted in the input. */
    static InventoryPatch of(Input input) {
        String name = input.has("name") ? input.name("name", MOST_NAME) : null;
        String currency = currency(input);
        ZoneId timeZone = required(input, "timeZone", timeZone(input));
        Integer leadDays = required(input, "leadDays", input.optionalInt("leadDays", 0, Particulars.MOST_LEAD_DAYS));
        Integer turnHour = required(input, "turnHour", input.optionalInt("turnHour", 0, Particulars.MOST_TURN_HOUR));
        return new InventoryPatch(
                input.expectedVersion(),
                before -> new InventoryAccount(
                        before.id(),
                        before.ownerId(),
                        name == null ? before.name() : name,
                        input.has("currency") ? currency : before.currency(),
                        timeZone == null ? before.timeZone() : timeZone,
                        leadDays == null ? before.leadDays() : leadDays,
                        turnHour == null ? before.turnHour() : turnHour,
                        before.version(),
                        before.createdAt(),
                        before.updatedAt()));
    }

    static @Nullable ZoneId timeZone(Input input) {
        ZoneId zone = input.optionalZone("timeZone");
        Optional<String> objection = zone == null ? Optional.empty() : Particulars.timeZoneObjection(zone);
        objection.ifPresent(message -> input.reject("timeZone", Problem.Code.INVALID, message));
        return zone;
    }

    static @Nullable String currency(Input input) {
        String code = input.optionalText("currency", 3);
        if (code != null
                && code.length() <= 3
                && Currency.getAvailableCurrencies().stream()
                        .noneMatch(known -> known.getCurrencyCode().equals(code))) {
            input.reject("currency", Problem.Code.INVALID, "currency must be a code of ISO 4217, such as EUR.");
        }
        return code;
    }

    private static <V> @Nullable V required(Input input, String name, @Nullable V value) {
        if (value == null && input.has(name)) {
            input.reject(name, Problem.Code.INVALID, name + " must not be null; leave it out to keep it as it is.");
        }
        return value;
    }
}
