package io.bitstack.inference.trust;

import java.io.IOException;

/** Where keys and signatures are asked for. */
@FunctionalInterface
interface SigningDirectory {
    /** A JSON document below {@code /api/v1}. */
    byte[] get(String path) throws IOException;
}
