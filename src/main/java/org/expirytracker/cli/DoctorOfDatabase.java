package org.expirytracker.cli;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.io.IOException;
import java.nio.file.Files;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.expirytracker.administration.KeyRotation;
import org.expirytracker.credentials.SecretKeys;
import org.expirytracker.db.Database;
import org.expirytracker.db.DatabaseUrl;
import org.expirytracker.db.EmbeddedDatabase;
import org.expirytracker.db.Reachability;
import org.expirytracker.db.StartWait;
import org.expirytracker.jobs.JobRepository;
import org.expirytracker.jobs.JobRepository.Standing;
import org.expirytracker.maintenance.BackupSettings;
import org.expirytracker.maintenance.ScheduledBackups;
import org.expirytracker.migrations.Finding;
import org.expirytracker.migrations.MigrationFailure;
import org.expirytracker.migrations.MigrationFiles;
import org.expirytracker.migrations.Migrations;
import org.expirytracker.migrations.Progress;
import org.expirytracker.migrations.SchemaState;
import org.postgresql.PGConnection;
import org.postgresql.PGNotification;

/** Looks at the database: whether it is there, is what the program needs, and is used as it should be. */
final class DoctorOfDatabase {

    private static final String SUBJECT = "database";
    private static final int OLDEST_SERVER = 15;
    private static final Duration MOST_SKEW = Duration.ofSeconds(5);
    /** Of each node besides its pool. */
    private static final int SPARE_CONNECTIONS = 6;

    private static final long MOST_LAG_BYTES = 64L << 20;
    private static final int HEARD_WITHIN_MILLIS = 2_000;
    private static final Duration LATE = Duration.ofHours(2);

    private final Config config;
    private final Clock clock;
    private final List<Diagnosis> found = new ArrayList<>();

    DoctorOfDatabase(Config config, Clock clock) {
        this.config = config;
        this.clock = clock;
    }

    List<Diagnosis> examine() {
        if (config.poolerAlone()) {
            poolerAlone(config.databaseUrl().orElseThrow());
            return found;
        }
        try {
            Optional<DatabaseUrl> url = locate();
            if (url.isPresent() && isThere(url.get())) {
                examine(url.get());
            }
        } catch (IOException unreadable) {
            found.add(Diagnosis.error(SUBJECT, String.valueOf(unreadable.getMessage()), ""));
        }
        return found;
    }

    /** Sets up no session, which would be another's next. */
    private void poolerAlone(DatabaseUrl url) {
        Vertx vertx = Vertx.vertx();
        try {
            Database database = new Database(vertx, url.pooledOptions(), 1);
            DatabaseAccess.await(
                    database.requireSettingsOfPooler().compose(set -> DatabaseAccess.requireCurrent(database)));
            found.add(Diagnosis.ok(
                    "pooler",
                    "It answers at " + url.address() + ", and nodes ask twice a second what is new, since"
                            + " DATABASE_DIRECT_URL=none. Run expiry doctor where that can name PostgreSQL itself, which was"
                            + " not looked at."));
        } catch (IOException unfit) {
            found.add(Diagnosis.error("pooler", String.valueOf(unfit.getMessage()), ""));
        } finally {
            vertx.close();
        }
    }

    private Optional<DatabaseUrl> locate() throws IOException {
        if (config.postgres().isPresent()) {
            return config.postgres();
        }
        Optional<String> running =
                Files.exists(config.data()) ? EmbeddedDatabase.running(config.data()) : Optional.empty();
        if (running.isEmpty()) {
            found.add(Diagnosis.ok(
                    SUBJECT,
                    "The embedded PostgreSQL does not run, so it was not looked at. Run expiry doctor beside the server to have"
                            + " that done."));
        }
        return running.map(DatabaseUrl::parse);
    }

    private boolean isThere(DatabaseUrl url) {
        try (Connection connection = url.dataSource().getConnection()) {
            int version = connection.getMetaData().getDatabaseMajorVersion();
            found.add(
                    version < OLDEST_SERVER
                            ? Diagnosis.error(
                                    SUBJECT,
                                    "The server is PostgreSQL " + version + ".",
                                    "Upgrade it to " + OLDEST_SERVER + " or newer.")
                            : Diagnosis.ok(
                                    SUBJECT,
                                    "PostgreSQL "
                                            + connection.getMetaData().getDatabaseProductVersion() + " answers at "
                                            + url.address() + "."));
            return version >= OLDEST_SERVER;
        } catch (SQLException refused) {
            found.add(Diagnosis.error(SUBJECT, Reachability.explain(url, refused), ""));
            return false;
        }
    }

