package io.bitstack.compression.encode;

import java.util.Locale;

/** How the stack order is found. The last three are the published sorts of arXiv 2410.23918: see {@link PublishedSorts}. */
public enum OrderMode {
    /** One KL evaluation per matrix calibrates the weighted error. */
    KL,
    /** The weighted error alone; no evaluations. */
    PROXY,
    /** Level by level; within a level by the perplexity with one matrix raised to it at a time. */
    PERPLEXITY,
    /** Level by level; within a level by the index of the matrix. */
    INDEX,
    /** Level by level; within a level at random, by the parameter {@code orderSeed}. */
    RANDOM;

    /** What all modes are called in requests, for messages and descriptions. */
    public static final String NAMES = "kl, proxy, perplexity, index or random";

    /** The order that a codec has unless asked otherwise: iabd its published one. */
    public static OrderMode defaultFor(String codec) {
        return codec.equals("iabd") ? PERPLEXITY : KL;
    }

    /** @throws IllegalArgumentException if there is no mode of that name, in lower case */
    public static OrderMode named(String name) {
        for (OrderMode mode : values()) {
            if (mode.lowerCaseName().equals(name)) {
                return mode;
            }
        }
        throw new IllegalArgumentException("no order '%s'; there are %s".formatted(name, NAMES));
    }

    /** The name in requests and in the lineage. */
    public String lowerCaseName() {
        return name().toLowerCase(Locale.ROOT);
    }
}
