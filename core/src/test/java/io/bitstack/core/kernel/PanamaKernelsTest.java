package io.bitstack.core.kernel;

class PanamaKernelsTest extends KernelContract {
    @Override
    KernelProvider kernels() {
        return new PanamaKernels(false);
    }
}
