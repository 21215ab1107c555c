package org.expirytracker.api;

import graphql.execution.ValueUnboxer;
import graphql.language.SourceLocation;
import graphql.schema.CoercingSerializeException;
import graphql.util.FpKit;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Writes what a plan has loaded, depth first, and notes what is wrong with it in the same order. Null where none may be
 * makes the object or list around it null (GraphQL, Handling Field Errors): what was written of that is cut off again. The
 * rest of it is looked at all the same, because each of its errors is told.
 */
final class AnswerWriter {

    private final JsonBytes out;
    private final List<ClientError> errors = new ArrayList<>(0);
    private @Nullable String[] keys = new String[16];
    private int[] indexes = new int[16];
    private int depth;
    /** How often something was cut off: what was written before may not be there any more. */
    private int cuts;

    private boolean empty = true;

    /** A writer of one answer. */
    AnswerWriter(JsonBytes out) {
        this.out = out;
    }

    /** In the order of the answer. */
    List<ClientError> errors() {
        return errors;
    }

    /** Begins the answer; its members follow. */
    void begin() {
        out.clear();
        out.symbol('{');
    }

    /** Ends the answer. */
    Written end() {
        out.symbol('}');
        return new Written(out.copy(), empty);
    }

    /** Writes one member of the answer; false when it is null and may not be. */
    boolean member(Plan.Loaded root, Plan.Step step) {
        out.raw(step.name, out.length() > 1 ? 0 : 1);
        int start = out.length();
        boolean whole = step(step, null, root.values);
        empty &= whole && out.at(start) == 'n';
        return whole;
    }

    /** Writes the value of a field; false when it is null and may not be. */
    private boolean step(Plan.Step step, @Nullable Object source, @Nullable Object[] kept) {
        if (step.source instanceof Plan.Constant constant) {
            out.raw(constant.json, 0);
            return true;
        }
        push(step.key, 0);
        Object value =
                step.slot >= 0 ? kept[step.slot] : source == null ? null : ((Plan.Component) step.source).of(source);
        boolean whole = value(step.shape, value, step);
        depth--;
        return whole;
    }

    private boolean value(Plan.Shape shape, @Nullable Object given, Plan.Step step) {
        Object value = ValueUnboxer.DEFAULT.unbox(given);
        if (value == null) {
            return missing(shape);
        }
        if (value instanceof Plan.Failed failed) {
            SourceLocation location = step.location;
            errors.addAll(FieldErrors.of(failed.cause(), path(), location == null ? List.of() : List.of(location)));
            return absent(shape);
        }
        int start = out.length();
        boolean written = switch (shape) {
            case Plan.Scalar scalar -> scalar(scalar, value);
            case Plan.Composite composite -> composite(composite, value);
            case Plan.Many many -> list(many, value, step);
        };
        if (written) {
            return true;
        }
        out.cut(start);
        cuts++;
        return absent(shape);
    }

    /** There is no value, and nothing was said of that so far. */
    private boolean missing(Plan.Shape shape) {
        if (shape.required()) {
            fault("A field that must not be null is null");
        }
        return absent(shape);
    }

    private boolean absent(Plan.Shape shape) {
        if (shape.required()) {
            return false;
        }
        out.nothing();
        return true;
    }

    private boolean scalar(Plan.Scalar scalar, Object value) {
        try {
            if (scalar.leaf().write(out, value)) {
                return true;
            }
        } catch (CoercingSerializeException wrong) {
            fault("A value is not of its type: " + wrong.getMessage());
            return false;
        }
        if (scalar.required()) {
            fault("A field that must not be null is null");
        }
        return false;
    }

    private boolean list(Plan.Many many, Object value, Plan.Step step) {
        Iterable<?> elements;
        if (value instanceof Plan.LoadedList loaded) {
            elements = loaded.elements();
        } else if (value instanceof Iterable<?> iterable) {
            elements = iterable;
        } else if (FpKit.isIterable(value)) {
            elements = FpKit.toIterable(value);
        } else {
            fault("A value is no list: " + value.getClass());
            return false;
        }
        out.symbol('[');
        boolean whole = true;
        int index = 0;
        push(null, 0);
        int place = depth - 1;
        for (Object element : elements) {
            if (index > 0) {
                out.symbol(',');
            }
            indexes[place] = index++;
            whole &= value(many.each(), element, step);
        }
        depth--;
        out.symbol(']');
        return whole;
    }

    private boolean composite(Plan.Composite composite, Object value) {
        if (value instanceof Plan.Loaded loaded) {
            return shared(loaded);
        }
        Plan.Selection selection = composite.selection(value);
        if (selection == null) {
            fault("No type that may stand here is made of " + value.getClass());
            return false;
        }
        return object(selection, value, NOTHING);
    }

    private static final @Nullable Object[] NOTHING = {};

    /** Several objects may share one that was loaded: it is written once, and then copied. */
    private boolean shared(Plan.Loaded object) {
        if (object.writing == cuts) {
            out.again(object.from, object.to);
            return true;
        }
        int known = errors.size();
        int start = out.length();
        boolean whole = object(object.selection, object.source, object.values);
        if (whole && errors.size() == known) {
            object.from = start;
            object.to = out.length();
            object.writing = cuts;
        }
        return whole;
    }

    private boolean object(Plan.Selection selection, @Nullable Object source, @Nullable Object[] kept) {
        out.symbol('{');
        boolean whole = true;
        int from = 1;
        for (Plan.Step step : selection.steps) {
            out.raw(step.name, from);
            from = 0;
            whole &= step(step, source, kept);
        }
        out.symbol('}');
        return whole;
    }

    private void push(@Nullable String key, int index) {
        if (depth == keys.length) {
            keys = Arrays.copyOf(keys, 2 * depth);
            indexes = Arrays.copyOf(indexes, 2 * depth);
        }
        keys[depth] = key;
        indexes[depth++] = index;
    }

    /** Where the answer has come to: names and places in lists. */
    private List<Object> path() {
        List<Object> path = new ArrayList<>(depth);
        for (int at = 0; at < depth; at++) {
            String key = keys[at];
            path.add(key == null ? indexes[at] : key);
        }
        return path;
    }

    /** As graphql-java's own errors: they tell no place in the document, and only some of many are told. */
    private void fault(String message) {
        if (errors.size() < FieldErrors.MOST_ERRORS) {
            errors.add(FieldErrors.fault(message, path()));
        }
    }
}
