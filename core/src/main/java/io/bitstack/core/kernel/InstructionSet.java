package io.bitstack.core.kernel;

import java.lang.foreign.MemorySegment;

/**
 * One of the instruction sets that the native kernels are written for and this processor has.
 *
 * @param name {@code avx512} for example
 * @param kernels what the native functions take to run on it
 */
record InstructionSet(String name, MemorySegment kernels) {}
