package io.bitstack.service.access;

import java.util.Arrays;

/** The services that answer routes; each refuses on its own port what {@link RouteTable} does not give to it. */
public enum PlatformService {
    GATEWAY("gateway"),
    REGISTRY("registry-service"),
    COMPRESSION("compression-service"),
    NODE("inference-service");

    private final String applicationName;

    PlatformService(String applicationName) {
        this.applicationName = applicationName;
    }

    /** The service's {@code spring.application.name}, and the audience of the tokens that it is shown. */
    public String applicationName() {
        return applicationName;
    }

    /** @throws IllegalArgumentException if no service has the name */
    public static PlatformService of(String applicationName) {
        return Arrays.stream(values())
                .filter(service -> service.applicationName.equals(applicationName))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException("'" + applicationName
                        + "' is no service of the platform; spring.application.name has to be one of "
                        + Arrays.stream(values())
                                .map(PlatformService::applicationName)
                                .toList()));
    }
}
