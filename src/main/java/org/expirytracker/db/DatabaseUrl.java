package org.expirytracker.db;

import io.vertx.core.net.ClientSSLOptions;
import io.vertx.core.net.PemTrustOptions;
import io.vertx.core.net.TrustOptions;
import io.vertx.pgclient.PgConnectOptions;
import io.vertx.pgclient.SslMode;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;
import org.postgresql.ds.PGSimpleDataSource;

/**
 * Where the database is and how to log in to it, the same for the blocking driver that migrates and for the
 * non-blocking client that serves. Read from a PostgreSQL connection URI (PostgreSQL manual, "Connection
 * URIs"). Never shows its password.
 *
 * @param servers at least one; of several, whichever takes changes is the database
 * @param database name of the database
 * @param user name of the role
 * @param password null when the server asks for none
 * @param sslMode as libpq understands it; {@code prefer} unless said otherwise
 * @param sslRootCert PEM file of the authorities to trust, {@value #SYSTEM} for those of the Java runtime, or
 *     null when the server's certificate is not verified
 * @param applicationName how the server names our connections
 */
public record DatabaseUrl(
        List<Server> servers,
        String database,
        String user,
        @Nullable String password,
        SslMode sslMode,
        @Nullable String sslRootCert,
        String applicationName) {

    /**
     * A server that may be the database.
     *
     * @param host name or address, an IPv6 address without brackets
     * @param port 1 to 65535
     */
    public record Server(String host, int port) {

        /** As it is written in a URL. */
        @Override
        public String toString() {
            return (host.contains(":") ? "[" + host + "]" : host) + ":" + port;
        }
    }

    private static final String SYSTEM = "system";
    private static final Pattern PARAMETER = Pattern.compile("[A-Za-z][A-Za-z0-9_.-]{0,39}");

    /** Of a machine under load: for the connection, TLS and the password together. An interrupt ends it earlier. */
    private static final int LOGIN_SECONDS = 20;

    private static final String FORM =
            "postgresql://user:password@host:5432/database?sslmode=verify-full&sslrootcert=…";

    /** A copy of the list. */
    public DatabaseUrl {
        servers = List.copyOf(servers);
    }

    /** A database on one server. */
    public DatabaseUrl(
            String host,
            int port,
            String database,
            String user,
            @Nullable String password,
            SslMode sslMode,
            @Nullable String sslRootCert,
            String applicationName) {
        this(List.of(new Server(host, port)), database, user, password, sslMode, sslRootCert, applicationName);
    }

    /**
     * The parts of {@code postgresql://user:password@host:port/database?sslmode=…&sslrootcert=…}, percent-decoded.
     * The scheme may be {@code postgres}; password, port (5432) and parameters may be absent; several hosts, each with its
     * port, have commas between them.
     *
     * <p>As in libpq, {@code sslmode=require} with an {@code sslrootcert} verifies like {@code verify-ca}.
     *
     * @throws IllegalArgumentException naming what is wrong, and never a part of the password
     */
    public static DatabaseUrl parse(String url) {
        String rest = afterScheme(url.strip());
        int end = indexOfAny(rest, "/?#");
        String authority = rest.substring(0, end);
        String pathAndQuery = rest.substring(end);
        if (rest.indexOf('#') >= 0) {
            throw invalid("a # inside the user name or password has to be written %23");
        }
        int at = authority.indexOf('@');
        if (at < 0) {
            throw invalid("it names no user, or a / or ? inside the password is not written %2F or %3F");
        }
        if (at != rest.lastIndexOf('@')) {
            throw invalid("an @ inside a name or the password has to be written %40");
        }
        int question = pathAndQuery.indexOf('?');
        String path = question < 0 ? pathAndQuery : pathAndQuery.substring(0, question);
        String query = question < 0 ? "" : pathAndQuery.substring(question + 1);

        String userInfo = authority.substring(0, at);
        int colon = userInfo.indexOf(':');
        String user = decode(colon < 0 ? userInfo : userInfo.substring(0, colon), "user name");
        String password = colon < 0 ? null : decode(userInfo.substring(colon + 1), "password");
        String database = decode(path.startsWith("/") ? path.substring(1) : path, "database name");
        if (user.isEmpty()) {
            throw invalid("it names no user");
        }
        if (database.isEmpty()) {
            throw invalid("it names no database");
        }
        String hosts = authority.substring(at + 1);
        if (hosts.isEmpty() || hosts.startsWith(":")) {
            refuseSocket(query);
        }
        return withParameters(
                new DatabaseUrl(
                        Stream.of(hosts.split(",", -1))
                                .map(each -> new Server(host(each), port(each)))
                                .toList(),
                        database,
                        user,
                        password,
                        SslMode.PREFER,
                        null,
                        "expiry-tracker"),
                query);
    }

    /** The same server and login, another database. */
    public DatabaseUrl withDatabase(String name) {
        return new DatabaseUrl(servers, name, user, password, sslMode, sslRootCert, applicationName);
    }

    /** The same login and database, on one of the servers whatever that is. */
    public DatabaseUrl onServer(Server one) {
        return new DatabaseUrl(List.of(one), database, user, password, sslMode, sslRootCert, applicationName);
    }

    /** Of the first server. */
    public String host() {
        return servers.getFirst().host();
    }

    /** Of the first server. */
    public int port() {
        return servers.getFirst().port();
    }

    /**
     * For the blocking driver: every call opens a new connection, with TLS as this URL demands and with the program's
     * own {@link SessionSettings}. A {@link PGSimpleDataSource}, for further settings of the driver.
     */
    public DataSource dataSource() {
        PGSimpleDataSource source = new PinnedDataSource();
        source.setServerNames(servers.stream()
                .map(server -> server.host().contains(":") ? "[" + server.host() + "]" : server.host())
                .toArray(String[]::new));
        source.setPortNumbers(servers.stream().mapToInt(Server::port).toArray());
        if (servers.size() > 1) {
            source.setTargetServerType("primary");
            // What a server was a while ago says nothing of what it is.
            source.setHostRecheckSeconds(0);
        }
        source.setDatabaseName(database);
        source.setUser(user);
        source.setPassword(password);
        source.setApplicationName(applicationName);
        source.setTcpKeepAlive(true);
        source.setLoginTimeout(LOGIN_SECONDS);
        source.setSslMode(sslMode.value);
        if (SYSTEM.equals(sslRootCert)) {
            source.setSslfactory("org.postgresql.ssl.DefaultJavaSSLFactory");
        } else if (sslRootCert != null) {
            source.setSslRootCert(sslRootCert);
        }
        return source;
    }

    private static final class PinnedDataSource extends PGSimpleDataSource {

        private static final long serialVersionUID = 1;

        @Override
        public Connection getConnection(@Nullable String as, @Nullable String secret) throws SQLException {
            Connection connection = connect(as, secret);
            try {
                SessionSettings.pin(connection);
                return connection;
            } catch (SQLException | RuntimeException e) {
                connection.close();
                throw e;
            }
        }

        private Connection connect(@Nullable String as, @Nullable String secret) throws SQLException {
            try {
                return super.getConnection(as, secret);
            } catch (SQLException none) {
                boolean unsuitable =
                        getServerNames().length > 1 && "08001".equals(none.getSQLState()) && none.getCause() == null;
                throw unsuitable ? new SQLException("none of its servers takes changes.", "25006", none) : none;
            }
        }
    }

    /** For the non-blocking client: address, login and TLS; its caller adds caching, pipelining and deadlines. */
    public ServerOptions connectOptions() {
        return new ServerOptions(servers.stream().map(this::connectOptions).toList());
    }

    private PgConnectOptions connectOptions(Server server) {
        PgConnectOptions options = new PgConnectOptions()
                .setHost(server.host())
                .setPort(server.port())
                .setDatabase(database)
                .setUser(user)
                .setPassword(password == null ? "" : password)
                .setSslMode(sslMode)
                .addProperty("application_name", applicationName);
        if (sslMode != SslMode.DISABLE) {
            options.setSslOptions(sslOptions());
        }
        return options;
    }

    /**
     * As {@link #connectOptions()}, through a {@link Pooler}: each statement stands alone, and nothing is asked for when
     * connecting that such a program may refuse.
     */
    public ServerOptions pooledOptions() {
        return connectOptions().with(options -> {
            options.getProperties().keySet().retainAll(Set.of("application_name", "client_encoding"));
            return options.setUseLayer7Proxy(true);
        });
    }

    private ClientSSLOptions sslOptions() {
        ClientSSLOptions ssl = new ClientSSLOptions();
        ssl.setHostnameVerificationAlgorithm(sslMode == SslMode.VERIFY_FULL ? "HTTPS" : "");
        if (!verifies(sslMode)) {
            ssl.setTrustAll(true);
        } else if (SYSTEM.equals(sslRootCert)) {
            ssl.setTrustOptions(TrustOptions.wrap(runtimeAuthorities()));
        } else {
            ssl.setTrustOptions(new PemTrustOptions().addCertPath(sslRootCert));
        }
        return ssl;
    }

    private static TrustManager runtimeAuthorities() {
        try {
            TrustManagerFactory factory = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
            factory.init((KeyStore) null);
            return factory.getTrustManagers()[0];
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("This Java runtime has no readable list of trusted authorities", e);
        }
    }

    /** For logs: servers and database, without login. */
    public String address() {
        return servers.stream().map(Server::toString).collect(Collectors.joining(",", "", "/" + database));
    }

    @Override
    public String toString() {
        return "postgresql://" + user + (password == null ? "" : ":***") + "@" + address() + "?sslmode="
                + sslMode.value;
    }

    private static DatabaseUrl withParameters(DatabaseUrl url, String query) {
        SslMode sslMode = url.sslMode;
        String sslRootCert = url.sslRootCert;
        String applicationName = url.applicationName;
        String channelBinding = "";
        for (String parameter : query.split("&", -1)) {
            int equals = parameter.indexOf('=');
            String name = equals < 0 ? parameter : parameter.substring(0, equals);
            String value = equals < 0 ? "" : decode(parameter.substring(equals + 1), "parameter " + name);
            switch (name) {
                case "" -> {
                    if (!parameter.isEmpty()) {
                        throw invalid("a parameter has no name");
                    }
                }
                case "sslmode" -> sslMode = sslMode(value);
                case "sslrootcert" -> sslRootCert = value;
                case "application_name" -> applicationName = value;
                case "channel_binding" -> channelBinding = value;
                default -> allow(name, value);
            }
        }
        if (channelBinding.equals("require") && sslMode != SslMode.VERIFY_FULL) {
            throw invalid("channel_binding=require proves the server only to clients that can insist on it; write"
                    + " sslmode=verify-full&sslrootcert=system instead, or a file, which proves it by its certificate");
        }
        if (sslRootCert != null && sslMode == SslMode.REQUIRE) {
            sslMode = SslMode.VERIFY_CA;
        }
        if (verifies(sslMode) && sslRootCert == null) {
            throw invalid("sslmode=" + sslMode.value + " needs sslrootcert, a PEM file or the word " + SYSTEM);
        }
        if (SYSTEM.equals(sslRootCert) && sslMode == SslMode.VERIFY_CA) {
            throw invalid("sslrootcert=system needs sslmode=verify-full: anyone can have a certificate"
                    + " for another name from a public authority");
        }
        if (!verifies(sslMode)) {
            sslRootCert = null;
        }
        if (sslRootCert != null && !sslRootCert.equals(SYSTEM) && !Files.isReadable(Path.of(sslRootCert))) {
            throw invalid("sslrootcert names a file that cannot be read: " + sslRootCert);
        }
        return new DatabaseUrl(
                url.servers, url.database, url.user, url.password, sslMode, sslRootCert, applicationName);
    }

    /** Parameters of libpq that change nothing here, when they ask for nothing that this program does not do. */
    private static void allow(String name, String value) {
        switch (name) {
            // The program has its own deadlines, and keeps connections alive.
            case "connect_timeout",
                    "tcp_user_timeout",
                    "keepalives",
                    "keepalives_idle",
                    "keepalives_interval",
                    "keepalives_count",
                    "fallback_application_name" -> {}
            // Of several servers, always the one that takes changes.
            case "target_session_attrs" ->
                require(
                        value.matches("any|read-write|primary"),
                        "target_session_attrs=read-write is the only use there is for a server; write that, or leave it"
                                + " out");
            case "client_encoding" ->
                require(value.matches("(?i)utf-?8|auto"), "client_encoding is always UTF8; leave it out");
            case "gssencmode" ->
                require(value.matches("disable|prefer"), "gssencmode=require is not supported; use sslmode=require");
            case "sslnegotiation" ->
                require(value.equals("postgres"), "sslnegotiation=direct is not supported; leave it out");
            case "sslcompression" -> require(value.equals("0"), "sslcompression is not supported; leave it out");
            case "sslsni" -> require(value.equals("1"), "sslsni=0 is not supported; leave it out");
            case "load_balance_hosts" ->
                require(
                        value.equals("disable"),
                        "load_balance_hosts is not supported: only one server takes changes; leave it out");
            case "options" ->
                throw invalid("the parameter options is not supported: the program makes its own settings for each"
                        + " session; set others with ALTER ROLE … SET …");
            case "host", "hostaddr", "port", "user", "password", "dbname" ->
                throw invalid("write " + name + " before the question mark, not as a parameter");
            case "ssl" -> throw invalid("the parameter ssl is not supported; write sslmode=require");
            case "sslcert", "sslkey", "sslpassword" ->
                throw invalid("the parameter " + name + " is not supported: log in with a password");
            default ->
                throw invalid((PARAMETER.matcher(name).matches()
                                ? "the parameter " + name + " is not supported"
                                : "it has a parameter that is not supported")
                        + "; leave it out. Known are sslmode, sslrootcert, application_name and those of libpq"
                        + " that change nothing here");
        }
    }

    private static void require(boolean allowed, String otherwise) {
        if (!allowed) {
            throw invalid(otherwise);
        }
    }

    /** libpq takes the directory of a socket as a parameter, after a host that is left out. */
    private static void refuseSocket(String query) {
        for (String parameter : query.split("&", -1)) {
            if (parameter.startsWith("host=")) {
                host(parameter.substring("host=".length()));
            }
        }
    }

    private static boolean verifies(SslMode mode) {
        return mode == SslMode.VERIFY_CA || mode == SslMode.VERIFY_FULL;
    }

    private static SslMode sslMode(String value) {
        for (SslMode mode : SslMode.values()) {
            if (mode.value.equals(value)) {
                return mode;
            }
        }
        throw invalid("sslmode is none of disable, allow, prefer, require, verify-ca and verify-full; what others call"
                + " no-verify is require");
    }

    private static String afterScheme(String url) {
        for (String scheme : new String[] {"postgresql://", "postgres://"}) {
            if (url.startsWith(scheme)) {
                return url.substring(scheme.length());
            }
        }
        if (url.startsWith("\"") || url.startsWith("'")) {
            throw invalid("it is in quotes, which only a shell takes away; leave them out");
        }
        throw invalid("it does not begin with postgresql:// or postgres://, without jdbc: before it or +driver within");
    }

    private static String host(String hostAndPort) {
        String host;
        if (hostAndPort.startsWith("[")) {
            int close = hostAndPort.indexOf(']');
            if (close < 0) {
                throw invalid("the [ before an IPv6 address is never closed");
            }
            host = hostAndPort.substring(1, close);
        } else {
            int colon = hostAndPort.indexOf(':');
            host = decode(colon < 0 ? hostAndPort : hostAndPort.substring(0, colon), "host");
        }
        if (host.isEmpty()) {
            throw invalid("it names no host");
        }
        if (host.startsWith("/")) {
            throw invalid("its host is a socket directory; let PostgreSQL listen on TCP as well"
                    + " (listen_addresses = 'localhost') and write localhost");
        }
        return host;
    }

    private static int port(String hostAndPort) {
        String afterHost = hostAndPort.startsWith("[")
                ? hostAndPort.substring(hostAndPort.indexOf(']') + 1)
                : hostAndPort.substring(indexOfAny(hostAndPort, ":"));
        if (afterHost.isEmpty() || afterHost.equals(":")) {
            return 5432;
        }
        if (!afterHost.matches(":[0-9]{1,5}")) {
            throw invalid("the port is not a number from 1 to 65535");
        }
        int port = Integer.parseInt(afterHost.substring(1));
        if (port < 1 || port > 65535) {
            throw invalid("the port is not a number from 1 to 65535");
        }
        return port;
    }

    private static String decode(String text, String part) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream(text.length());
        byte[] raw = text.getBytes(StandardCharsets.UTF_8);
        for (int i = 0; i < raw.length; i++) {
            if (raw[i] != '%') {
                bytes.write(raw[i]);
                continue;
            }
            int high = i + 2 < raw.length ? Character.digit(raw[i + 1], 16) : -1;
            int low = i + 2 < raw.length ? Character.digit(raw[i + 2], 16) : -1;
            if (high < 0 || low < 0) {
                throw invalid("in the " + part + " a % is not followed by two hexadecimal digits; % itself is %25");
            }
            bytes.write(high * 16 + low);
            i += 2;
        }
        try {
            String decoded = StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(bytes.toByteArray()))
                    .toString();
            if (decoded.indexOf('\0') >= 0) {
                throw invalid("the " + part + " holds a NUL character");
            }
            return decoded;
        } catch (CharacterCodingException e) {
            throw (IllegalArgumentException)
                    invalid("the " + part + " is not UTF-8").initCause(e);
        }
    }

    private static int indexOfAny(String text, String characters) {
        for (int i = 0; i < text.length(); i++) {
            if (characters.indexOf(text.charAt(i)) >= 0) {
                return i;
            }
        }
        return text.length();
    }

    private static Invalid invalid(String reason) {
        return new Invalid(reason);
    }

    /** A URL that is not understood, or asks for what there is not. */
    public static final class Invalid extends IllegalArgumentException {

        private static final long serialVersionUID = 1;

        private final String reason;

        private Invalid(String reason) {
            super("The database URL cannot be used: " + reason + ". It looks like " + FORM);
            this.reason = reason;
        }

        /** What is wrong and what to write instead, without any part of the password. */
        public String reason() {
            return reason;
        }
    }
}