    private void examine(DatabaseUrl url) {
        try (Connection connection = url.dataSource().getConnection();
                Statement statement = connection.createStatement()) {
            text(statement, url);
            clockOf(statement);
            role(statement, url);
            connections(statement);
        } catch (SQLException broken) {
            found.add(Diagnosis.error(SUBJECT, Reachability.explain(url, broken), ""));
            return;
        }
        sessions(url);
        news(url);
        pooler(url);
        replicas(url);
        schema(url);
    }

    private static final String TEXT = """
            SELECT pg_encoding_to_char(encoding) AS encoding, datcollate,
                   datcollversion IS DISTINCT FROM pg_database_collation_actual_version(oid) AS moved,
                   pg_is_in_recovery() AS standby
              FROM pg_database
             WHERE datname = current_database()
            """;

    private void text(Statement statement, DatabaseUrl url) throws SQLException {
        try (ResultSet row = statement.executeQuery(TEXT)) {
            row.next();
            String encoding = row.getString("encoding");
            if (!encoding.equals("UTF8")) {
                found.add(
                        Diagnosis.error(
                                "encoding",
                                "The database has the encoding " + encoding
                                        + ", which does not hold all that people write.",
                                "CREATE DATABASE " + url.database()
                                        + "_utf8 TEMPLATE template0 ENCODING 'UTF8' LOCALE 'C.UTF-8';"
                                        + " move there what is in this one (pg_dump, pg_restore), and name it in DATABASE_URL."));
            } else if (row.getBoolean("moved")) {
                found.add(Diagnosis.warning(
                        "locale",
                        "The server's locale " + row.getString("datcollate")
                                + " was updated since the database was made: indexes of text may be in the old order.",
                        "REINDEX DATABASE " + url.database() + "; then ALTER DATABASE " + url.database()
                                + " REFRESH COLLATION VERSION;"));
            } else {
                found.add(Diagnosis.ok("encoding", "UTF8, with the locale " + row.getString("datcollate") + "."));
            }
            if (row.getBoolean("standby")) {
                found.add(Diagnosis.error(
                        SUBJECT,
                        "It only lets itself be read, as a standby does.",
                        "Name the primary server in DATABASE_URL."));
            }
        }
    }

    private void clockOf(Statement statement) throws SQLException {
        Instant asked = clock.instant();
        try (ResultSet row = statement.executeQuery("SELECT clock_timestamp()")) {
            row.next();
            Instant at = row.getObject(1, OffsetDateTime.class).toInstant();
            Instant answered = clock.instant();
            Duration off = at.isBefore(asked)
                    ? Duration.between(at, asked)
                    : at.isAfter(answered) ? Duration.between(answered, at) : Duration.ZERO;
            found.add(
                    off.compareTo(MOST_SKEW) > 0
                            ? Diagnosis.warning(
                                    "clock",
                                    "This machine's clock is " + off.toSeconds()
                                            + " s off the database's, which is followed.",
                                    "Set both right by a time service (NTP).")
                            : Diagnosis.ok("clock", "It agrees with the database's."));
        }
    }

    private static final String ROLE = """
            SELECT current_user, rolsuper, rolcreatedb, rolconnlimit,
                   has_schema_privilege('public', 'CREATE') AS creates,
                   (SELECT string_agg(DISTINCT relname, ', ')
                      FROM pg_class
                     WHERE relnamespace = 'public'::regnamespace AND relkind = 'r' AND NOT pg_has_role(relowner, 'USAGE'))
                       AS of_others,
                   (SELECT string_agg(DISTINCT nspname, ', ')
                      FROM pg_class JOIN pg_namespace n ON n.oid = relnamespace
                     WHERE relname = 'flyway_schema_history' AND nspname <> 'public') AS elsewhere
              FROM pg_roles
             WHERE rolname = current_user
            """;

