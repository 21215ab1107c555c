package org.expirytracker.mqtt;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.netty.handler.codec.mqtt.MqttConnectReturnCode;
import io.netty.handler.codec.mqtt.MqttQoS;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.mqtt.MqttClient;
import io.vertx.mqtt.MqttClientOptions;
import io.vertx.mqtt.MqttConnectionException;
import io.vertx.mqtt.messages.MqttPublishMessage;
import io.vertx.mqtt.messages.MqttSubAckMessage;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * A connection to the broker, used by one thread that may wait; the client itself works on an event loop. A broker has one
 * connection of a name: whoever comes by it last closes the one before. So what is published by a connection that is open is
 * never published past another one.
 */
final class BrokerConnection implements AutoCloseable {

    /** A node that is gone is noticed by the broker after one and a half of it, and so is the broker by a node. */
    private static final int KEEP_ALIVE_SECONDS = 15;

    private static final int PATIENCE_SECONDS = 15;
    private static final int MOST_MESSAGE_BYTES = 1 << 20;
    private static final int REFUSED = 0x80;

    /** Who hears what comes, on an event loop. */
    interface Listener {

        /**
         * A message has come.
         *
         * @param retained whether it was there before the connection
         */
        void received(String topic, String payload, boolean retained);

        /** The connection is no more. */
        void closed();
    }

    /**
     * What the broker publishes, retained, when the connection breaks.
     *
     * @param clientId the connection's name
     */
    record Will(String clientId, String topic, String payload) {}

    private final Context context;
    private final MqttClient client;
    private volatile boolean open = true;
    /** Of the one message that is not acknowledged, or the one subscription. */
    private volatile @Nullable Promise<Void> acknowledged;

    private BrokerConnection(Context context, MqttClient client) {
        this.context = context;
        this.client = client;
    }

    /**
     * Connects.
     *
     * @throws IOException with a message for the operator, without the login
     */
    static BrokerConnection open(Vertx vertx, MqttUrl url, Will will, Listener listener) throws IOException {
        MqttClientOptions options = url.options()
                .setClientId(will.clientId)
                .setCleanSession(true)
                .setWillFlag(true)
                .setWillTopic(will.topic)
                .setWillMessageBytes(Buffer.buffer(will.payload))
                .setWillQoS(MqttQoS.AT_LEAST_ONCE.value())
                .setWillRetain(true)
                .setKeepAliveInterval(KEEP_ALIVE_SECONDS)
                .setMaxMessageSize(MOST_MESSAGE_BYTES);
        MqttClient client = MqttClient.create(vertx, options);
        BrokerConnection connection = new BrokerConnection(vertx.getOrCreateContext(), client);
        connection.listen(listener);
        try {
            await(inContext(connection.context, () -> client.connect(url.port(), url.host())), "connecting");
            return connection;
        } catch (IOException failure) {
            // Somebody may listen there who never answers.
            connection.close();
            throw failure;
        }
    }

    private void listen(Listener listener) {
        client.publishHandler(message -> receive(listener, message));
        client.publishCompletionHandler(packet -> settle(null));
        client.subscribeCompletionHandler(granted -> settle(refusal(granted)));
        client.closeHandler(closed -> {
            open = false;
            settle("the broker closed the connection");
            listener.closed();
        });
        client.exceptionHandler(failure -> client.disconnect());
    }

    private static void receive(Listener listener, MqttPublishMessage message) {
        listener.received(message.topicName(), message.payload().toString(UTF_8), message.isRetain());
    }

    private static @Nullable String refusal(MqttSubAckMessage granted) {
        return granted.grantedQoSLevels().contains(REFUSED)
                ? "the broker refuses to have its topics read: the user needs the right to read and to write them"
                : null;
    }

    private void settle(@Nullable String failure) {
        Promise<Void> waiting = acknowledged;
        if (waiting == null) {
            return;
        }
        if (failure == null) {
            waiting.tryComplete();
        } else {
            waiting.tryFail(new IOException(failure));
        }
    }

    /** Whether it is there still. */
    boolean isOpen() {
        return open;
    }

    /** Has messages of some topics sent, those that are retained at once. */
    void subscribe(List<String> topics) throws IOException {
        Map<String, Integer> wanted =
                topics.stream().collect(Collectors.toMap(topic -> topic, topic -> MqttQoS.AT_LEAST_ONCE.value()));
        acknowledged("subscribing", () -> client.subscribe(wanted));
    }

    /** Publishes a message that the broker keeps, and waits until it has it. An empty one takes away the one that it kept. */
    void publish(String topic, String payload) throws IOException {
        acknowledged(
                "publishing", () -> client.publish(topic, Buffer.buffer(payload), MqttQoS.AT_LEAST_ONCE, false, true));
    }

    private void acknowledged(String doing, Supplier<Future<Integer>> request) throws IOException {
        Promise<Void> answer = Promise.promise();
        acknowledged = answer;
        await(
                inContext(
                        context,
                        () -> open
                                ? request.get().compose(sent -> answer.future())
                                : Future.<Void>failedFuture(new IOException("the broker closed the connection"))),
                doing);
    }

    /** Closes it, so that the broker does not publish its will. */
    @Override
    public void close() {
        open = false;
        context.runOnContext(now -> client.disconnect());
    }

    private static <T> Future<T> inContext(Context context, Supplier<Future<T>> work) {
        Promise<T> done = Promise.promise();
        context.runOnContext(now -> {
            try {
                work.get().onComplete(done);
            } catch (RuntimeException lost) {
                // The client does not expect to be used after its connection broke.
                done.fail(lost);
            }
        });
        return done.future();
    }

    private static <T> T await(Future<T> future, String doing) throws IOException {
        // Not all that it fails with is an exception.
        Future<T> explained = future.recover(failure -> Future.failedFuture(new IOException(reason(failure), failure)));
        try {
            return explained.await(PATIENCE_SECONDS, TimeUnit.SECONDS);
        } catch (TimeoutException late) {
            throw new IOException("the broker does not answer (" + doing + ")", late);
        }
    }

    private static String reason(Throwable failure) {
        if (failure instanceof MqttConnectionException refused) {
            return refused.code() == MqttConnectReturnCode.CONNECTION_REFUSED_BAD_USER_NAME_OR_PASSWORD
                            || refused.code() == MqttConnectReturnCode.CONNECTION_REFUSED_NOT_AUTHORIZED
                    ? "the broker does not take the user and password of EXPIRY_MQTT_URL"
                    : "the broker refuses the connection: " + refused.code();
        }
        Throwable cause = failure;
        while (cause.getCause() != null) {
            cause = cause.getCause();
        }
        String text = String.valueOf(failure.getMessage());
        return cause.equals(failure) || cause.getMessage() == null || text.contains(cause.getMessage())
                ? text
                : text + ": " + cause.getMessage();
    }
}
