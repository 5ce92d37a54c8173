package io.bitstack.core.kernel;

import java.io.IOException;
import java.io.InputStream;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * The compiled kernels of {@code src/main/c}: copied out of the jar, loaded once and for good. Present where a C compiler was there
 * when the jar was built, and the processor has an instruction set that they are written for.
 */
@SuppressWarnings("restricted") // loading code of our own that is not Java is what this class is for
final class NativeLibrary {
    private static final int ABI = 7;
    private static final int LONGEST_NAME_BYTES = 64;

    /** What loading came to: the symbols and the instruction sets, or why there are none. */
    private record Loaded(@Nullable SymbolLookup symbols, List<InstructionSet> instructionSets, String whyNot) {
        static Loaded not(String why) {
            return new Loaded(null, List.of(), why);
        }
    }

    private static final Loaded LOADED = load();

    private NativeLibrary() {}

    static boolean isThere() {
        return LOADED.symbols != null;
    }

    /** Why {@link #isThere()} is false, with what to do about it. */
    static String whyNot() {
        return LOADED.whyNot;
    }

    /** What the kernels can run on here, the fastest first. */
    static List<InstructionSet> instructionSets() {
        return LOADED.instructionSets;
    }

    /** A function that may read and write arrays on the heap, and does not block. */
    static MethodHandle function(String name, FunctionDescriptor type) {
        SymbolLookup symbols = LOADED.symbols;
        if (symbols == null) {
            throw new IllegalStateException(LOADED.whyNot);
        }
        return Linker.nativeLinker().downcallHandle(symbols.findOrThrow(name), type, Linker.Option.critical(true));
    }

    private static Loaded load() {
        String platform = platform();
        String resource = "/io/bitstack/native/" + platform + "/libbitstack.so";
        try (InputStream library = NativeLibrary.class.getResourceAsStream(resource)) {
            if (library == null) {
                return Loaded.not(
                        "there are no native kernels for %s in this build; build with a C compiler (cc, gcc or clang)"
                                .formatted(platform));
            }
            Path file = Files.createTempFile("bitstack-", ".so");
            Files.copy(library, file, StandardCopyOption.REPLACE_EXISTING);
            return check(lookUp(file));
        } catch (IOException e) {
            return Loaded.not("the native kernels could not be copied to the directory for temporary files ("
                    + "java.io.tmpdir): " + e);
        } catch (IllegalArgumentException e) {
            return Loaded.not("the native kernels could not be loaded; is the directory for temporary files "
                    + "(java.io.tmpdir) mounted noexec? " + e.getMessage());
        } catch (IllegalCallerException e) {
            return Loaded.not("native access is denied; start the JVM with --enable-native-access=ALL-UNNAMED");
        }
    }

    static String platform() {
        String system = System.getProperty("os.name").toLowerCase(Locale.ROOT);
        String architecture = System.getProperty("os.arch");
        return (system.startsWith("mac") ? "darwin" : system)
                + "-"
                + (architecture.equals("amd64") ? "x86_64" : architecture);
    }

    /** The system keeps a mapped library's file alive until the process ends: its name can go at once. */
    private static SymbolLookup lookUp(Path file) throws IOException {
        try {
            return SymbolLookup.libraryLookup(file, Arena.global());
        } finally {
            Files.delete(file);
        }
    }

    private static Loaded check(SymbolLookup symbols) {
        Linker linker = Linker.nativeLinker();
        try {
            int abi = (int) linker.downcallHandle(
                            symbols.findOrThrow("bitstack_abi"), FunctionDescriptor.of(ValueLayout.JAVA_INT))
                    .invokeExact();
            if (abi != ABI) {
                return Loaded.not("the native kernels have interface %d, this build wants %d; build anew (clean)"
                        .formatted(abi, ABI));
            }
            List<InstructionSet> found = instructionSets(linker, symbols);
            return found.isEmpty()
                    ? Loaded.not("this processor has none of the instruction sets that the native kernels use "
                            + "(AVX-512 with VBMI and VNNI, AVX2; on 64-bit ARM NEON with dot products)")
                    : new Loaded(symbols, found, "");
        } catch (Throwable e) {
            throw new IllegalStateException("a native function could not be called", e);
        }
    }

    private static List<InstructionSet> instructionSets(Linker linker, SymbolLookup symbols) throws Throwable {
        MethodHandle kernels = linker.downcallHandle(
                symbols.findOrThrow("bitstack_kernels"),
                FunctionDescriptor.of(ValueLayout.ADDRESS, ValueLayout.JAVA_INT));
        MethodHandle name = linker.downcallHandle(
                symbols.findOrThrow("bitstack_name"), FunctionDescriptor.of(ValueLayout.ADDRESS, ValueLayout.ADDRESS));
        List<InstructionSet> found = new ArrayList<>();
        while (true) {
            MemorySegment set = (MemorySegment) kernels.invokeExact(found.size());
            if (set.equals(MemorySegment.NULL)) {
                return List.copyOf(found);
            }
            MemorySegment text = (MemorySegment) name.invokeExact(set);
            found.add(new InstructionSet(text.reinterpret(LONGEST_NAME_BYTES).getString(0), set));
        }
    }
}