    private void role(Statement statement, DatabaseUrl url) throws SQLException {
        try (ResultSet row = statement.executeQuery(ROLE)) {
            row.next();
            String role = row.getString("current_user");
            int before = found.size();
            if (row.getBoolean("rolsuper") && config.postgres().isPresent()) {
                found.add(Diagnosis.warning(
                        "role",
                        "The role " + role + " is a superuser: whoever breaks into the server has all databases.",
                        "Make a role of its own that owns this database alone, and name it in DATABASE_URL."));
            }
            if (!row.getBoolean("creates")) {
                found.add(Diagnosis.error(
                        "role",
                        "The role " + role + " may make no tables in the schema public.",
                        "ALTER DATABASE " + url.database() + " OWNER TO " + role + "; GRANT ALL ON SCHEMA public TO "
                                + role + ";"));
            }
            String ofOthers = row.getString("of_others");
            if (ofOthers != null) {
                found.add(Diagnosis.error(
                        "role",
                        "Tables belong to another role, and no migration can change them: " + ofOthers + ".",
                        "Let an administrator say REASSIGN OWNED BY <that role> TO " + role + "; in this database."));
            }
            String elsewhere = row.getString("elsewhere");
            if (elsewhere != null) {
                found.add(
                        Diagnosis.warning(
                                "search_path",
                                "There is a history of migrations in schema " + elsewhere
                                        + ", and the program works in the schema public.",
                                "If the data is there, move it (ALTER TABLE … SET SCHEMA public); else drop what is left over."));
            }
            boolean restores = config.backups()
                    .filter(backups -> backups.verification() == BackupSettings.Verify.RESTORE)
                    .isPresent();
            if (restores && !row.getBoolean("rolcreatedb") && !row.getBoolean("rolsuper")) {
                found.add(Diagnosis.warning(
                        "role",
                        "The role " + role
                                + " may not create a scratch database, so backups are read, but not restored for"
                                + " proof.",
                        "ALTER ROLE " + role + " CREATEDB; or be content with reading: EXPIRY_BACKUP_VERIFY=read."));
            }
            if (found.size() == before) {
                found.add(Diagnosis.ok("role", "The role " + role + " may do what is needed."));
            }
        }
    }

    private static final String CONNECTIONS = """
            SELECT current_setting('max_connections')::int - current_setting('superuser_reserved_connections')::int
                       - coalesce(current_setting('reserved_connections', true), '0')::int AS server,
                   nullif(rolconnlimit, -1) AS of_role, nullif(datconnlimit, -1) AS of_database,
                   (SELECT count(*) FROM pg_stat_activity
                     WHERE backend_type = 'client backend' AND application_name <> current_setting('application_name')) AS others
              FROM pg_roles, pg_database
             WHERE rolname = current_user AND datname = current_database()
            """;

    private void connections(Statement statement) throws SQLException {
        try (ResultSet row = statement.executeQuery(CONNECTIONS)) {
            row.next();
            int most = row.getInt("server");
            for (String limit : List.of("of_role", "of_database")) {
                int value = row.getInt(limit);
                most = row.wasNull() ? most : Math.min(most, value);
            }
            int others = row.getInt("others");
            int needed = config.databaseConnections() + SPARE_CONNECTIONS;
            String numbers = "A node takes up to %d, other programs have %d now, and %d are let in."
                    .formatted(needed, others, most);
            if (needed > most) {
                found.add(
                        Diagnosis.error(
                                "connections",
                                numbers,
                                "Lower EXPIRY_DATABASE_CONNECTIONS, or raise max_connections or the limit of the role or database."));
            } else if (needed + others > most) {
                found.add(
                        Diagnosis.warning(
                                "connections",
                                numbers,
                                "Together with those there are too few: lower EXPIRY_DATABASE_CONNECTIONS, or raise max_connections."));
            } else {
                found.add(Diagnosis.ok("connections", numbers));
            }
        }
    }

    /** Whether a lock of one session keeps another one out; behind some poolers it does not. */
    private void sessions(DatabaseUrl url) {
        try {
            new StartWait(Duration.ZERO).untilSessionsLast(url);
            found.add(Diagnosis.ok("locks", "A lock of one session keeps another one out."));
        } catch (IOException shared) {
            found.add(Diagnosis.error("locks", String.valueOf(shared.getMessage()), ""));
        }
    }

