package org.expirytracker.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.util.List;
import java.util.Map;
import org.expirytracker.api.PersistedDocuments.Found;
import org.expirytracker.http.DashboardOperations;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Documents that clients name: of callers over HTTP in {@code GraphQLOverHttpTest}, here those that operators trust. */
class PersistedDocumentsTest {

    private static final String MILK = "{ items(first: 1) { nodes { name } } }";

    @Nested
    class AList {

        @Test
        void of_apollo_s_compiler_is_read() {
            String manifest = """
                    {"format": "apollo-persisted-query-manifest", "version": 1, "operations": [
                      {"id": "abc", "name": "Milk", "type": "query", "body": "query Milk { viewer { id } }"}]}
                    """;

            assertThat(PersistedDocuments.read(manifest)).isEqualTo(Map.of("abc", "query Milk { viewer { id } }"));
        }

        @Test
        void of_relay_s_compiler_is_read() {
            assertThat(PersistedDocuments.read("{\"1f2\": \"{ viewer { id } }\"}"))
                    .isEqualTo(Map.of("1f2", "{ viewer { id } }"));
        }

        @ParameterizedTest
        @CsvSource(delimiter = '|', textBlock = """
                {                                                              | it is not JSON
                {}                                                             | it names no operation
                {"a": 1}                                                       | operation "a" has no text
                {"a": " "}                                                     | operation "a" has no text
                {"format": "apollo-persisted-query-manifest", "version": 2}    | its version is not 1
                """)
        void that_is_none_is_refused_with_the_reason(String json, String reason) {
            assertThatThrownBy(() -> PersistedDocuments.read(json))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageStartingWith(reason);
        }
    }

    @Nested
    class Trusted {

        private final PersistedDocuments documents =
                PersistedDocuments.trusted(Map.of("milk", MILK), List.of("{ other }"));

        private static void isRefused(Found found) {
            assertThat(found).isInstanceOfSatisfying(Found.Refused.class, refused -> {
                assertThat(refused.reason()).isEqualTo(Answer.Reason.FORBIDDEN);
                assertThat(refused.error().code()).isEqualTo("PERSISTED_QUERY_NOT_IN_LIST");
            });
        }

        @Test
        void are_found_by_id_by_hash_and_by_text() {
            assertThat(documents.find(null, "milk")).isEqualTo(new Found.Text(MILK));
            assertThat(documents.find(MILK, null)).isEqualTo(new Found.Text(MILK));
            assertThat(documents.find(MILK, "milk")).isEqualTo(new Found.Text(MILK));
            assertThat(documents.find("{ other }", null)).isEqualTo(new Found.Text("{ other }"));
        }

        @Test
        void are_all_that_is_found() {
            isRefused(documents.find("{ viewer { id } }", null));
            isRefused(documents.find(null, "other"));
            isRefused(documents.find("{ other }", "milk"));
        }

        @Test
        void are_not_added_to_by_callers() {
            documents.keep("eggs", "{ eggs }");

            isRefused(documents.find(null, "eggs"));
            assertThat(documents.trusted()).containsExactlyInAnyOrder(MILK, "{ other }");
        }

        @Test
        void stop_the_start_when_one_may_not_be_executed() {
            assertThatThrownBy(() -> check(List.of("{ nothing }", "{ viewer { id } }", "{")))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("{ nothing }: ")
                    .hasMessageContaining("{: ")
                    .hasMessageNotContaining("viewer");
        }
    }

    private static void check(List<String> trusted) {
        GraphQLFactory.check(PersistedDocuments.trusted(Map.of(), trusted));
    }

    @Nested
    class OfTheDashboard {

        @Test
        void are_whole_and_fit_for_the_schema() throws IOException {
            List<String> documents = DashboardOperations.read();

            assertThat(documents).hasSizeGreaterThan(30).noneMatch(text -> text.contains("${"));
            assertThat(documents).anyMatch(text -> text.startsWith("subscription"));
            assertThatCode(() -> check(documents)).doesNotThrowAnyException();
        }
    }
}
