package org.expirytracker.users;

import static org.assertj.core.api.Assertions.assertThat;
import static org.expirytracker.TestNode.PASSWORD;
import static org.expirytracker.TestNode.await;
import static org.expirytracker.TestNode.refusal;
import static org.expirytracker.TestNode.value;

import org.expirytracker.Stock;
import org.expirytracker.TestDatabase;
import org.expirytracker.TestNode;
import org.expirytracker.db.DatabaseUrl;
import org.expirytracker.kernel.Problem;
import org.expirytracker.sessions.Device;
import org.expirytracker.sessions.Sessions;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;

class AccountsTest {

    private static final TestNode NODE = new TestNode();

    @AfterAll
    static void close() {
        NODE.close();
    }

    private static Problem refusedLogin(String name, String password) {
        return refusal(NODE.login.login(name, password, "", Device.UNKNOWN));
    }

    @Nested
    class DeleteAccount {

        @Test
        void leaves_nothing_behind() {
            Sessions.Opened opened = NODE.register();
            User user = opened.viewer();

            await(NODE.accounts.deleteAccount(NODE.caller(opened.session()), PASSWORD));

            assertThat(NODE.isAlive(opened.session())).isFalse();
            assertThat(value("""
                            SELECT (SELECT count(*) FROM users WHERE id = ?)
                                 + (SELECT count(*) FROM sessions WHERE user_id = ?)
                                 + (SELECT count(*) FROM feeds WHERE user_id = ?)
                                 + (SELECT count(*) FROM activities WHERE user_id = ?)
                            """, user.id(), user.id(), user.id(), user.id())).isEqualTo("0");
            assertThat(refusedLogin(user.username(), PASSWORD).code()).isEqualTo(Problem.Code.WRONG_CREDENTIALS);
        }

        @Test
        void goes_in_steps_where_one_statement_would_take_too_long() {
            DatabaseUrl url = TestDatabase.freshMigrated();
            Stock stock = new Stock(url);
            stock.run("CREATE TABLE steps (deleted bigint)");
            stock.run("""
                    CREATE FUNCTION note() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
                        INSERT INTO steps SELECT count(*) FROM gone;
                        RETURN NULL;
                    END $$
                    """);
            stock.run("CREATE TRIGGER note AFTER DELETE ON items REFERENCING OLD TABLE AS gone"
                    + " FOR EACH STATEMENT EXECUTE FUNCTION note()");
            try (TestNode node = new TestNode(url)) {
                Sessions.Opened opened = node.register();
                stock.run(
                        "INSERT INTO items (user_id, id, name) SELECT ?, new_id(), 'item' FROM generate_series(1, 50001)",
                        opened.viewer().id());

                await(node.accounts.deleteAccount(node.caller(opened.session()), PASSWORD));

                assertThat(stock.column("SELECT deleted FROM steps WHERE deleted > 0 ORDER BY 1"))
                        .containsExactly("1", "25000", "25000");
                assertThat(stock.column("SELECT count(*) FROM users")).containsExactly("0");
                assertThat(stock.column("SELECT user_id FROM erasures"))
                        .containsExactly(opened.viewer().id().toString());
            }
        }

        @Test
        void needs_the_password() {
            Sessions.Opened opened = NODE.register();

            Problem refused = refusal(NODE.accounts.deleteAccount(NODE.caller(opened.session()), PASSWORD + "!"));

            assertThat(refused.code()).isEqualTo(Problem.Code.WRONG_CREDENTIALS);
            assertThat(refused.errors().getFirst().field()).containsExactly("input", "password");
            assertThat(NODE.isAlive(opened.session())).isTrue();
        }
    }
}
