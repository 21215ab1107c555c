package org.expirytracker.migrations;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.LocalDate;
import java.util.List;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RevisionTest {

    @Nested
    class NextVersion {

        @ParameterizedTest
        @CsvSource({
            "0, 20261203",
            "20240105, 20261203",
            "20261202.7, 20261203",
            "20261203, 20261203.1",
            "20261203.1, 20261203.2",
            "20261203.9, 20261203.10",
            "20261203.10, 20261203.11",
            "20270101, 20270101.1",
            "20270101.3, 20270101.4",
        })
        void is_of_today_or_after_the_newest(String newest, String next) {
            assertThat(new Revision(newest, "newest").nextVersion(LocalDate.of(2026, 12, 3)))
                    .isEqualTo(next);
        }
    }

    @Nested
    class Order {

        @Test
        void is_by_date_then_number_then_name_after_the_base() {
            List<Revision> ordered = List.of(
                    Revision.BASE,
                    new Revision("20240105", "b"),
                    new Revision("20261122", "z"),
                    new Revision("20261122.2", "a"),
                    new Revision("20261122.10", "a"),
                    new Revision("20261122.10", "b"));
            assertThat(ordered.reversed().stream().sorted()).isEqualTo(ordered);
        }
    }
}
