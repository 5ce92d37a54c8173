package io.bitstack.core.stack;

import io.minio.CopyObjectArgs;
import io.minio.Directive;
import io.minio.GetObjectArgs;
import io.minio.GetPresignedObjectUrlArgs;
import io.minio.Http;
import io.minio.ListObjectsArgs;
import io.minio.MinioClient;
import io.minio.PutObjectArgs;
import io.minio.RemoveObjectArgs;
import io.minio.Result;
import io.minio.SourceObject;
import io.minio.StatObjectArgs;
import io.minio.errors.ErrorResponseException;
import io.minio.messages.Item;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import okhttp3.Dispatcher;
import okhttp3.OkHttpClient;

/**
 * Blobs as objects {@code blobs/sha256/ab/abcd…} of a bucket of any S3 server. An object appears whole or not at all, as S3
 * promises; its key is made of the digest's parsed bytes, never of a text that came from outside. The bucket is made at the
 * first use if it is missing and the keys may make it.
 */
public final class S3BlobStore implements BlobStore, BlobInventory {
    /** Blobs above this size are sent in parts, each held in memory while it is sent. */
    private static final long PART_BYTES = 16L << 20;

    private static final String PREFIX = "blobs/sha256/";
    private static final Pattern KEY = Pattern.compile("blobs/sha256/[0-9a-f]{2}/([0-9a-f]{64})");

    private static final int MOST_REQUESTS = 64;
    private static final Duration LONGEST_VALIDITY = Duration.ofDays(7);

    private final MinioClient client;
    /** Signs for the address by which others reach the server; never connects. */
    private final MinioClient signer;

    private final String bucket;
    private final S3Errors errors;
    private final S3Bucket itself;

    S3BlobStore(URI endpoint, URI publicEndpoint, String bucket, String accessKey, String secretKey, String region) {
        this.bucket = bucket;
        this.errors = new S3Errors(endpoint, bucket);
        OkHttpClient http = httpClient();
        this.client = client(http, endpoint, accessKey, secretKey, region);
        this.signer = client(http, publicEndpoint, accessKey, secretKey, region);
        this.itself = new S3Bucket(client, bucket, region, errors);
    }

    /** Other objects on the same server. */
    static S3Objects objects(
            URI endpoint, URI publicEndpoint, String bucket, String accessKey, String secretKey, String region) {
        OkHttpClient http = httpClient();
        MinioClient client = client(http, endpoint, accessKey, secretKey, region);
        S3Errors errors = new S3Errors(endpoint, bucket);
        return new S3Objects(
                client,
                client(http, publicEndpoint, accessKey, secretKey, region),
                bucket,
                new S3Bucket(client, bucket, region, errors),
                errors);
    }

    /** Threads that do not keep a process alive, and more requests at once to one server than the library's five. */
    private static OkHttpClient httpClient() {
        Dispatcher dispatcher = new Dispatcher(Executors.newVirtualThreadPerTaskExecutor());
        dispatcher.setMaxRequests(MOST_REQUESTS);
        dispatcher.setMaxRequestsPerHost(MOST_REQUESTS);
        return new OkHttpClient.Builder()
                .dispatcher(dispatcher)
                .connectTimeout(Duration.ofSeconds(5))
                .readTimeout(Duration.ofMinutes(1))
                .writeTimeout(Duration.ofMinutes(1))
                .build();
    }

    private static MinioClient client(
            OkHttpClient http, URI endpoint, String accessKey, String secretKey, String region) {
        return MinioClient.builder()
                .endpoint(endpoint.toString())
                .credentials(accessKey, secretKey)
                .region(region)
                .httpClient(http)
                .build();
    }

    @Override
    public Descriptor put(ByteBuffer content) throws IOException {
        Descriptor descriptor = new Descriptor(Digest.of(content), content.remaining());
        OptionalLong stored = sizeBytes(descriptor.digest());
        if (stored.isPresent() && stored.getAsLong() == descriptor.sizeBytes() && refresh(descriptor.digest())) {
            return descriptor;
        }
        errors.translating(
                "store blob " + descriptor.digest(),
                () -> client.putObject(PutObjectArgs.builder().bucket(bucket).object(key(descriptor.digest())).stream(
                                new BufferInputStream(content.duplicate()), descriptor.sizeBytes(), PART_BYTES)
                        .build()));
        return descriptor;
    }

