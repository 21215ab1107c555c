package org.expirytracker.credentials;

import static org.assertj.core.api.Assertions.assertThat;
import static org.expirytracker.TestNode.await;
import static org.expirytracker.TestNode.refusal;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.util.ArrayList;
import java.util.List;
import org.expirytracker.ProvenRoom;
import org.expirytracker.TestNode;
import org.expirytracker.kernel.Problem;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;

@ProvenRoom("product")
class PasswordsTest {

    private static final Vertx VERTX = Vertx.vertx();
    private static final Passwords PASSWORDS = new Passwords(VERTX);

    @AfterAll
    static void close() {
        await(PASSWORDS.close());
        await(VERTX.close());
    }

    @Nested
    class Hash {

        @Test
        void is_argon2id_with_19_MiB_two_passes_and_one_lane() {
            assertThat(await(PASSWORDS.hash("correct horse battery")))
                    .matches("\\$argon2id\\$v=19\\$m=19456,t=2,p=1\\$[A-Za-z0-9+/]{22}\\$[A-Za-z0-9+/]{43}");
        }

        @Test
        void has_a_salt_of_its_own_each_time() {
            assertThat(await(PASSWORDS.hash("correct horse battery")))
                    .isNotEqualTo(await(PASSWORDS.hash("correct horse battery")));
        }

        @Test
        void of_nobody_costs_as_much_as_a_real_one() {
            String parameters = "\\$argon2id\\$v=19\\$m=19456,t=2,p=1\\$[A-Za-z0-9+/]{22}\\$[A-Za-z0-9+/]{43}";

            assertThat(Passwords.NOBODYS_HASH).matches(parameters);
        }
    }

    @Nested
    class Matches {

        @Test
        void the_password_and_no_other() {
            String hash = await(PASSWORDS.hash("correct horse battery"));

            assertThat(await(PASSWORDS.matches("correct horse battery", hash))).isTrue();
            assertThat(await(PASSWORDS.matches("correct horse batterY", hash))).isFalse();
            assertThat(await(PASSWORDS.matches("correct horse battery ", hash))).isFalse();
            assertThat(await(PASSWORDS.matches("", hash))).isFalse();
        }

        @Test
        void every_one_of_256_characters() {
            String password = "🔑".repeat(255);
            String hash = await(PASSWORDS.hash(password + "a"));

            assertThat(await(PASSWORDS.matches(password + "a", hash))).isTrue();
            assertThat(await(PASSWORDS.matches(password + "b", hash))).isFalse();
        }

        @Test
        void a_text_however_the_keyboard_spells_it() {
            String hash = await(PASSWORDS.hash("crème brûlée"));

            assertThat(await(PASSWORDS.matches("cre\u0300me bru\u0302le\u0301e", hash)))
                    .isTrue();
        }

        @Test
        void a_hash_made_with_other_parameters() {
            // Made by the reference implementation: echo -n "password" | argon2 somesalt -id -t 2 -m 16 -p 1 -l 24 -e
            String hash = "$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc";

            assertThat(await(PASSWORDS.matches("password", hash))).isTrue();
            assertThat(await(PASSWORDS.matches("passwort", hash))).isFalse();
        }

        @Test
        void nothing_when_there_is_no_such_user() {
            assertThat(await(PASSWORDS.matches("correct horse battery", null))).isFalse();
        }
    }

    @Nested
    class UnderLoad {

        @Test
        void refuses_what_would_wait_too_long_and_recovers() {
            List<Future<Boolean>> many = new ArrayList<>();
            for (int i = 0; i < 64; i++) {
                many.add(PASSWORDS.matches("correct horse battery", null));
            }

            Problem refused = refusal(PASSWORDS.matches("correct horse battery", null));
            many.forEach(TestNode::await);

            assertThat(refused.code()).isEqualTo(Problem.Code.UNAVAILABLE);
            assertThat(many).allSatisfy(done -> assertThat(done.result()).isFalse());
            assertThat(await(PASSWORDS.matches("correct horse battery", null))).isFalse();
        }
    }
}
