package io.bitstack.gateway.upstream;

import jakarta.servlet.http.Cookie;
import org.springframework.util.LinkedMultiValueMap;
import org.springframework.util.MultiValueMap;
import org.springframework.web.servlet.function.ServerResponse;

/** An answer that is written past Spring's own ways, and has no cookies of the gateway's. */
public abstract class CookielessAnswer implements ServerResponse {
    @Override
    public final MultiValueMap<String, Cookie> cookies() {
        return new LinkedMultiValueMap<>();
    }
}
