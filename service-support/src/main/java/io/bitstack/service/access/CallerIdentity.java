package io.bitstack.service.access;

/**
 * Who sends a request, as a service vouches for it.
 *
 * @param id a key's id, {@code oidc:<subject>}, or a service's name
 */
public record CallerIdentity(String id, Role role) {
    /** The header by which a service's own code reads it; whatever a caller sends under this name is dropped. */
    public static final String HEADER = "BitStack-Principal";

    /** What {@link #HEADER} carries. */
    public String headerValue() {
        return id + ";" + role.text();
    }
}
