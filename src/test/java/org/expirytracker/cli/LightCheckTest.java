package org.expirytracker.cli;

import static org.assertj.core.api.Assertions.assertThat;

import org.expirytracker.Stock;
import org.expirytracker.TestDatabase;
import org.expirytracker.db.DatabaseUrl;
import org.expirytracker.migrations.Finding;
import org.junit.jupiter.api.Test;

class LightCheckTest {

    private final DatabaseUrl url = TestDatabase.freshMigrated();
    private final Stock stock = new Stock(url);

    @Test
    void finds_nothing_where_all_is_well() {
        stock.item(stock.user(), "milk", null, 3);

        assertThat(new LightCheck(url).findings()).isEmpty();
    }

    @Test
    void finds_a_history_that_is_not_that_of_the_files_a_broken_index_and_stock_that_is_counted_wrongly() {
        stock.run(
                "INSERT INTO stock_days (user_id, part, part_key, expiry_date, expiring_from, item_count, value)"
                        + " SELECT user_id, 'WHOLE', '', 'infinity', 'infinity', 7, 0 FROM feeds WHERE user_id = ?",
                stock.user().value());
        stock.run("UPDATE feeds SET counted_seq = last_seq");
        stock.run("UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'items_pkey'::regclass");
        stock.run("UPDATE flyway_schema_history SET checksum = checksum + 1 WHERE installed_rank = 1");

        assertThat(new LightCheck(url).findings())
                .extracting(Finding::kind)
                .containsExactly(Finding.Kind.ALTERED, Finding.Kind.DRIFT, Finding.Kind.MISCOUNTED);
    }
}
