package org.expirytracker.credentials;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.time.Instant;
import java.util.OptionalLong;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class TotpTest {

    /** The secret of RFC 6238 appendix B. */
    private static final byte[] SECRET = "12345678901234567890".getBytes(US_ASCII);

    private static final Instant NOW = Instant.parse("2026-11-22T12:00:15Z");
    private static final long STEP = Totp.stepAt(NOW);

    @Nested
    class Code {

        // The appendix shows eight digits; six digits are the last six of them.
        @ParameterizedTest
        @CsvSource({
            "59, 287082",
            "1111111109, 081804",
            "1111111111, 050471",
            "1234567890, 005924",
            "2000000000, 279037",
            "20000000000, 353130"
        })
        void is_that_of_rfc_6238(long second, String code) {
            assertThat(Totp.code(SECRET, Totp.stepAt(Instant.ofEpochSecond(second))))
                    .isEqualTo(code);
        }
    }

    @Nested
    class Step {

        @Test
        void is_the_present_one_or_the_one_before_or_after() {
            assertThat(Totp.step(SECRET, Totp.code(SECRET, STEP), NOW)).isEqualTo(OptionalLong.of(STEP));
            assertThat(Totp.step(SECRET, Totp.code(SECRET, STEP - 1), NOW)).isEqualTo(OptionalLong.of(STEP - 1));
            assertThat(Totp.step(SECRET, Totp.code(SECRET, STEP + 1), NOW)).isEqualTo(OptionalLong.of(STEP + 1));
        }

        @ParameterizedTest
        @ValueSource(longs = {-1000, -2, 2, 1000})
        void is_none_for_a_code_of_another_time(long later) {
            assertThat(Totp.step(SECRET, Totp.code(SECRET, STEP + later), NOW)).isEmpty();
        }

        @ParameterizedTest
        @ValueSource(strings = {"", "12345", "1234567", "abcdef", "١٢٣٤٥٦"})
        void is_none_for_what_is_no_code(String text) {
            assertThat(Totp.step(SECRET, text, NOW)).isEmpty();
        }
    }

    @Nested
    class Base32 {

        @ParameterizedTest
        @CsvSource({
            "'', ''",
            "f, MY",
            "fo, MZXQ",
            "foo, MZXW6",
            "foob, MZXW6YQ",
            "fooba, MZXW6YTB",
            "foobar, MZXW6YTBOI"
        })
        void is_that_of_rfc_4648(String text, String base32) {
            assertThat(Totp.base32(text.getBytes(US_ASCII))).isEqualTo(base32);
        }

        @Test
        void of_a_secret_has_160_bits() {
            assertThat(Totp.base32(Totp.newSecret()))
                    .matches("[A-Z2-7]{32}")
                    .isNotEqualTo(Totp.base32(Totp.newSecret()));
        }
    }

    @Nested
    class Uri {

        @Test
        void follows_the_key_uri_format() {
            assertThat(Totp.uri(SECRET, "ann"))
                    .isEqualTo("otpauth://totp/Expiry%20Tracker:ann?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"
                            + "&issuer=Expiry%20Tracker&algorithm=SHA1&digits=6&period=30");
        }

        @Test
        void escapes_whatever_an_account_is_called() {
            assertThat(Totp.uri(SECRET, "Ann & Bob:?é"))
                    .startsWith("otpauth://totp/Expiry%20Tracker:Ann%20%26%20Bob%3A%3F%C3%A9?");
        }
    }

    @Nested
    class QrCode {

        @Test
        void is_an_svg_document_without_anything_of_the_text() throws Exception {
            String svg = QrDrawing.svg(Totp.uri(SECRET, "ann"));

            var root = DocumentBuilderFactory.newInstance()
                    .newDocumentBuilder()
                    .parse(new ByteArrayInputStream(svg.getBytes(US_ASCII)))
                    .getDocumentElement();
            assertThat(root.getTagName()).isEqualTo("svg");
            // Version 7 has 45 modules; with four quiet ones on each side 53.
            assertThat(root.getAttribute("viewBox")).matches("-4 -4 \\d+ \\d+");
            assertThat(svg).hasSizeLessThan(20_000).doesNotContain("otpauth");
        }
    }
}
