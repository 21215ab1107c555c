package org.expirytracker.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import graphql.GraphQLContext;
import graphql.execution.CoercedVariables;
import graphql.language.BooleanValue;
import graphql.language.FloatValue;
import graphql.language.IntValue;
import graphql.schema.Coercing;
import graphql.schema.CoercingParseLiteralException;
import graphql.schema.CoercingParseValueException;
import graphql.schema.CoercingSerializeException;
import graphql.schema.GraphQLScalarType;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneId;
import java.util.Locale;
import java.util.Objects;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.expirytracker.TestApi;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ScalarsTest {

    @Test
    void say_in_the_schema_what_specifies_them() {
        JsonArray types = TestApi.node()
                .newUser()
                .query("{ __schema { types { kind name specifiedByURL } } }")
                .getJsonObject("__schema")
                .getJsonArray("types");

        assertThat(types.stream().map(JsonObject.class::cast))
                .filteredOn(type ->
                        Scalars.ALL.stream().anyMatch(scalar -> scalar.getName().equals(type.getString("name"))))
                .hasSameSizeAs(Scalars.ALL)
                .allSatisfy(type -> assertThat(type.getString("specifiedByURL")).startsWith("https://"));
    }

    private static final GraphQLContext CONTEXT = GraphQLContext.getDefault();

    private static Object read(GraphQLScalarType type, Object input) {
        return Objects.requireNonNull(type.getCoercing().parseValue(input, CONTEXT, Locale.ROOT));
    }

    private static Object write(GraphQLScalarType type, Object value) {
        return Objects.requireNonNull(type.getCoercing().serialize(value, CONTEXT, Locale.ROOT));
    }

    private static void assertRefused(GraphQLScalarType type, Object input) {
        assertThatThrownBy(() -> read(type, input))
                .isInstanceOf(CoercingParseValueException.class)
                .hasMessageStartingWith("Expected ")
                .satisfies(refusal -> assertThat(Objects.requireNonNull(refusal.getMessage()))
                        .hasSizeLessThan(160)
                        .doesNotContainPattern("[\\p{Cs}\\p{Cc}]"));
    }

    @Nested
    class Date {

        @ParameterizedTest
        @ValueSource(strings = {"0001-01-01", "2024-02-29", "2026-11-22", "9999-12-31"})
        void reads_and_writes_civil_dates(String text) {
            assertThat(read(Scalars.DATE, text)).isEqualTo(LocalDate.parse(text));
            assertThat(write(Scalars.DATE, LocalDate.parse(text))).isEqualTo(text);
        }

        @ParameterizedTest
        @ValueSource(
                strings = {
                    "",
                    " ",
                    "2026-11-31",
                    "2025-02-29",
                    "2026-13-01",
                    "2026-1-1",
                    "26-11-22",
                    "0000-01-01",
                    "10000-01-01",
                    "+999999999-12-31",
                    "-0001-01-01",
                    "2026-11-22T00:00:00Z",
                    "20261122",
                    "22.11.2026",
                    "2026-11-22\u0000",
                    "\ud800",
                    "２０２６-11-22"
                })
        void refuses_everything_else(String text) {
            assertRefused(Scalars.DATE, text);
        }

        @Test
        void refuses_numbers_and_long_texts_without_echoing_them() {
            assertRefused(Scalars.DATE, 20261122);
            assertRefused(Scalars.DATE, "9".repeat(100_000));
        }
    }

    @Nested
    class DateTime {

        @ParameterizedTest
        @CsvSource({
            "2026-11-22T17:00:00Z,2026-11-22T17:00:00Z",
            "2026-11-22t17:00:00z,2026-11-22T17:00:00Z",
            "2026-11-22T17:00:00+02:00,2026-11-22T15:00:00Z",
            "2026-11-22T17:00:00.123456-05:30,2026-11-22T22:30:00.123Z",
            "0001-01-01T00:00:00Z,0001-01-01T00:00:00Z",
            "9999-12-31T23:59:59.999999999Z,9999-12-31T23:59:59.999Z"
        })
        void reads_any_offset_and_writes_utc_to_the_millisecond(String text, String utc) {
            Object instant = read(Scalars.DATE_TIME, text);

            assertThat(instant).isEqualTo(Instant.parse(utc));
            assertThat(write(Scalars.DATE_TIME, instant)).isEqualTo(utc);
        }

        @ParameterizedTest
        @ValueSource(
                strings = {
                    "2026-11-22",
                    "2026-11-22T17:00:00",
                    "2026-11-22T17:00Z",
                    "2026-11-22 17:00:00Z",
                    "2026-11-22T24:00:00Z",
                    "2026-11-22T17:00:60Z",
                    "2026-02-30T00:00:00Z",
                    "2026-11-22T17:00:00.1234567890Z",
                    "2026-11-22T17:00:00+2",
                    "2026-11-22T17:00:00+19:00",
                    "0001-01-01T00:00:00+01:00",
                    "9999-12-31T23:59:59-01:00",
                    "999999999-01-01T00:00:00Z",
                    "2026-11-22T17:00:00Z[Europe/Paris]",
                    ""
                })
        void refuses_everything_else(String text) {
            assertRefused(Scalars.DATE_TIME, text);
        }
    }

    @Nested
    class Decimal {

        @ParameterizedTest
        @CsvSource({
            "0,0",
            "-0,0",
            "0.000,0",
            "12.50,12.5",
            "1e3,1000",
            "1E-3,0.001",
            "007,7",
            "-3.14,-3.14",
            "+5,5",
            "99999999999999999999999999999999999999,99999999999999999999999999999999999999",
            "0.00000000000000000000000000000000000001,0.00000000000000000000000000000000000001"
        })
        void reads_texts_exactly_and_writes_them_plain_and_short(String text, String written) {
            assertThat(write(Scalars.DECIMAL, read(Scalars.DECIMAL, text))).isEqualTo(written);
        }

        @Test
        void reads_numbers() {
            assertThat(read(Scalars.DECIMAL, 7)).isEqualTo(new BigDecimal("7"));
            assertThat(read(Scalars.DECIMAL, 7L)).isEqualTo(new BigDecimal("7"));
            assertThat(read(Scalars.DECIMAL, new BigInteger("700"))).isEqualTo(new BigDecimal("700"));
            assertThat(read(Scalars.DECIMAL, new BigDecimal("0.10"))).isEqualTo(new BigDecimal("0.1"));
        }

        @ParameterizedTest
        @ValueSource(
                strings = {
                    "",
                    " 1",
                    "1 ",
                    "1,5",
                    "1.",
                    ".5",
                    "NaN",
                    "Infinity",
                    "0x10",
                    "1e400",
                    "1e-400",
                    "1e99999999999",
                    "1e39",
                    "100000000000000000000000000000000000000",
                    "1_000",
                    "١"
                })
        void refuses_everything_else(String text) {
            assertRefused(Scalars.DECIMAL, text);
        }

        @Test
        void refuses_bombs_at_once() {
            assertRefused(Scalars.DECIMAL, new BigDecimal("1e2147483647"));
            assertRefused(Scalars.DECIMAL, new BigDecimal("1e-2147483647"));
            assertRefused(Scalars.DECIMAL, BigInteger.TEN.pow(10_000));
            assertRefused(Scalars.DECIMAL, "9".repeat(10_000));
            assertRefused(Scalars.DECIMAL, Double.NaN);
            assertRefused(Scalars.DECIMAL, true);
        }

        @Property
        void writes_what_it_read(
                @ForAll long unscaled, @ForAll @net.jqwik.api.constraints.IntRange(max = 18) int scale) {
            BigDecimal value = BigDecimal.valueOf(unscaled, scale);

            Object written = write(Scalars.DECIMAL, read(Scalars.DECIMAL, value.toPlainString()));

            assertThat(new BigDecimal((String) written)).isEqualByComparingTo(value);
            assertThat((String) written).doesNotContain("E");
        }
    }

    @Nested
    class TimeZone {

        @ParameterizedTest
        @ValueSource(strings = {"UTC", "Europe/Paris", "America/Argentina/Buenos_Aires", "Pacific/Apia"})
        void reads_and_writes_regions(String id) {
            assertThat(read(Scalars.TIME_ZONE, id)).isEqualTo(ZoneId.of(id));
            assertThat(write(Scalars.TIME_ZONE, ZoneId.of(id))).isEqualTo(id);
        }

        @ParameterizedTest
        @ValueSource(
                strings = {
                    "",
                    "Z",
                    "+02:00",
                    "UTC+2",
                    "GMT+2",
                    "Etc/GMT+5",
                    "europe/paris",
                    "Europe/Nowhere",
                    "SystemV/EST5"
                })
        void refuses_offsets_and_what_does_not_exist(String id) {
            assertRefused(Scalars.TIME_ZONE, id);
        }
    }

    @Nested
    class Literals {

        private Object literal(GraphQLScalarType type, graphql.language.Value<?> value) {
            Coercing<?, ?> coercing = type.getCoercing();
            return Objects.requireNonNull(
                    coercing.parseLiteral(value, CoercedVariables.emptyVariables(), CONTEXT, Locale.ROOT));
        }

        @Test
        void of_decimals_may_be_numbers() {
            assertThat(literal(Scalars.DECIMAL, IntValue.of(5))).isEqualTo(new BigDecimal("5"));
            assertThat(literal(Scalars.DECIMAL, FloatValue.of(1.5))).isEqualTo(new BigDecimal("1.5"));
        }

        @Test
        void of_other_kinds_are_refused() {
            assertThatThrownBy(() -> literal(Scalars.DATE, IntValue.of(20261122)))
                    .isInstanceOf(CoercingParseLiteralException.class);
            assertThatThrownBy(() -> literal(Scalars.DECIMAL, BooleanValue.of(true)))
                    .isInstanceOf(CoercingParseLiteralException.class);
        }
    }

    @Test
    void a_value_of_another_java_type_is_a_fault_not_an_answer() {
        assertThatThrownBy(() -> write(Scalars.DATE, "2026-11-22")).isInstanceOf(CoercingSerializeException.class);
    }
}
