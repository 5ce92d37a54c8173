package io.bitstack.gateway.upstream;

import io.bitstack.gateway.identity.AdmittedRoute;
import io.bitstack.gateway.identity.Principal;
import io.bitstack.gateway.settings.SharedSecret;
import io.bitstack.service.RequestIds;
import jakarta.servlet.http.HttpServletRequest;
import java.util.List;
import java.util.Locale;
import org.springframework.cloud.gateway.server.mvc.filter.HttpHeadersFilter.RequestHttpHeadersFilter;
import org.springframework.http.HttpHeaders;
import org.springframework.stereotype.Component;
import org.springframework.web.servlet.function.ServerRequest;

/** Puts the gateway's signed word about who asks in the place of whatever the client said about it. */
@Component
class ForwardedIdentity implements RequestHttpHeadersFilter {
    private static final String OURS = "bitstack-";

    private final SharedSecret secret;

    ForwardedIdentity(SharedSecret secret) {
        this.secret = secret;
    }

    @Override
    public HttpHeaders apply(HttpHeaders sent, ServerRequest request) {
        HttpServletRequest servlet = request.servletRequest();
        HttpHeaders forwarded = HttpHeaders.copyOf(sent);
        List.copyOf(forwarded.headerNames()).stream()
                .filter(name -> name.toLowerCase(Locale.ROOT).startsWith(OURS))
                .forEach(forwarded::remove);
        forwarded.remove(HttpHeaders.COOKIE);
        forwarded.set(
                HttpHeaders.AUTHORIZATION,
                secret.tokens()
                        .header(
                                Principal.of(servlet).identity(),
                                AdmittedRoute.of(servlet).service(),
                                request.method().name(),
                                servlet.getRequestURI()));
        forwarded.set(RequestIds.HEADER, RequestIds.of(servlet));
        return forwarded;
    }
}
