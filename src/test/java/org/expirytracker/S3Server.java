package org.expirytracker;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;
import software.amazon.awssdk.core.checksums.RequestChecksumCalculation;
import software.amazon.awssdk.core.sync.RequestBody;
import software.amazon.awssdk.http.urlconnection.UrlConnectionHttpClient;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.s3.S3Client;
import software.amazon.awssdk.services.s3.model.MultipartUpload;
import software.amazon.awssdk.services.s3.model.S3Object;

/**
 * A real store that speaks the S3 protocol and checks the signature of each request: S3Proxy, in a process of its own, one for
 * all tests of a JVM. Maven writes its class path down (see {@code pom.xml}).
 */
public final class S3Server {

    /** Who may store there. */
    public static final String KEY = "tester";

    /** What they sign with. */
    public static final String SECRET = "hush-hush-in-the-bucket";

    private static final Path CLASS_PATH = Path.of("target", "s3proxy.classpath");
    private static final int PATIENCE_SECONDS = 30;

    private final int port;
    private final S3Client client;

    private static final class Shared {
        private static final S3Server SERVER = start();
    }

    private S3Server(int port) {
        this.port = port;
        this.client = S3Client.builder()
                .httpClientBuilder(UrlConnectionHttpClient.builder())
                .credentialsProvider(StaticCredentialsProvider.create(AwsBasicCredentials.create(KEY, SECRET)))
                .region(Region.US_EAST_1)
                .endpointOverride(endpoint(port))
                .forcePathStyle(true)
                .requestChecksumCalculation(RequestChecksumCalculation.WHEN_REQUIRED)
                .serviceConfiguration(s3 -> s3.chunkedEncodingEnabled(false))
                .build();
    }

    /** The one of this JVM, which ends with it. */
    public static S3Server shared() {
        return Shared.SERVER;
    }

    private static S3Server start() {
        try {
            int port;
            try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
                port = free.getLocalPort();
            }
            Path folder = Files.createTempDirectory("s3server");
            Path settings = Files.writeString(folder.resolve("s3proxy.conf"), """
                    s3proxy.endpoint=http://127.0.0.1:%d
                    s3proxy.authorization=aws-v4
                    s3proxy.identity=%s
                    s3proxy.credential=%s
                    s3proxy.ignore-unknown-headers=true
                    jclouds.provider=filesystem-nio2
                    jclouds.filesystem.basedir=%s
                    """.formatted(
                            port, KEY, SECRET, Files.createDirectory(folder.resolve("objects"))));
            Path log = Files.writeString(
                    folder.resolve("logback.xml"), "<configuration><root level=\"OFF\"/></configuration>");
            Process process = new ProcessBuilder(
                            Path.of(System.getProperty("java.home"), "bin", "java")
                                    .toString(),
                            "-Xmx256m",
                            "-XX:TieredStopAtLevel=1",
                            "-Dlogback.configurationFile=" + log,
                            "-cp",
                            Files.readString(CLASS_PATH, UTF_8),
                            "org.gaul.s3proxy.Main",
                            "--properties",
                            settings.toString())
                    .redirectErrorStream(true)
                    .redirectOutput(folder.resolve("s3proxy.log").toFile())
                    .start();
            Runtime.getRuntime().addShutdownHook(new Thread(process::destroyForcibly));
            awaitListening(process, port);
            return new S3Server(port);
        } catch (IOException e) {
            throw new UncheckedIOException("No S3Proxy. Its class path is written by: mvn process-test-resources", e);
        }
    }

    private static void awaitListening(Process process, int port) throws IOException {
        long patience = System.nanoTime() + TimeUnit.SECONDS.toNanos(PATIENCE_SECONDS);
        while (true) {
            try (Socket _ = new Socket(InetAddress.getLoopbackAddress(), port)) {
                return;
            } catch (IOException notYet) {
                if (!process.isAlive() || System.nanoTime() > patience) {
                    throw notYet;
                }
                LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(20));
            }
        }
    }

    /** The port of the loopback interface where it listens. */
    public int port() {
        return port;
    }

    /** How it is found at a port, which may be that of somebody between. */
    public static URI endpoint(int port) {
        return URI.create("http://127.0.0.1:" + port);
    }

    /** A new empty bucket. */
    public String bucket() {
        String name = "bucket-" + UUID.randomUUID();
        client.createBucket(request -> request.bucket(name));
        return name;
    }

    /** The variables by which a program stores there. */
    public static Map<String, String> environment(int port) {
        return Map.of(
                "AWS_ACCESS_KEY_ID",
                KEY,
                "AWS_SECRET_ACCESS_KEY",
                SECRET,
                "AWS_ENDPOINT_URL_S3",
                endpoint(port).toString());
    }

    /** Puts a text there. */
    public void put(String bucket, String key, String text) {
        client.putObject(request -> request.bucket(bucket).key(key), RequestBody.fromString(text));
    }

    /** The keys of a bucket. */
    public List<String> keys(String bucket) {
        return client.listObjectsV2(request -> request.bucket(bucket)).contents().stream()
                .map(S3Object::key)
                .toList();
    }

    /** The keys of what has begun to come and is not complete. */
    public List<String> uploads(String bucket) {
        return client.listMultipartUploads(request -> request.bucket(bucket)).uploads().stream()
                .map(MultipartUpload::key)
                .toList();
    }

    /** Begins to send something, and leaves it so. */
    public void begin(String bucket, String key) {
        client.createMultipartUpload(request -> request.bucket(bucket).key(key));
    }
}
