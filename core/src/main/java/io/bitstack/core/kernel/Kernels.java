package io.bitstack.core.kernel;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The kernel provider of this JVM, chosen once: native where the jar has compiled kernels for this machine, else the Vector API where
 * its module is there, else the plain loops, with a warning. The system property {@code bitstack.kernel} ({@code native}, {@code
 * panama} or {@code scalar}; {@code native-avx2} and the like for one of the instruction sets of the native kernels) forces one.
 */
public final class Kernels {
    private static final String PROPERTY = "bitstack.kernel";
    private static final String NATIVE = "native";
    private static final String VECTOR_MODULE = "jdk.incubator.vector";
    private static final Logger LOG = LoggerFactory.getLogger(Kernels.class);
    private static final KernelProvider ACTIVE = choose();

    private Kernels() {}

    public static KernelProvider active() {
        return ACTIVE;
    }

    /** The plain loops, as oracle for tests and for measurements. */
    public static KernelProvider scalar() {
        return new ScalarKernels();
    }

    /** Every provider that works here, the fastest first, for measurements and tests. */
    public static List<KernelProvider> available() {
        List<KernelProvider> all = new ArrayList<>();
        for (InstructionSet instructions : NativeLibrary.instructionSets()) {
            all.add(new NativeKernels(instructions, java()));
        }
        if (hasVectors()) {
            all.add(new PanamaKernels());
        }
        all.add(new ScalarKernels());
        return all;
    }

    private static boolean hasVectors() {
        return ModuleLayer.boot().findModule(VECTOR_MODULE).isPresent();
    }

    private static KernelProvider java() {
        return hasVectors() ? new PanamaKernels() : new ScalarKernels();
    }

    private static KernelProvider choose() {
        String forced = System.getProperty(PROPERTY);
        if (forced != null) {
            KernelProvider chosen = forced(forced);
            LOG.info("kernel provider: {}, forced by {}", chosen.description(), PROPERTY);
            return chosen;
        }
        KernelProvider chosen = available().getFirst();
        if (!hasVectors()) {
            LOG.warn(
                    "kernel provider: {}, slower than it could be; start the JVM with --add-modules {}",
                    chosen.description(),
                    VECTOR_MODULE);
        } else if (!NativeLibrary.isThere()) {
            LOG.info("kernel provider: {}; not native: {}", chosen.description(), NativeLibrary.whyNot());
        } else {
            LOG.info("kernel provider: {}", chosen.description());
        }
        return chosen;
    }

    private static KernelProvider forced(String name) {
        return switch (name) {
            case "scalar" -> new ScalarKernels();
            case "panama" -> {
                if (!hasVectors()) {
                    throw new IllegalStateException(PROPERTY + "=panama needs --add-modules " + VECTOR_MODULE);
                }
                yield new PanamaKernels();
            }
            default -> {
                if (!name.equals(NATIVE) && !name.startsWith(NATIVE + "-")) {
                    throw new IllegalStateException(
                            "%s is native, native-INSTRUCTIONS, panama or scalar, not '%s'".formatted(PROPERTY, name));
                }
                yield new NativeKernels(instructions(name), java());
            }
        };
    }

    /** The set that {@code native-NAME} asks for, the fastest for {@code native} alone. */
    private static InstructionSet instructions(String name) {
        List<InstructionSet> here = NativeLibrary.instructionSets();
        if (here.isEmpty()) {
            throw new IllegalStateException(PROPERTY + "=" + name + ": " + NativeLibrary.whyNot());
        }
        if (name.equals(NATIVE)) {
            return here.getFirst();
        }
        return here.stream()
                .filter(set -> name.equals(NATIVE + "-" + set.name()))
                .findFirst()
                .orElseThrow(() -> new IllegalStateException("%s=%s: the native kernels run here on %s"
                        .formatted(
                                PROPERTY,
                                name,
                                here.stream().map(InstructionSet::name).collect(Collectors.joining(", ")))));
    }
}
