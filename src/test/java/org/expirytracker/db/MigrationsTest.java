package org.expirytracker.db;

import static org.assertj.core.api.Assertions.assertThat;

import org.expirytracker.TestDatabase;
import org.junit.jupiter.api.Test;

class MigrationsTest {

    @Test
    void brings_an_empty_database_to_head_and_then_finds_nothing_to_do() {
        DatabaseUrl url = TestDatabase.fresh();
        assertThat(Migrations.migrate(url).version()).isEqualTo(Migrations.head());
        assertThat(Migrations.migrate(url).scripts()).isEmpty();
    }
}
