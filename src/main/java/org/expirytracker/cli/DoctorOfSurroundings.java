package org.expirytracker.cli;

import com.sun.management.UnixOperatingSystemMXBean;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.net.UnknownHostException;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.expirytracker.kernel.AddressRange;
import org.expirytracker.mail.SmtpProbe;
import org.expirytracker.mail.SmtpUrl;
import org.expirytracker.maintenance.BackupSettings;
import org.expirytracker.maintenance.BackupStore;
import org.expirytracker.maintenance.DirectoryStore;
import org.expirytracker.maintenance.S3Store;

/** Looks at what is around the program but its database: folders, ports, other servers, and what the settings allow. */
final class DoctorOfSurroundings {

    private static final Duration PATIENCE = Duration.ofSeconds(5);
    private static final long MEGABYTE = 1_000_000;
    private static final long LITTLE_SPACE = 1_000 * MEGABYTE;
    private static final long NO_SPACE = 250 * MEGABYTE;
    private static final Set<PosixFilePermission> OTHERS = Set.of(
            PosixFilePermission.GROUP_READ,
            PosixFilePermission.GROUP_WRITE,
            PosixFilePermission.OTHERS_READ,
            PosixFilePermission.OTHERS_WRITE);

    private final Config config;
    private final List<Diagnosis> found = new ArrayList<>();

    DoctorOfSurroundings(Config config) {
        this.config = config;
    }

    List<Diagnosis> examine() {
        temporaryFiles();
        if (config.postgres().isEmpty()) {
            data();
        }
        openFiles();
        port();
        publicUrl();
        config.smtpUrl().ifPresentOrElse(this::smtp, this::noMail);
        config.mqttUrl().ifPresent(url -> reach("MQTT broker", url.host(), url.port(), "EXPIRY_MQTT_URL"));
        config.operations().ifPresent(this::operations);
        webhooks();
        config.backups().ifPresentOrElse(this::backups, this::noBackups);
        return found;
    }

    private void temporaryFiles() {
        try {
            TemporaryFiles.require();
            found.add(Diagnosis.ok("temporary files", "They can be made."));
        } catch (IOException none) {
            found.add(Diagnosis.error("temporary files", String.valueOf(none.getMessage()), ""));
        }
    }

    private void data() {
        Path data = config.data().toAbsolutePath();
        Path there = data;
        while (!Files.exists(there) && there.getParent() != null) {
            there = there.getParent();
        }
        if (!Files.isDirectory(there) || !Files.isWritable(there)) {
            found.add(Diagnosis.error(
                    "data folder",
                    data + " cannot be written.",
                    "Let the user of this program write to " + there + ", or name another folder by EXPIRY_DATA."));
            return;
        }
        space("data folder", there, data.toString());
        for (String secret : List.of("access-token-key", "secret-keys", "demo-password")) {
            openToOthers(data.resolve(secret));
        }
    }

    private void space(String subject, Path folder, String name) {
        try {
            long bytes = Files.getFileStore(folder).getUsableSpace();
            String left = "%,d MB are left in %s.".formatted(bytes / MEGABYTE, name);
            if (bytes < NO_SPACE) {
                found.add(Diagnosis.error(subject, left, "Free some space: a database that cannot write stops."));
            } else if (bytes < LITTLE_SPACE) {
                found.add(Diagnosis.warning(subject, left, "Free some space before it is used up."));
            } else {
                found.add(Diagnosis.ok(subject, left));
            }
        } catch (IOException unknown) {
            found.add(Diagnosis.warning(
                    subject,
                    "How much space " + name + " has is not known: " + unknown.getMessage() + ".",
                    "Look at it."));
        }
    }

    private void openToOthers(Path secret) {
        try {
            if (Files.exists(secret)
                    && Files.getPosixFilePermissions(secret).stream().anyMatch(OTHERS::contains)) {
                found.add(Diagnosis.error(
                        "keys",
                        "Others than its owner may read or write " + secret + ".",
                        "chmod 600 " + secret
                                + "; and exchange the key if somebody may have read it: expiry keys --help."));
            }
        } catch (IOException | UnsupportedOperationException unknown) {
            found.add(Diagnosis.warning(
                    "keys", "Who may read " + secret + " is not known: " + unknown.getMessage() + ".", "Look at it."));
        }
    }

