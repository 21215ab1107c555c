package org.expirytracker.credentials;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import org.expirytracker.ProvenRoom;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@ProvenRoom("product")
class CommonPasswordsTest {

    private static final List<String> ANN = List.of("ann.lee", "ann.lee@gardening.example");

    /** Every common password, most common first. */
    private static List<String> listed() throws IOException {
        return Files.readAllLines(Path.of("src/main/resources/common-passwords.txt"), UTF_8).stream()
                .dropWhile(line -> !line.isEmpty())
                .skip(1)
                .toList();
    }

    private static String repeated(String text) {
        return text.repeat(15 / text.length() + 1);
    }

    @Nested
    class Include {

        @Test
        void each_of_the_many_that_are_common_however_it_is_written_and_repeated() throws IOException {
            assertThat(listed())
                    .hasSizeGreaterThan(49_000)
                    .startsWith("123456", "password")
                    .allMatch(each -> CommonPasswords.include(each, ANN))
                    .allMatch(each -> CommonPasswords.include(each.toUpperCase(Locale.ROOT), ANN))
                    .allMatch(each -> CommonPasswords.include(repeated(each), ANN));
        }

        @Test
        void each_of_the_most_common_followed_by_another_or_by_a_run() throws IOException {
            List<String> most = listed().subList(0, 3_000);

            for (int at = 0; at < most.size(); at++) {
                String one = most.get(at);
                assertThat(CommonPasswords.include(one + most.get(most.size() - 1 - at), ANN))
                        .as(one)
                        .isTrue();
                assertThat(CommonPasswords.include(one + "1234567890", ANN))
                        .as(one)
                        .isTrue();
            }
        }

        @ParameterizedTest
        @ValueSource(
                strings = {
                    "aaaaaaaaaaaaaaaaaaaa",
                    "abcdefghijklmnopqrstuvwxyz",
                    "zyxwvutsrqponmlkjihgfedcba",
                    "123451234512345",
                    "qwertyuiopasdfghjkl",
                    "xyzzyxyzzyxyzzyxyzzy",
                    "ab ab ab ab ab ab ab",
                    "Password Password!",
                    "ANN.LEE ann.lee ann.lee",
                    "ann.lee@gardening.example",
                    "gardening gardening",
                    "annleegardening1",
                    "Expiry Tracker 123",
                    "ＰＡＳＳＷＯＲＤｐａｓｓｗｏｒｄ",
                    "🔑🔑🔑🔑🔑🔑🔑🔑🔑🔑🔑🔑🔑🔑🔑"
                })
        void what_is_merely_put_together(String password) {
            assertThat(CommonPasswords.include(password, ANN)).isTrue();
        }

        @ParameterizedTest
        @ValueSource(
                strings = {
                    "correct horse battery staple",
                    "correct horse battery",
                    "correcthorsebattery",
                    "something entirely new",
                    "ann likes gardening with wellingtons",
                    "my password is a secret of mine",
                    "hd83kf02mcns71q",
                    "ylqvgznbtrwkxod",
                    "8213907456612087",
                    "Zażółć gęślą jaźń",
                    "ключ лежит под третьим камнем",
                    "鍵は三番目の石の下にあるよ忘れずに"
                })
        void nothing_that_takes_long_to_guess(String password) {
            assertThat(CommonPasswords.include(password, ANN)).isFalse();
        }

        @Test
        void what_begins_with_256_characters_of_little_worth_when_it_is_folded() {
            // A ligature of three letters, each time.
            String little = "\uFB03";

            assertThat(CommonPasswords.include(little.repeat(86) + "Qv7#kd2!xP9w", ANN))
                    .isTrue();
            assertThat(CommonPasswords.include(little.repeat(81) + "Qv7#kd2!xP9w", ANN))
                    .isFalse();
        }

        @Test
        void nothing_slowly() {
            String worst = ("aab".repeat(80) + "ann.lee").repeat(2).substring(0, 256);
            long begin = System.nanoTime();
            for (int times = 0; times < 100; times++) {
                assertThat(CommonPasswords.include(worst, ANN)).isTrue();
            }

            assertThat((System.nanoTime() - begin) / 100).isLessThan(20_000_000);
        }
    }
}
