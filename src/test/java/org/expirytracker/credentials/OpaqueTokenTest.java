package org.expirytracker.credentials;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.UUID;
import org.expirytracker.kernel.UserId;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class OpaqueTokenTest {

    private static final UserId USER = new UserId(UUID.randomUUID());
    private static final UUID ID = UUID.randomUUID();

    private static OpaqueToken token(OpaqueToken.Kind kind) {
        boolean hasId = kind == OpaqueToken.Kind.REFRESH || kind == OpaqueToken.Kind.API;
        return OpaqueToken.create(kind, USER, hasId ? ID : null);
    }

    @Nested
    class Decode {

        @ParameterizedTest
        @EnumSource
        void reads_back_what_was_made(OpaqueToken.Kind kind) {
            OpaqueToken made = token(kind);

            OpaqueToken read = OpaqueToken.decode(kind, made.encoded()).orElseThrow();

            assertThat(read.encoded()).isEqualTo(made.encoded()).startsWith(kind.prefix());
            assertThat(read.userId()).isEqualTo(USER);
            assertThat(read.hash()).isEqualTo(made.hash());
        }

        @Test
        void reads_back_the_id_of_a_row() {
            String text = token(OpaqueToken.Kind.API).encoded();

            assertThat(OpaqueToken.decode(OpaqueToken.Kind.API, text)
                            .orElseThrow()
                            .id())
                    .isEqualTo(ID);
        }

        @ParameterizedTest
        @EnumSource
        void refuses_a_token_of_another_kind_and_one_that_only_changed_its_prefix(OpaqueToken.Kind kind) {
            String text = token(kind).encoded();

            assertThat(Arrays.stream(OpaqueToken.Kind.values()).filter(other -> other != kind))
                    .allSatisfy(
                            other -> assertThat(OpaqueToken.decode(other, text)).isEmpty());
            assertThat(OpaqueToken.decode(kind, "xxx_" + text.substring(4))).isEmpty();
        }

        @ParameterizedTest
        @EnumSource
        void refuses_every_other_spelling(OpaqueToken.Kind kind) {
            String text = token(kind).encoded();
            String cut = text.substring(0, text.length() - 1);

            assertThat(OpaqueToken.decode(kind, cut)).isEmpty();
            assertThat(OpaqueToken.decode(kind, text + "A")).isEmpty();
            assertThat(OpaqueToken.decode(kind, text + "=")).isEmpty();
            assertThat(OpaqueToken.decode(kind, cut + "!")).isEmpty();
        }

        @Test
        void refuses_bits_that_mean_nothing() {
            // 64 bytes leave four bits of the last character unused.
            String text = token(OpaqueToken.Kind.REFRESH).encoded();

            assertThat(OpaqueToken.decode(OpaqueToken.Kind.REFRESH, text.substring(0, text.length() - 1) + "_"))
                    .isEmpty();
        }
    }
}
