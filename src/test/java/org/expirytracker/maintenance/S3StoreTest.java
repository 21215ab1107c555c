package org.expirytracker.maintenance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;
import java.util.Random;
import org.expirytracker.CuttingProxy;
import org.expirytracker.ProvenRoom;
import org.expirytracker.S3Server;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** Backups in a bucket, at a store that checks each signature. */
@Timeout(60)
@ProvenRoom("product")
class S3StoreTest {

    private static final String NAME = "expiry-20260101-20260101T030000Z.backup.age";
    /** The least that the protocol knows. */
    private static final int PART = 5 << 20;

    private static final S3Key TESTER = new S3Key(S3Server.KEY, S3Server.SECRET, null);

    @TempDir
    Path folder;

    private final S3Server server = S3Server.shared();
    private final String bucket = server.bucket();
    private Path file = Path.of("");

    @BeforeEach
    void write() throws IOException {
        byte[] bytes = new byte[2 * PART + 12_345];
        new Random(1).nextBytes(bytes);
        file = Files.write(folder.resolve("file"), bytes);
    }

    private S3Store store(int port, String more, S3Key key) {
        return new S3Store(
                S3Address.parse("s3://" + bucket + "/expiry/nightly?endpoint=http://127.0.0.1:" + port + more),
                Optional.of(key),
                PART);
    }

    private S3Store store() {
        return store(server.port(), "", TESTER);
    }

    @Nested
    class Put {

        @ParameterizedTest
        @EnumSource
        void stores_in_parts_what_is_long_and_at_once_what_is_short(S3Address.Checksum checksum) throws Exception {
            S3Store store = store(server.port(), "&checksum=" + checksum.name().toLowerCase(Locale.ROOT), TESTER);
            Path small = Files.writeString(folder.resolve("small"), "a few bytes");

            store.put(file, NAME);
            store.put(small, "small.backup");

            assertThat(store.list())
                    .containsExactlyInAnyOrder(
                            new BackupStore.Entry(NAME, Files.size(file)), new BackupStore.Entry("small.backup", 11));
            assertThat(server.keys(bucket)).contains("expiry/nightly/" + NAME);
            assertThat(server.uploads(bucket)).isEmpty();
            store.fetch(NAME, folder.resolve("back"));
            assertThat(folder.resolve("back")).hasSameBinaryContentAs(file);
            store.fetch("small.backup", folder.resolve("small-back"));
            assertThat(folder.resolve("small-back")).hasContent("a few bytes");
        }

        @Test
        void goes_on_after_a_connection_that_broke() throws Exception {
            try (CuttingProxy proxy = new CuttingProxy(server.port())) {
                S3Store store = store(proxy.port(), "", TESTER);
                proxy.cutOneAfter(PART + PART / 2);

                store.put(file, NAME);

                assertThat(proxy.cuts()).isEqualTo(1);
                store().fetch(NAME, folder.resolve("back"));
                assertThat(folder.resolve("back")).hasSameBinaryContentAs(file);
            }
        }

        @Test
        void takes_back_what_was_sent_when_it_cannot_go_on() throws Exception {
            try (CuttingProxy proxy = new CuttingProxy(server.port())) {
                S3Store store = store(proxy.port(), "", TESTER);
                proxy.cutEachAfter(PART / 2);

                assertThatExceptionOfType(IOException.class)
                        .isThrownBy(() -> store.put(file, NAME))
                        .withMessageStartingWith("Backups cannot be written to s3://" + bucket)
                        .withMessageContaining("See that this machine reaches http://127.0.0.1:" + proxy.port());

                assertThat(store.list()).isEmpty();
                assertThat(server.uploads(bucket)).isEmpty();
            }
        }
    }

    @Nested
    class Sweep {

        @Test
        void takes_away_what_was_left_of_backups_and_of_nothing_else() {
            server.begin(bucket, "expiry/nightly/" + NAME);
            server.begin(bucket, "expiry/nightly/" + NAME + ".unverified");
            server.begin(bucket, "expiry/nightly/expiry-photos.tar");
            server.begin(bucket, "expiry/" + NAME);

            store().sweep();

            assertThat(server.uploads(bucket))
                    .containsExactlyInAnyOrder("expiry/nightly/expiry-photos.tar", "expiry/" + NAME);
        }
    }

    @Nested
    class ListAndDelete {

