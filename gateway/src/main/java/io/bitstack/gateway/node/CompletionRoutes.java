package io.bitstack.gateway.node;

import org.springframework.boot.web.servlet.ServletRegistrationBean;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/** The paths of completions; all others are the dispatcher's. */
@Configuration(proxyBeanMethods = false)
class CompletionRoutes {
    @Bean
    ServletRegistrationBean<CompletionServlet> completionServlet(Completions completions) {
        ServletRegistrationBean<CompletionServlet> servlet = new ServletRegistrationBean<>(
                new CompletionServlet(completions), "/v1/chat/completions", "/v1/completions");
        servlet.setName("completions");
        servlet.setLoadOnStartup(1);
        return servlet;
    }
}
