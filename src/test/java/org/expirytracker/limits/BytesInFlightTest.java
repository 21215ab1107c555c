package org.expirytracker.limits;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class BytesInFlightTest {

    private final BytesInFlight bytes = new BytesInFlight(1_000_000);

    @Test
    void are_reserved_until_there_is_no_room_and_given_back() {
        assertThat(bytes.reserve(600_000)).isTrue();
        assertThat(bytes.reserve(600_000)).isFalse();
        assertThat(bytes.taken()).isEqualTo(600_000);
        bytes.release(600_000);
        assertThat(bytes.reserve(600_000)).isTrue();
    }

    @Test
    void are_always_there_for_who_is_alone() {
        assertThat(bytes.reserve(5_000_000)).isTrue();
        assertThat(bytes.isFull()).isTrue();
        assertThat(bytes.reserve(1)).isFalse();
        bytes.release(5_000_000);
        assertThat(bytes.isFull()).isFalse();
    }

    @Test
    void that_are_in_memory_already_are_held_even_beyond() {
        bytes.hold(1_500_000);

        assertThat(bytes.isFull()).isTrue();
        assertThat(bytes.reserve(1)).isFalse();
    }

    @Test
    void of_the_first_operations_are_expected_to_be_many_but_only_so_many() {
        assertThat(bytes.expected(100)).isEqualTo(409_600);
        assertThat(bytes.expected(100_000)).isEqualTo(48 * 1_048_576);
    }

    @Test
    void of_further_ones_are_expected_as_those_of_the_largest_of_late() {
        for (int answer = 0; answer < 1_000; answer++) {
            bytes.answered(100, 10_000);
        }
        assertThat(bytes.expected(100)).isBetween(102_400L, 103_000L);

        bytes.answered(100, 800_000);

        assertThat(bytes.expected(100)).isEqualTo(3_200_000);
        bytes.answered(1, 16_000_000);
        assertThat(bytes.expected(1)).isEqualTo(65_536);
    }

    @Test
    void of_a_process_are_a_quarter_of_its_memory() {
        BytesInFlight own = new BytesInFlight();
        long quarter = Runtime.getRuntime().maxMemory() / 4;

        assertThat(own.reserve(quarter - 1)).isTrue();
        assertThat(own.reserve(2)).isFalse();
    }
}
