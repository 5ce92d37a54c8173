package io.bitstack.compression.encode;

/** The steps of a compression, in the order in which they are taken. */
public enum Step {
    /** The source is read once: files, shapes, and whether every weight is a finite number. */
    VALIDATE,
    /** Windows of calibration text are read, or written by the model itself. */
    CALIBRATE,
    /**
     * Layer by layer: statistics of the activations are collected, and every weight matrix is turned into a base part and residual
     * blocks.
     */
    ENCODE,
    /** The residual blocks of all matrices are brought into one order of importance. */
    ORDER,
    /** Some prefixes are measured on held-out text. */
    EVALUATE,
    /** The manifest is committed in the registry. */
    PUBLISH
}
