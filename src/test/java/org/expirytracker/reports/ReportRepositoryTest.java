package org.expirytracker.reports;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.Vertx;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.expirytracker.Stock;
import org.expirytracker.TestDatabase;
import org.expirytracker.db.Database;
import org.expirytracker.db.DatabaseUrl;
import org.expirytracker.kernel.InventoryId;
import org.expirytracker.kernel.Page;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(60)
class ReportRepositoryTest {

    private static final DatabaseUrl URL = TestDatabase.migrated();
    private static final Database DATABASE = new Database(Vertx.vertx(), URL.connectOptions(), 4);
    private static final LocalDate FIRST = LocalDate.of(2026, 1, 1);

    private final ReportRepository reports = new ReportRepository();
    private final Stock stock = new Stock(URL);
    private final InventoryId mine = stock.user();
    private final InventoryId theirs = stock.user();

    /** A report of each of the days so many after the first. */
    private void fill(InventoryId user, int... days) {
        for (int day : days) {
            stock.run(
                    "INSERT INTO reports (user_id, id, date) VALUES (?, new_id(), ?)",
                    user.value(),
                    FIRST.plusDays(day));
        }
    }

    private List<LocalDate> pages(@Nullable LocalDate from, @Nullable LocalDate to, boolean forward) {
        List<LocalDate> all = new ArrayList<>();
        LocalDate place = null;
        while (true) {
            Page page = new Page(2, forward, null);
            List<LocalDate> found = reports.list(DATABASE.reads(), mine, from, to, page, place).await().stream()
                    .map(Report::date)
                    .toList();
            all.addAll(found.subList(0, Math.min(2, found.size())));
            if (found.size() <= 2) {
                return all;
            }
            place = all.getLast();
        }
    }

    @Nested
    class Lists {

        @ParameterizedTest
        @ValueSource(booleans = {true, false})
        void pages_latest_first_both_ways_within_a_range(boolean forward) {
            fill(mine, 0, 1, 2, 5, 8, 13);
            fill(theirs, 3);
            List<LocalDate> earliestFirst =
                    List.of(1, 2, 5, 8).stream().map(FIRST::plusDays).toList();

            List<LocalDate> found = pages(FIRST.plusDays(1), FIRST.plusDays(8), forward);

            assertThat(found).isEqualTo(forward ? earliestFirst.reversed() : earliestFirst);
            assertThat(reports.count(DATABASE.reads(), mine, FIRST.plusDays(1), FIRST.plusDays(8))
                            .await())
                    .isEqualTo(4);
            assertThat(pages(null, null, forward)).hasSize(6);
            assertThat(reports.count(DATABASE.reads(), mine, null, null).await())
                    .isEqualTo(6);
        }
    }

    @Nested
    class Previous {

        @Test
        void finds_the_last_report_before_each_of_many_days() {
            fill(mine, 0, 1, 5);
            fill(theirs, 3);

            Map<LocalDate, Report> previous = reports.previous(
                            DATABASE.reads(), mine, List.of(FIRST, FIRST.plusDays(1), FIRST.plusDays(5)))
                    .await();

            assertThat(previous).containsOnlyKeys(FIRST.plusDays(1), FIRST.plusDays(5));
            assertThat(previous.get(FIRST.plusDays(1))).extracting(Report::date).isEqualTo(FIRST);
            assertThat(previous.get(FIRST.plusDays(5))).extracting(Report::date).isEqualTo(FIRST.plusDays(1));
        }
    }

    @Nested
    class Delete {

        @Test
        void gives_the_report_as_it_was_once_and_never_another_user_s() {
            fill(mine, 0);
            Report report = reports.find(DATABASE.reads(), mine, FIRST).await().orElseThrow();
            UUID id = report.id();

            assertThat(reports.find(DATABASE.reads(), theirs, List.of(id)).await())
                    .isEmpty();
            assertThat(reports.delete(DATABASE.reads(), theirs, id).await()).isEmpty();
            assertThat(reports.delete(DATABASE.reads(), mine, id).await()).contains(report);
            assertThat(reports.delete(DATABASE.reads(), mine, id).await()).isEmpty();
        }
    }
}
