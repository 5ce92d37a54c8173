package io.bitstack.compression.source;

/**
 * A model directory that can be compressed, as far as its headers tell.
 *
 * @param path its real path
 * @param weights number of weights in the matrices that are compressed
 * @param tensors number of tensors in its files
 * @param sizeBytes bytes of its weight files
 */
public record CheckedSource(String path, String architecture, long weights, int tensors, long sizeBytes) {}
