package org.expirytracker.migrations;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.LocalDate;
import java.util.UUID;
import org.expirytracker.Stock;
import org.expirytracker.TestDatabase;
import org.expirytracker.db.DatabaseUrl;
import org.expirytracker.kernel.InventoryId;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The way down of the step by which jobs come again leaves what is due to the revision before. */
class JobsStepTest {

    private static final Revision STEP = Revisions.all().stream()
            .filter(revision -> revision.version().equals("20261129.6"))
            .findFirst()
            .orElseThrow();

    private final DatabaseUrl url = TestDatabase.fresh();
    private final Stock stock = new Stock(url);

    @BeforeEach
    void goToTheStep() {
        Revisions.up(url, STEP);
    }

    private void job(UUID tenant, String kind, UUID object, int tries, String dueAt) {
        stock.run(
                "INSERT INTO jobs (tenant_id, kind, object_id, tries, due_at, error, first_failed_at, last_failed_at)"
                        + " VALUES (?, ?, ?, ?, ?::timestamptz, 'wrong', '2026-11-28', '2026-11-29')",
                tenant,
                kind,
                object,
                tries,
                dueAt);
    }

    @Test
    void leaves_days_items_and_digests_to_the_nodes_of_the_revision_before() {
        InventoryId user = stock.user();
        UUID item = stock.item(user, "milk", LocalDate.of(2026, 11, 29), 3);
        UUID whole = new UUID(0, 0);
        stock.run("INSERT INTO reminder_settings (user_id, digest) VALUES (?, true)", user.value());
        job(user.value(), "turn", whole, 3, "infinity");
        job(user.value(), "notice", item, 2, "2026-11-30");
        job(user.value(), "notice", UUID.randomUUID(), 2, "2026-11-30");
        job(user.value(), "digest", whole, 5, "2026-11-30");
        job(whole, "forget-failures", whole, 0, "2026-11-30");

        Revisions.down(url, STEP);

        assertThat(stock.column(
                        "SELECT tries || ' ' || error || ' ' || retry_at || ' ' || (last_failed_at = '2026-11-29')"
                                + " FROM stuck_turns"))
                .containsExactly("3 wrong infinity true");
        assertThat(stock.column(
                        "SELECT tries || ' ' || (retry_at = '2026-11-30') FROM stuck_items WHERE item_id = ?", item))
                .containsExactly("2 true");
        assertThat(stock.column("SELECT digest_tries || ' ' || (digest_due_at = '2026-11-30') FROM reminder_settings"))
                .containsExactly("5 true");
        assertThat(stock.column("SELECT kind FROM jobs")).containsExactly("forget-failures");
    }

    @Test
    void remembers_on_the_way_down_and_up_again_what_comes_again() {
        UUID tenant = stock.user().value();
        job(tenant, "later", tenant, 1, "2026-11-30");
        stock.run("UPDATE jobs SET again = true");

        Revisions.down(url, STEP);
        Revisions.up(url, STEP);

        assertThat(stock.column("SELECT kind || ' ' || again FROM jobs")).containsExactly("later true");
    }
}
