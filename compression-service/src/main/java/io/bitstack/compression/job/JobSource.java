package io.bitstack.compression.job;

import io.bitstack.compression.encode.CompressionRequest;
import io.bitstack.compression.fetch.ModelFetcher;
import io.bitstack.compression.source.Sources;
import io.bitstack.compression.upload.UploadedModels;
import io.bitstack.core.model.ChoiceTask;
import io.bitstack.core.model.ModelSource;
import io.bitstack.core.stack.Digest;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.UUID;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.stereotype.Component;

/** Gets what a job compresses to where this process can read it. */
@Component
class JobSource {
    private static final Logger LOG = LoggerFactory.getLogger(JobSource.class);

    private final Sources sources;
    private final ModelFetcher fetcher;
    private final UploadedModels uploads;
    private final JobTexts texts;

    JobSource(Sources sources, ModelFetcher fetcher, UploadedModels uploads, JobTexts texts) {
        this.sources = sources;
        this.fetcher = fetcher;
        this.uploads = uploads;
        this.texts = texts;
    }

    /** The job's model: on this machine, fetched to it, or read where it lies. */
    ModelSource model(Job job, ModelFetcher.FileListener listener, BooleanSupplier stopped) throws IOException {
        JobRequest.Source source = job.request().source();
        if (source.hub() != null) {
            return ModelSource.at(fetcher.fetch(job.id(), source.hub(), listener, stopped));
        }
        if (source.s3() != null) {
            return fetcher.readInPlace(job.id(), source.s3(), listener, stopped);
        }
        if (source.upload() != null) {
            return uploads.model(job.id(), source.upload(), listener, stopped);
        }
        return ModelSource.at(sources.model(Objects.requireNonNullElse(source.path(), "")));
    }

    /** The whole request, with its texts, and where it all came from. */
    CompressionRequest request(Job job, ModelSource model) throws IOException {
        JobRequest request = job.request();
        return request(
                request,
                model,
                texts.calibration(request),
                request.evaluationPath() == null ? null : texts.text(request.evaluationPath()),
                origin(job));
    }

    /** What digests of weights and texts do not say: the revision that was fetched, and the tasks. */
    private Map<String, String> origin(Job job) throws IOException {
        Map<String, String> origin = new TreeMap<>();
        JobRequest.Source source = job.request().source();
        if (source.hub() != null) {
            origin.put("modelRevision", source.hub().toString());
        }
        if (source.s3() != null) {
            origin.put("modelRevision", fetcher.revision(job.id(), source.s3()));
        }
        Digest tasks = texts.tasksDigest(job.request());
        if (tasks != null) {
            origin.put("tasks", tasks.toString());
        }
        return origin;
    }

    /** What those who help need of it. */
    static CompressionRequest requestWithoutTexts(JobRequest request, ModelSource model) {
        return request(request, model, null, null, Map.of());
    }

    private static CompressionRequest request(
            JobRequest request,
            ModelSource model,
            @Nullable String calibration,
            @Nullable String evaluation,
            Map<String, String> origin) {
        return new CompressionRequest(
                model,
                request.codecOrDefault(),
                request.parametersOrNone(),
                calibration,
                evaluation,
                request.contextTokensOrDefault(),
                request.orderOrDefault(),
                origin);
    }

    List<ChoiceTask> tasks(String path) {
        return texts.tasks(path);
    }

    /** Checks the headers of a model. */
    void check(ModelSource model) {
        sources.check(model);
    }

    /** Checks every number of a model. */
    void requireFinite(ModelSource model, Sources.TensorListener listener, BooleanSupplier stopped) {
        sources.requireFinite(model, listener, stopped);
    }

    /** Deletes what was fetched for a job. */
    void forget(UUID job) {
        try {
            fetcher.forget(job);
        } catch (IOException e) {
            LOG.warn("what was fetched for job {} could not be deleted: {}", job, e.getMessage());
        }
    }
}
