package org.expirytracker.cli;

import java.io.PrintWriter;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * What a newcomer reads after the start: where to go, how to log in, and a first request to paste.
 *
 * @param operations the file of the only operations that are answered; null where any is
 */
record Welcome(
        PrintWriter out, String host, int port, @Nullable Path operations) {

    /** Where everything is. */
    void print() {
        out.printf("""

                Expiry Tracker is running.

                  Dashboard   %1$s/
                  GraphiQL    %1$s/graphiql
                  GraphQL     %1$s/graphql   (POST; WebSocket for subscriptions)
                  Health      %1$s/health/ready
                  Metrics     %1$s/metrics

                """, url());
    }

    /** How to log in as the demo user, and a request that works when pasted. */
    void printDemo(String username, String password) {
        out.printf("""
                  Demo login  username %s   password %s

                """, username, password);
        if (operations != null) {
            out.printf("""
                    Besides those of the dashboard, only the operations in %s are answered.

                    """, operations);
            return;
        }
        out.printf("""
                Paste this for a first answer:

                  TOKEN=$(curl -s %1$s/graphql -H 'content-type: application/json' \\
                    -d '{"query":"mutation { login(input: {username: \\"%2$s\\", password: \\"%3$s\\"}) { session { accessToken } } }"}' \\
                    | sed 's/.*"accessToken":"\\([^"]*\\)".*/\\1/')
                  curl -s %1$s/graphql -H "authorization: Bearer $TOKEN" -H 'content-type: application/json' \\
                    -d '{"query":"{ items(first: 3) { nodes { name quantity unit expiryDate status daysLeft } } }"}'

                """, url(), username, password);
    }

    private String url() {
        return url(host, port);
    }

    /** Where a browser on this machine finds a server that listens there. */
    static String url(String host, int port) {
        String reachable = host.equals("0.0.0.0") || host.equals("::") ? "localhost" : host;
        return "http://" + (reachable.contains(":") ? "[" + reachable + "]" : reachable) + ":" + port;
    }
}
