package org.expirytracker.limits;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;

/**
 * What one node knows of one budget. Safe to use from several threads. Times are those of {@link System#nanoTime}.
 *
 * <p>A request is granted at once while what this node has spent and not reported to the database stays small: at most a
 * fiftieth of the budget, and at most a tenth of what is left. Anything else waits for the database, which decides.
 * So far from the end nobody waits, near the end every point is counted, and two nodes that knew nothing of each other
 * overdraw a budget by a twenty-fifth of it at most. What is overdrawn is owed, and must be restored first.
 */
final class Bucket {

    /** While what was learned is younger, it is enough to refuse by: others can only have spent since. */
    private static final long FRESH_NANOS = Duration.ofSeconds(1).toNanos();

    /** After this long even little is reported to the database. */
    private static final long SETTLE_NANOS = Duration.ofSeconds(1).toNanos();

    private final Budgets.Budget budget;
    private final Policy policy;
    private final Queue<Waiting> waiting = new ArrayDeque<>();
    private final List<Waiting> asking = new ArrayList<>();
    /** Spent here and not reported to the database; negative when it gave more than was used. */
    private double unsettled;
    /** The part of it that the statement under way reports. */
    private double settling;
    /** What was left as of {@link #learnedAt}. */
    private double left;

    private long learnedAt;
    private long unsettledSince;
    private boolean known;
    private boolean listed;

    Bucket(Budgets.Budget budget) {
        this.budget = budget;
        this.policy = budget.policy();
        this.left = policy.capacity();
    }

    Budgets.Budget budget() {
        return budget;
    }

    private record Waiting(int cost, CompletableFuture<Receipt> receipt) {}

    /**
     * What is reported to the database and asked of it, in points.
     *
     * @param owed what was spent already; negative to give back
     * @param asked what is wanted besides, or as much of it as there is
     * @param useful the least of it that is of any use
     */
    record Settlement(Budgets.Budget budget, double owed, double asked, double useful) {}

    /** Takes points; the receipt is there already, unless the database must be asked. */
    synchronized CompletableFuture<Receipt> take(int cost, long now) {
        double there = restored(now);
        double mine = there - unsettled - settling;
        if (cost > policy.capacity() || (known && now - learnedAt < FRESH_NANOS && cost > mine)) {
            return CompletableFuture.completedFuture(receipt(false, cost, mine));
        }
        if (waiting.isEmpty() && unsettled + settling + cost <= slack(there)) {
            spend(cost, now);
            return CompletableFuture.completedFuture(receipt(true, cost, mine - cost));
        }
        Waiting asked = new Waiting(cost, new CompletableFuture<>());
        waiting.add(asked);
        return asked.receipt;
    }

    /** Takes less than nothing: what was granted and is not used. */
    synchronized void giveBack(int cost, long now) {
        spend(-cost, now);
    }

    private void spend(double points, long now) {
        unsettledSince = unsettled == 0 ? now : unsettledSince;
        unsettled += points;
    }

    private double restored(long now) {
        return known
                ? Math.min(policy.capacity(), left + Math.max(0, now - learnedAt) * policy.restore() / 1e9)
                : policy.capacity();
    }

    private double slack(double there) {
        return Math.min(policy.capacity() / 50.0, there / 10);
    }

    private Receipt receipt(boolean granted, int cost, double mine) {
        return new Receipt(
                cost,
                granted,
                policy,
                (long) Math.max(0, Math.floor(mine)),
                granted ? Duration.ZERO : policy.timeToRestore(cost - mine));
    }

    synchronized boolean hasSomethingToSettle() {
        return unsettled != 0 || !waiting.isEmpty();
    }

    /** Puts it on the list of what must be settled some time; false when there is nothing, or it is on it. */
    synchronized boolean list() {
        boolean news = !listed && unsettled != 0;
        listed |= news;
        return news;
    }

    /** Takes it off that list; false when there is something to settle. */
    synchronized boolean unlist() {
        listed &= unsettled != 0;
        return !listed;
    }

    /** Whether it is time to settle with the database. */
    synchronized boolean isDue(long now) {
        return unsettled != 0
                && (Math.abs(unsettled) * 2 >= slack(restored(now)) || now - unsettledSince >= SETTLE_NANOS);
    }

    /** Begins to settle; {@link #settled} or {@link #failed} must follow before it is begun again. */
    synchronized Settlement settle() {
        settling = unsettled;
        unsettled = 0;
        asking.addAll(waiting);
        waiting.clear();
        double useful = asking.stream().mapToDouble(Waiting::cost).min().orElse(0);
        double asked =
                Math.min(asking.stream().mapToDouble(Waiting::cost).sum(), policy.capacity() - Math.max(0, settling));
        return new Settlement(budget, settling, asked < useful ? 0 : asked, useful);
    }

    /**
     * What the database answered.
     *
     * @param remaining what is left after that; negative when others have overdrawn
     * @param granted of what was asked
     * @param askedAt when it was asked: it may have been restored since
     * @return gives the answers to those who wait, outside of this object's lock
     */
    synchronized Runnable settled(double remaining, double granted, long askedAt) {
        settling = 0;
        known = true;
        left = remaining;
        learnedAt = askedAt;
        double pot = granted;
        List<Runnable> answers = new ArrayList<>(asking.size());
        for (Waiting each : asking) {
            boolean enough = each.cost <= pot;
            pot -= enough ? each.cost : 0;
            Receipt receipt = receipt(enough, each.cost, enough ? left : left + pot);
            answers.add(() -> each.receipt.complete(receipt));
        }
        asking.clear();
        if (pot > 0) {
            spend(-pot, askedAt);
        }
        return () -> answers.forEach(Runnable::run);
    }

    /** The database did not answer: what is owed stays owed, and those who wait fail. */
    synchronized Runnable failed(Throwable failure) {
        unsettled += settling;
        settling = 0;
        List<Waiting> refused = List.copyOf(asking);
        asking.clear();
        return () -> refused.forEach(each -> each.receipt.completeExceptionally(failure));
    }
}
