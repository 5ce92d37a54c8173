package io.bitstack.core.kernel;

class Avx2KernelsTest extends NativeKernelsContract {
    Avx2KernelsTest() {
        super("avx2");
    }
}
