package io.bitstack.core.codec;

/** How values are coded at one level, given their codes at the level before. */
abstract sealed class CodeChoice {
    private final float[] table;

    private CodeChoice(float[] table) {
        this.table = table;
    }

    /** The nearest entry of an ascending table, whatever the code before. */
    static CodeChoice nearest(float[] table) {
        return new Nearest(table);
    }

    /** The nearer of the two children, 2c and 2c + 1, of the code c before. */
    static CodeChoice child(float[] table) {
        return new Child(table);
    }

    /** T_ℓ, shared. */
    final float[] table() {
        return table;
    }

    /**
     * Codes some values.
     *
     * @param z values over their magnitudes
     * @param before codes of the level before, from {@code beforeAt} on
     * @param codes what was chosen, from 0 on
     */
    abstract void choose(float[] z, byte[] before, int beforeAt, int[] codes, int count);

    private static final class Nearest extends CodeChoice {
        private final float[] middles;

        Nearest(float[] table) {
            super(table);
            middles = new float[table.length - 1];
            for (int c = 0; c < middles.length; c++) {
                middles[c] = (table[c] + table[c + 1]) / 2;
            }
        }

        @Override
        void choose(float[] z, byte[] before, int beforeAt, int[] codes, int count) {
            // Counting the middles below a value takes no branches, which would be guessed wrong half of the time.
            for (int i = 0; i < count; i++) {
                codes[i] = 0;
            }
            for (float middle : middles) {
                for (int i = 0; i < count; i++) {
                    codes[i] += z[i] > middle ? 1 : 0;
                }
            }
        }
    }

    private static final class Child extends CodeChoice {
        private final float[] middles;

        Child(float[] table) {
            super(table);
            middles = new float[table.length / 2];
            for (int c = 0; c < middles.length; c++) {
                middles[c] = (table[2 * c] + table[2 * c + 1]) / 2;
            }
        }

        @Override
        void choose(float[] z, byte[] before, int beforeAt, int[] codes, int count) {
            for (int i = 0; i < count; i++) {
                int cell = before[beforeAt + i] & 0xFF;
                codes[i] = 2 * cell + (z[i] > middles[cell] ? 1 : 0);
            }
        }
    }
}
