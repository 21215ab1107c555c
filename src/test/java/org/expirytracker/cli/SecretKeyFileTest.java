package org.expirytracker.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import javax.crypto.SecretKey;
import org.expirytracker.credentials.SecretKeys;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SecretKeyFileTest {

    @TempDir
    private Path data;

    private Config config;
    private SecretKeyFile file;

    @BeforeEach
    void name() {
        config = Config.from(Map.of("EXPIRY_DATA", data.resolve("new").toString()));
        file = SecretKeyFile.of(config);
    }

    @Nested
    class Read {

        @Test
        void makes_a_first_key_of_256_bits_that_only_the_owner_can_read() throws IOException {
            List<SecretKey> made = file.read();

            assertThat(made)
                    .singleElement()
                    .satisfies(key -> assertThat(key.getEncoded()).hasSize(32).isNotEqualTo(new byte[32]));
            assertThat(Files.getPosixFilePermissions(file.path()))
                    .isEqualTo(PosixFilePermissions.fromString("rw-------"));
            assertThat(file.read()).isEqualTo(made);
        }

        @Test
        void gives_the_keys_in_the_order_in_which_they_were_written() throws IOException {
            List<SecretKey> keys = List.of(SecretKeys.newKey(), SecretKeys.newKey());
            file.read();

            file.write(keys);

            assertThat(file.read()).isEqualTo(keys);
            try (var files = Files.list(file.path().getParent())) {
                assertThat(files).containsExactly(file.path());
            }
        }

        @ParameterizedTest
        @ValueSource(ints = {1, 31, 33})
        void refuses_a_key_of_another_length_and_names_the_file(int bytes) throws IOException {
            file.read();
            Files.writeString(file.path(), Base64.getEncoder().encodeToString(new byte[bytes]) + "\n");

            assertThatThrownBy(file::read)
                    .isExactlyInstanceOf(IOException.class)
                    .hasMessage("The keys in " + file.path() + " are damaged; restore this file from a backup");
        }

        @Test
        void refuses_an_empty_file() throws IOException {
            file.read();
            Files.writeString(file.path(), "");

            assertThatThrownBy(file::read).hasMessageContaining("are damaged");
        }
    }

    @Nested
    class Or {

        @Test
        void prefers_the_keys_of_the_environment() throws IOException {
            String key = Base64.getEncoder().encodeToString(new byte[32]);

            assertThat(SecretKeyFile.or(Config.from(Map.of("EXPIRY_SECRET_KEYS", key)))
                            .read())
                    .containsExactly(SecretKeys.key(key));
        }

        @Test
        void falls_back_to_the_file() throws IOException {
            assertThat(SecretKeyFile.or(config).read()).isEqualTo(file.read());
        }
    }
}
