package io.bitstack.registry.blob;

import io.bitstack.core.stack.Digest;
import org.springframework.context.annotation.Configuration;
import org.springframework.format.FormatterRegistry;
import org.springframework.web.servlet.config.annotation.WebMvcConfigurer;

/** Lets routes name digests in their written form; anything else is a bad request. */
@Configuration(proxyBeanMethods = false)
class DigestsInPaths implements WebMvcConfigurer {
    @Override
    public void addFormatters(FormatterRegistry registry) {
        registry.addConverter(String.class, Digest.class, Digest::parse);
    }
}
