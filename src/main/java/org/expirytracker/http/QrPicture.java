package org.expirytracker.http;

import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import org.expirytracker.credentials.QrDrawing;

/**
 * A text as a QR code, at {@code /qr.svg?text=…}: what the dashboard prints on labels. It tells nobody anything that they have
 * not said themselves, so it asks for no token.
 */
final class QrPicture {

    private static final String TYPE = "image/svg+xml";
    private static final int MOST_CHARACTERS = 500;
    private static final int MOST_UNDER_WAY = 100;

    private final Vertx vertx;
    private int underWay;

    QrPicture(Vertx vertx) {
        this.vertx = vertx;
    }

    void route(Router router) {
        Routes.readable(router, "/qr.svg", this::answer);
    }

    private void answer(RoutingContext context) {
        String text = context.queryParams().get("text");
        if (text == null || text.isEmpty() || text.length() > MOST_CHARACTERS) {
            Routes.refuse(context, 400, "Name 1 to %d characters as text.".formatted(MOST_CHARACTERS));
            return;
        }
        if (underWay == MOST_UNDER_WAY) {
            context.response().putHeader("Retry-After", "1");
            Routes.refuse(context, 503, "This server draws many codes just now. Ask again in a second.");
            return;
        }
        underWay++;
        vertx.executeBlocking(() -> Assets.Asset.of(TYPE, Buffer.buffer(QrDrawing.svg(text))), false)
                .onComplete(done -> underWay--)
                // The same text is the same picture, for good.
                .onSuccess(picture -> picture.answer(context.request(), "private, max-age=31536000, immutable"))
                .onFailure(context::fail);
    }
}