        @Test
        void see_what_is_directly_in_the_place_alone() throws Exception {
            server.put(bucket, "expiry/nightly/" + NAME, "one");
            server.put(bucket, "expiry/nightly/older/" + NAME, "deeper");
            server.put(bucket, "expiry/" + NAME, "beside");

            assertThat(store().list()).containsExactly(new BackupStore.Entry(NAME, 3));
            store().delete(NAME);
            store().delete(NAME);

            assertThat(server.keys(bucket)).containsExactlyInAnyOrder("expiry/nightly/older/" + NAME, "expiry/" + NAME);
        }
    }

    @Nested
    class TryOut {

        @Test
        void leaves_nothing() throws Exception {
            store().tryOut();

            assertThat(server.keys(bucket)).isEmpty();
            assertThat(server.uploads(bucket)).isEmpty();
        }
    }

    @Nested
    class Failures {

        @Test
        void tell_of_a_key_that_is_unknown_or_wrong_and_never_of_its_secret() {
            for (S3Key wrong :
                    Arrays.asList(new S3Key("nobody", S3Server.SECRET, null), new S3Key(S3Server.KEY, "guess", null))) {
                assertThatExceptionOfType(IOException.class)
                        .isThrownBy(() -> store(server.port(), "", wrong).list())
                        .withMessageStartingWith("Backups cannot be listed in s3://" + bucket + "/expiry/nightly: ")
                        .withMessageContaining("Correct AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY")
                        .withMessageContaining("403")
                        .satisfies(failure -> assertThat(failure.toString()).doesNotContain(S3Server.SECRET, "guess"));
            }
        }

        @Test
        void tell_of_a_bucket_that_is_missing_and_of_a_backup_that_is() {
            S3Store elsewhere = new S3Store(
                    S3Address.parse("s3://no-such-bucket-here?endpoint=http://127.0.0.1:" + server.port()),
                    Optional.of(TESTER));

            assertThatExceptionOfType(IOException.class)
                    .isThrownBy(elsewhere::tryOut)
                    .withMessageContaining("there is no bucket no-such-bucket-here. Make it");
            assertThatExceptionOfType(IOException.class)
                    .isThrownBy(() -> store().fetch(NAME, folder.resolve("none")))
                    .withMessageContaining("there is none by that name. expiry db backups lists those that are there");
        }

        @Test
        void tell_of_a_store_that_is_not_reached() throws Exception {
            CuttingProxy closed = new CuttingProxy(server.port());
            closed.close();

            assertThatExceptionOfType(IOException.class)
                    .isThrownBy(() -> store(closed.port(), "", TESTER).list())
                    .withMessageContaining("See that this machine reaches http://127.0.0.1:" + closed.port());
        }
    }

    @Nested
    class Parse {

        @Test
        void takes_a_bucket_a_prefix_and_what_the_store_needs() {
            S3Address address = S3Address.parse(
                    "s3://backups/expiry/nightly/?region=eu-central-1&endpoint=https%3A%2F%2Fs3.example.org&path-style=false");

            assertThat(address.bucket()).isEqualTo("backups");
            assertThat(address.prefix()).isEqualTo("expiry/nightly/");
            assertThat(address.region()).isEqualTo("eu-central-1");
            assertThat(address.endpoint()).hasToString("https://s3.example.org");
            assertThat(address.pathStyle()).isFalse();
            assertThat(new S3Store(address, Optional.empty()).placeOf(NAME))
                    .isEqualTo("s3://backups/expiry/nightly/" + NAME
                            + "?region=eu-central-1&endpoint=https%3A%2F%2Fs3.example.org&path-style=false");
            assertThat(S3Address.parse("s3://backups").prefix()).isEmpty();
        }

        @ParameterizedTest
        @CsvSource(
                delimiter = '|',
                value = {
                    "s3:///nightly                               | is no name of a bucket",
                    "s3://                                       | is no name of a bucket",
                    "s3://back ups                               | is no name of a bucket",
                    "s3://backups/a//b                           | what follows the bucket",
                    "s3://backups?regoin=eu                      | it knows checksum, encryption, endpoint, path-style, region, and not \"regoin\"",
                    "s3://backups?endpoint=minio:9000            | an endpoint is like",
                    "s3://backups?endpoint=https://a:b@minio     | an endpoint is like",
                    "s3://backups?path-style=yes                 | path-style is true or false",
                    "s3://backups?checksum=crc                   | checksum is sha256 or md5",
                    "s3://backups?encryption=aes                 | encryption is none, or not said",
                    "/backups                                    | it does not begin with s3://"
                })
        void says_why_a_text_is_no_address(String text, String reason) {
            assertThatExceptionOfType(S3Address.Invalid.class)
                    .isThrownBy(() -> S3Address.parse(text))
                    .satisfies(invalid -> assertThat(invalid.reason()).contains(reason));
        }
    }
}
