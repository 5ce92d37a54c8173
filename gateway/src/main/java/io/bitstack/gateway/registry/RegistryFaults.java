package io.bitstack.gateway.registry;

import io.bitstack.gateway.error.GatewayCode;
import io.bitstack.service.ApiException;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;

/** What is said when the registry does not answer the gateway as it should. */
public final class RegistryFaults {
    private RegistryFaults() {}

    /** It answered with a status that was not expected. */
    public static ApiException unexpected(int status) {
        String hint = status == 401 ? "; do both have the same bitstack.internal-token, and clocks that agree?" : "";
        return unreachable("the registry answers the gateway with status " + status + hint, null);
    }

    /** What it answered cannot be read. */
    public static ApiException notJson(JacksonException cause) {
        return unreachable("the registry's answer is not JSON", cause);
    }

    public static ApiException unreachable(String detail, @Nullable Exception cause) {
        return new ApiException(GatewayCode.REGISTRY_UNREACHABLE, detail, cause);
    }
}
