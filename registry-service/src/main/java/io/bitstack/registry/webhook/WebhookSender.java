package io.bitstack.registry.webhook;

import io.bitstack.registry.event.Event;
import io.bitstack.registry.settings.RegistrySettings;
import io.bitstack.service.net.GuardedAddresses;
import jakarta.annotation.PreDestroy;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.time.Instant;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.apache.hc.client5.http.classic.methods.HttpPost;
import org.apache.hc.client5.http.config.ConnectionConfig;
import org.apache.hc.client5.http.config.RequestConfig;
import org.apache.hc.client5.http.impl.classic.CloseableHttpClient;
import org.apache.hc.client5.http.impl.classic.HttpClients;
import org.apache.hc.client5.http.impl.io.PoolingHttpClientConnectionManagerBuilder;
import org.apache.hc.core5.http.ContentType;
import org.apache.hc.core5.http.io.entity.ByteArrayEntity;
import org.apache.hc.core5.util.Timeout;
import org.springframework.stereotype.Component;
import tools.jackson.databind.json.JsonMapper;

/** Sends a CloudEvents 1.0 body with a signature over it: no redirects, no proxies, no cookies, ten seconds at most. */
@Component
class WebhookSender {
    static final String SIGNATURE = "BitStack-Signature";
    private static final Timeout PATIENCE = Timeout.ofSeconds(10);

    private final JsonMapper json;
    private final CloseableHttpClient client;

    WebhookSender(JsonMapper json, RegistrySettings settings) {
        this.json = json;
        this.client = HttpClients.custom()
                .setConnectionManager(PoolingHttpClientConnectionManagerBuilder.create()
                        .setDnsResolver(new GuardedAddresses(
                                Set.copyOf(settings.registry().webhookHosts())::contains))
                        .setDefaultConnectionConfig(ConnectionConfig.custom()
                                .setConnectTimeout(PATIENCE)
                                .setSocketTimeout(PATIENCE)
                                .build())
                        .build())
                .setDefaultRequestConfig(
                        RequestConfig.custom().setResponseTimeout(PATIENCE).build())
                .disableRedirectHandling()
                .disableCookieManagement()
                .disableAutomaticRetries()
                .setUserAgent("bitstack-webhooks/1")
                .build();
    }

    /** The status that the receiver answered with. @throws IOException if none came, or the address may not be reached */
    int send(URI url, byte[] secret, long deliveryId, Event event) throws IOException {
        byte[] body = json.writeValueAsBytes(cloudEvent(event));
        long now = Instant.now().getEpochSecond();
        HttpPost post = new HttpPost(url);
        post.setEntity(
                new ByteArrayEntity(body, ContentType.create("application/cloudevents+json", StandardCharsets.UTF_8)));
        post.setHeader("BitStack-Delivery", Long.toString(deliveryId));
        post.setHeader(SIGNATURE, "t=%d,v1=%s".formatted(now, sign(secret, now, body)));
        return client.execute(post, response -> response.getCode());
    }

    private static Map<String, Object> cloudEvent(Event event) {
        Map<String, Object> document = new LinkedHashMap<>();
        document.put("specversion", "1.0");
        document.put("id", Long.toString(event.id()));
        document.put("source", "/bitstack/registry");
        document.put("type", event.type().wireName());
        document.put("subject", event.subject());
        document.put("time", event.at().toString());
        document.put("datacontenttype", "application/json");
        document.put("data", event.data());
        return document;
    }

    /** HMAC-SHA256 over {@code <seconds>.<body>}, so that an old request cannot be sent again as a new one. */
    static String sign(byte[] secret, long seconds, byte[] body) {
        try {
            Mac mac = Mac.getInstance("HmacSHA256");
            mac.init(new SecretKeySpec(secret, "HmacSHA256"));
            mac.update((seconds + ".").getBytes(StandardCharsets.US_ASCII));
            return HexFormat.of().formatHex(mac.doFinal(body));
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every Java platform has HMAC-SHA256", e);
        }
    }

    @PreDestroy
    void close() throws IOException {
        client.close();
    }
}
