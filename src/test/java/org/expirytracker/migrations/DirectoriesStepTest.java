package org.expirytracker.migrations;

import static org.assertj.core.api.Assertions.assertThat;

import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.expirytracker.Stock;
import org.expirytracker.TestDatabase;
import org.expirytracker.db.DatabaseUrl;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The step that adds directories of names and addresses enters everybody there is, once. */
@Timeout(60)
class DirectoriesStepTest {

    private static final Revision STEP = Revisions.all().stream()
            .filter(revision -> revision.version().equals("20261129.9"))
            .findFirst()
            .orElseThrow();

    private static final String WAITS_FOR_USERS = """
            SELECT 1 FROM pg_locks, pg_sleep(0.005)
             WHERE relation = 'users'::regclass AND NOT granted
               AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
            """;

    private final DatabaseUrl url = TestDatabase.fresh();
    private final Stock stock = new Stock(url);

    @BeforeEach
    void goToTheRevisionBefore() {
        Revisions.up(url, Revisions.before(STEP));
        addUser("Ann");
        addUser("Bob");
        addUser("ＣＡＦÉ");
    }

    private void addUser(String name) {
        stock.run(add(name));
    }

    private static String add(String name) {
        return "INSERT INTO users (id, username, email, password_hash) VALUES (new_id(), '%1$s', '%1$s@Example.org', '')"
                .formatted(name);
    }

    /** Each with the username that the user has by now. */
    private List<@Nullable String> entries(String schema) {
        return stock.column("""
                SELECT identity || ' ' || username
                  FROM (SELECT * FROM %1$s.user_names UNION ALL SELECT * FROM %1$s.email_addresses) AS entries
                  LEFT JOIN users ON id = user_id
                 ORDER BY 1
                """.formatted(schema));
    }

    @Test
    void takes_along_everybody_there_is() {
        Revisions.up(url, STEP);

        assertThat(entries("public"))
                .containsExactlyInAnyOrder(
                        "ann Ann",
                        "ann@example.org Ann",
                        "bob Bob",
                        "bob@example.org Bob",
                        "café ＣＡＦÉ",
                        "café@example.org ＣＡＦÉ");
    }

    @Test
    void misses_nobody_who_comes_goes_or_is_renamed_while_it_runs()
            throws SQLException, ExecutionException, InterruptedException {
        try (Connection writer = TestDatabase.connect(url);
                Connection observer = TestDatabase.connect(url);
                Statement statement = writer.createStatement();
                ExecutorService migrating = Executors.newSingleThreadExecutor()) {
            writer.setAutoCommit(false);
            statement.execute(add("Dan"));
            statement.execute("UPDATE users SET username = 'Anna' WHERE username = 'Ann'");
            statement.execute("DELETE FROM users WHERE username = 'Bob'");
            // A name that is free again, in the same moment.
            statement.execute(add("Bob").replace("Bob@", "Bobby@"));
            Future<?> step = migrating.submit(() -> Revisions.up(url, STEP));
            while (TestDatabase.strings(observer, WAITS_FOR_USERS).isEmpty() && !step.isDone()) {
                Thread.onSpinWait();
            }
            writer.commit();
            step.get();
        }

        assertThat(entries("public"))
                .containsExactlyInAnyOrder(
                        "anna Anna",
                        "ann@example.org Anna",
                        "bob Bob",
                        "bobby@example.org Bob",
                        "café ＣＡＦÉ",
                        "café@example.org ＣＡＦÉ",
                        "dan Dan",
                        "dan@example.org Dan");
    }

    @Test
    void keeps_nothing_of_who_leaves_while_it_is_undone_and_enters_everybody_anew() {
        Revisions.up(url, STEP);

        Revisions.down(url, STEP);
        stock.run("DELETE FROM users WHERE username = 'Bob'");
        stock.run("UPDATE users SET username = 'Anna' WHERE username = 'Ann'");
        stock.run(add("Ann").replace("Ann@", "Ann-2@"));

        assertThat(entries("parked")).hasSize(4).noneMatch(entry -> entry == null || entry.startsWith("bob"));
        Revisions.up(url, STEP);
        assertThat(stock.column(
                        "SELECT identity || ' ' || username FROM user_names JOIN users ON id = user_id ORDER BY 1"))
                .containsExactly("ann Ann", "anna Anna", "café ＣＡＦÉ");
        assertThat(stock.column("SELECT to_regnamespace('parked')")).containsOnlyNulls();
    }
}