    /** Whether what one session notifies comes to another one; not every server that speaks as PostgreSQL does so. */
    private void news(DatabaseUrl url) {
        try (Connection listening = url.dataSource().getConnection();
                Connection telling = url.dataSource().getConnection();
                Statement listen = listening.createStatement();
                Statement tell = telling.createStatement()) {
            listen.execute("LISTEN expiry_doctor");
            tell.execute("NOTIFY expiry_doctor");
            PGNotification[] heard = listening.unwrap(PGConnection.class).getNotifications(HEARD_WITHIN_MILLIS);
            found.add(
                    heard.length > 0
                            ? Diagnosis.ok("news", "What one node notifies is heard by the others.")
                            : Diagnosis.warning(
                                    "news",
                                    "What is notified is not heard, so nodes ask twice a second what is new.",
                                    "Let DATABASE_DIRECT_URL name PostgreSQL itself."));
        } catch (SQLException refused) {
            found.add(Diagnosis.warning(
                    "news",
                    "Nobody can listen, so nodes ask twice a second what is new: " + refused.getMessage(),
                    "Let DATABASE_DIRECT_URL name PostgreSQL itself."));
        }
    }

    private static final String WHICH = """
            SELECT current_database() || ' of ' || pg_postmaster_start_time()
            """;

    private void pooler(DatabaseUrl direct) {
        if (config.databaseDirectUrl().isEmpty()) {
            return;
        }
        DatabaseUrl pooled = config.databaseUrl().orElseThrow();
        try {
            if (which(pooled).equals(which(direct))) {
                found.add(Diagnosis.ok(
                        "pooler", "It answers at " + pooled.address() + " and leads to the same database."));
            } else {
                found.add(Diagnosis.error(
                        "pooler",
                        "DATABASE_URL and DATABASE_DIRECT_URL lead to different databases.",
                        "Correct one of them."));
            }
        } catch (SQLException refused) {
            found.add(Diagnosis.error("pooler", Reachability.explain(pooled, refused), ""));
        }
    }

    private static final String POSITION = """
            SELECT (SELECT system_identifier FROM pg_control_system()) || ' ' || current_database() AS identity,
                   pg_is_in_recovery() AS standby,
                   CASE WHEN pg_is_in_recovery() THEN pg_last_wal_replay_lsn() ELSE pg_current_wal_lsn() END - '0/0'::pg_lsn
                       AS position
            """;

    private record Position(String identity, boolean standby, long bytes) {}

    private static Position position(DatabaseUrl url) throws SQLException {
        try (Connection connection = url.dataSource().getConnection();
                Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery(POSITION)) {
            row.next();
            return new Position(row.getString("identity"), row.getBoolean("standby"), row.getLong("position"));
        }
    }

    private void replicas(DatabaseUrl url) {
        config.databaseReplicaUrl()
                .ifPresent(replicas -> replicas.servers().forEach(server -> replica(url, replicas.onServer(server))));
    }

    private void replica(DatabaseUrl url, DatabaseUrl replica) {
        try {
            Position ahead = position(url);
            Position behind = position(replica);
            if (!behind.standby) {
                found.add(Diagnosis.error(
                        "replica",
                        replica.address() + " is no standby, so nothing is read from it.",
                        "Name standbys of the database in DATABASE_REPLICA_URL."));
            } else if (!behind.identity.equals(ahead.identity)) {
                found.add(Diagnosis.error(
                        "replica",
                        replica.address()
                                + " follows another server or is another database, so nothing is read from it.",
                        "Name standbys of the database in DATABASE_REPLICA_URL."));
            } else {
                long lag = Math.max(0, ahead.bytes - behind.bytes);
                String says =
                        "%s follows this database, %,d bytes of its log behind.".formatted(replica.address(), lag);
                found.add(
                        lag > MOST_LAG_BYTES
                                ? Diagnosis.warning(
                                        "replica",
                                        says,
                                        "See why it does not replay: its log, pg_stat_replication on the primary, and"
                                                + " pg_is_wal_replay_paused() on it. Until then the primary is read from.")
                                : Diagnosis.ok("replica", says));
            }
        } catch (SQLException refused) {
            found.add(Diagnosis.error("replica", Reachability.explain(replica, refused), ""));
        }
    }

    private static String which(DatabaseUrl url) throws SQLException {
        try (Connection connection = url.dataSource().getConnection();
                Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery(WHICH)) {
            row.next();
            return row.getString(1);
        }
    }

    private void schema(DatabaseUrl url) {
        try {
            SchemaState state = new Migrations(url, MigrationFiles.ofProgram(), Progress.SILENT).state();
            List<Finding> conflicts = state.conflicts();
            conflicts.forEach(each -> found.add(Diagnosis.error("migrations", each.what(), each.remedy())));
            int pending = state.pending().size();
            if (conflicts.isEmpty() && state.applied().isEmpty()) {
                found.add(Diagnosis.ok("migrations", "The database is empty; the first start fills it."));
            } else if (conflicts.isEmpty() && pending > 0) {
                found.add(Diagnosis.warning(
                        "migrations",
                        pending + (pending == 1 ? " is pending." : " are pending."),
                        "The next start applies them; to do it before: expiry db upgrade --backup."));
            } else if (conflicts.isEmpty()) {
                found.add(Diagnosis.ok("migrations", "The database is at " + state.current() + " (head)."));
                data(url);
            }
        } catch (MigrationFailure failure) {
            found.add(Diagnosis.error("migrations", String.valueOf(failure.getMessage()), "expiry db check has more."));
        }
    }

