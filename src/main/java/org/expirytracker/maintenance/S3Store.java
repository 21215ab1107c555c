package org.expirytracker.maintenance;

import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.DigestInputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.AwsCredentials;
import software.amazon.awssdk.auth.credentials.AwsCredentialsProvider;
import software.amazon.awssdk.auth.credentials.AwsSessionCredentials;
import software.amazon.awssdk.auth.credentials.DefaultCredentialsProvider;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;
import software.amazon.awssdk.awscore.exception.AwsErrorDetails;
import software.amazon.awssdk.core.checksums.RequestChecksumCalculation;
import software.amazon.awssdk.core.checksums.ResponseChecksumValidation;
import software.amazon.awssdk.core.exception.SdkException;
import software.amazon.awssdk.core.sync.RequestBody;
import software.amazon.awssdk.core.sync.ResponseTransformer;
import software.amazon.awssdk.http.urlconnection.UrlConnectionHttpClient;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.retries.DefaultRetryStrategy;
import software.amazon.awssdk.services.s3.S3Client;
import software.amazon.awssdk.services.s3.S3ClientBuilder;
import software.amazon.awssdk.services.s3.model.ChecksumAlgorithm;
import software.amazon.awssdk.services.s3.model.CompletedPart;
import software.amazon.awssdk.services.s3.model.S3Exception;

/**
 * A bucket of a store that speaks the S3 protocol: Amazon's own, or MinIO, Ceph, R2, B2 and others.
 *
 * <p>What is larger than a part is sent in parts, each read from the file as it is sent: memory does not grow with the backup.
 * The object is there when the last part has arrived and all are put together, and an upload that fails is taken back. What
 * fails for a while (a connection, 5xx, {@code SlowDown}) is tried again by the client of Amazon, with pauses that grow. Safe for
 * any thread.
 */
public final class S3Store implements BackupStore {

    /** Bytes of a part, and of what is sent at once. */
    static final int PART = 16 << 20;

    private static final Logger LOG = LoggerFactory.getLogger(S3Store.class);
    private static final int MOST_PARTS = 10_000;
    private static final int TRIES = 5;
    private static final Duration CONNECT = Duration.ofSeconds(10);
    private static final Duration SILENCE = Duration.ofMinutes(1);
    /** What most stores take for theirs, whatever it is called; Amazon's client finds the bucket's from there. */
    private static final String USUAL_REGION = "us-east-1";

    private static final int NOT_FOUND = 404;
    private static final int FORBIDDEN = 403;
    private static final int SERVER_ERROR = 500;

    private final S3Address address;
    private final Optional<S3Key> key;
    private final int part;
    private @Nullable S3Client opened;

    /**
     * A bucket. Nothing is asked of it yet.
     *
     * @param key empty for what the machine has: a file of Amazon's tools, or the role of a container or an instance
     */
    public S3Store(S3Address address, Optional<S3Key> key) {
        this(address, key, PART);
    }

    /** With parts of another size. */
    S3Store(S3Address address, Optional<S3Key> key, int part) {
        this.address = address;
        this.key = key;
        this.part = part;
    }

    /** Where it is. */
    public S3Address address() {
        return address;
    }

    private synchronized S3Client client() {
        S3Client client = opened;
        if (client == null) {
            client = open();
            opened = client;
        }
        return client;
    }

    private S3Client open() {
        boolean amazon = address.endpoint() == null;
        Boolean pathStyle = address.pathStyle();
        String region = address.region();
        S3ClientBuilder builder = S3Client.builder()
                .httpClientBuilder(UrlConnectionHttpClient.builder()
                        .connectionTimeout(CONNECT)
                        .socketTimeout(SILENCE))
                .overrideConfiguration(all -> all.retryStrategy(DefaultRetryStrategy.standardStrategyBuilder()
                        .maxAttempts(TRIES)
                        .build()))
                .credentialsProvider(key.<AwsCredentialsProvider>map(own -> StaticCredentialsProvider.create(of(own)))
                        .orElseGet(() -> DefaultCredentialsProvider.builder().build()))
                .region(Region.of(region == null ? USUAL_REGION : region))
                .crossRegionAccessEnabled(amazon)
                .forcePathStyle(pathStyle == null ? !amazon : pathStyle)
                // Those that are not Amazon's know checksums in headers, and some none at the end of a body.
                .requestChecksumCalculation(RequestChecksumCalculation.WHEN_REQUIRED)
                .responseChecksumValidation(ResponseChecksumValidation.WHEN_REQUIRED)
                .serviceConfiguration(s3 -> s3.chunkedEncodingEnabled(false));
        if (address.endpoint() != null) {
            builder.endpointOverride(address.endpoint());
        }
        return builder.build();
    }

    private static AwsCredentials of(S3Key key) {
        return key.sessionToken() == null
                ? AwsBasicCredentials.create(key.id(), key.secret())
                : AwsSessionCredentials.create(key.id(), key.secret(), key.sessionToken());
    }

    private String keyOf(String name) {
        return address.prefix() + name;
    }

