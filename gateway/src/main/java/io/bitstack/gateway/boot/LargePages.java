package io.bitstack.gateway.boot;

import com.sun.management.HotSpotDiagnosticMXBean;
import jakarta.annotation.PreDestroy;
import java.io.IOException;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.OptionalLong;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.stream.LongStream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.boot.context.event.ApplicationReadyEvent;
import org.springframework.context.event.EventListener;
import org.springframework.stereotype.Component;

/**
 * Puts what the JVM keeps beside its heap and its compiled code, above all what it knows of classes, on large pages too. With {@code -XX:+UseTransparentHugePages} it asks for them for heap and
 * code alone; but each call of an interface goes by the class of the object, and a request that comes after others had the processor finds none of those pages in its tables. Linux from 6.1 on
 * does it when asked; where it does not, nothing is different but the time.
 */
@Component
class LargePages {
    private static final Logger LOG = LoggerFactory.getLogger(LargePages.class);
    private static final Path MAPS = Path.of("/proc/self/maps");
    private static final Path OF_SYSTEM = Path.of("/sys/kernel/mm/transparent_hugepage");
    /** Both of them: without the second, memory of the heap that is not used yet would be taken for it. */
    private static final List<String> FLAGS = List.of("UseTransparentHugePages", "AlwaysPreTouch");

    private static final int EVERY_SECONDS = 60;

    private final ScheduledExecutorService thread = Executors.newSingleThreadScheduledExecutor(
            Thread.ofPlatform().daemon().name("large-pages").factory());

    /** Classes are loaded after the start too, so this goes on; what is on large pages already costs nothing. */
    @EventListener(ApplicationReadyEvent.class)
    void start() {
        OptionalLong bytes = sizeBytes();
        if (bytes.isPresent() && FLAGS.stream().allMatch(LargePages::isOn)) {
            var _ = thread.scheduleWithFixedDelay(
                    () -> collapseAll(bytes.getAsLong()), 0, EVERY_SECONDS, TimeUnit.SECONDS);
        }
    }

    @PreDestroy
    void stop() {
        thread.shutdownNow();
    }

    /** How large a large page is; empty where the system has none, or is told not to use them. */
    static OptionalLong sizeBytes() {
        try {
            if (Files.readString(OF_SYSTEM.resolve("enabled")).contains("[never]")) {
                return OptionalLong.empty();
            }
            return OptionalLong.of(Long.parseLong(
                    Files.readString(OF_SYSTEM.resolve("hpage_pmd_size")).strip()));
        } catch (IOException | NumberFormatException e) {
            return OptionalLong.empty();
        }
    }

    private static boolean isOn(String flag) {
        HotSpotDiagnosticMXBean jvm = ManagementFactory.getPlatformMXBean(HotSpotDiagnosticMXBean.class);
        return jvm != null && jvm.getVMOption(flag).getValue().equals("true");
    }

    private static void collapseAll(long bytes) {
        try {
            MemoryAdvice advice = new MemoryAdvice();
            int count = 0;
            for (Piece piece : pieces(Files.readAllLines(MAPS), bytes)) {
                count += advice.collapse(piece) ? 1 : 0;
            }
            LOG.debug("{} pieces of memory are on large pages", count);
        } catch (IOException | RuntimeException e) {
            LOG.debug("memory cannot be put on large pages", e);
        }
    }

    /** A piece of memory of the size of a large page, where one may begin. */
    record Piece(long address, long bytes) {}

    /**
     * The pieces that may be put on large pages: of memory that is read and written and of no file, whole.
     *
     * @param maps lines of {@code /proc/self/maps}
     */
    static List<Piece> pieces(List<String> maps, long bytes) {
        return maps.stream()
                .map(line -> line.split(" +", 6))
                .filter(parts -> parts.length >= 5 && parts[1].equals("rw-p") && parts[4].equals("0"))
                .filter(parts -> parts.length < 6 || parts[5].isEmpty() || parts[5].equals("[heap]"))
                .map(parts -> parts[0].split("-", 2))
                .flatMap(range -> {
                    long from = Math.ceilDiv(Long.parseLong(range[0], 16), bytes);
                    long to = Math.floorDiv(Long.parseLong(range[1], 16), bytes);
                    return LongStream.range(from, to).mapToObj(number -> new Piece(number * bytes, bytes));
                })
                .toList();
    }

    /** The system's call {@code madvise}. */
    static final class MemoryAdvice {
        private static final int COLLAPSE = 25;

        private final MethodHandle madvise;

        @SuppressWarnings("restricted")
        MemoryAdvice() {
            Linker linker = Linker.nativeLinker();
            madvise = linker.downcallHandle(
                    linker.defaultLookup().findOrThrow("madvise"),
                    FunctionDescriptor.of(
                            ValueLayout.JAVA_INT, ValueLayout.JAVA_LONG, ValueLayout.JAVA_LONG, ValueLayout.JAVA_INT));
        }

        /** Puts a piece on a large page, with what is in it; false if the system would not, which changes nothing. */
        boolean collapse(Piece piece) {
            try {
                return (int) madvise.invokeExact(piece.address(), piece.bytes(), COLLAPSE) == 0;
            } catch (RuntimeException | Error e) {
                throw e;
            } catch (Throwable e) {
                throw new IllegalStateException("a call of the system throws nothing", e);
            }
        }
    }
}
