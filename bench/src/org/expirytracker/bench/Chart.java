package org.expirytracker.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDate;
import java.util.Map;

/** Bars of ratios as SVG, in colours that can be read on light and dark pages. */
final class Chart {

    private static final int WIDTH = 740;
    private static final int NAMES = 260;
    private static final int BARS = 380;
    private static final int ROW = 30;
    private static final int TOP = 56;

    private Chart() {}

    /**
     * Draws each ratio as a share of 1, which is what was written by hand.
     *
     * @param machine on what it was measured, and what else that had to do
     */
    static void write(Path file, Map<String, Double> ratios, String machine, LocalDate day) throws IOException {
        int height = TOP + ratios.size() * ROW + 34;
        StringBuilder svg = new StringBuilder("""
                <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %1$d %2$d" width="%1$d" height="%2$d" role="img">
                  <title>Requests per second, as a share of handlers written by hand</title>
                  <style>
                    text { font: 14px system-ui, sans-serif; fill: #24292f }
                    .bar { fill: #2f81f7 } .all { stroke: #8b949e; stroke-dasharray: 3 3 } .small { font-size: 12px }
                    @media (prefers-color-scheme: dark) { text { fill: #e6edf3 } }
                  </style>
                  <text x="0" y="20">Requests per second, as a share of the same written by hand</text>
                  <text x="%3$d" y="44" text-anchor="middle" class="small">100 %%</text>
                  <line x1="%3$d" x2="%3$d" y1="50" y2="%4$d" class="all"/>
                """.formatted(WIDTH, height, NAMES + BARS, height - 28));
        int top = TOP;
        for (Map.Entry<String, Double> ratio : ratios.entrySet()) {
            // A bar may pass what was written by hand, but not the picture.
            int length = (int) Math.round(Math.min(ratio.getValue(), 1.1) * BARS);
            svg.append("""
                      <text x="%d" y="%d" text-anchor="end">%s</text>
                      <rect x="%d" y="%d" width="%d" height="20" rx="2" class="bar"/>
                      <text x="%d" y="%d">%.0f %%</text>
                    """.formatted(
                            NAMES - 8,
                            top + 15,
                            ratio.getKey(),
                            NAMES,
                            top,
                            length,
                            NAMES + length + 6,
                            top + 15,
                            ratio.getValue() * 100));
            top += ROW;
        }
        svg.append("""
                  <text x="0" y="%d" class="small">bench/run all, medians of alternating rounds, %s; %s</text>
                </svg>
                """.formatted(height - 8, day, machine));
        Files.writeString(file, svg);
    }
}
