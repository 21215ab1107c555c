package org.expirytracker.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.Vertx;
import java.util.List;
import java.util.UUID;
import org.expirytracker.Stock;
import org.expirytracker.TestDatabase;
import org.expirytracker.db.Database;
import org.expirytracker.db.DatabaseUrl;
import org.expirytracker.jobs.TestLease;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What is outdated goes, and nothing else. Each test has a database of its own. */
@Timeout(60)
class JanitorsTest {

    private final DatabaseUrl url = TestDatabase.freshMigrated();
    private final Stock stock = new Stock(url);
    private final Vertx vertx = Vertx.vertx();
    private final Database database = new Database(vertx, url.connectOptions(), 3);
    private final UUID user = stock.user().value();

    @AfterEach
    void close() {
        database.close().await();
        vertx.close().await();
    }

    private void runAll() {
        Registered.JANITORS.forEach(job -> TestLease.run(job, database));
    }

    private List<@Nullable String> left(String sql) {
        runAll();
        return stock.column(sql);
    }

    @Test
    void answers_of_requests_are_forgotten_after_a_day() {
        stock.run("""
                INSERT INTO idempotency_keys (user_id, key, request_hash, answer, created_at)
                SELECT ?, hours::text, '\\x00', '{}', now() - hours * interval '1 hour' FROM unnest(ARRAY[23, 25]) AS hours
                """, user);

        assertThat(left("SELECT key FROM idempotency_keys")).containsExactly("23");
    }

    @Test
    void sessions_are_forgotten_a_month_after_their_end_and_refresh_tokens_after_they_were_spent() {
        stock.run("""
                INSERT INTO sessions (user_id, id, created_at, expires_at)
                SELECT ?, gen_random_uuid(), now() - interval '100 days', now() - days * interval '1 day'
                  FROM unnest(ARRAY[-1, 29, 31]) AS days
                """, user);
        stock.run("""
                INSERT INTO refresh_tokens (user_id, session_id, hash, spent_at)
                SELECT user_id, id, sha256(days::text::bytea), now() - days * interval '1 day'
                  FROM sessions, unnest(ARRAY[NULL, 29, 31]::integer[]) AS days
                 WHERE expires_at > now()
                """.replace("days::text::bytea", "coalesce(days, 0)::text::bytea"));

        assertThat(left("SELECT extract(day FROM now() - expires_at)::integer FROM sessions ORDER BY 1"))
                .doesNotContain("31")
                .hasSize(2);
        assertThat(stock.column("SELECT extract(day FROM now() - spent_at)::integer FROM refresh_tokens ORDER BY 1"))
                .containsExactly("29", null);
    }

    @Test
    void devices_are_forgotten_that_were_not_used_for_half_a_year() {
        stock.run("""
                INSERT INTO known_devices (user_id, hash, last_used_at)
                SELECT ?, sha256(days::text::bytea), now() - days * interval '1 day' FROM unnest(ARRAY[179, 181]) AS days
                """, user);

        assertThat(left("SELECT extract(day FROM now() - last_used_at) FROM known_devices"))
                .containsExactly("179");
    }

    @Test
    void tokens_that_work_once_are_forgotten_a_day_after_their_end() {
        stock.run("""
                INSERT INTO one_time_tokens (user_id, hash, purpose, expires_at)
                SELECT ?, sha256(hours::text::bytea), 'TWO_FACTOR_CHALLENGE', now() - hours * interval '1 hour'
                  FROM unnest(ARRAY[-1, 23, 25]) AS hours
                """, user);

        assertThat(
                        left(
                                "SELECT (extract(epoch FROM now() - expires_at) / 3600)::integer FROM one_time_tokens ORDER BY 1"))
                .containsExactly("-1", "23");
    }

    @Test
    void api_tokens_are_forgotten_a_month_after_their_end() {
        stock.run("""
                INSERT INTO api_tokens (user_id, id, name, hash, scopes, created_at, expires_at, revoked_at)
                SELECT ?, gen_random_uuid(), name, sha256(name::bytea), ARRAY['items:read'], now() - interval '99 days',
                       now() - expired * interval '1 day', now() - revoked * interval '1 day'
                  FROM (VALUES ('works', NULL, NULL), ('expires', -9, NULL), ('expired', 31, NULL), ('revoked', NULL, 31),
                               ('young', 29, NULL)) AS tokens (name, expired, revoked)
                """, user);

        assertThat(left("SELECT name FROM api_tokens ORDER BY 1")).containsExactly("expires", "works", "young");
    }

    @Test
    void attempts_to_log_in_are_forgotten_after_90_days_and_failures_after_30() {
        stock.run("""
                INSERT INTO login_attempts (subject_id, id, outcome, created_at)
                SELECT gen_random_uuid(), gen_random_uuid(), 'WRONG_PASSWORD', now() - days * interval '1 day'
                  FROM unnest(ARRAY[89, 91, 400]) AS days
                """);
        stock.run("""
                INSERT INTO credential_guards (subject_id, kind, failures, last_tried_at)
                SELECT gen_random_uuid(), kind, 1, now() - days * interval '1 day'
                  FROM (VALUES ('LOGIN', 29), ('ANSWER', 31)) AS tried (kind, days)
                """);

        assertThat(left("SELECT extract(day FROM now() - created_at) FROM login_attempts"))
                .containsExactly("89");
        assertThat(stock.column("SELECT kind FROM credential_guards")).containsExactly("LOGIN");
    }

    @Test
    void go_through_more_users_and_rows_than_one_statement_takes() {
        stock.run("""
                WITH added AS (
                    INSERT INTO users (id, username, email, password_hash, next_day_at)
                    SELECT new_id(), 'user-' || number, 'user-' || number || '@example.org', '-', 'infinity'
                      FROM generate_series(1, 1100) AS number
                 RETURNING id
                )
                INSERT INTO idempotency_keys (user_id, key, request_hash, answer, created_at)
                SELECT id, 'old', '\\x00', '{}', now() - interval '2 days' FROM added
                """);
        stock.run("""
                INSERT INTO idempotency_keys (user_id, key, request_hash, answer, created_at)
                SELECT ?, number::text, '\\x00', '{}', now() - interval '2 days' FROM generate_series(1, 10500) AS number
                """, user);

        assertThat(left("SELECT key FROM idempotency_keys")).isEmpty();
    }
}
