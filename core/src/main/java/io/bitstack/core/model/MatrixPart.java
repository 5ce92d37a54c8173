package io.bitstack.core.model;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The rows of a tensor that one matrix of a stack holds: all of them when the matrix has the tensor's name, those from
 * {@code first} to before {@code end} when it is named {@code tensor[first:end]}. Parts have levels of their own, so that rows which
 * matter more can have more planes.
 *
 * @param tensor the tensor's name in the checkpoint
 * @param firstRow the first row
 * @param rows number of rows
 */
public record MatrixPart(String tensor, int firstRow, int rows) {
    private static final Pattern NAME = Pattern.compile("(.+)\\[(0|[1-9][0-9]{0,8}):([1-9][0-9]{0,8})]");

    /**
     * Reads a matrix's name.
     *
     * @param rows the rows of the matrix
     * @throws ModelException {@code WEIGHTS_MISMATCH} if the name says another number of rows
     */
    static MatrixPart of(String name, int rows) {
        Matcher matcher = NAME.matcher(name);
        if (!matcher.matches()) {
            return new MatrixPart(name, 0, rows);
        }
        int first = Integer.parseInt(matcher.group(2));
        int end = Integer.parseInt(matcher.group(3));
        if (end - first != rows) {
            throw new ModelException(
                    ModelError.WEIGHTS_MISMATCH,
                    "the matrix '%s' has %d rows, but its name says %d".formatted(name, rows, end - first));
        }
        return new MatrixPart(matcher.group(1), first, rows);
    }

    /** The name of the matrix that holds this part. */
    public String name() {
        return "%s[%d:%d]".formatted(tensor, firstRow, firstRow + rows);
    }
}