    /** Three quarters of them are for clients. */
    private void openFiles() {
        if (ManagementFactory.getOperatingSystemMXBean() instanceof UnixOperatingSystemMXBean system) {
            long clients = system.getMaxFileDescriptorCount() / 4 * 3;
            if (clients < config.clientConnections()) {
                found.add(Diagnosis.warning(
                        "open files",
                        "A process may open %,d files here, so %,d clients may connect, and not EXPIRY_CLIENT_CONNECTIONS (%,d)."
                                .formatted(system.getMaxFileDescriptorCount(), clients, config.clientConnections()),
                        "Raise the limit (ulimit -n, LimitNOFILE= of systemd, --ulimit nofile= of Docker), or lower the"
                                + " setting."));
            }
        }
    }

    private void port() {
        if (config.port() == 0) {
            found.add(Diagnosis.ok("port", "Any free one is taken."));
            return;
        }
        String where = config.host() + ":" + config.port();
        try (ServerSocket free = new ServerSocket()) {
            free.setReuseAddress(true);
            free.bind(new InetSocketAddress(config.host(), config.port()));
            found.add(Diagnosis.ok("port", where + " is free."));
        } catch (IOException taken) {
            Optional<String> live = get(Welcome.url(config.host(), config.port()) + "/health/live");
            if (live.filter(body -> body.contains("\"live\"")).isPresent()) {
                found.add(Diagnosis.ok("port", "A server of this program listens on " + where + "."));
            } else {
                found.add(
                        Diagnosis.error(
                                "port",
                                where + " cannot be listened on: " + taken.getMessage() + ".",
                                "End what listens there, or choose another one by EXPIRY_PORT or another address by EXPIRY_HOST."));
            }
        }
    }

    private static Optional<String> get(String url) {
        try (HttpClient client = HttpClient.newBuilder()
                .connectTimeout(PATIENCE)
                .followRedirects(HttpClient.Redirect.NORMAL)
                .build()) {
            HttpResponse<String> answer = client.send(
                    HttpRequest.newBuilder(URI.create(url)).timeout(PATIENCE).build(),
                    HttpResponse.BodyHandlers.ofString());
            return Optional.of(answer.body());
        } catch (IOException | IllegalArgumentException silent) {
            return Optional.empty();
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            return Optional.empty();
        }
    }

    private void publicUrl() {
        if (config.publicUrl().isEmpty()) {
            return;
        }
        String url = config.publicUrl().get();
        URI uri = URI.create(url);
        if (uri.getScheme().equals("http") && !isLocal(uri.getHost())) {
            found.add(Diagnosis.warning(
                    "public URL",
                    url + " is not encrypted on its way: passwords can be read there.",
                    "End TLS at a proxy in front, and write https:// in EXPIRY_PUBLIC_URL."));
        }
        if (uri.getScheme().equals("https") && config.trustedProxies().ranges().isEmpty()) {
            found.add(Diagnosis.warning(
                    "proxy",
                    "TLS ends in front of this server, and EXPIRY_TRUSTED_PROXIES names no proxy: all clients share its address,"
                            + " and its limits.",
                    "Name the addresses of the proxy there."));
        }
        Optional<String> live = get(url + "/health/live");
        if (live.filter(body -> body.contains("\"live\"")).isPresent()) {
            found.add(Diagnosis.ok("public URL", url + " leads to a server of this program."));
        } else {
            found.add(Diagnosis.warning(
                    "public URL",
                    url + (live.isEmpty() ? " does not answer from here." : " leads to something else."),
                    "Once the server runs, links in mails lead there: correct EXPIRY_PUBLIC_URL, the name's address or the"
                            + " proxy, unless it cannot be reached from this machine alone."));
        }
    }

    private static boolean isLocal(String host) {
        try {
            return InetAddress.getByName(host).isLoopbackAddress();
        } catch (UnknownHostException unknown) {
            return false;
        }
    }

