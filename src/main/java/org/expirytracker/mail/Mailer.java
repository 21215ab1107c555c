package org.expirytracker.mail;

import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.ext.mail.MailClient;
import io.vertx.ext.mail.MailMessage;
import io.vertx.ext.mail.SMTPException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Sends messages by SMTP (RFC 5321). In the background: who asks is never kept waiting, so no time tells whether there
 * was anything to send; a message that cannot be sent is tried again a few times, for some minutes, and then given up.
 * Not kept over a restart: whoever misses a message asks for another. Or at once, for those who keep themselves what is
 * to be sent. One for each process.
 */
public final class Mailer {

    private static final Logger LOG = LoggerFactory.getLogger(Mailer.class);

    /** Most messages that are being sent or wait for another try. */
    private static final int MOST_WAITING = 1_000;

    private static final List<Duration> PAUSES =
            List.of(Duration.ofSeconds(2), Duration.ofSeconds(10), Duration.ofMinutes(1), Duration.ofMinutes(5));

    private static final Duration PATIENCE_AT_CLOSE = Duration.ofSeconds(5);

    private final Vertx vertx;
    private final Context context;
    private final String from;
    private final Optional<MailClient> client;
    private final boolean shownInLog;
    private final List<Duration> pauses;
    private final AtomicInteger waiting = new AtomicInteger();
    private final AtomicInteger underWay = new AtomicInteger();
    private final AtomicBoolean warned = new AtomicBoolean();
    private final Promise<Void> idle = Promise.promise();
    private volatile boolean closed;

    /**
     * Sends through a server.
     *
     * @param from address of the sender, or {@code Name <address>}
     */
    public static Mailer by(SmtpUrl server, String from, Vertx vertx) {
        return by(server, from, vertx, PAUSES);
    }

    /**
     * As {@link #by(SmtpUrl, String, Vertx)}.
     *
     * @param pauses between two tries to send a message; one more try than there are pauses
     */
    static Mailer by(SmtpUrl server, String from, Vertx vertx, List<Duration> pauses) {
        String host = from.substring(from.lastIndexOf('@') + 1).replace(">", "");
        return new Mailer(vertx, from, Optional.of(MailClient.create(vertx, server.config(host))), false, pauses);
    }

    /**
     * Sends nothing, for there is no server to send through.
     *
     * @param shownInLog whether messages are written to the log, which only the person who runs the server reads;
     *     otherwise the operator is warned once that there are any
     */
    public static Mailer without(Vertx vertx, boolean shownInLog) {
        return new Mailer(vertx, "", Optional.empty(), shownInLog, List.of());
    }

    private Mailer(Vertx vertx, String from, Optional<MailClient> client, boolean shownInLog, List<Duration> pauses) {
        this.vertx = vertx;
        this.context = vertx.getOrCreateContext();
        this.from = from;
        this.client = client;
        this.shownInLog = shownInLog;
        this.pauses = List.copyOf(pauses);
    }

    /**
     * Sends a message, later, and answers at once. It is dropped, and the operator warned, when too many are waiting or
     * its address is of a form that no mail can be sent to.
     */
    public void send(Message message) {
        if (client.isEmpty()) {
            keep(message);
        } else if (waiting.incrementAndGet() > MOST_WAITING || closed) {
            waiting.decrementAndGet();
            LOG.atWarn().addKeyValue("message", message).log("Too many messages are waiting: one is dropped");
        } else {
            context.runOnContext(now -> attempt(client.get(), message, 0));
        }
    }

    /** Whether there is anybody who gets to see a message. */
    public boolean sends() {
        return client.isPresent() || shownInLog;
    }

    /**
     * Sends a message at once, with one try.
     *
     * @return succeeds when the mail server has taken it; else fails, for good or not: see {@link #isForGood}
     */
    public Future<Void> deliver(Message message) {
        if (client.isEmpty()) {
            keep(message);
            return Future.succeededFuture();
        }
        if (closed) {
            return Future.failedFuture(new IllegalStateException("The server stops"));
        }
        Context asked = vertx.getOrCreateContext();
        Promise<Void> delivered = Promise.promise();
        underWay.incrementAndGet();
        context.runOnContext(now -> Future.succeededFuture(message)
                .map(this::toMail)
                .compose(client.get()::sendMail)
                .<Void>mapEmpty()
                .onComplete(done -> {
                    ended();
                    asked.runOnContext(then -> delivered.handle(done));
                }));
        return delivered.future();
    }

    /** Whether another try to send the same message is in vain. */
    public static boolean isForGood(Throwable failure) {
        return failure instanceof IllegalArgumentException
                || (failure instanceof SMTPException reply && reply.isPermanent());
    }

    private void keep(Message message) {
        if (shownInLog) {
            LOG.atInfo()
                    .addKeyValue("to", message.to())
                    .addKeyValue("subject", message.subject())
                    .addKeyValue("text", message.text())
                    .log("No mail server is set (EXPIRY_SMTP_URL), so this message is only shown here");
        } else if (warned.compareAndSet(false, true)) {
            LOG.warn("Messages to users are dropped, because no mail server is set (EXPIRY_SMTP_URL)");
        }
    }

    private void attempt(MailClient through, Message message, int failures) {
        if (closed) {
            giveUp(message, failures, "the server stops");
            return;
        }
        underWay.incrementAndGet();
        Future.succeededFuture(message)
                .map(this::toMail)
                .compose(through::sendMail)
                .onSuccess(sent -> waiting.decrementAndGet())
                .onFailure(failure -> failed(through, message, failures + 1, failure))
                .onComplete(done -> ended());
    }

    private MailMessage toMail(Message message) {
        String to = MailAddress.of(message.to())
                .orElseThrow(() -> new IllegalArgumentException("No mail can be sent to an address of this form"));
        // RFC 3834: no machine shall answer a machine.
        return new MailMessage(from, to, message.subject(), message.text())
                .addHeader("Auto-Submitted", "auto-generated");
    }

    private void failed(MailClient through, Message message, int failures, Throwable failure) {
        // The reply's text may repeat the address, and so is not logged.
        String reason = failure instanceof SMTPException reply
                ? "reply " + reply.getReplyCode()
                : failure.getClass().getSimpleName();
        if (isForGood(failure) || failures > pauses.size()) {
            giveUp(message, failures, reason);
        } else {
            vertx.setTimer(
                    pauses.get(failures - 1).toMillis(),
                    timer -> context.runOnContext(now -> attempt(through, message, failures)));
        }
    }

    private void giveUp(Message message, int failures, String reason) {
        waiting.decrementAndGet();
        LOG.atWarn()
                .addKeyValue("message", message)
                .addKeyValue("failures", failures)
                .addKeyValue("reason", reason)
                .log("A message could not be sent and is given up");
    }

    private void ended() {
        if (underWay.decrementAndGet() == 0 && closed) {
            idle.tryComplete();
        }
    }

    /** Finishes what is being sent just now, within a few seconds, and gives up the rest. */
    public Future<Void> close() {
        closed = true;
        int rest = waiting.get() - underWay.get();
        if (rest > 0) {
            LOG.atWarn().addKeyValue("messages", rest).log("Messages that waited for another try are given up");
        }
        if (underWay.get() == 0) {
            idle.tryComplete();
        }
        vertx.setTimer(PATIENCE_AT_CLOSE.toMillis(), timer -> idle.tryComplete());
        return idle.future().compose(quiet -> client.map(MailClient::close).orElse(Future.succeededFuture()));
    }
}
