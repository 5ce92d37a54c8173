package io.bitstack.service;

import java.time.Duration;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.boot.tomcat.servlet.TomcatServletWebServerFactory;
import org.springframework.boot.web.server.WebServerFactoryCustomizer;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/**
 * Import this to learn from {@link ClientConnection} when a client leaves, and to give the head of a request no more than {@code bitstack.http.head-timeout}
 * to arrive.
 */
@Configuration(proxyBeanMethods = false)
public class WatchedConnections {
    static final Duration DEFAULT_HEAD_TIMEOUT = Duration.ofSeconds(30);

    @Bean
    WebServerFactoryCustomizer<TomcatServletWebServerFactory> watchedProtocol(
            @Value("${bitstack.http.head-timeout:30s}") Duration headTimeout) {
        return factory -> {
            factory.setProtocol(WatchedProtocol.class.getName());
            factory.addProtocolHandlerCustomizers(handler -> {
                if (handler instanceof WatchedProtocol watched) {
                    watched.headTimeout(headTimeout);
                }
            });
        };
    }
}
