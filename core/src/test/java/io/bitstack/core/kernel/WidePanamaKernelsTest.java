package io.bitstack.core.kernel;

/** Registers of 512 bits work on every processor, if slowly where they are made of smaller ones. */
class WidePanamaKernelsTest extends KernelContract {
    @Override
    KernelProvider kernels() {
        return new PanamaKernels(true);
    }
}