    private void data(DatabaseUrl url) {
        List<Finding> wrong = new LightCheck(url).findings();
        wrong.forEach(each -> found.add(Diagnosis.error("data", each.what(), each.remedy())));
        if (wrong.isEmpty()) {
            found.add(
                    Diagnosis.ok(
                            "data",
                            "Indexes are whole, and of fifty inventories the stock is counted rightly; expiry db check looks at all."));
        }
        try (DatabaseAccess access = DatabaseAccess.open(config)) {
            Seen seen = access.run((vertx, database) -> look(database, rotation(vertx, database)));
            seen.missingKeys()
                    .forEach((key, count) -> found.add(Diagnosis.error(
                            "keys",
                            "The database holds %,d secrets under the key %s, which is not there."
                                    .formatted(count, key),
                            "Add it to EXPIRY_SECRET_KEYS, after the first key. If it is lost: expiry keys --help.")));
            jobs(seen.jobs());
            config.backups().ifPresent(settings -> backupsOf(settings, seen.jobs()));
        } catch (IOException failure) {
            found.add(Diagnosis.error("data", String.valueOf(failure.getMessage()), ""));
        }
    }

    /** Empty where no keys were made yet: nothing is encrypted there. */
    private Optional<KeyRotation> rotation(Vertx vertx, Database database) {
        if (config.secretKeys().isEmpty()
                && !Files.exists(SecretKeyFile.of(config).path())) {
            return Optional.empty();
        }
        try {
            SecretKeys keys = new SecretKeys(vertx, SecretKeyFile.or(config));
            return Optional.of(new KeyRotation(database, keys, Registered.ENCRYPTED));
        } catch (IOException damaged) {
            found.add(Diagnosis.error("keys", String.valueOf(damaged.getMessage()), ""));
            return Optional.empty();
        }
    }

    private record Seen(Map<String, Integer> missingKeys, List<Standing> jobs) {}

    private static Future<Seen> look(Database database, Optional<KeyRotation> rotation) {
        return rotation.map(KeyRotation::countUnderMissingKeys)
                .orElse(Future.succeededFuture(Map.of()))
                .compose(missing -> new JobRepository().list(database.reads()).map(jobs -> new Seen(missing, jobs)));
    }

    private void jobs(List<Standing> jobs) {
        List<Standing> failed = jobs.stream()
                .filter(job -> job.error() != null && !job.kind().equals(ScheduledBackups.KIND))
                .toList();
        if (failed.isEmpty()) {
            found.add(Diagnosis.ok("jobs", "None has failed."));
        } else {
            found.add(Diagnosis.warning(
                    "jobs",
                    "%d failed and are tried again or parked, first %s: %s."
                            .formatted(
                                    failed.size(),
                                    failed.getFirst().kind(),
                                    failed.getFirst().error()),
                    "expiry jobs list has all; when the cause is repaired: expiry jobs retry --all."));
        }
    }

    private void backupsOf(BackupSettings settings, List<Standing> jobs) {
        Optional<Standing> job = jobs.stream()
                .filter(each -> each.kind().equals(ScheduledBackups.KIND))
                .findFirst();
        Instant done = job.map(Standing::doneAt).orElse(null);
        String error = job.map(Standing::error).orElse(null);
        String last = done == null ? "None was made yet" : "The last one was made at " + done;
        if (error != null) {
            found.add(Diagnosis.error("backups", last + "; since then it failed: " + error, ""));
        } else if (done == null) {
            found.add(Diagnosis.warning(
                    "backups", last + ".", "A node makes the first one as soon as it runs with these settings."));
        } else if (settings.schedule().after(done).plus(LATE).isBefore(clock.instant())) {
            found.add(Diagnosis.error(
                    "backups",
                    last + ", and the next one is late.",
                    "See that a node runs with these settings, and what its log says of the job backup."));
        } else {
            found.add(Diagnosis.ok("backups", last + "."));
        }
    }
}
