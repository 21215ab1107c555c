package org.expirytracker.credentials;

import io.nayuki.qrcodegen.QrCode;

/** QR codes (ISO/IEC 18004) as they are shown. */
public final class QrDrawing {

    private static final int QUIET_MODULES = 4;

    private QrDrawing() {}

    /** A QR code as an SVG document, black on white with the quiet zone that scanners need. */
    public static String svg(String text) {
        QrCode code = QrCode.encodeText(text, QrCode.Ecc.MEDIUM);
        StringBuilder path = new StringBuilder();
        for (int y = 0; y < code.size; y++) {
            for (int x = 0; x < code.size; x++) {
                int begin = x;
                while (code.getModule(x, y)) {
                    x++;
                }
                if (x > begin) {
                    path.append("M%d %dh%dv1h-%dz".formatted(begin, y, x - begin, x - begin));
                }
            }
        }
        int side = code.size + 2 * QUIET_MODULES;
        return """
                <svg xmlns="http://www.w3.org/2000/svg" viewBox="-%1$d -%1$d %2$d %2$d" shape-rendering="crispEdges">\
                <path fill="#fff" d="M-%1$d -%1$dh%2$dv%2$dh-%2$dz"/><path d="%3$s"/></svg>""".formatted(QUIET_MODULES, side, path);
    }
}
