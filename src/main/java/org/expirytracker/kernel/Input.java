package org.expirytracker.kernel;

import java.math.BigDecimal;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Reads the arguments of a field, checks them, and collects everything that is wrong before saying so once.
 *
 * <p>Each reader names the argument, checks form and range, and answers a harmless value after noting an
 * error; {@link #check} then fails with all of them. A reader whose name begins with {@code optional} answers
 * {@code null} for an absent or null argument; {@link #has} tells absent from null, as updates need.
 */
public final class Input {

    /** Earliest and latest civil date that can be stored. */
    private static final LocalDate FIRST_DATE = LocalDate.of(1, 1, 1);

    private static final LocalDate LAST_DATE = LocalDate.of(9999, 12, 31);

    private static final int MOST_WORDS = 10;
    private static final int MOST_MUTATION_ID = 255;

    private final Map<String, Object> values;
    private final List<String> path;
    private final List<UserError> errors;
    private final Map<List<String>, List<UserError>> unreadable;

    private Input(
            Map<String, Object> values,
            List<String> path,
            List<UserError> errors,
            Map<List<String>, List<UserError>> unreadable) {
        this.values = values;
        this.path = path;
        this.errors = errors;
        this.unreadable = unreadable;
    }

    /** The one {@code input} argument of a mutation. */
    public static Input of(Field field) {
        return arguments(field).object("input");
    }

    /** The arguments of a field themselves. */
    public static Input arguments(Field field) {
        Map<List<String>, List<UserError>> unreadable = field.unreadable().errors();
        return new Input(field.arguments(), List.of(), new ArrayList<>(), unreadable);
    }

    /** Arguments that do not come with a request. */
    public static Input arguments(Map<String, Object> arguments) {
        return new Input(arguments, List.of(), new ArrayList<>(), Map.of());
    }

    /** Whether the argument was given, be it null. */
    public boolean has(String name) {
        return values.containsKey(name);
    }

    /** Whether the argument was given, and is not null. */
    public boolean isGiven(String name) {
        return values.get(name) != null;
    }

    /** Notes that an argument is wrong, unless it, or the row it would stand in, could not even be read. */
    public void reject(String name, Problem.Code code, String message) {
        List<String> at = pathOf(name);
        boolean isRead = unreadable.getOrDefault(path, List.of()).stream()
                .noneMatch(error -> error.field().equals(at) || error.field().equals(path));
        if (isRead) {
            errors.add(new UserError(code, message, at));
        }
    }

    /** Path of an argument, for an error that is found later. */
    public List<String> pathOf(String name) {
        List<String> whole = new ArrayList<>(path);
        whole.add(name);
        return whole;
    }

    /** Where this input stands: {@code [input]}, or {@code [input, items, 3]}; empty for the arguments themselves. */
    public List<String> path() {
        return List.copyOf(path);
    }

    /** Every error noted so far in this input and the objects read from it. */
    public List<UserError> errors() {
        return errors;
    }

    /**
     * Ends the reading.
     *
     * @throws Problem with all errors noted, when there are any
     */
    public void check() {
        if (!errors.isEmpty()) {
            throw Problem.all(errors);
        }
    }

    /** A nested input object; an empty one when absent. Its errors are noted here. */
    @SuppressWarnings("unchecked")
    public Input object(String name) {
        Object value = values.get(name);
        return new Input(value == null ? Map.of() : (Map<String, Object>) value, pathOf(name), errors, unreadable);
    }

    /**
     * A list of nested input objects, each collecting errors of its own; what could not be read in one is among them
     * from the beginning.
     */
    @SuppressWarnings("unchecked")
    public List<Input> objects(String name) {
        List<Input> objects = new ArrayList<>();
        for (Object value : (List<Object>) values.getOrDefault(name, List.of())) {
            List<String> at = pathOf(name);
            at.add(Integer.toString(objects.size()));
            List<UserError> found = new ArrayList<>(unreadable.getOrDefault(at, List.of()));
            objects.add(new Input((Map<String, Object>) value, at, found, unreadable));
        }
        return objects;
    }

    /** As {@link #objects}, but each notes its errors here; null when absent or null. */
    @SuppressWarnings("unchecked")
    public @Nullable List<Input> optionalObjects(String name) {
        if (!(values.get(name) instanceof List<?> list)) {
            return null;
        }
        List<Input> objects = new ArrayList<>();
        for (Object value : list) {
            List<String> at = pathOf(name);
            at.add(Integer.toString(objects.size()));
            objects.add(new Input((Map<String, Object>) value, at, errors, unreadable));
        }
        return objects;
    }

    /**
     * A name that must be there: one line of 1 to {@code most} characters of which something is seen, in NFC, without
     * blanks at its ends.
     */
    public String name(String name, int most) {
        String text = optionalName(name, most);
        if (text == null) {
            reject(
                    name,
                    Problem.Code.INVALID,
                    name + " must not be empty: it needs a character that can be seen, besides blanks.");
            return "";
        }
        return text;
    }

    /** As {@link #name}; null when absent or when nothing is seen of it. */
    public @Nullable String optionalName(String name, int most) {
        return optionalText(name, most, "");
    }

    /** Lines of text of at most {@code most} characters, in NFC, without blanks at its ends; null when absent or unseen. */
    public @Nullable String optionalText(String name, int most) {
        return optionalText(name, most, Text.LINES);
    }

    private @Nullable String optionalText(String name, int most, String controls) {
        if (!(values.get(name) instanceof String raw)) {
            return null;
        }
        String text = Text.normal(raw);
        Optional<String> objection = Text.objection(text, most, controls);
        if (objection.isPresent()) {
            reject(name, Problem.Code.INVALID, name + " " + objection.get() + ".");
            // It is refused, and may be a megabyte: nobody looks at all of it.
            return text.substring(0, Math.min(text.length(), most));
        }
        return Text.isVisible(text) ? text : null;
    }

    /**
     * A code as a scanner sends it, of at most {@code most} characters: byte for byte, without blanks and line ends at its
     * ends. Separators that barcodes hold (ISO/IEC 15434: U+0004, U+001C to U+001F) are kept; null when absent or empty.
     */
    public @Nullable String optionalCode(String name, int most) {
        if (!(values.get(name) instanceof String raw)) {
            return null;
        }
        String code = Text.bareCode(raw);
        Text.objection(code, most, Text.SEPARATORS)
                .ifPresent(objection -> reject(name, Problem.Code.INVALID, name + " " + objection + "."));
        return code.isEmpty() ? null : code;
    }

    /** At most {@code count} names, each as {@link #name} reads it; null when absent. */
    public @Nullable List<String> optionalNames(String name, int most, int count) {
        return each(name, count, entry -> entry.optionalName(name, most));
    }

    /** At most {@code count} codes, each as {@link #optionalCode} reads it, none empty; null when absent. */
    public @Nullable List<String> optionalCodes(String name, int most, int count) {
        return each(name, count, entry -> entry.optionalCode(name, most));
    }

    private @Nullable List<String> each(String name, int count, Function<Input, @Nullable String> read) {
        if (!(values.get(name) instanceof List<?> list)) {
            return null;
        }
        if (list.size() > count) {
            reject(
                    name,
                    Problem.Code.INVALID,
                    "%s has %d entries; at most %d are allowed.".formatted(name, list.size(), count));
            return List.of();
        }
        List<String> texts = new ArrayList<>();
        for (Object value : list) {
            Input entry = new Input(Map.of(name, value), path, new ArrayList<>(), unreadable);
            String text = read.apply(entry);
            if (text == null && entry.errors.isEmpty()) {
                entry.reject(name, Problem.Code.INVALID, "Entry %d of %s is empty.".formatted(texts.size() + 1, name));
            }
            errors.addAll(entry.errors);
            texts.add(text == null ? "" : text);
        }
        return texts;
    }

    /**
     * The words of a text of at most {@code most} characters, folded as {@link Text#fold} does: the first
     * {@value #MOST_WORDS}; none when absent.
     */
    public List<String> optionalWords(String name, int most) {
        String text = optionalText(name, most);
        return text == null
                ? List.of()
                : Text.words(text).stream()
                        .map(Text::fold)
                        .filter(word -> !word.isEmpty())
                        .limit(MOST_WORDS)
                        .toList();
    }

    /** A text taken exactly as sent, such as a password or a token; empty text when absent. */
    public String exactText(String name, int most) {
        String text = values.get(name) instanceof String raw ? raw : "";
        Text.objection(text, most)
                .ifPresent(objection -> reject(name, Problem.Code.INVALID, name + " " + objection + "."));
        return text;
    }

    /** A decimal from {@code least} to {@code most} with at most {@code places} decimal places; null when absent. */
    public @Nullable BigDecimal optionalDecimal(String name, BigDecimal least, BigDecimal most, int places) {
        if (!(values.get(name) instanceof BigDecimal value)) {
            return null;
        }
        if (value.compareTo(least) < 0 || value.compareTo(most) > 0) {
            reject(
                    name,
                    Problem.Code.INVALID,
                    "%s must be from %s to %s.".formatted(name, least.toPlainString(), most.toPlainString()));
            return least;
        }
        if (value.stripTrailingZeros().scale() > places) {
            reject(name, Problem.Code.INVALID, "%s has more than %d decimal places.".formatted(name, places));
            return least;
        }
        return value;
    }

    /** A whole number from {@code least} to {@code most}; null when absent. */
    public @Nullable Integer optionalInt(String name, int least, int most) {
        if (!(values.get(name) instanceof Integer value)) {
            return null;
        }
        if (value < least || value > most) {
            reject(name, Problem.Code.INVALID, "%s must be from %d to %d.".formatted(name, least, most));
            return least;
        }
        return value;
    }

    /** At most {@code count} whole numbers from {@code least} to {@code most}; null when absent. */
    public @Nullable List<Integer> optionalInts(String name, int least, int most, int count) {
        if (!(values.get(name) instanceof List<?> list)) {
            return null;
        }
        if (list.size() > count || list.stream().anyMatch(each -> (Integer) each < least || (Integer) each > most)) {
            reject(
                    name,
                    Problem.Code.INVALID,
                    "%s must have at most %d numbers, each from %d to %d.".formatted(name, count, least, most));
            return List.of();
        }
        return list.stream().map(each -> (Integer) each).toList();
    }

    /** A flag; {@code otherwise} when absent. */
    public boolean flag(String name, boolean otherwise) {
        return values.get(name) instanceof Boolean value ? value : otherwise;
    }

    /** Whether a flag was given and is false. */
    public boolean isFalse(String name) {
        return Boolean.FALSE.equals(values.get(name));
    }

    /** A civil date of the years 1 to 9999; null when absent. */
    public @Nullable LocalDate optionalDate(String name) {
        if (!(values.get(name) instanceof LocalDate value)) {
            return null;
        }
        if (value.isBefore(FIRST_DATE) || value.isAfter(LAST_DATE)) {
            reject(name, Problem.Code.INVALID, "%s must be from %s to %s.".formatted(name, FIRST_DATE, LAST_DATE));
            return null;
        }
        return value;
    }

    /** An instant; null when absent. */
    public @Nullable Instant optionalInstant(String name) {
        return values.get(name) instanceof Instant value ? value : null;
    }

    /** An IANA time zone; null when absent. */
    public @Nullable ZoneId optionalZone(String name) {
        return values.get(name) instanceof ZoneId value ? value : null;
    }

    /** One value of an enumeration whose Java form has the same names; null when absent. */
    public <E extends Enum<E>> @Nullable E optionalChoice(String name, Class<E> type) {
        return values.get(name) instanceof String value ? Enum.valueOf(type, value) : null;
    }

    /** Values of an enumeration; null when absent. */
    public <E extends Enum<E>> @Nullable List<E> optionalChoices(String name, Class<E> type) {
        return values.get(name) instanceof List<?> list
                ? list.stream().map(value -> Enum.valueOf(type, (String) value)).toList()
                : null;
    }

    /** Values of an enumeration whose values rooms declare, as the schema hands them over; null when absent. */
    public <T extends Named> @Nullable List<T> optionalNamed(String name, Class<T> set) {
        return values.get(name) instanceof List<?> list
                ? list.stream().<T>map(set::cast).toList()
                : null;
    }

    /** The argument {@code expectedVersion}. */
    public ExpectedVersion expectedVersion() {
        return new ExpectedVersion(
                values.get("expectedVersion") instanceof Integer expected ? expected : null, pathOf("expectedVersion"));
    }

    /** The argument {@code clientMutationId}, which the answer repeats; null when absent or empty. */
    public @Nullable String clientMutationId() {
        String id = exactText("clientMutationId", MOST_MUTATION_ID);
        return id.isEmpty() ? null : id;
    }

    /** The id of an object of one type. An id of another type, or no id at all, is noted as not found. */
    public UUID id(String name, NodeId.Type type) {
        UUID id = optionalId(name, type);
        return id == null ? NOBODY : id;
    }

    /** As {@link #id}; null when absent. */
    public @Nullable UUID optionalId(String name, NodeId.Type type) {
        return values.get(name) instanceof String text ? idOf(name, text, type) : null;
    }

    /** The id of an object of one of several types; empty when absent. No such id is noted as not found. */
    public Optional<NodeId> optionalNode(String name, Collection<NodeId.Type> types) {
        if (!(values.get(name) instanceof String text)) {
            return Optional.empty();
        }
        Optional<NodeId> id = NodeId.decode(text, types);
        if (id.isEmpty()) {
            reject(name, Problem.Code.NOT_FOUND, name + " is the id of nothing.");
        }
        return id;
    }

    /** Ids of objects of one type, at most {@code most}; null when absent. */
    public @Nullable List<UUID> optionalIds(String name, NodeId.Type type, int most) {
        if (!(values.get(name) instanceof List<?> list)) {
            return null;
        }
        if (list.size() > most) {
            reject(
                    name,
                    Problem.Code.INVALID,
                    "%s has %d ids; at most %d are allowed.".formatted(name, list.size(), most));
            return List.of();
        }
        return list.stream().map(text -> idOf(name, (String) text, type)).toList();
    }

    private static final UUID NOBODY = new UUID(0, 0);

    private UUID idOf(String name, String text, NodeId.Type type) {
        return NodeId.decode(text, type).orElseGet(() -> {
            reject(name, Problem.Code.NOT_FOUND, "%s names no %s.".formatted(name, type.inWords()));
            return NOBODY;
        });
    }
}
