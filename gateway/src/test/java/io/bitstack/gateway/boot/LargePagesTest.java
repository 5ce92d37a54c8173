package io.bitstack.gateway.boot;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.bitstack.gateway.boot.LargePages.MemoryAdvice;
import io.bitstack.gateway.boot.LargePages.Piece;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;

/** Memory of the process and of no file is put on large pages, whole ones, with what is in it. */
class LargePagesTest {
    private static final long MIB = 1 << 20;

    @Test
    void onlyWholePiecesOfMemoryThatIsOfNoFile() {
        List<String> maps = List.of(
                "00100000-00700000 rw-p 00000000 00:00 0 ",
                "00a00000-00bfffff rw-p 00000000 00:00 0 ",
                "01000000-01400000 rw-p 00000000 00:00 0                          [heap]",
                "02000000-02400000 rw-p 00000000 00:00 0                          [stack]",
                "03000000-03400000 r-xp 00000000 00:00 0 ",
                "04000000-04400000 ---p 00000000 00:00 0 ",
                "05000000-05400000 rw-s 00000000 00:00 0 ",
                "06000000-06400000 rw-p 00000000 fe:00 1234                       /lib/classes.jsa",
                "7f0000000000-7f0000200000 rw-p 00000000 00:00 0 ",
                "");
        assertThat(LargePages.pieces(maps, 2 * MIB))
                .extracting(Piece::address)
                .containsExactly(0x200000L, 0x400000L, 0x1000000L, 0x1200000L, 0x7f0000000000L);
    }

    @Test
    void whatIsInAPieceStaysThere() {
        OptionalLong bytes = LargePages.sizeBytes();
        assumeTrue(bytes.isPresent() && bytes.getAsLong() <= 4 * MIB, "this system has no large pages of up to 4 MiB");
        long size = bytes.getAsLong();
        MemoryAdvice advice = new MemoryAdvice();
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment memory = arena.allocate(8 * size);
            for (long at = 0; at < memory.byteSize(); at += 512) {
                memory.set(ValueLayout.JAVA_LONG, at, at * 31);
            }
            long first = Math.ceilDiv(memory.address(), size) * size;
            int large = 0;
            for (int i = 0; i < 7; i++) {
                large += advice.collapse(new Piece(first + i * size, size)) ? 1 : 0;
            }
            for (long at = 0; at < memory.byteSize(); at += 512) {
                assertThat(memory.get(ValueLayout.JAVA_LONG, at)).isEqualTo(at * 31);
            }
            assumeTrue(large > 0, "this system puts nothing on large pages when asked");
        }
        // Nothing is there, and nothing happens.
        assertThat(advice.collapse(new Piece(0, size))).isFalse();
    }
}