    @Override
    public void put(Path file, String name) throws IOException {
        long size = Files.size(file);
        doing("written to", "s3:PutObject", () -> {
            if (size <= part) {
                putWhole(new Part(file, 1, 0, size), name);
            } else {
                putInParts(file, size, name);
            }
            return name;
        });
    }

    private void putWhole(Part whole, String name) {
        client().putObject(
                        request -> {
                            request.bucket(address.bucket()).key(keyOf(name));
                            switch (address.checksum()) {
                                case SHA256 -> request.checksumSHA256(whole.sha256());
                                case MD5 -> request.contentMD5(whole.md5());
                            }
                        },
                        whole.body());
    }

    private void putInParts(Path file, long size, String name) {
        String upload = begin(name);
        boolean complete = false;
        try {
            List<CompletedPart> sent = new ArrayList<>();
            long length = Math.max(part, (size + MOST_PARTS - 1) / MOST_PARTS);
            for (long from = 0; from < size; from += length) {
                sent.add(send(new Part(file, sent.size() + 1, from, Math.min(length, size - from)), name, upload));
            }
            complete(name, upload, sent, size);
            complete = true;
        } finally {
            if (!complete) {
                takeBack(name, upload);
            }
        }
    }

    private String begin(String name) {
        return client().createMultipartUpload(request -> {
                    request.bucket(address.bucket()).key(keyOf(name));
                    if (address.checksum() == S3Address.Checksum.SHA256) {
                        request.checksumAlgorithm(ChecksumAlgorithm.SHA256);
                    }
                })
                .uploadId();
    }

    private CompletedPart send(Part sent, String name, String upload) {
        String sha256 = address.checksum() == S3Address.Checksum.SHA256 ? sent.sha256() : null;
        String tag = client().uploadPart(
                        request -> {
                            request.bucket(address.bucket())
                                    .key(keyOf(name))
                                    .uploadId(upload)
                                    .partNumber(sent.number());
                            if (sha256 == null) {
                                request.contentMD5(sent.md5());
                            } else {
                                request.checksumSHA256(sha256);
                            }
                        },
                        sent.body())
                .eTag();
        return CompletedPart.builder()
                .partNumber(sent.number())
                .eTag(tag)
                .checksumSHA256(sha256)
                .build();
    }

    private void complete(String name, String upload, List<CompletedPart> sent, long size) {
        try {
            client().completeMultipartUpload(request -> request.bucket(address.bucket())
                    .key(keyOf(name))
                    .uploadId(upload)
                    .multipartUpload(all -> all.parts(sent)));
        } catch (S3Exception failure) {
            // The answer to the first try may have been lost, and then there is nothing to complete any more.
            if (failure.statusCode() != NOT_FOUND || sizeOf(name) != size) {
                throw failure;
            }
        }
    }

    private long sizeOf(String name) {
        return client().headObject(request -> request.bucket(address.bucket()).key(keyOf(name)))
                .contentLength();
    }

