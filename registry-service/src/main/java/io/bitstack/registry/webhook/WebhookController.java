package io.bitstack.registry.webhook;

import io.bitstack.registry.Caller;
import io.bitstack.registry.Page;
import io.bitstack.registry.event.EventType;
import jakarta.validation.Valid;
import jakarta.validation.constraints.Max;
import jakarta.validation.constraints.Min;
import jakarta.validation.constraints.NotEmpty;
import jakarta.validation.constraints.NotNull;
import jakarta.validation.constraints.Size;
import java.net.URI;
import java.util.List;
import org.springframework.http.HttpStatus;
import org.springframework.web.bind.annotation.DeleteMapping;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PatchMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RequestHeader;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.ResponseStatus;
import org.springframework.web.bind.annotation.RestController;

/** The routes of webhooks. */
@RestController
@RequestMapping("/api/v1/webhooks")
class WebhookController {
    private final Webhooks webhooks;

    WebhookController(Webhooks webhooks) {
        this.webhooks = webhooks;
    }

    /** A webhook to be made. */
    record Wanted(
            @NotNull URI url, @NotEmpty @Size(max = 20) List<@NotNull EventType> events) {}

    /** Whether it is told of events. */
    record Change(@NotNull Boolean enabled) {}

    @PostMapping
    @ResponseStatus(HttpStatus.CREATED)
    Webhooks.View create(
            @Valid @RequestBody Wanted wanted,
            @RequestHeader(name = Caller.HEADER, defaultValue = Caller.SERVICE) String principal) {
        return webhooks.create(wanted.url(), wanted.events(), principal);
    }

    @GetMapping
    Page<Webhooks.View> list(
            @RequestParam(defaultValue = "0") @Min(0) long after,
            @RequestParam(defaultValue = "50") @Min(1) @Max(Page.LARGEST) int limit) {
        return Page.of(webhooks.list(after, limit + 1), limit, view -> view, last -> Long.toString(last.id()));
    }

    @GetMapping("/{id}")
    Webhooks.View get(@PathVariable long id) {
        return webhooks.require(id);
    }

    @PatchMapping("/{id}")
    Webhooks.View change(
            @PathVariable long id,
            @Valid @RequestBody Change change,
            @RequestHeader(name = Caller.HEADER, defaultValue = Caller.SERVICE) String principal) {
        return webhooks.enable(id, change.enabled(), principal);
    }

    @DeleteMapping("/{id}")
    @ResponseStatus(HttpStatus.NO_CONTENT)
    void remove(
            @PathVariable long id,
            @RequestHeader(name = Caller.HEADER, defaultValue = Caller.SERVICE) String principal) {
        webhooks.remove(id, principal);
    }

    /** Sends a test event to it. */
    @PostMapping("/{id}/test")
    @ResponseStatus(HttpStatus.ACCEPTED)
    Webhooks.DeliveryView test(
            @PathVariable long id,
            @RequestHeader(name = Caller.HEADER, defaultValue = Caller.SERVICE) String principal) {
        return webhooks.test(id, principal);
    }

    @GetMapping("/{id}/deliveries")
    Page<Webhooks.DeliveryView> deliveries(
            @PathVariable long id,
            @RequestParam(defaultValue = "0") @Min(0) long after,
            @RequestParam(defaultValue = "50") @Min(1) @Max(Page.LARGEST) int limit) {
        return Page.of(
                webhooks.deliveries(id, after, limit + 1), limit, view -> view, last -> Long.toString(last.id()));
    }

    /** Sends an event once more. */
    @PostMapping("/{id}/deliveries/{delivery}/redeliver")
    @ResponseStatus(HttpStatus.ACCEPTED)
    Webhooks.DeliveryView redeliver(
            @PathVariable long id,
            @PathVariable long delivery,
            @RequestHeader(name = Caller.HEADER, defaultValue = Caller.SERVICE) String principal) {
        return webhooks.redeliver(id, delivery, principal);
    }
}
