package org.expirytracker.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.spi.ToolProvider;
import org.junit.jupiter.api.Test;

/** What of Java an image and a release have, as {@code jlink.options} tells. */
class ImageTest {

    private static final Pattern MODULES = Pattern.compile("--add-modules\\n([\\w.,]+)\\n");

    @Test
    void has_each_module_of_java_that_the_program_uses() throws IOException, URISyntaxException {
        Matcher modules = MODULES.matcher(Files.readString(Path.of("jlink.options")));
        assertThat(modules.find()).isTrue();
        Path classes = Path.of(
                Main.class.getProtectionDomain().getCodeSource().getLocation().toURI());
        StringWriter used = new StringWriter();
        int exitCode = ToolProvider.findFirst("jdeps")
                .orElseThrow()
                .run(
                        new PrintWriter(used, true),
                        new PrintWriter(System.err, true, UTF_8),
                        "--ignore-missing-deps",
                        "--print-module-deps",
                        classes.toString());
        assertThat(exitCode).isZero();
        assertThat(modules.group(1).split(",")).contains(used.toString().strip().split(","));
    }
}
