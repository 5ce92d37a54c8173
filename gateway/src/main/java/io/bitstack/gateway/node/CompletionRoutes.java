package io.bitstack.gateway.node;

import org.springframework.boot.web.servlet.FilterRegistrationBean;
import org.springframework.boot.web.servlet.ServletRegistrationBean;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.web.filter.RequestContextFilter;

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

    /** Spring's dispatcher says for itself which request its thread is at; to say so before it would only hold up what does not go there. */
    @Bean
    FilterRegistrationBean<RequestContextFilter> noRequestContextBeforeTheDispatcher() {
        FilterRegistrationBean<RequestContextFilter> none = new FilterRegistrationBean<>(new RequestContextFilter());
        none.setEnabled(false);
        return none;
    }
}
