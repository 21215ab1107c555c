package org.expirytracker.mail;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class SmtpUrlTest {

    @Nested
    class Parse {

        @ParameterizedTest
        @CsvSource(
                delimiter = '|',
                nullValues = "-",
                value = {
                    "smtp://mx.example.org                          | mx.example.org | 587 | REQUIRED | -    | -",
                    "smtp://mx.example.org:25?starttls=optional     | mx.example.org | 25  | OPTIONAL | -    | -",
                    "smtp://localhost:25/?starttls=disabled         | localhost      | 25  | DISABLED | -    | -",
                    "smtp://a%40b.org:p%3Aw+%2F@mx.org              | mx.org         | 587 | REQUIRED | a@b.org | p:w+/",
                    "smtps://u:p@mx.org                             | mx.org         | 465 | TLS      | u    | p",
                    "smtps://u:p@[::1]:4650                         | ::1            | 4650 | TLS     | u    | p",
                })
        void reads_every_part(
                String url, String host, int port, SmtpUrl.Protection protection, String user, String password) {
            assertThat(SmtpUrl.parse(url)).isEqualTo(new SmtpUrl(host, port, protection, user, password));
        }

        @ParameterizedTest
        @ValueSource(
                strings = {
                    "mx.example.org",
                    "http://mx.example.org",
                    "smtp://",
                    "smtp://hunter2@mx.example.org",
                    "smtp://:hunter2@mx.example.org",
                    "smtp://u:hunter2@mx.example.org/path",
                    "smtp://u:hunter2@mx.example.org?starttls=maybe",
                    "smtp://u:hunter2@mx.example.org?starttls",
                    "smtps://u:hunter2@mx.example.org?starttls=disabled",
                    "smtp://u:hunter2 @mx.example.org"
                })
        void refuses_what_it_cannot_keep_and_repeats_no_password(String url) {
            assertThatThrownBy(() -> SmtpUrl.parse(url))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageNotContaining("hunter2")
                    .hasNoCause();
        }
    }

    @Test
    void tells_a_log_where_but_not_as_whom() {
        assertThat(SmtpUrl.parse("smtp://ann:hunter2@mx.example.org:25")).hasToString("smtp://***@mx.example.org:25");
    }
}
