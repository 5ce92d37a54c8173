package io.bitstack.bench;

import io.bitstack.gateway.GatewayApplication;
import jakarta.servlet.Filter;
import jakarta.servlet.http.HttpServletResponse;
import java.util.Objects;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.boot.web.servlet.FilterRegistrationBean;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.support.GenericApplicationContext;
import org.springframework.core.Ordered;

/** The gateway as it is, but for two headers of its answers: when a request came to its first filter, and when it had passed the last one. Processes of one machine share a clock. */
final class MarkedGateway {
    static final String FILTERS_HEADER = "Bench-Filters-Nanos";
    static final String ROUTE_HEADER = "Bench-Route-Nanos";

    private MarkedGateway() {}

    public static void main(String[] args) {
        try (ConfigurableApplicationContext gateway = new SpringApplicationBuilder(GatewayApplication.class)
                .properties("spring.config.name=" + GatewayApplication.CONFIG_NAME)
                .initializers(context -> {
                    mark((GenericApplicationContext) context, Ordered.HIGHEST_PRECEDENCE, FILTERS_HEADER);
                    mark((GenericApplicationContext) context, Ordered.LOWEST_PRECEDENCE, ROUTE_HEADER);
                })
                .run(args)) {
            BenchProcess.listening(Integer.parseInt(
                    Objects.requireNonNull(gateway.getEnvironment().getProperty("local.server.port"))));
        }
    }

    private static void mark(GenericApplicationContext context, int order, String header) {
        Filter filter = (request, response, chain) -> {
            ((HttpServletResponse) response).setHeader(header, Long.toString(System.nanoTime()));
            chain.doFilter(request, response);
        };
        context.registerBean(header, FilterRegistrationBean.class, () -> {
            FilterRegistrationBean<Filter> bean = new FilterRegistrationBean<>(filter);
            bean.setName(header);
            bean.setOrder(order);
            return bean;
        });
    }
}
