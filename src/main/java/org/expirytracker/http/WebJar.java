package org.expirytracker.http;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.Objects;
import java.util.Properties;

/** Where the files of npm's packages stand that come as jars. */
final class WebJar {

    private static final String OF_MVNPM = "org.mvnpm/";

    private WebJar() {}

    /**
     * The folder of a package on the class path, which bears its version.
     *
     * @param artifact its group and name, with a slash between
     */
    static String folder(String artifact) {
        String name = "META-INF/maven/" + artifact + "/pom.properties";
        Properties properties = new Properties();
        try (InputStream file = WebJar.class.getClassLoader().getResourceAsStream(name)) {
            properties.load(Objects.requireNonNull(file, name));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return "META-INF/resources/%s/%s/%s"
                .formatted(
                        artifact.startsWith(OF_MVNPM) ? "_static" : "webjars",
                        artifact.substring(artifact.indexOf('/') + 1),
                        properties.getProperty("version"));
    }
}
