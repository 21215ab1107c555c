package org.expirytracker.imports;

import java.util.ArrayList;
import java.util.List;
import org.expirytracker.items.ItemRow;
import org.expirytracker.items.Upsert;

/**
 * What became of some rows, or would.
 *
 * @param skipped left out on purpose
 * @param refusals why rows were refused
 */
record Tally(int created, int updated, int unchanged, int skipped, int refused, List<RowReader.Refusal> refusals) {

    static final Tally NOTHING = new Tally(0, 0, 0, 0, 0, List.of());

    /** Of rows that were read, and of what became of those that were good then. */
    static Tally of(List<RowReader.Read> rows, List<ItemRow.Done> done, List<List<RowReader.Refusal>> refused) {
        List<RowReader.Refusal> refusals = new ArrayList<>();
        int bad = 0;
        int skipped = 0;
        for (RowReader.Read row : rows) {
            skipped += row.skipped() ? 1 : 0;
            bad += row.refusals().isEmpty() ? 0 : 1;
            refusals.addAll(row.refusals());
        }
        for (List<RowReader.Refusal> each : refused) {
            bad += each.isEmpty() ? 0 : 1;
            refusals.addAll(each);
        }
        return new Tally(
                count(done, Upsert.Outcome.CREATED),
                count(done, Upsert.Outcome.UPDATED),
                count(done, Upsert.Outcome.UNCHANGED),
                skipped,
                bad,
                List.copyOf(refusals));
    }

    private static int count(List<ItemRow.Done> done, Upsert.Outcome outcome) {
        return (int) done.stream().filter(each -> each.outcome() == outcome).count();
    }

    /** The same with the first reasons only. */
    Tally keeping(int most) {
        return new Tally(
                created,
                updated,
                unchanged,
                skipped,
                refused,
                refusals.size() > most ? refusals.subList(0, Math.max(0, most)) : refusals);
    }

    Tally plus(Tally more) {
        List<RowReader.Refusal> all = new ArrayList<>(refusals);
        all.addAll(more.refusals);
        return new Tally(
                created + more.created,
                updated + more.updated,
                unchanged + more.unchanged,
                skipped + more.skipped,
                refused + more.refused,
                all);
    }
}
