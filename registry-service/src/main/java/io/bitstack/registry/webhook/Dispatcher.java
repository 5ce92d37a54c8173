package io.bitstack.registry.webhook;

import io.bitstack.registry.seal.SealedSecrets;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.springframework.scheduling.annotation.Scheduled;
import org.springframework.stereotype.Component;

/** Makes the deliveries that are due, several at once; any number of registries may do so side by side. */
@Component
class Dispatcher {
    private final Deliveries deliveries;
    private final WebhookSender sender;
    private final SealedSecrets sealed;

    Dispatcher(Deliveries deliveries, WebhookSender sender, SealedSecrets sealed) {
        this.deliveries = deliveries;
        this.sender = sender;
        this.sealed = sealed;
    }

    @Scheduled(fixedDelay = 500)
    void dispatch() {
        List<Deliveries.Claim> claims = deliveries.claim();
        if (claims.isEmpty()) {
            return;
        }
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            claims.forEach(claim -> threads.execute(() -> send(claim)));
        }
    }

    private void send(Deliveries.Claim claim) {
        byte[] secret = sealed.open(claim.secret()).orElse(null);
        if (secret == null) {
            deliveries.failed(claim, null, "the secret was sealed under another internal token; make the webhook anew");
            return;
        }
        try {
            int status = sender.send(claim.url(), secret, claim.id(), claim.event());
            if (status / 100 == 2) {
                deliveries.delivered(claim, status);
            } else {
                deliveries.failed(claim, status, "the receiver answered with status " + status);
            }
        } catch (IOException e) {
            deliveries.failed(claim, null, String.valueOf(e.getMessage()));
        }
    }
}
