package org.expirytracker.api;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.Future;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.stream.Collectors;
import org.expirytracker.kernel.Caller;
import org.expirytracker.kernel.Holdings;
import org.expirytracker.kernel.InventoryId;
import org.expirytracker.kernel.Role;
import org.expirytracker.kernel.UserId;
import org.expirytracker.kernel.Wiring;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;

class BatchesTest {

    private static final UserId USER = new UserId(UUID.randomUUID());

    private final List<String> calls = new ArrayList<>();
    private final Batches batches = new Batches(
            Map.of("a", loader("a"), "b", loader("b"), "c", loader("c")),
            new Caller(
                    USER,
                    InventoryId.ownOf(USER),
                    Role.OWNER,
                    UUID.randomUUID(),
                    ZoneId.of("UTC"),
                    new Holdings.OfSession(false)));

    /** Has everything before it is asked, as what another thread reads may have come before anybody waits for it. */
    private Wiring.Loader<Object, Object> loader(String name) {
        return (caller, keys) -> {
            calls.add(name + keys);
            return Future.succeededFuture(keys.stream().collect(Collectors.toMap(key -> key, key -> name + key)));
        };
    }

    @Nested
    class Send {

        @Test
        void lets_what_has_come_ask_a_loader_that_nobody_has_asked_yet() {
            List<Batches.Load> later = new ArrayList<>();
            batches.load("a", 1).thenRun(() -> later.add(batches.load("c", 3)));
            batches.load("b", 2);

            assertThat(batches.send(null)).hasSize(2);
            assertThat(batches.isWaiting()).isTrue();
            assertThat(batches.send(null)).hasSize(1);
            assertThat(batches.isWaiting()).isFalse();

            assertThat(calls).containsExactly("a[1]", "b[2]", "c[3]");
            assertThat(later)
                    .singleElement()
                    .satisfies(load -> assertThat(load.join()).isEqualTo("c3"));
        }
    }
}
