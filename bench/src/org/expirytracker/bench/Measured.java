package org.expirytracker.bench;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.lang.ProcessBuilder.Redirect;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.DoubleStream;
import java.util.stream.Stream;

/** Work in a process of its own with a small heap, whose figures are the last line that it prints. */
final class Measured {

    static final int HEAP_MEGABYTES = 64;

    private static final Pattern PEAK = Pattern.compile("VmHWM:\\s+(\\d+) kB");

    private Measured() {}

    /**
     * Runs {@code main} to its end.
     *
     * @return what it told
     */
    static List<Double> run(Class<?> main, String... arguments) throws IOException {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin/java").toString(),
                "-Xmx" + HEAP_MEGABYTES + "m",
                "-XX:+UseSerialGC",
                "-XX:+ExitOnOutOfMemoryError",
                "-cp",
                System.getProperty("java.class.path"),
                main.getName()));
        command.addAll(List.of(arguments));
        Process process =
                new ProcessBuilder(command).redirectError(Redirect.INHERIT).start();
        String said = new String(process.getInputStream().readAllBytes(), UTF_8);
        if (process.onExit().join().exitValue() != 0) {
            throw new IOException("A measured process failed: " + String.join(" ", arguments) + "\n" + said);
        }
        String last = said.strip().lines().reduce("", (before, line) -> line);
        return Stream.of(last.split(" ")).map(Double::valueOf).toList();
    }

    /** For the measured process: its figures. */
    static void tell(double... figures) {
        System.out.println(DoubleStream.of(figures).mapToObj(Double::toString).collect(Collectors.joining(" ")));
    }

    /** The highest memory of this process until now (RSS), in megabytes. */
    static double peakMegabytes() throws IOException {
        Matcher peak = PEAK.matcher(Files.readString(Path.of("/proc/self/status")));
        return peak.find() ? Long.parseLong(peak.group(1)) / 1_024.0 : 0;
    }
}
