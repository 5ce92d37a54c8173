package io.bitstack.service;

import io.bitstack.service.access.InternalTokenFilter;
import io.bitstack.service.access.InternalTokens;
import io.bitstack.service.access.PlatformService;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;
import tools.jackson.databind.json.JsonMapper;

/**
 * Import this to answer errors as problem+json and to refuse whoever does not know {@code bitstack.internal-token}, or whose role the table of routes does
 * not name.
 */
@Configuration(proxyBeanMethods = false)
@Import({ErrorAdvice.class, RequestIds.class, WatchedConnections.class})
public class ServiceApi {
    @Bean
    InternalTokens internalTokens(@Value("${bitstack.internal-token:}") String secret) {
        return tokens(secret);
    }

    @Bean
    InternalTokenFilter internalTokenFilter(
            InternalTokens tokens, @Value("${spring.application.name}") String name, JsonMapper json) {
        return new InternalTokenFilter(tokens, PlatformService.of(name), json);
    }

    /** @throws IllegalStateException if the secret is not set */
    public static InternalTokens tokens(String secret) {
        if (secret.isBlank()) {
            throw new IllegalStateException(
                    "bitstack.internal-token is not set; set BITSTACK_INTERNAL_TOKEN to the secret that the services share");
        }
        return new InternalTokens(secret);
    }
}
