package org.expirytracker.api;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletionException;
import org.expirytracker.kernel.Problem;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.slf4j.LoggerFactory;

class FieldErrorsTest {

    private final TestEngine engine = new TestEngine();
    private final ListAppender<ILoggingEvent> log = new ListAppender<>();
    private final Logger logger = (Logger) LoggerFactory.getLogger(FieldErrors.class);

    @BeforeEach
    void listen() {
        log.start();
        logger.addAppender(log);
        logger.setAdditive(false);
    }

    @AfterEach
    void stop() {
        logger.detachAppender(log);
        logger.setAdditive(true);
        engine.close();
    }

    private Map<String, Object> onlyError(String query) {
        Answer answer = engine.answer(query);
        assertThat(answer).isInstanceOf(Answer.Executed.class);
        List<ClientError> errors = ((Answer.Executed) answer).errors();
        assertThat(errors).hasSize(1);
        return errors.getFirst().toSpecification();
    }

    private static Object member(Map<String, Object> map, String name) {
        return Objects.requireNonNull(map.get(name));
    }

    @SuppressWarnings("unchecked")
    private static Map<String, Object> extensions(Map<String, Object> error) {
        return (Map<String, Object>) member(error, "extensions");
    }

    @Nested
    class Problems {

        @ParameterizedTest
        @EnumSource(Problem.Code.class)
        void are_told_as_they_are_with_code_field_and_path(Problem.Code code) {
            Map<String, Object> error = onlyError("{ x: fails(how: \"%s\") }".formatted(code));

            assertThat(error).containsEntry("message", "You asked for it.").containsEntry("path", List.of("x"));
            assertThat(error.get("locations")).isEqualTo(List.of(Map.of("line", 1, "column", 3)));
            assertThat(extensions(error)).isEqualTo(Map.of("code", code.name(), "field", List.of("how")));
            assertThat(log.list).isEmpty();
        }

        @Test
        void with_several_reasons_are_one_error_each() {
            Answer.Executed answer = (Answer.Executed) engine.answer("{ fails(how: \"SEVERAL\") }");

            assertThat(answer.errors()).extracting(ClientError::message).containsExactly("One.", "Two.");
            assertThat(answer.errors()).extracting(ClientError::field).containsExactly(List.of("a"), List.of("b"));
        }

        @Test
        void are_found_inside_what_futures_wrap_around_them() {
            Problem problem = Problem.of(Problem.Code.UNAVAILABLE, "Later.");

            assertThat(FieldErrors.of(new CompletionException(new CompletionException(problem))))
                    .extracting(ClientError::code)
                    .containsExactly("UNAVAILABLE");
        }
    }

    @Nested
    class WhatEndsAfterItsDeadline {

        @Test
        void is_unavailable_and_no_fault() {
            Answer late = engine.lateAnswer("{ slow(millis: 500) }", Duration.ofMillis(1), "{ slow(millis: 510) }");

            assertThat(TestEngine.errors(late))
                    .containsExactly("UNAVAILABLE This took longer than 0 seconds and was given up. Try again in a few"
                            + " seconds.");
            assertThat(engine.things.slow).hasValue(2);
            assertThat(log.list).isEmpty();
        }
    }

    @Nested
    class Faults {

        @ParameterizedTest
        @ValueSource(strings = {"BUG", "LATER"})
        void are_shown_as_an_id_and_logged_with_it_and_their_cause(String how) {
            Map<String, Object> error = onlyError("{ fails(how: \"%s\") }".formatted(how));

            String errorId = member(extensions(error), "errorId").toString();
            assertThat(extensions(error)).containsEntry("code", "INTERNAL");
            assertThat(error.toString()).doesNotContain("secret").doesNotContain("Exception");
            assertThat(member(error, "message").toString())
                    .startsWith("Something went wrong on our side.")
                    .contains(errorId);
            assertThat(log.list).hasSize(1);
            ILoggingEvent logged = log.list.getFirst();
            assertThat(logged.getThrowableProxy().getMessage()).startsWith("secret detail");
            assertThat(logged.getKeyValuePairs().toString())
                    .contains("errorId=\"" + errorId + "\"", "path=\"[fails]\"");
        }

        @Test
        void include_a_null_where_the_schema_promises_a_value() {
            Map<String, Object> error = onlyError("{ failsAndMustNot }");

            assertThat(extensions(error)).containsEntry("code", "INTERNAL").containsKey("errorId");
            assertThat(log.list).hasSize(1);
        }
    }

    @Nested
    class Arguments {

        @ParameterizedTest
        @ValueSource(
                strings = {
                    "{ scalars(date: \"2026-02-30\") { date } }",
                    "{ scalars(decimal: 1e400) { decimal } }",
                    "{ scalars(dateTime: \"999999999-01-01T00:00:00Z\") { dateTime } }",
                    "{ scalars(timeZone: \"Mars\") { timeZone } }"
                })
        void that_do_not_fit_are_invalid_and_say_what_is_expected(String query) {
            Answer answer = engine.answer(query);

            assertThat(answer).isInstanceOf(Answer.Refused.class);
            assertThat(TestEngine.errors(answer).getFirst())
                    .startsWith("INVALID")
                    .contains(" must be a");
        }

        @Test
        void in_variables_are_invalid_and_are_not_echoed_at_length() {
            for (Object value : List.of("x".repeat(5_000), "\ud800", "a\u0000b", 5, List.of())) {
                Answer answer = engine.answer("query($d: Date) { scalars(date: $d) { date } }", Map.of("d", value));

                assertThat(answer).isInstanceOf(Answer.Refused.class);
                assertThat(TestEngine.errors(answer).getFirst())
                        .startsWith("INVALID")
                        .hasSizeLessThan(420)
                        .doesNotContainPattern("[\\p{Cs}\\p{Cc}]");
            }
        }
    }
}
