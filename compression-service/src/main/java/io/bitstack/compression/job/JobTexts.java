package io.bitstack.compression.job;

import io.bitstack.compression.source.BuiltInText;
import io.bitstack.compression.source.Sources;
import io.bitstack.compression.upload.UploadReference;
import io.bitstack.compression.upload.UploadedModels;
import io.bitstack.core.model.ChoiceTask;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;

/** The texts of a job, wherever it says that they are: in the request, at a path, in an upload, or in this service. */
@Component
class JobTexts {
    private static final String BUILT_IN = "built-in";

    private final Sources sources;
    private final UploadedModels uploads;

    JobTexts(Sources sources, UploadedModels uploads) {
        this.sources = sources;
        this.uploads = uploads;
    }

    /** Looks whether all are there; those that are small are read. */
    void check(JobRequest request) {
        for (String text : request.texts()) {
            if (UploadReference.parse(text).isPresent()) {
                text(text);
            } else {
                sources.textFile(text);
            }
        }
        if (request.tasksPath() != null) {
            tasks(request.tasksPath());
        }
    }

    /** What to calibrate with; null where the model is to write it. */
    @Nullable
    String calibration(JobRequest request) {
        if (request.calibrationPath() != null) {
            return text(request.calibrationPath());
        }
        return BUILT_IN.equals(request.calibrationChoice()) ? BuiltInText.read() : request.calibrationText();
    }

    String text(String place) {
        Optional<UploadReference> upload = UploadReference.parse(place);
        return upload.isPresent()
                ? sources.text(upload.get().toString(), uploads.bytes(upload.get(), Sources.MAX_TEXT_BYTES))
                : sources.text(place);
    }

    List<ChoiceTask> tasks(String place) {
        Optional<UploadReference> upload = UploadReference.parse(place);
        return upload.isPresent()
                ? sources.tasks(upload.get().toString(), uploads.bytes(upload.get(), Sources.MAX_TEXT_BYTES))
                : sources.tasks(place);
    }
}
