package io.bitstack.core.kernel;

/**
 * Which rows of a matrix, times what, are added to each row of another: for row i those of p in [first_i, end_i). Arrays are shared, and may be longer than
 * what is used of them.
 *
 * @param index of a row
 * @param factor what it is multiplied by
 */
public record ScaledRows(int[] first, int[] end, int[] index, float[] factor) {}
