package io.bitstack.bench;

/** An argument {@code name=value} of a program. */
record Option(String name, String value) {
    static boolean isOne(String argument) {
        return argument.indexOf('=') >= 0;
    }

    /** @throws IllegalArgumentException if it is none */
    static Option of(String argument) {
        String[] parts = argument.split("=", 2);
        if (parts.length != 2) {
            throw new IllegalArgumentException("not name=value: '" + argument + "'");
        }
        return new Option(parts[0], parts[1]);
    }
}
