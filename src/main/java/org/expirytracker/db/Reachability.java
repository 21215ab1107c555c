package org.expirytracker.db;

import io.vertx.core.VertxException;
import io.vertx.pgclient.PgException;
import java.io.EOFException;
import java.net.BindException;
import java.net.ConnectException;
import java.net.NoRouteToHostException;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.net.UnknownHostException;
import java.nio.channels.ClosedChannelException;
import java.security.GeneralSecurityException;
import java.sql.SQLException;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.net.ssl.SSLException;
import org.expirytracker.kernel.Problem;
import org.jspecify.annotations.Nullable;

/** Why a database is not to be had: whether waiting helps, and what does otherwise. */
public final class Reachability {

    private static final Pattern PARAMETER = Pattern.compile("unsupported startup parameter(?: in options)?: (\\S+)");

    private Reachability() {}

    /**
     * Whether the database may answer in a while: it does not listen yet, starts, stops, is still a standby, has no
     * connection left, or does not answer in time. What it refuses for good, such as a wrong password, it will refuse then as well.
     */
    public static boolean mayPass(Throwable failure) {
        for (Throwable at = failure; at != null; at = at.getCause()) {
            if (at instanceof SQLException refused) {
                return mayPass(refused.getSQLState(), refused.getCause());
            }
            if (at instanceof PgException refused) {
                return mayPass(refused.getSqlState(), null);
            }
            if (at instanceof Problem problem) {
                return problem.code() == Problem.Code.UNAVAILABLE;
            }
            if (isOfTheNetwork(at)) {
                return true;
            }
        }
        return false;
    }

    /** SQLSTATE: PostgreSQL manual, appendix A. Its class 08 is also what the driver says of the network. */
    private static boolean mayPass(@Nullable String state, @Nullable Throwable cause) {
        return switch (state == null ? "" : state) {
            case "25006", "53300", "57P01", "57P02", "57P03", "57P05" -> true;
            case "08000", "08001", "08003", "08006" -> cause != null && isOfTheNetwork(cause);
            default -> false;
        };
    }

    private static boolean isOfTheNetwork(Throwable failure) {
        return switch (failure) {
            // Of this program's own port.
            case BindException taken -> false;
            case ConnectException refused -> true;
            case NoRouteToHostException down -> true;
            case UnknownHostException unnamedYet -> true;
            case SocketTimeoutException late -> true;
            case SocketException cut -> true;
            case EOFException cut -> true;
            case ClosedChannelException cut -> true;
            case SSLException broken -> !isOfCertificates(broken);
            case VertxException closed -> true;
            default -> false;
        };
    }

    private static boolean isOfCertificates(Throwable failure) {
        for (Throwable at = failure; at != null; at = at.getCause()) {
            if (at instanceof GeneralSecurityException) {
                return true;
            }
        }
        return false;
    }

    /**
     * In one line for the operator: which database, what it or the network says, and what to do.
     *
     * @param refused by the blocking driver
     */
    public static String explain(DatabaseUrl url, SQLException refused) {
        return "The database at " + url.address() + " cannot be reached or refused us: "
                + String.valueOf(refused.getMessage()).strip() + " " + remedy(url, refused);
    }

    private static String remedy(DatabaseUrl url, SQLException refused) {
        String message = String.valueOf(refused.getMessage());
        Matcher unsupported = PARAMETER.matcher(message);
        if (unsupported.find()) {
            return "A connection pooler stands before the database. Name PostgreSQL itself in DATABASE_DIRECT_URL, for"
                    + " migrations and for what listens; or let the pooler ignore this parameter (PgBouncer:"
                    + " ignore_startup_parameters = " + unsupported.group(1) + ") and keep whole sessions.";
        }
        return switch (refused.getSQLState() == null ? "" : refused.getSQLState()) {
            case "28P01", "28000" ->
                "Check user and password in DATABASE_URL, where %, @, / and : of a password are written %25, %40, %2F and"
                        + " %3A, and that pg_hba.conf of the server lets this user in from here.";
            case "3D000" ->
                "Create the database (CREATE DATABASE \"" + url.database()
                        + "\"), or correct its name in DATABASE_URL.";
            case "53300" ->
                "Lower EXPIRY_DATABASE_CONNECTIONS of the nodes, or raise max_connections of the server or the limit of"
                        + " the role.";
            case "25006" -> "It only lets itself be read, as a standby does. Name the primary server in DATABASE_URL.";
            case "57P03" -> "It is starting, stopping or recovering; its log shows how far it is.";
            default -> "Check that it runs, and the address, login and TLS mode in DATABASE_URL.";
        };
    }
}
