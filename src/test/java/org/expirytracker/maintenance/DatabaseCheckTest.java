package org.expirytracker.maintenance;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.vertx.core.Vertx;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.expirytracker.TestDatabase;
import org.expirytracker.TestNode;
import org.expirytracker.db.Database;
import org.expirytracker.db.DatabaseUrl;
import org.expirytracker.jobs.LookingNode;
import org.expirytracker.migrations.Finding;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The job that looks at the database, and what is told of it. */
@Timeout(30)
class DatabaseCheckTest {

    private final Vertx vertx = Vertx.vertx();
    private final DatabaseUrl url = TestDatabase.freshMigrated();
    private final Database database = new Database(vertx, url.connectOptions(), 4);
    private final List<Finding> found = new ArrayList<>();
    private final LookingNode node =
            new LookingNode(database, List.of(new DatabaseCheck(() -> List.copyOf(found)).job()));
    private final SimpleMeterRegistry metrics = new SimpleMeterRegistry();
    private final Signals signals = new Signals(List.of(DatabaseCheck.KIND), metrics);

    @AfterEach
    void close() {
        TestNode.await(database.close());
        TestNode.await(vertx.close());
    }

    private Signals.Signal signal() {
        TestNode.await(signals.look(database.reads()));
        return signals.all().getFirst();
    }

    private double metric(String name) {
        return metrics.get("expiry.maintenance." + name + ".time").timeGauge().value(TimeUnit.SECONDS);
    }

    @Test
    void tells_that_all_is_well_and_since_when_something_is_not() throws Exception {
        assertThat(signal().status()).isEqualTo("pending");
        assertThat(metric("success")).isZero();

        node.doDue();

        assertThat(signal().status()).isEqualTo("ok");
        assertThat(metric("success"))
                .isGreaterThan((double) Instant.now().minusSeconds(60).getEpochSecond());
        assertThat(metric("failure")).isZero();

        found.add(new Finding(Finding.Kind.DRIFT, "INDEX a", "The index a is not whole.", "REINDEX INDEX a;"));
        found.add(new Finding(Finding.Kind.DRIFT, "INDEX b", "The index b is not whole.", "REINDEX INDEX b;"));
        try (var connection = TestDatabase.connect(url);
                var statement = connection.createStatement()) {
            statement.execute("UPDATE jobs SET due_at = now() WHERE kind = 'check-database'");
            node.doDue();

            assertThat(TestDatabase.strings(connection, "SELECT error FROM jobs WHERE kind = 'check-database'"))
                    .containsExactly("The index a is not whole. And 1 more. Next: expiry db check");
        }
        assertThat(signal().status()).isEqualTo("failed");
        assertThat(signal().lastSuccess()).isNotNull();
        assertThat(metric("failure"))
                .isGreaterThan((double) Instant.now().minusSeconds(60).getEpochSecond());
    }
}
