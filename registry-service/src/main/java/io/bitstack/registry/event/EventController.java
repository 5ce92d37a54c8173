package io.bitstack.registry.event;

import io.bitstack.registry.Page;
import io.bitstack.service.ApiException;
import io.bitstack.service.CommonCode;
import jakarta.validation.Valid;
import jakarta.validation.constraints.Max;
import jakarta.validation.constraints.Min;
import jakarta.validation.constraints.NotNull;
import jakarta.validation.constraints.Size;
import java.util.Map;
import java.util.Set;
import org.springframework.http.HttpStatus;
import org.springframework.transaction.annotation.Transactional;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.ResponseStatus;
import org.springframework.web.bind.annotation.RestController;

/** The routes of events. */
@RestController
@RequestMapping("/api/v1")
class EventController {
    /** What other services of the platform see happen; the rest happens here. */
    private static final Set<EventType> OF_OTHERS =
            Set.of(EventType.JOB_FAILED, EventType.ROLLOUT_ADVANCED, EventType.ROLLOUT_ROLLED_BACK);

    private final Events events;

    EventController(Events events) {
        this.events = events;
    }

    /** An event that another service reports. */
    record Report(
            @NotNull EventType type,
            @NotNull @Size(min = 1, max = 300) String subject,
            @NotNull @Size(max = 50) Map<String, Object> data) {}

    @GetMapping("/events")
    Page<Event> list(
            @RequestParam(defaultValue = "0") @Min(0) long after,
            @RequestParam(defaultValue = "50") @Min(1) @Max(Page.LARGEST) int limit) {
        return Page.of(events.list(after, limit + 1), limit, event -> event, last -> Long.toString(last.id()));
    }

    /** For the platform's services, which alone reach it. */
    @PostMapping("/internal/events")
    @ResponseStatus(HttpStatus.CREATED)
    @Transactional
    Event report(@Valid @RequestBody Report report) {
        if (!OF_OTHERS.contains(report.type())) {
            throw new ApiException(
                    CommonCode.REQUEST_INVALID,
                    "'%s' is not for other services to report"
                            .formatted(report.type().wireName()));
        }
        return events.happened(report.type(), report.subject(), report.data());
    }
}
