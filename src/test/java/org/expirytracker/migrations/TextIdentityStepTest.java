package org.expirytracker.migrations;

import static org.assertj.core.api.Assertions.assertThat;

import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import org.expirytracker.TestDatabase;
import org.expirytracker.db.DatabaseUrl;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The step that gives text one identity takes what is there along. */
class TextIdentityStepTest {

    private static final Revision STEP = Revisions.all().stream()
            .filter(revision -> revision.version().equals("20261128"))
            .findFirst()
            .orElseThrow();

    private final DatabaseUrl url = TestDatabase.fresh();

    @BeforeEach
    void goToTheRevisionBefore() {
        Revisions.up(url, Revisions.before(STEP));
    }

    private void run(String sql) throws SQLException {
        try (Connection connection = TestDatabase.connect(url);
                Statement statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }

    private List<String> strings(String sql) throws SQLException {
        try (Connection connection = TestDatabase.connect(url)) {
            return TestDatabase.strings(connection, sql);
        }
    }

    private void addUser(int number, String username, String email, boolean verified) throws SQLException {
        run("""
                INSERT INTO users (id, username, email, password_hash, email_verified, created_at)
                VALUES ('%s', '%s', '%s', '', %s, timestamptz '2026-01-01' + interval '%d hours')
                """.formatted(id(number), username, email, verified, number));
    }

    private static String id(int number) {
        return "00000000-0000-7000-8000-%012d".formatted(number);
    }

    @Test
    void renames_what_became_the_same_and_leaves_the_older_its_name() throws SQLException {
        addUser(1, "καφές", "one@example.org", false);
        addUser(2, "ΚΑΦΕΣ", "two@example.org", false);
        addUser(3, "ΚΑΦΕΣ-2", "ﬁve@example.org", false);
        addUser(4, "anna", "five@example.org", true);
        run("""
                INSERT INTO categories (user_id, id, name, color, created_at) VALUES
                    ('%1$s', '%2$s', 'Straße', '#2e7d32', '2026-01-01'), ('%1$s', '%3$s', 'STRASSE ', null, '2026-01-02'),
                    ('%1$s', '%4$s', 'Strasse (2)', null, '2026-01-03')
                """.formatted(id(1), id(11), id(12), id(13)));

        List<String> told = new ArrayList<>();
        new Migrations(url, MigrationFiles.ofProgram(), new Progress() {
                    @Override
                    public void warns(String message) {
                        told.add(message);
                    }
                })
                .upgrade(STEP);

        assertThat(told)
                .containsExactly(
                        "Renamed: the username \"ΚΑΦΕΣ\" of user %s is the same as that of user %s and is \"ΚΑΦΕΣ-3\" now."
                                .formatted(id(2), id(1)),
                        "Renamed: the e-mail address \"ﬁve@example.org\" of user %1$s is the same as that of user %2$s and is \"%1$s@renamed.invalid\" now."
                                .formatted(id(3), id(4)),
                        "Renamed: the category \"STRASSE \" (%s) of user %s is the same as their category %s and is \"STRASSE  (3)\" now."
                                .formatted(id(12), id(1), id(11)));
        assertThat(strings("SELECT username FROM users ORDER BY id"))
                .containsExactly("καφές", "ΚΑΦΕΣ-3", "ΚΑΦΕΣ-2", "anna");
        assertThat(strings("SELECT email FROM users ORDER BY id"))
                .containsExactly("one@example.org", "two@example.org", id(3) + "@renamed.invalid", "five@example.org");
        assertThat(strings("SELECT name FROM categories ORDER BY id"))
                .containsExactly("Straße", "STRASSE  (3)", "Strasse (2)");
        assertThat(strings("SELECT kind || ' ' || actor || ': ' || (before ->> 'name') || ' to ' || (after ->> 'name')"
                        + " || ', version ' || (after ->> 'version') FROM activities"))
                .containsExactly("CATEGORY_UPDATED SYSTEM: STRASSE  to STRASSE  (3), version 2");
        assertThat(strings("SELECT last_seq FROM feeds WHERE user_id = '" + id(1) + "'"))
                .containsExactly("1");
    }

    @Test
    void makes_again_what_was_stored_of_texts_and_finds_by_it() throws SQLException {
        addUser(1, "anna", "anna@example.org", false);
        run("""
                INSERT INTO items (user_id, id, name, location, barcode)
                VALUES ('%1$s', '%2$s', 'ΛΆΔΙ Müller', 'Top  SHELF', '4006381333931')
                """.formatted(id(1), id(2)));

        Revisions.up(url, STEP);

        assertThat(strings("SELECT concat_ws('|', search_text, location_identity, barcode_identity) FROM items"))
                .containsExactly(
                        "λαδι muller  top  shelf 4006381333931 04006381333931 mueller|top shelf|04006381333931");
        assertThat(strings("SELECT name FROM items WHERE fold(name) = fold('λαδι muller')"))
                .containsExactly("ΛΆΔΙ Müller");
    }

    @Test
    void keeps_long_barcodes_on_the_way_down_and_up() throws SQLException {
        addUser(1, "anna", "anna@example.org", false);
        Revisions.up(url, STEP);
        run("INSERT INTO items (user_id, id, name, barcode) VALUES ('%s', '%s', 'Milk', repeat('1234567890', 20))"
                .formatted(id(1), id(2)));

        Revisions.down(url, STEP);
        assertThat(strings("SELECT char_length(barcode) FROM items")).containsExactly("64");
        Revisions.up(url, STEP);

        assertThat(strings("SELECT barcode FROM items")).containsExactly("1234567890".repeat(20));
    }
}
