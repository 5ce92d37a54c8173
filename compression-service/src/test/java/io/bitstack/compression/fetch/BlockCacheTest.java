package io.bitstack.compression.fetch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.bitstack.compression.SmallDisk;
import io.bitstack.compression.error.CompressionException;
import io.bitstack.compression.error.ErrorCode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ThreadLocalRandom;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class BlockCacheTest {
    private static final int BLOCK_BYTES = 100;

    @TempDir
    Path directory;

    private final List<String> fetched = Collections.synchronizedList(new ArrayList<>());

    private byte[] read(BlockCache cache, String block, int offset, int length) {
        byte[] out = new byte[length];
        cache.read(block, BLOCK_BYTES, offset, ByteBuffer.wrap(out), channel -> {
            fetched.add(block);
            write(channel, content(block));
        });
        return out;
    }

    private static void write(FileChannel channel, byte[] content) {
        try {
            channel.write(ByteBuffer.wrap(content));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static byte[] content(String block) {
        byte[] content = new byte[BLOCK_BYTES];
        for (int i = 0; i < BLOCK_BYTES; i++) {
            content[i] = (byte) (block.charAt(0) * 31 + i);
        }
        return content;
    }

    private List<String> files() throws IOException {
        try (Stream<Path> files = Files.list(directory)) {
            return files.map(file -> file.getFileName().toString()).sorted().toList();
        }
    }

    @Test
    void aBlockIsFetchedOnceAndReadInParts() throws IOException {
        BlockCache cache = new BlockCache(directory, 1000);
        assertThat(read(cache, "a", 0, 100)).isEqualTo(content("a"));
        assertThat(read(cache, "a", 13, 63)).isEqualTo(Arrays.copyOfRange(content("a"), 13, 76));
        assertThat(read(cache, "a", 99, 1)).isEqualTo(Arrays.copyOfRange(content("a"), 99, 100));
        assertThat(fetched).containsExactly("a");
        assertThat(files()).containsExactly("a.block");
    }

    @Test
    void whatWasReadLongestAgoGoesFirst() throws IOException {
        BlockCache cache = new BlockCache(directory, 300);
        for (String block : List.of("a", "b", "c", "a", "d")) {
            read(cache, block, 0, 10);
        }
        assertThat(files()).containsExactly("a.block", "c.block", "d.block");
        read(cache, "b", 0, 10);
        assertThat(files()).containsExactly("a.block", "b.block", "d.block");
        assertThat(fetched).containsExactly("a", "b", "c", "d", "b");
    }

    @Test
    void theNextRunHasTheBlocksOfTheOneBefore() throws IOException {
        BlockCache before = new BlockCache(directory, 300);
        for (String block : List.of("a", "b", "c")) {
            read(before, block, 0, 10);
        }
        Files.setLastModifiedTime(directory.resolve("b.block"), FileTime.fromMillis(1));
        Files.write(directory.resolve("x.block.0815"), new byte[7]);
        Files.setLastModifiedTime(directory.resolve("x.block.0815"), FileTime.fromMillis(1));
        Files.write(directory.resolve("y.block.4711"), new byte[7]);
        BlockCache cache = new BlockCache(directory, 300);
        assertThat(files())
                .as("what a killed run was writing is gone")
                .containsExactly("a.block", "b.block", "c.block", "y.block.4711");
        assertThat(read(cache, "c", 0, 100)).isEqualTo(content("c"));
        read(cache, "d", 0, 10);
        assertThat(files()).as("the oldest went").containsExactly("a.block", "c.block", "d.block", "y.block.4711");
        assertThat(fetched).containsExactly("a", "b", "c", "d");
    }

    @Test
    void whatAnotherProcessDeletesOrCutsIsFetchedAgain() throws IOException {
        BlockCache cache = new BlockCache(directory, 300);
        read(cache, "a", 0, 10);
        Files.delete(directory.resolve("a.block"));
        assertThat(read(cache, "a", 0, 100)).isEqualTo(content("a"));
        Files.write(directory.resolve("a.block"), new byte[50]);
        assertThat(read(cache, "a", 0, 100)).isEqualTo(content("a"));
        assertThat(fetched).containsExactly("a", "a", "a");
    }

    @Test
    void aFetchThatFailsLeavesNothing() throws IOException {
        BlockCache cache = new BlockCache(directory, 300);
        assertThatThrownBy(() -> cache.read("a", BLOCK_BYTES, 0, ByteBuffer.allocate(1), channel -> {
                    write(channel, new byte[10]);
                    throw new CancellationException();
                }))
                .isInstanceOf(CancellationException.class);
        assertThatThrownBy(() -> cache.read(
                        "a", BLOCK_BYTES, 0, ByteBuffer.allocate(1), channel -> write(channel, new byte[10])))
                .isInstanceOf(CompressionException.class)
                .hasMessageContaining("10 bytes came of 100");
        assertThat(files()).isEmpty();
        assertThat(read(cache, "a", 0, 100)).isEqualTo(content("a"));
    }

    @Test
    void manyThreadsReadMoreThanIsKept() throws Exception {
        BlockCache cache = new BlockCache(directory, 1000);
        List<String> blocks = Stream.iterate('a', c -> (char) (c + 1))
                .limit(20)
                .map(String::valueOf)
                .toList();
        try (ExecutorService threads = Executors.newFixedThreadPool(8)) {
            List<Future<?>> all = new ArrayList<>();
            for (int t = 0; t < 8; t++) {
                all.add(threads.submit(() -> {
                    for (int i = 0; i < 200; i++) {
                        String block = blocks.get(ThreadLocalRandom.current().nextInt(blocks.size()));
                        assertThat(read(cache, block, 3, 90)).isEqualTo(Arrays.copyOfRange(content(block), 3, 93));
                    }
                }));
            }
            for (Future<?> one : all) {
                one.get();
            }
        }
        assertThat(files()).hasSizeLessThanOrEqualTo(10);
    }

    @Test
    void aDiskThatGetsFullHoldsFewerBlocksAndNoneIsWrong() throws Exception {
        int sizeBytes = 8 << 20;
        long spareMegabytes = BlockCache.SPARE_BYTES >> 20;
        try (SmallDisk disk = SmallDisk.mount(directory.resolve("disk"), spareMegabytes + 30 + "m")) {
            BlockCache cache = new BlockCache(disk.path().resolve("blocks"), 1L << 30);
            for (int block = 0; block < 6; block++) {
                assertThat(large(cache, block, sizeBytes)).isEqualTo((byte) block);
            }
            // What was read last, of three blocks for which there is room beside what is kept free.
            try (Stream<Path> blocks = Files.list(disk.path().resolve("blocks"))) {
                assertThat(blocks.map(file -> file.getFileName().toString()))
                        .containsExactlyInAnyOrder("3.block", "4.block", "5.block");
            }
            Path other = Files.write(disk.path().resolve("other"), new byte[28 << 20]);
            CompressionException full =
                    catchThrowableOfType(CompressionException.class, () -> large(cache, 7, sizeBytes));
            assertThat(full.code()).isEqualTo(ErrorCode.STORAGE_FULL);
            Files.delete(other);
            assertThat(large(cache, 7, sizeBytes)).isEqualTo((byte) 7);
        }
    }

    private static byte large(BlockCache cache, int block, int sizeBytes) {
        byte[] out = new byte[1];
        cache.read(Integer.toString(block), sizeBytes, sizeBytes - 1, ByteBuffer.wrap(out), channel -> {
            byte[] content = new byte[sizeBytes];
            Arrays.fill(content, (byte) block);
            write(channel, content);
        });
        return out[0];
    }
}
