package org.expirytracker.api;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.util.ByteArrayBuilder;
import java.io.IOException;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.time.LocalDate;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;

/** JSON as it is written without a library: what a library would write. */
class JsonBytesTest {

    private static final long SEED = 20_261_129;
    private static final int TIMES = 20_000;

    private static String written(Consumer<JsonBytes> write) {
        JsonBytes json = new JsonBytes(1);
        write.accept(json);
        return new String(json.copy(), UTF_8);
    }

    private static String byJackson(String text) throws IOException {
        try (ByteArrayBuilder bytes = new ByteArrayBuilder()) {
            try (JsonGenerator json = new JsonFactory().createGenerator(bytes)) {
                json.writeString(text);
            }
            return new String(bytes.toByteArray(), UTF_8);
        }
    }

    @Test
    void writes_texts_of_all_characters() throws IOException {
        Random random = new Random(SEED);
        for (int time = 0; time < TIMES; time++) {
            String text = random.ints(random.nextInt(12), 0, random.nextBoolean() ? 0x80 : 0x11000)
                    .filter(point -> point < Character.MIN_SURROGATE || point > Character.MAX_SURROGATE)
                    .collect(StringBuilder::new, StringBuilder::appendCodePoint, StringBuilder::append)
                    .toString();

            assertThat(written(json -> json.text(text))).as("seed %d", SEED).isEqualTo(byJackson(text));
        }
    }

    @Test
    void writes_decimals_without_zeros_at_their_end() {
        Random random = new Random(SEED);
        for (int time = 0; time < TIMES; time++) {
            long unscaled = random.nextLong() >> random.nextInt(64);
            BigDecimal decimal = BigDecimal.valueOf(unscaled == Long.MIN_VALUE ? 0 : unscaled, random.nextInt(19));

            assertThat(written(json -> json.decimal(decimal.unscaledValue().longValue(), decimal.scale())))
                    .isEqualTo('"'
                            + (decimal.signum() == 0
                                    ? "0"
                                    : decimal.stripTrailingZeros().toPlainString())
                            + '"');
        }
    }

    @Test
    void writes_whole_numbers_and_dates() {
        for (int number : List.of(0, 7, -7, 10, 99, 100, -1_000, Integer.MAX_VALUE, Integer.MIN_VALUE)) {
            assertThat(written(json -> json.number(number))).isEqualTo(Integer.toString(number));
        }
        for (LocalDate date : List.of(LocalDate.of(1, 2, 3), LocalDate.of(2026, 12, 31), LocalDate.of(9999, 10, 1))) {
            assertThat(written(json -> json.date(date.getYear(), date.getMonthValue(), date.getDayOfMonth())))
                    .isEqualTo("\"" + date + "\"");
        }
    }

    @Test
    void writes_values_of_any_kind() {
        assertThat(written(json -> json.value(Arrays.asList(
                        null,
                        true,
                        1L << 40,
                        1.5,
                        Double.NaN,
                        0.25f,
                        new BigDecimal("1E+3"),
                        BigInteger.TWO,
                        Map.of("a\n", List.of()),
                        LocalDate.EPOCH))))
                .isEqualTo("[null,true,1099511627776,1.5,\"NaN\",0.25,1E+3,2,{\"a\\n\":[]},\"1970-01-01\"]");
    }

    @Test
    void ends_before_it_is_larger_than_any_answer_may_be() {
        JsonBytes json = new JsonBytes();

        assertThatThrownBy(() -> {
                    while (true) {
                        json.text("x".repeat(1_000_000));
                    }
                })
                .isInstanceOf(JsonBytes.TooLong.class);
    }
}
