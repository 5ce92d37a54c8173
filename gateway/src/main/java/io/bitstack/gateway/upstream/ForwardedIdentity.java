package io.bitstack.gateway.upstream;

import io.bitstack.gateway.access.Principal;
import io.bitstack.gateway.settings.InternalToken;
import java.util.List;
import java.util.Locale;
import org.springframework.cloud.gateway.server.mvc.filter.HttpHeadersFilter.RequestHttpHeadersFilter;
import org.springframework.http.HttpHeaders;
import org.springframework.stereotype.Component;
import org.springframework.web.servlet.function.ServerRequest;

/** Puts the gateway's word about who asks in the place of whatever the client said about it. */
@Component
class ForwardedIdentity implements RequestHttpHeadersFilter {
    private static final String OURS = "bitstack-";

    private final InternalToken token;

    ForwardedIdentity(InternalToken token) {
        this.token = token;
    }

    @Override
    public HttpHeaders apply(HttpHeaders sent, ServerRequest request) {
        HttpHeaders forwarded = HttpHeaders.copyOf(sent);
        List.copyOf(forwarded.headerNames()).stream()
                .filter(name -> name.toLowerCase(Locale.ROOT).startsWith(OURS))
                .forEach(forwarded::remove);
        forwarded.remove(HttpHeaders.COOKIE);
        forwarded.set(HttpHeaders.AUTHORIZATION, token.headerValue());
        forwarded.set(Principal.HEADER, Principal.of(request.servletRequest()).headerValue());
        return forwarded;
    }
}
