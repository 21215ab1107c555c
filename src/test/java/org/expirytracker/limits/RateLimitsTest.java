package org.expirytracker.limits;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.time.ZoneId;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ThreadLocalRandom;
import org.expirytracker.Stock;
import org.expirytracker.TestDatabase;
import org.expirytracker.categories.ItemsAccess;
import org.expirytracker.db.Database;
import org.expirytracker.kernel.Caller;
import org.expirytracker.kernel.Holdings;
import org.expirytracker.kernel.InventoryId;
import org.expirytracker.kernel.Role;
import org.expirytracker.kernel.UserId;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;

class RateLimitsTest {

    private static final Vertx VERTX = Vertx.vertx();
    private static final Database DATABASE =
            new Database(VERTX, TestDatabase.migrated().connectOptions(), 3);

    private final RateLimits limits = new RateLimits(VERTX, DATABASE.reads(), new Budgets(), 20_000, 1);
    private final UserId user = Stock.ownerOf(new Stock(TestDatabase.migrated()).user());
    private final String address = "10.%d.%d.%d".formatted(byteOfAddress(), byteOfAddress(), byteOfAddress());

    private static int byteOfAddress() {
        return ThreadLocalRandom.current().nextInt(256);
    }

    @AfterAll
    static void close() {
        DATABASE.close().await();
        VERTX.close().await();
    }

    private Optional<Caller> session() {
        return caller(new Holdings.OfSession(false));
    }

    private Optional<Caller> token() {
        return caller(new Holdings.OfToken(Set.of(ItemsAccess.READ)));
    }

    private Optional<Caller> caller(Holdings holds) {
        return Optional.of(
                new Caller(user, InventoryId.ownOf(user), Role.OWNER, UUID.randomUUID(), ZoneId.of("UTC"), holds));
    }

    private Receipt pay(Optional<Caller> caller, int cost) {
        return pay(caller, address, cost, false);
    }

    private Receipt pay(Optional<Caller> caller, String from, int cost, boolean checksCredential) {
        Promise<Receipt> receipt = Promise.promise();
        VERTX.runOnContext(
                now -> limits.pay(caller, from, cost, checksCredential).onComplete(receipt));
        return receipt.future().await();
    }

    @Nested
    class Pay {

        @Test
        void takes_from_the_one_budget_of_a_user_whatever_session_asks() {
            assertThat(pay(session(), 10_000).granted()).isTrue();
            assertThat(pay(session(), 10_000).granted()).isTrue();
            assertThat(pay(session(), 1_000).granted()).isFalse();
        }

        @Test
        void leaves_a_user_half_when_an_API_token_has_spent_all_it_may() {
            Optional<Caller> token = token();

            Receipt half = pay(token, 10_000);
            assertThat(half.granted()).isTrue();
            assertThat(half.policy().name()).isEqualTo("token");
            assertThat(half.policy().capacity()).isEqualTo(10_000);
            assertThat(pay(token, 1_000).granted()).isFalse();

            assertThat(pay(session(), 10_000).granted()).isTrue();
        }

        @Test
        void gives_many_API_tokens_of_a_user_no_more_than_the_user() {
            assertThat(pay(token(), 10_000).granted()).isTrue();
            assertThat(pay(token(), 10_000).granted()).isTrue();

            Receipt refused = pay(token(), 1_000);
            assertThat(refused.granted()).isFalse();
            assertThat(refused.policy().name()).isEqualTo("user");
        }

        @Test
        void takes_nothing_from_a_user_when_the_API_token_is_spent() {
            Optional<Caller> token = token();
            pay(token, 9_500);

            for (int at = 0; at < 50; at++) {
                assertThat(pay(token, 1_000).granted()).isFalse();
            }

            assertThat(pay(session(), 10_000).granted()).isTrue();
        }

        @Test
        void gives_an_address_without_a_token_a_fifth() {
            assertThat(pay(Optional.empty(), 3_500).granted()).isTrue();
            assertThat(pay(Optional.empty(), 1_000).granted()).isFalse();
            assertThat(pay(Optional.empty(), "192.0.2.1" + byteOfAddress(), 1_000, false)
                            .granted())
                    .isTrue();
        }

        @Test
        void counts_the_operations_of_an_address_that_check_a_credential_whoever_asks() {
            for (int at = 0; at < 200; at++) {
                assertThat(pay(at % 2 == 0 ? Optional.empty() : session(), address, 5, true)
                                .granted())
                        .isTrue();
            }

            Receipt refused = pay(session(), address, 5, true);
            assertThat(refused.granted()).isFalse();
            assertThat(refused.policy().name()).isEqualTo("credentials");
            assertThat(pay(session(), 5).granted()).isTrue();
        }
    }

    @Nested
    class Network {

        @Test
        void is_an_IPv4_address_or_the_first_half_of_an_IPv6_address() {
            assertThat(RateLimits.network("10.0.0.1")).isNotEqualTo(RateLimits.network("10.0.0.2"));
            assertThat(RateLimits.network("2001:db8:0:1::1")).isEqualTo(RateLimits.network("2001:db8:0:1:ffff::2"));
            assertThat(RateLimits.network("2001:db8:0:1::1")).isNotEqualTo(RateLimits.network("2001:db8:0:2::1"));
        }

        @Test
        void is_the_same_for_all_whose_address_is_unknown() {
            assertThat(RateLimits.network(null)).isEqualTo(RateLimits.network("?"));
        }
    }
}
