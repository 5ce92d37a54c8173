package io.bitstack.registry.scrub;

import org.springframework.context.annotation.Configuration;
import org.springframework.format.FormatterRegistry;
import org.springframework.web.servlet.config.annotation.WebMvcConfigurer;

/** Lets queries name kinds as answers do; anything else is a bad request. */
@Configuration(proxyBeanMethods = false)
class KindsInQueries implements WebMvcConfigurer {
    @Override
    public void addFormatters(FormatterRegistry registry) {
        registry.addConverter(String.class, ScrubKind.class, ScrubKind::parse);
    }
}
