package org.expirytracker.credentials;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.expirytracker.TestNode.await;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import java.io.IOException;
import java.util.Arrays;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicReference;
import javax.crypto.SecretKey;
import org.expirytracker.kernel.UserId;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SecretKeysTest {

    private static final Vertx VERTX = Vertx.vertx();
    private static final String COLUMN = "users.two_factor_secret";
    private static final byte[] SECRET = "JBSWY3DPEHPK3PXP".getBytes(US_ASCII);

    private final UserId user = new UserId(UUID.randomUUID());
    private final SecretKey first = SecretKeys.newKey();
    private final SecretKey second = SecretKeys.newKey();

    @AfterAll
    static void close() {
        await(VERTX.close());
    }

    private static SecretKeys keys(SecretKey... keys) {
        return keys(() -> List.of(keys));
    }

    private static SecretKeys keys(SecretKeys.Source source) {
        try {
            return new SecretKeys(VERTX, source);
        } catch (IOException failure) {
            throw new IllegalStateException(failure);
        }
    }

    private static Throwable unreadable(Future<byte[]> decrypted) {
        Throwable cause = await(decrypted.transform(done -> Future.succeededFuture(done.cause())));
        assertThat(cause).isInstanceOf(SecretKeys.Unreadable.class);
        assertThat(cause.getMessage()).doesNotContain(new String(SECRET, US_ASCII));
        return cause;
    }

    @Nested
    class Encrypt {

        @Test
        void hides_the_secret_and_names_its_key() {
            Buffer encrypted = keys(first).encrypt(user, COLUMN, SECRET);

            assertThat(encrypted.toString(US_ASCII)).doesNotContain(new String(SECRET, US_ASCII));
            assertThat(HexFormat.of().formatHex(encrypted.getBytes(0, 4))).isEqualTo(SecretKeys.idOf(first));
            assertThat(encrypted.length()).isEqualTo(4 + 12 + SECRET.length + 16);
        }

        @Test
        void never_gives_the_same_twice() {
            SecretKeys keys = keys(first);

            assertThat(keys.encrypt(user, COLUMN, SECRET)).isNotEqualTo(keys.encrypt(user, COLUMN, SECRET));
        }

        @Test
        void uses_the_first_key() {
            Buffer encrypted = keys(first, second).encrypt(user, COLUMN, SECRET);

            assertThat(await(keys(first).decrypt(user, COLUMN, encrypted))).isEqualTo(SECRET);
            unreadable(keys(second).decrypt(user, COLUMN, encrypted));
        }
    }

    @Nested
    class Decrypt {

        @Test
        void gives_back_what_was_encrypted_under_any_of_the_keys() {
            SecretKeys both = keys(first, second);

            assertThat(await(both.decrypt(user, COLUMN, keys(first).encrypt(user, COLUMN, SECRET))))
                    .isEqualTo(SECRET);
            assertThat(await(both.decrypt(user, COLUMN, keys(second).encrypt(user, COLUMN, SECRET))))
                    .isEqualTo(SECRET);
        }

        @Test
        void refuses_what_was_encrypted_for_another_user() {
            Buffer encrypted = keys(first).encrypt(user, COLUMN, SECRET);

            assertThat(unreadable(keys(first).decrypt(new UserId(UUID.randomUUID()), COLUMN, encrypted)))
                    .hasMessageContaining("altered or moved");
        }

        @Test
        void refuses_what_was_encrypted_for_another_column() {
            Buffer encrypted = keys(first).encrypt(user, "users.other_secret", SECRET);

            assertThat(unreadable(keys(first).decrypt(user, COLUMN, encrypted)))
                    .hasMessageContaining("altered or moved");
        }

        @Test
        void refuses_what_differs_in_any_one_bit() {
            SecretKeys keys = keys(first);
            Buffer encrypted = keys.encrypt(user, COLUMN, SECRET);

            for (int bit = 0; bit < encrypted.length() * 8; bit++) {
                byte[] flipped = encrypted.getBytes();
                flipped[bit / 8] ^= (byte) (1 << bit % 8);
                unreadable(keys.decrypt(user, COLUMN, Buffer.buffer(flipped)));
            }
        }

        @Test
        void refuses_what_is_no_ciphertext() {
            Buffer encrypted = keys(first).encrypt(user, COLUMN, SECRET);

            for (int length = 0; length < encrypted.length(); length++) {
                unreadable(keys(first).decrypt(user, COLUMN, encrypted.getBuffer(0, length)));
            }
        }

        @Test
        void tells_the_operator_which_key_is_missing_and_what_to_do() {
            Buffer encrypted = keys(second).encrypt(user, COLUMN, SECRET);

            assertThat(unreadable(keys(first).decrypt(user, COLUMN, encrypted)))
                    .hasMessageContainingAll(
                            user.value().toString(),
                            "under the key " + SecretKeys.idOf(second),
                            "not among the keys of this server (" + SecretKeys.idOf(first) + ")",
                            "Add that key after the others");
        }

        @Test
        void looks_for_new_keys_before_it_gives_up() {
            AtomicReference<List<SecretKey>> kept = new AtomicReference<>(List.of(first));
            SecretKeys keys = keys(kept::get);
            kept.set(List.of(second, first));

            assertThat(await(keys.decrypt(user, COLUMN, keys(second).encrypt(user, COLUMN, SECRET))))
                    .isEqualTo(SECRET);
            assertThat(keys.currentId()).isEqualTo(SecretKeys.idOf(second));
        }
    }

    @Nested
    class Key {

        @Test
        void is_read_from_base64_of_either_alphabet() {
            byte[] bytes = new byte[32];
            Arrays.fill(bytes, (byte) 0xFB);

            assertThat(SecretKeys.key(Base64.getEncoder().encodeToString(bytes)).getEncoded())
                    .isEqualTo(bytes);
            assertThat(SecretKeys.key(Base64.getUrlEncoder().withoutPadding().encodeToString(bytes))
                            .getEncoded())
                    .isEqualTo(bytes);
        }

        @ParameterizedTest
        @ValueSource(ints = {0, 16, 31, 33, 48})
        void of_any_other_length_is_refused(int bytes) {
            assertThatThrownBy(() -> SecretKeys.key(Base64.getEncoder().encodeToString(new byte[bytes])))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessage("A key must have exactly 256 bits, not %d.", bytes * 8);
        }
    }
}
