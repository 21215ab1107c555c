package org.expirytracker.users;

import static org.assertj.core.api.Assertions.assertThat;
import static org.expirytracker.TestNode.await;
import static org.expirytracker.TestNode.freshName;
import static org.expirytracker.TestNode.refusal;

import io.vertx.sqlclient.Tuple;
import java.time.LocalDate;
import java.time.OffsetDateTime;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.time.zone.ZoneRules;
import java.time.zone.ZoneRulesProvider;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.UUID;
import org.expirytracker.TestNode;
import org.expirytracker.db.Rows;
import org.expirytracker.kernel.Problem;
import org.expirytracker.kernel.UserId;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;

class ParticularsTest {

    private static final TestNode NODE = new TestNode();

    @AfterAll
    static void close() {
        NODE.close();
    }

    @Nested
    class TimeZones {

        private static final String SAME = "2026-01-15 12:00:00|2026-07-15 12:00:00";

        @Test
        void that_are_taken_mean_the_same_in_Java_and_in_the_database() {
            Set<String> different = new TreeSet<>();
            for (String id : ZoneId.getAvailableZoneIds()) {
                ZoneId zone = ZoneId.of(id);
                if (Particulars.timeZoneObjection(zone).isEmpty() && !SAME.equals(localNoons(zone))) {
                    different.add(id);
                }
            }

            assertThat(different).isEmpty();
        }

        @Test
        void that_the_database_does_not_know_are_refused_by_name() {
            ZoneRulesProvider.registerProvider(new NewerTimeZones());
            ZoneId zone = new NewerTimeZones()
                    .provideZoneIds().stream().map(ZoneId::of).findFirst().orElseThrow();
            String name = freshName();

            Problem refused = refusal(new UserRepository()
                    .insert(
                            NODE.database.reads(),
                            new UserId(UUID.randomUUID()),
                            name,
                            name + "@example.org",
                            "hash",
                            zone));

            assertThat(refused.code()).isEqualTo(Problem.Code.INVALID);
            assertThat(refused.errors().getFirst().field()).containsExactly("input", "timeZone");
        }

        /** Java's time zones may be of a later edition than the database's. */
        private static final class NewerTimeZones extends ZoneRulesProvider {

            static final String NAME = "Atlantic/Atlantis";

            @Override
            protected Set<String> provideZoneIds() {
                return Set.of(NAME);
            }

            @Override
            protected ZoneRules provideRules(String zoneId, boolean forCaching) {
                return ZoneOffset.ofHours(-2).getRules();
            }

            @Override
            protected NavigableMap<String, ZoneRules> provideVersions(String zoneId) {
                return new TreeMap<>(Map.of("later", provideRules(zoneId, false)));
            }
        }

        /** What the database calls Java's noon of a winter and a summer day; nothing for a zone it does not know. */
        private static String localNoons(ZoneId zone) {
            OffsetDateTime winter =
                    LocalDate.of(2026, 1, 15).atTime(12, 0).atZone(zone).toOffsetDateTime();
            OffsetDateTime summer =
                    LocalDate.of(2026, 7, 15).atTime(12, 0).atZone(zone).toOffsetDateTime();
            try {
                return await(Rows.first(
                                NODE.database.reads(),
                                "SELECT ($1::timestamptz AT TIME ZONE $3::text)::text || '|' || ($2::timestamptz AT TIME ZONE $3)::text AS noons",
                                Tuple.of(winter, summer, zone.getId()),
                                row -> row.getString("noons")))
                        .orElseThrow();
            } catch (IllegalStateException unknown) {
                return SAME;
            }
        }
    }
}