    private void smtp(SmtpUrl url) {
        Optional<String> objection = SmtpProbe.objection(url, PATIENCE);
        if (objection.isEmpty()) {
            found.add(Diagnosis.ok("mail server", url + " answers; the login was not tried."));
        } else {
            found.add(Diagnosis.error(
                    "mail server",
                    url + " takes no mail: " + objection.get() + ".",
                    "Correct EXPIRY_SMTP_URL, or let this machine reach it."));
        }
    }

    private void noMail() {
        if (config.databaseUrl().isPresent()) {
            found.add(Diagnosis.warning(
                    "mail server",
                    "None is named, so no password can be reset, no address be verified and no digest be sent.",
                    "Name one by EXPIRY_SMTP_URL."));
        }
    }

    private void reach(String subject, String host, int port, String variable) {
        try (Socket socket = new Socket()) {
            socket.connect(new InetSocketAddress(host, port), (int) PATIENCE.toMillis());
            found.add(Diagnosis.ok(subject, host + ":" + port + " answers; the login was not tried."));
        } catch (IOException silent) {
            found.add(Diagnosis.error(
                    subject,
                    host + ":" + port + " does not answer: " + silent + ".",
                    "Correct " + variable + ", or let this machine reach it."));
        }
    }

    private void operations(Path file) {
        if (!Files.isReadable(file)) {
            found.add(Diagnosis.error(
                    "operations",
                    "EXPIRY_OPERATIONS names " + file + ", which cannot be read.",
                    "Put it there, and let the user of this program read it."));
        }
    }

    private void webhooks() {
        for (AddressRange range : config.webhookAllow().ranges()) {
            if (range.contains(InetAddress.getLoopbackAddress())) {
                found.add(Diagnosis.warning(
                        "webhooks",
                        "EXPIRY_WEBHOOK_ALLOW has " + range
                                + ", with which whoever may make a webhook reaches this machine itself.",
                        "Name the addresses of the receivers alone."));
            }
        }
        for (String host : config.webhookAllow().hosts()) {
            try {
                InetAddress.getByName(host);
            } catch (UnknownHostException unknown) {
                found.add(Diagnosis.warning(
                        "webhooks",
                        "EXPIRY_WEBHOOK_ALLOW names " + host + ", and no address is known of it.",
                        "Correct the name, or take it away."));
            }
        }
    }

    private void backups(BackupSettings settings) {
        BackupStore store = settings.store();
        try {
            store.list();
            store.tryOut();
        } catch (IOException none) {
            found.add(Diagnosis.error("backups", String.valueOf(none.getMessage()), "docs/backups.md has more."));
            return;
        }
        switch (store) {
            case DirectoryStore(Path folder) -> {
                space("backups", folder, folder.toString());
                sameDisk(folder);
            }
            case S3Store bucket -> deleting(bucket);
        }
        if (settings.recipients().isEmpty()) {
            found.add(Diagnosis.warning(
                    "backups",
                    "They are not encrypted: whoever gets a copy reads all that people entered.",
                    "expiry db backup-key makes a key; name its recipient in EXPIRY_BACKUP_RECIPIENTS."));
        }
    }

    /** By the name of nothing that is there. */
    private void deleting(S3Store bucket) {
        try {
            bucket.delete("expiry-doctor");
            found.add(Diagnosis.ok("backups", "They can be listed, stored and deleted in " + bucket + "."));
        } catch (IOException denied) {
            found.add(Diagnosis.warning(
                    "backups",
                    String.valueOf(denied.getMessage()),
                    "That is well where the bucket itself deletes them after a time; else old ones stay for ever."));
        }
    }

    private void sameDisk(Path folder) {
        try {
            if (config.postgres().isEmpty()
                    && Files.exists(config.data())
                    && Files.getFileStore(folder).equals(Files.getFileStore(config.data()))) {
                found.add(Diagnosis.warning(
                        "backups",
                        "They lie on the disk of the database, and are lost with it.",
                        "Mount a folder of another machine at " + folder + "."));
            }
        } catch (IOException unknown) {
            found.add(Diagnosis.warning(
                    "backups", "On which disk they lie is not known: " + unknown.getMessage() + ".", "Look at it."));
        }
    }

    private void noBackups() {
        found.add(Diagnosis.ok(
                "backups", "None are made by this program (EXPIRY_BACKUP_CRON); see that something else makes them."));
    }
}