    /** The parts that have arrived would be paid for, and nobody would see them. */
    private void takeBack(String name, String upload) {
        // An interrupt was for what is over, and would break this off.
        boolean interrupted = Thread.interrupted();
        try {
            abort(keyOf(name), upload);
        } catch (SdkException left) {
            LOG.warn(
                    "The parts of {} that were sent to {} are left there until the next backup: {}",
                    name,
                    this,
                    left.getMessage());
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    private void abort(String object, String upload) {
        client().abortMultipartUpload(
                        request -> request.bucket(address.bucket()).key(object).uploadId(upload));
    }

    @Override
    public List<Entry> list() throws IOException {
        return doing(
                "listed in",
                "s3:ListBucket",
                () -> client()
                        .listObjectsV2Paginator(request -> request.bucket(address.bucket())
                                .prefix(address.prefix())
                                .delimiter("/"))
                        .contents()
                        .stream()
                        .map(object -> new Entry(
                                object.key().substring(address.prefix().length()), object.size()))
                        .filter(entry -> !entry.name().isEmpty())
                        .toList());
    }

    @Override
    public void fetch(String name, Path to) throws IOException {
        doing(
                "read from",
                "s3:GetObject",
                () -> client().getObject(
                                request -> request.bucket(address.bucket()).key(keyOf(name)),
                                ResponseTransformer.toFile(to)));
    }

    @Override
    public void delete(String name) throws IOException {
        doing(
                "deleted in",
                "s3:DeleteObject",
                () -> client().deleteObject(
                                request -> request.bucket(address.bucket()).key(keyOf(name))));
    }

    @Override
    public void sweep() {
        try {
            client()
                    .listMultipartUploadsPaginator(
                            request -> request.bucket(address.bucket()).prefix(keyOf("expiry-")))
                    .uploads()
                    .stream()
                    .filter(upload -> StoredBackup.isOne(
                            upload.key().substring(address.prefix().length())))
                    .forEach(upload -> abort(upload.key(), upload.uploadId()));
        } catch (SdkException unseen) {
            LOG.info(
                    "Whether a killed program left parts of a backup in {} cannot be seen ({}). Let the bucket delete them"
                            + " by itself after some days: docs/backups.md",
                    this,
                    unseen.getMessage());
        }
    }

    /** Begins to send something, and takes it back: there is no object at any time, nor a version of one. */
    @Override
    public void tryOut() throws IOException {
        list();
        String name = "expiry-doctor";
        String upload = doing("written to", "s3:PutObject", () -> begin(name));
        doing("taken back in", "s3:AbortMultipartUpload", () -> {
            abort(keyOf(name), upload);
            return upload;
        });
    }

    @Override
    public String placeOf(String name) {
        return address.path() + "/" + name + address.query();
    }

    private <T> T doing(String done, String right, Supplier<T> request) throws IOException {
        try {
            return request.get();
        } catch (SdkException e) {
            throw new IOException("Backups cannot be " + done + " " + this + ": " + reason(right, e), e);
        } catch (UncheckedIOException e) {
            throw new IOException("The backup cannot be read to be sent: " + e.getMessage(), e);
        }
    }

    private String reason(String right, SdkException e) {
        return e instanceof S3Exception answered ? reasonOf(right, answered) : reasonOf(e);
    }

    private String reasonOf(String right, S3Exception e) {
        AwsErrorDetails details = e.awsErrorDetails();
        String code = details == null || details.errorCode() == null ? "" : details.errorCode();
        String said = e.statusCode() + (code.isEmpty() ? "" : " " + code);
        return switch (code) {
            case "NoSuchBucket" ->
                "there is no bucket " + address.bucket() + ". Make it, or name another one in EXPIRY_BACKUP_TO";
            case "NoSuchKey" -> "there is none by that name. expiry db backups lists those that are there";
            case "InvalidAccessKeyId", "SignatureDoesNotMatch", "InvalidToken", "ExpiredToken" ->
                "the key is refused (" + said + "). Correct AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, and"
                        + " AWS_SESSION_TOKEN where there is one";
            case "RequestTimeTooSkewed" -> "the clock of this machine is wrong (" + said + "). Set it";
            case "PermanentRedirect", "AuthorizationHeaderMalformed", "IllegalLocationConstraintException" ->
                "the bucket is in another region (" + said + "). Name it: ?region=…";
            case "NotImplemented" ->
                "the store does not know something that goes with the backup (" + said
                        + "), probably its checksum. Add checksum=md5 to the address";
            default -> {
                if (e.statusCode() == FORBIDDEN) {
                    yield "permission denied (" + said + "). Give the key the right " + right + ": docs/backups.md";
                }
                if (e.statusCode() >= SERVER_ERROR) {
                    yield "the store answers " + said + ", also after " + TRIES + " tries. It is tried again later";
                }
                yield "the store answers " + said
                        + (details == null || details.errorMessage() == null ? "" : ": " + details.errorMessage());
            }
        };
    }

    private String reasonOf(SdkException e) {
        if (String.valueOf(e.getMessage()).startsWith("Unable to load credentials")) {
            return "there is no key. Set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY";
        }
        Throwable root = e;
        while (root.getCause() != null) {
            root = root.getCause();
        }
        return root + ". See that this machine reaches "
                + (address.endpoint() == null ? "the store" : address.endpoint());
    }

    @Override
    public String toString() {
        return address.path();
    }

    /** A part of a file, read anew each time that it is sent. */
    private record Part(Path file, int number, long from, long length) {

        RequestBody body() {
            return RequestBody.fromContentProvider(this::open, length, "application/octet-stream");
        }

        private InputStream open() {
            try {
                InputStream in = Files.newInputStream(file);
                in.skipNBytes(from);
                return new Section(in, length);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }

        String sha256() {
            return digest("SHA-256");
        }

        String md5() {
            return digest("MD5");
        }

        private String digest(String algorithm) {
            try (DigestInputStream in = new DigestInputStream(open(), MessageDigest.getInstance(algorithm))) {
                in.transferTo(OutputStream.nullOutputStream());
                return Base64.getEncoder().encodeToString(in.getMessageDigest().digest());
            } catch (NoSuchAlgorithmException impossible) {
                throw new IllegalStateException(impossible);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }

    /** So many bytes of a stream. */
    private static final class Section extends FilterInputStream {

        private long left;

        Section(InputStream in, long length) {
            super(in);
            this.left = length;
        }

        @Override
        public int read() throws IOException {
            byte[] one = new byte[1];
            return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
        }

        @Override
        public int read(byte[] into, int from, int length) throws IOException {
            if (left == 0) {
                return -1;
            }
            int read = super.read(into, from, (int) Math.min(length, left));
            left -= Math.max(read, 0);
            return read;
        }

        @Override
        public long skip(long bytes) throws IOException {
            long skipped = super.skip(Math.min(bytes, left));
            left -= skipped;
            return skipped;
        }

        @Override
        public int available() throws IOException {
            return (int) Math.min(super.available(), left);
        }

        @Override
        public boolean markSupported() {
            return false;
        }
    }
}
