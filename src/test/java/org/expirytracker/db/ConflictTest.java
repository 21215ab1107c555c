package org.expirytracker.db;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.Future;
import io.vertx.pgclient.PgException;
import java.util.List;
import org.expirytracker.kernel.Problem;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ConflictTest {

    private static final List<Conflict> CONFLICTS = List.of(
            new Conflict("shelves_name_key", "name", "There is such a shelf. Use that one."),
            new Conflict("shelves_place_key", "place", "A shelf stands there. Choose another place."));

    private static Throwable reword(Throwable failure) {
        Future<Void> reworded = Conflict.reword(failure, CONFLICTS);
        return reworded.cause();
    }

    /** A server of a distributed database sends no more than these. */
    private static PgException said(String state, String message) {
        return new PgException(message, "ERROR", state, null);
    }

    /** As PostgreSQL sends it, in the language of the server. */
    private static PgException violated(String constraint) {
        return new PgException(
                "doppelter Schlüsselwert verletzt Unique-Constraint »" + constraint + "«",
                "FEHLER",
                "23505",
                "Schlüssel »(name)=(shelves_place_key)« existiert bereits.",
                null,
                null,
                null,
                null,
                null,
                null,
                null,
                null,
                "public",
                "shelves",
                null,
                null,
                constraint);
    }

    @Test
    void is_told_by_the_name_of_the_constraint() {
        assertThat(reword(violated("shelves_place_key"))).isInstanceOfSatisfying(Problem.class, problem -> {
            assertThat(problem.code()).isEqualTo(Problem.Code.CONFLICT);
            assertThat(problem.errors().getFirst().field()).containsExactly("input", "place");
            assertThat(problem).hasMessage("A shelf stands there. Choose another place.");
        });
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
            23505 | duplicate key value violates unique constraint "shelves_name_key_102008"
            23505 | duplicate key value violates unique constraint "shelves_name_key"
            23505 | doppelter Schlüsselwert verletzt Unique-Constraint »shelves_name_key_102008«
            XX000 | duplicate key value violates unique constraint "shelves_name_key_102041"
            """)
    void is_told_by_the_message_where_a_distributed_database_gives_no_name(String state, String message) {
        assertThat(reword(said(state, message)))
                .isInstanceOfSatisfying(
                        Problem.class,
                        problem ->
                                assertThat(problem.errors().getFirst().field()).containsExactly("input", "name"));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
            23505 | duplicate key value violates unique constraint "shelves_name_key2"
            23505 | duplicate key value violates unique constraint "old_shelves_name_key"
            23505 | duplicate key value violates unique constraint "shelves_pkey"
            23514 | new row for relation "shelves" violates check constraint "shelves_name_key"
            XX000 | could not read block 17
            """)
    void leaves_every_other_failure_a_fault_of_ours(String state, String message) {
        PgException failure = said(state, message);

        assertThat(reword(failure)).isSameAs(failure);
        assertThat(SqlFailures.asProblem(failure)).isSameAs(failure);
    }

    @Test
    void looks_at_no_value_of_the_row() {
        assertThat(reword(violated("shelves_pkey"))).isInstanceOf(PgException.class);
    }
}