    /**
     * Somebody wants it now, so it is as new: a collector looks at the time. A copy onto itself moves no bytes over the network. False if
     * the server does not take that or the object is gone; then it is stored anew.
     */
    private boolean refresh(Digest digest) throws IOException {
        return errors.translating("store blob " + digest + " anew", () -> {
            try {
                client.copyObject(CopyObjectArgs.builder()
                        .bucket(bucket)
                        .object(key(digest))
                        .source(SourceObject.builder()
                                .bucket(bucket)
                                .object(key(digest))
                                .build())
                        .metadataDirective(Directive.REPLACE)
                        .build());
                return true;
            } catch (ErrorResponseException e) {
                return false;
            }
        });
    }

    @Override
    public OptionalLong sizeBytes(Digest digest) throws IOException {
        Optional<Stored> stored = find(digest);
        return stored.isPresent() ? OptionalLong.of(stored.get().sizeBytes()) : OptionalLong.empty();
    }

    @Override
    public Optional<Stored> find(Digest digest) throws IOException {
        itself.ensure();
        return errors.translating("look for blob " + digest, () -> {
            try {
                var found = client.statObject(StatObjectArgs.builder()
                        .bucket(bucket)
                        .object(key(digest))
                        .build());
                return Optional.of(
                        new Stored(digest, found.size(), found.lastModified().toInstant()));
            } catch (ErrorResponseException e) {
                if (S3Errors.isMissingObject(e)) {
                    return Optional.empty();
                }
                throw e;
            }
        });
    }

    @Override
    public InputStream open(Digest digest, long offsetBytes, long lengthBytes) throws IOException {
        long size = sizeBytes(digest).orElseThrow(() -> new BlobNotFoundException(digest));
        if (offsetBytes < 0 || lengthBytes < 0 || offsetBytes > size - lengthBytes) {
            throw new IllegalArgumentException("bytes %d to %d do not lie in a blob of %d bytes"
                    .formatted(offsetBytes, offsetBytes + lengthBytes, size));
        }
        if (lengthBytes == 0) {
            return InputStream.nullInputStream(); // HTTP has no empty range
        }
        InputStream stream = errors.translating(
                "read blob " + digest,
                () -> client.getObject(GetObjectArgs.builder()
                        .bucket(bucket)
                        .object(key(digest))
                        .offset(offsetBytes)
                        .length(lengthBytes)
                        .build()));
        return new BoundedInputStream(stream, lengthBytes);
    }

    /** A URL on the public endpoint; made without asking the server, so the blob need not be there. */
    @Override
    public Optional<URI> presignedUrl(Digest digest, Duration validity) throws IOException {
        if (validity.toSeconds() < 1 || validity.compareTo(LONGEST_VALIDITY) > 0) {
            throw new IllegalArgumentException(
                    "a URL can be valid for 1 second to 7 days, not for %s".formatted(validity));
        }
        String url = errors.translating(
                "sign a URL of blob " + digest,
                () -> signer.getPresignedObjectUrl(GetPresignedObjectUrlArgs.builder()
                        .method(Http.Method.GET)
                        .bucket(bucket)
                        .object(key(digest))
                        .expiry((int) validity.toSeconds(), TimeUnit.SECONDS)
                        .build()));
        return Optional.of(URI.create(url));
    }

    @Override
    public byte[] read(Digest digest, long limitBytes) throws IOException {
        long size = sizeBytes(digest).orElseThrow(() -> new BlobNotFoundException(digest));
        if (size > limitBytes) {
            throw new IllegalArgumentException(
                    "blob %s has %d bytes, more than %d".formatted(digest, size, limitBytes));
        }
        byte[] content;
        try (InputStream stream = open(digest, 0, size)) {
            content = stream.readNBytes(Math.toIntExact(size));
        }
        Digest actual = Digest.of(content);
        if (!actual.equals(digest)) {
            throw new BlobCorruptException(digest, actual, content.length);
        }
        return content;
    }

    @Override
    public void visitAll(Visitor visitor) throws IOException {
        itself.ensure();
        Iterable<Result<Item>> objects = client.listObjects(ListObjectsArgs.builder()
                .bucket(bucket)
                .prefix(PREFIX)
                .recursive(true)
                .build());
        for (Result<Item> result : objects) {
            Item item = errors.translating("list blobs", result::get);
            Matcher name = KEY.matcher(item.objectName());
            if (name.matches()) {
                visitor.visit(new Stored(
                        Digest.parse("sha256:" + name.group(1)),
                        item.size(),
                        item.lastModified().toInstant()));
            }
        }
    }

    @Override
    public void delete(Digest digest) throws IOException {
        itself.ensure();
        errors.translating("delete blob " + digest, () -> {
            client.removeObject(RemoveObjectArgs.builder()
                    .bucket(bucket)
                    .object(key(digest))
                    .build());
            return digest;
        });
    }

    private static String key(Digest digest) {
        String hex = digest.hex();
        return PREFIX + hex.substring(0, 2) + "/" + hex;
    }
}
