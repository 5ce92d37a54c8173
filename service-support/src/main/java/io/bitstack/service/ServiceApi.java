package io.bitstack.service;

import org.springframework.beans.factory.annotation.Value;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;
import tools.jackson.databind.json.JsonMapper;

/** Import this to answer errors as problem+json and to refuse whoever does not know {@code bitstack.internal-token}. */
@Configuration(proxyBeanMethods = false)
@Import(ErrorAdvice.class)
public class ServiceApi {
    @Bean
    BearerTokenFilter internalTokenFilter(@Value("${bitstack.internal-token:}") String token, JsonMapper json) {
        if (token.isBlank()) {
            throw new IllegalStateException(
                    "bitstack.internal-token is not set; set BITSTACK_INTERNAL_TOKEN to the secret that the services share");
        }
        return new BearerTokenFilter(token, json);
    }
}
