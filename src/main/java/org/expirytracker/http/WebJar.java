package org.expirytracker.http;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.vertx.core.Vertx;
import java.io.IOException;
import java.io.StringReader;
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
    static String folder(Vertx vertx, String artifact) {
        String text = vertx.fileSystem()
                .readFileBlocking("META-INF/maven/" + artifact + "/pom.properties")
                .toString(UTF_8);
        Properties properties = new Properties();
        try {
            properties.load(new StringReader(text));
        } catch (IOException impossible) {
            throw new IllegalStateException(impossible);
        }
        return "META-INF/resources/%s/%s/%s"
                .formatted(
                        artifact.startsWith(OF_MVNPM) ? "_static" : "webjars",
                        artifact.substring(artifact.indexOf('/') + 1),
                        properties.getProperty("version"));
    }
}
