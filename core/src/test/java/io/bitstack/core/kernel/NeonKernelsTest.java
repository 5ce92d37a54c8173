package io.bitstack.core.kernel;

class NeonKernelsTest extends NativeKernelsContract {
    NeonKernelsTest() {
        super("neon");
    }
}
