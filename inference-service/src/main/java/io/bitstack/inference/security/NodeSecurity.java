package io.bitstack.inference.security;

import io.bitstack.service.ErrorAdvice;
import io.bitstack.service.RequestIds;
import io.bitstack.service.access.InternalTokenFilter;
import io.bitstack.service.access.InternalTokens;
import io.bitstack.service.access.PlatformService;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;
import tools.jackson.databind.json.JsonMapper;

/** Only who signs requests with the access token is served; errors are problems with codes. */
@Configuration(proxyBeanMethods = false)
@Import({ErrorAdvice.class, RequestIds.class})
class NodeSecurity {
    @Bean
    InternalTokenFilter accessTokenFilter(AccessToken token, JsonMapper json) {
        return new InternalTokenFilter(new InternalTokens(token.value()), PlatformService.NODE, json);
    }
}
