package io.bitstack.core.kernel;

/**
 * What the codes of a level stand for, and which of them a value takes.
 *
 * @param values T, at most 256
 * @param refines a code is 2c or 2c + 1, c the code of the level before; otherwise any entry of an ascending table
 * @param middles where a value between two entries goes to the upper one: of the two children of each cell, or of neighbours
 */
public record CodeTable(float[] values, boolean refines, float[] middles) {
    /** The nearest entry of an ascending table, whatever the code before. */
    public static CodeTable nearest(float[] values) {
        float[] middles = new float[values.length - 1];
        for (int c = 0; c < middles.length; c++) {
            middles[c] = (values[c] + values[c + 1]) / 2;
        }
        return new CodeTable(values, false, middles);
    }

    /** The nearer of the two children, 2c and 2c + 1, of the code c before. */
    public static CodeTable children(float[] values) {
        float[] middles = new float[values.length / 2];
        for (int c = 0; c < middles.length; c++) {
            middles[c] = (values[2 * c] + values[2 * c + 1]) / 2;
        }
        return new CodeTable(values, true, middles);
    }
}
