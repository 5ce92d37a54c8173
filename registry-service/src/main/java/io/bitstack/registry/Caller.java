package io.bitstack.registry;

/** The header in which the gateway, or another service, says for whom it asks: {@code <id>;<scope>}. */
public final class Caller {
    public static final String HEADER = "BitStack-Principal";
    /** A service that asks for itself. */
    public static final String SERVICE = "service;admin";

    private Caller() {}
}
