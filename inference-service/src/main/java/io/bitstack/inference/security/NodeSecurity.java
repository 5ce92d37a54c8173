package io.bitstack.inference.security;

import io.bitstack.service.BearerTokenFilter;
import io.bitstack.service.ErrorAdvice;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;
import tools.jackson.databind.json.JsonMapper;

/** Only who knows the access token is served; errors are problems with codes. */
@Configuration(proxyBeanMethods = false)
@Import(ErrorAdvice.class)
class NodeSecurity {
    @Bean
    BearerTokenFilter accessTokenFilter(AccessToken token, JsonMapper json) {
        return new BearerTokenFilter(token.value(), json);
    }
}
