package org.expirytracker.limits;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.sqlclient.SqlClient;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import org.expirytracker.kernel.Access;
import org.expirytracker.kernel.Caller;
import org.expirytracker.kernel.UserId;
import org.jspecify.annotations.Nullable;

/**
 * Who pays what, from budgets of these sizes. One for each event loop.
 *
 * <p>A point is about one object of an answer, and an operation may cost 10,000. The usual sizes and their reasons:
 *
 * <ul>
 *   <li><b>A user: 20,000 points, 1,000 a second.</b> A page of 50 items with their categories costs 101, a dashboard
 *       with all its lists below 1,000: a person never notices. A program copies 100,000 items with categories in
 *       about three minutes. A node on two processors executes some hundred thousand points a second, so a user who
 *       takes all that is theirs takes less than a hundredth of it. (GitHub gives 5,000 points an hour, at a point for
 *       each hundred objects: 140 objects a second. Shopify gives 100 points a second and ten seconds' worth at once.)
 *       Never less than 20,000, so that half of it allows the dearest operation.
 *   <li><b>An API token: half of its user's</b>, and what it spends counts as its user's as well: a program that runs
 *       wild leaves its owner the other half, and many tokens give no more than one.
 *   <li><b>A network address without an access token: a fifth of a user's.</b> A login costs about 12, and little else
 *       is open to anybody.
 *   <li><b>A network address that has credentials checked, by whomever: a hundredth, restoring a five-hundredth a
 *       second</b>, counted in operations: 200 at once, then 2 a second. A thousand people behind one address refresh
 *       their sessions within that; a machine that guesses has its hashing held to a fraction of a processor.
 * </ul>
 */
public final class RateLimits implements Toll {

    /** What a user may spend unless the operator says otherwise, and the least that an operator may say. */
    public static final int USUAL_CAPACITY = 20_000;

    private static final int IPV6_NETWORK_BYTES = 8;
    private static final String UNKNOWN = "unknown";

    private final Vertx vertx;
    private final SqlClient client;
    private final Budgets budgets;
    private final Policy user;
    private final Policy token;
    private final Policy address;
    private final Policy credentials;

    /**
     * Limits over one event loop's connections.
     *
     * @param client not inside a transaction
     * @param budgets shared by the event loops of the process
     * @param capacity of a user, in points, at least {@link #USUAL_CAPACITY}
     * @param restore of a user, in points a second, at least 1
     */
    public RateLimits(Vertx vertx, SqlClient client, Budgets budgets, int capacity, int restore) {
        this.vertx = vertx;
        this.client = client;
        this.budgets = budgets;
        this.user = new Policy("user", capacity, restore);
        this.token = new Policy("token", capacity / 2, restore / 2.0);
        this.address = new Policy("address", capacity / 5, restore / 5.0);
        this.credentials = new Policy(Policy.CREDENTIALS, capacity / 100, restore / 500.0);
    }

    private record Charge(Budgets.Budget budget, int cost) {

        static Charge toUser(Policy policy, Object of, UserId user, int cost) {
            return new Charge(new Budgets.Budget(policy, of, user), cost);
        }

        static Charge toNetwork(Policy policy, @Nullable String from, int cost) {
            return new Charge(new Budgets.Budget(policy, network(from), null), cost);
        }
    }

    @Override
    public Future<Receipt> pay(Optional<Caller> caller, @Nullable String from, int cost, boolean checksCredential) {
        List<Charge> charges = new ArrayList<>(3);
        if (checksCredential) {
            charges.add(Charge.toNetwork(credentials, from, 1));
        }
        caller.ifPresentOrElse(
                known -> {
                    charges.add(Charge.toUser(user, known.userId().value(), known.userId(), cost));
                    if (!known.holds().contains(Access.SESSION)) {
                        charges.add(Charge.toUser(token, known.sessionId(), known.userId(), cost));
                    }
                },
                () -> charges.add(Charge.toNetwork(address, from, cost)));
        return pay(charges, 0);
    }

    /** Pays one after the other; mostly at once. What a later one refuses is given back to the earlier ones. */
    private Future<Receipt> pay(List<Charge> charges, int at) {
        Charge charge = charges.get(at);
        Future<Receipt> paid = budgets.take(vertx, client, charge.budget, charge.cost);
        if (at == charges.size() - 1) {
            return paid;
        }
        return paid.compose(receipt -> receipt.granted()
                ? pay(charges, at + 1)
                        .onComplete(
                                later -> {
                                    if (!later.granted()) {
                                        giveBack(charge);
                                    }
                                },
                                failure -> giveBack(charge))
                : Future.succeededFuture(receipt));
    }

    private void giveBack(Charge charge) {
        budgets.giveBack(vertx, client, charge.budget, charge.cost);
    }

    /** What one client has for itself: an IPv4 address, or the /64 of an IPv6 address (RFC 6177, RFC 4291). */
    static String network(@Nullable String from) {
        if (from == null) {
            return UNKNOWN;
        }
        byte[] bytes;
        try {
            bytes = InetAddress.ofLiteral(from).getAddress();
        } catch (IllegalArgumentException none) {
            return UNKNOWN;
        }
        return HexFormat.of().formatHex(bytes, 0, Math.min(bytes.length, IPV6_NETWORK_BYTES));
    }
}
