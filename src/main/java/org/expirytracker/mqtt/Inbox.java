package org.expirytracker.mqtt;

import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.expirytracker.kernel.InventoryId;

/** What the broker has sent, from the event loop to the thread that publishes. */
final class Inbox implements BrokerConnection.Listener {

    private static final String ONLINE = "online";

    private final Topics topics;
    private final Semaphore wake;
    private final Map<InventoryId, String> kept = new HashMap<>();
    private boolean born;
    private long lastNanos = System.nanoTime();

    /** @param wake released when there is something new */
    Inbox(Topics topics, Semaphore wake) {
        this.topics = topics;
        this.wake = wake;
    }

    @Override
    public synchronized void received(String topic, String payload, boolean retained) {
        lastNanos = System.nanoTime();
        Optional<InventoryId> inventory = topics.inventoryOf(topic);
        if (retained && inventory.isPresent() && !payload.isEmpty()) {
            kept.put(inventory.get(), payload);
            wake.release();
        } else if (!retained && topic.equals(Topics.BIRTH) && payload.equals(ONLINE)) {
            born = true;
            wake.release();
        }
    }

    @Override
    public void closed() {
        wake.release();
    }

    /** What was published before this connection and has come since the last call, by inventory. */
    synchronized Map<InventoryId, String> takeKept() {
        Map<InventoryId, String> taken = Map.copyOf(kept);
        kept.clear();
        return taken;
    }

    /** Whether Home Assistant has started since the last call. */
    synchronized boolean takeBirth() {
        boolean taken = born;
        born = false;
        return taken;
    }

    /** Waits until nothing has come for a while: what the broker kept is there then, as no message says. */
    void awaitQuiet(long millis) throws InterruptedException {
        long since = System.nanoTime();
        long quiet;
        do {
            TimeUnit.MILLISECONDS.sleep(50);
            synchronized (this) {
                quiet = System.nanoTime() - Math.max(since, lastNanos);
            }
        } while (quiet < TimeUnit.MILLISECONDS.toNanos(millis));
    }
}
