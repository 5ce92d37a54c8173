package io.bitstack.compression.job;

import com.fasterxml.jackson.annotation.JsonInclude;
import jakarta.validation.Valid;
import jakarta.validation.constraints.Max;
import jakarta.validation.constraints.Min;
import java.net.URI;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpStatus;
import org.springframework.http.MediaType;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RequestHeader;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.ResponseStatus;
import org.springframework.web.bind.annotation.RestController;
import org.springframework.web.servlet.mvc.method.annotation.SseEmitter;

/** The routes of jobs. */
@RestController
@RequestMapping("/api/v1/jobs")
class JobController {
    /** @param next what to send as {@code after} for the next page; left out on the last one */
    @JsonInclude(JsonInclude.Include.NON_NULL)
    record Page(List<JobView> items, @Nullable UUID next) {}

    /**
     * Lines of a job's log, oldest first.
     *
     * @param next what to send as {@code after} for the next page; left out on the last one
     */
    @JsonInclude(JsonInclude.Include.NON_NULL)
    record Lines(List<JobLog.Line> items, @Nullable Long next) {}

    private final JobService jobs;
    private final JobEvents events;

    JobController(JobService jobs, JobEvents events) {
        this.jobs = jobs;
        this.events = events;
    }

    /** @param caller who asks, as the gateway says it: the key's id, then its scope */
    @PostMapping
    ResponseEntity<JobView> create(
            @Valid @RequestBody JobRequest request,
            @RequestHeader(name = "BitStack-Principal", defaultValue = "") String caller) {
        Job job = jobs.create(request, owner(caller));
        return ResponseEntity.accepted()
                .location(URI.create("/api/v1/jobs/" + job.id()))
                .body(JobView.of(job));
    }

    /** A new job with the same request. */
    @PostMapping("/{id}/retry")
    ResponseEntity<JobView> retry(
            @PathVariable UUID id, @RequestHeader(name = "BitStack-Principal", defaultValue = "") String caller) {
        Job job = jobs.retry(id, owner(caller));
        return ResponseEntity.accepted()
                .location(URI.create("/api/v1/jobs/" + job.id()))
                .body(JobView.of(job));
    }

    @GetMapping
    Page list(
            @RequestParam(required = false) @Nullable UUID after,
            @RequestParam(defaultValue = "50") @Min(1) @Max(200) int limit) {
        List<Job> found = jobs.list(after, limit + 1);
        List<JobView> items = found.stream().limit(limit).map(JobView::of).toList();
        return new Page(items, found.size() > limit ? items.getLast().id() : null);
    }

    @GetMapping("/{id}")
    JobView get(@PathVariable UUID id) {
        return JobView.of(jobs.find(id));
    }

    @GetMapping(path = "/{id}/events", produces = MediaType.TEXT_EVENT_STREAM_VALUE)
    SseEmitter follow(@PathVariable UUID id) {
        return events.follow(jobs.find(id));
    }

    private static String owner(String caller) {
        String id = caller.contains(";") ? caller.substring(0, caller.indexOf(';')) : caller;
        return id.length() > 200 ? id.substring(0, 200) : id;
    }

    /** @param after sequence of the last line that is known already; 0 for all */
    @GetMapping("/{id}/log")
    Lines log(
            @PathVariable UUID id,
            @RequestParam(defaultValue = "0") @Min(0) long after,
            @RequestParam(defaultValue = "200") @Min(1) @Max(1000) int limit) {
        List<JobLog.Line> found = jobs.log(id, after, limit + 1);
        List<JobLog.Line> items = found.stream().limit(limit).toList();
        return new Lines(items, found.size() > limit ? items.getLast().sequence() : null);
    }

    @PostMapping("/{id}/pause")
    @ResponseStatus(HttpStatus.ACCEPTED)
    JobView pause(@PathVariable UUID id) {
        return JobView.of(jobs.pause(id));
    }

    @PostMapping("/{id}/resume")
    @ResponseStatus(HttpStatus.ACCEPTED)
    JobView resume(@PathVariable UUID id) {
        return JobView.of(jobs.resume(id));
    }

    @PostMapping("/{id}/cancel")
    @ResponseStatus(HttpStatus.ACCEPTED)
    JobView cancel(@PathVariable UUID id) {
        return JobView.of(jobs.cancel(id));
    }
}
