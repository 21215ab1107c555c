package org.expirytracker.db;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class KeptSecretTest {

    @TempDir
    private Path directory;

    private Path file;

    @BeforeEach
    void name() {
        file = directory.resolve("secret");
    }

    @Test
    void is_made_once_and_then_the_same() throws IOException {
        String made = KeptSecret.in(file, 48);

        assertThat(Base64.getUrlDecoder().decode(made)).hasSize(48);
        assertThat(KeptSecret.in(file, 48)).isEqualTo(made);
    }

    @Test
    void of_fewer_bytes_than_are_asked_for_is_refused() throws IOException {
        KeptSecret.in(file, 31);

        assertThatThrownBy(() -> KeptSecret.in(file, 32))
                .isExactlyInstanceOf(IOException.class)
                .hasMessage("The secret in " + file + " is damaged; restore this file from a backup");
    }

    @Test
    void that_is_no_base64_is_refused() throws IOException {
        Files.writeString(file, "not a secret, whatever its length may be\n");

        assertThatThrownBy(() -> KeptSecret.in(file, 12)).hasMessageContaining("is damaged");
    }
}
