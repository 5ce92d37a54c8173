package io.bitstack.core.kernel;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The kernel provider of this JVM, chosen once: the Vector API where its module is there, else the plain loops, with a
 * warning. The system property {@code bitstack.kernel} ({@code panama} or {@code scalar}) forces one.
 */
public final class Kernels {
    private static final String PROPERTY = "bitstack.kernel";
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

    private static KernelProvider choose() {
        boolean vectors = ModuleLayer.boot().findModule(VECTOR_MODULE).isPresent();
        String forced = System.getProperty(PROPERTY);
        KernelProvider chosen = switch (forced) {
            case null -> vectors ? new PanamaKernels() : new ScalarKernels();
            case "scalar" -> new ScalarKernels();
            case "panama" -> {
                if (!vectors) {
                    throw new IllegalStateException(PROPERTY + "=panama needs --add-modules " + VECTOR_MODULE);
                }
                yield new PanamaKernels();
            }
            default -> throw new IllegalStateException(PROPERTY + " is panama or scalar, not '" + forced + "'");
        };
        if (forced == null && !vectors) {
            LOG.warn("kernel provider: scalar, many times slower; start the JVM with --add-modules {}", VECTOR_MODULE);
        } else {
            LOG.info("kernel provider: {}", chosen.name());
        }
        return chosen;
    }
}
