package io.bitstack.gateway.access;

import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import org.jspecify.annotations.Nullable;
import org.springframework.core.Ordered;
import org.springframework.core.annotation.Order;
import org.springframework.stereotype.Component;
import org.springframework.web.servlet.HandlerExceptionResolver;
import org.springframework.web.servlet.ModelAndView;

/**
 * Leaves errors to {@link AccessFilter}. Spring would look at their causes first and take a connection that broke
 * behind the gateway for a client that went away, and end the answer as if it were whole.
 */
@Component
@Order(Ordered.HIGHEST_PRECEDENCE)
class ErrorsToFilter implements HandlerExceptionResolver {
    @Override
    public @Nullable ModelAndView resolveException(
            HttpServletRequest request, HttpServletResponse response, @Nullable Object handler, Exception e) {
        if (e instanceof RuntimeException unchecked) {
            throw unchecked;
        }
        return null;
    }
}
