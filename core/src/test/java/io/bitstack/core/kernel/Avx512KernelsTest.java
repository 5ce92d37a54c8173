package io.bitstack.core.kernel;

class Avx512KernelsTest extends NativeKernelsContract {
    Avx512KernelsTest() {
        super("avx512");
    }
}
