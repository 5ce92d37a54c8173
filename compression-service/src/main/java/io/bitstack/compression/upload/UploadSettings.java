package io.bitstack.compression.upload;

import java.nio.file.Path;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * Settings under {@code bitstack.compression.uploads}.
 *
 * @param directory where uploads are kept when blobs are files; absent: {@code uploads} below the blobs, which all processes share
 * @param maxFiles files of one upload
 * @param maxBytes bytes of one upload
 * @param maxPieceBytes bytes of one piece, which is held in memory while it is stored
 * @param maxDirectPieceBytes bytes of one piece that a client sends to the S3 server itself
 * @param maxPiecesAtOnce pieces that this process takes at the same time
 * @param maxOpen open uploads of everybody together
 * @param maxOpenPerOwner open uploads of one API key
 * @param openExpiry how long after its last piece an open upload is kept
 * @param completeExpiry how long a complete one is kept after its completion or its last use
 * @param urlValidity how long a URL for a piece is good
 * @param sweepInterval how often expired ones are looked for
 */
@ConfigurationProperties("bitstack.compression.uploads")
record UploadSettings(
        @Nullable Path directory,
        @DefaultValue("1000") int maxFiles,
        @DefaultValue("549755813888") long maxBytes,
        @DefaultValue("33554432") int maxPieceBytes,
        @DefaultValue("1073741824") long maxDirectPieceBytes,
        @DefaultValue("8") int maxPiecesAtOnce,
        @DefaultValue("100") int maxOpen,
        @DefaultValue("10") int maxOpenPerOwner,
        @DefaultValue("1d") Duration openExpiry,
        @DefaultValue("7d") Duration completeExpiry,
        @DefaultValue("1h") Duration urlValidity,
        @DefaultValue("1m") Duration sweepInterval) {}
