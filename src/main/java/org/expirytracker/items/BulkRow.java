package org.expirytracker.items;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.Function;
import org.expirytracker.kernel.Input;
import org.expirytracker.kernel.Problem;
import org.expirytracker.kernel.UserError;

/**
 * A row of a bulk mutation.
 *
 * @param asked what it asks for; of no meaning where there are errors
 * @param path of the input that it was read from
 * @param errors why it is refused; when there are any, nothing is done for it
 */
public record BulkRow<T>(T asked, List<String> path, List<UserError> errors) {

    /** What becomes of good rows beside bad ones. */
    public enum ErrorPolicy {
        /** Nothing is done when anything is wrong. */
        REJECT_ALL,
        /** What is right is done. */
        REJECT_FAILED_ROWS;

        /** Reads it; without one, one bad row refuses all. */
        static ErrorPolicy of(Input input) {
            ErrorPolicy policy = input.optionalChoice("errorPolicy", ErrorPolicy.class);
            return policy == null ? REJECT_ALL : policy;
        }
    }

    /** Reads one; what is wrong is among its errors. */
    public static <T> BulkRow<T> of(Input input, Function<Input, T> read) {
        T asked = read.apply(input);
        return new BulkRow<>(asked, input.path(), List.copyOf(input.errors()));
    }

    /** Whether nothing is wrong with it. */
    public boolean isGood() {
        return errors.isEmpty();
    }

    /** Why it is refused, at one of its inputs. */
    Problem problem(Problem.Code code, String name, String message) {
        List<String> at = new ArrayList<>(path);
        at.add(name);
        return Problem.at(code, at, message);
    }

    /**
     * The rows, each of which a check may refuse besides those that are refused already.
     *
     * @param check throws a {@link Problem} for a row that it refuses; asked in the order of the input
     */
    static <T> List<BulkRow<T>> checked(List<BulkRow<T>> rows, Consumer<BulkRow<T>> check) {
        return rows.stream()
                .map(row -> row.isGood() ? row.checkedBy(check) : row)
                .toList();
    }

    private BulkRow<T> checkedBy(Consumer<BulkRow<T>> check) {
        try {
            check.accept(this);
            return this;
        } catch (Problem refusal) {
            return new BulkRow<>(asked, path, refusal.errors());
        }
    }

    /** What the good ones ask for. */
    static <T> List<T> good(List<BulkRow<T>> rows) {
        return rows.stream().filter(BulkRow::isGood).map(BulkRow::asked).toList();
    }

    /** Why the bad ones are refused. */
    static <T> List<UserError> errors(List<BulkRow<T>> rows) {
        return rows.stream().flatMap(row -> row.errors.stream()).toList();
    }

    /**
     * Ends the checking.
     *
     * @throws Problem with the errors of all rows, when for these nothing at all is to be done
     */
    static <T> void settle(List<BulkRow<T>> rows, ErrorPolicy policy) {
        List<UserError> errors = errors(rows);
        if (!errors.isEmpty()
                && (policy == ErrorPolicy.REJECT_ALL || rows.stream().noneMatch(BulkRow::isGood))) {
            throw Problem.all(errors);
        }
    }
}
