package io.bitstack.compression.job;

import io.bitstack.compression.error.CompressionException;
import io.bitstack.compression.error.ErrorCode;
import io.bitstack.compression.source.BuiltInText;
import io.bitstack.compression.source.Sources;
import io.bitstack.compression.upload.UploadReference;
import io.bitstack.compression.upload.UploadedModels;
import io.bitstack.core.model.ChoiceTask;
import io.bitstack.core.stack.Digest;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
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

    /** Looks whether all are there, have something in them, and whether the curve's text is another than the calibration's. */
    void check(JobRequest request) {
        if (request.calibrationText() != null) {
            requireContent("calibrationText", request.calibrationText());
        }
        for (String text : Arrays.asList(request.calibrationPath(), request.evaluationPath())) {
            if (text != null && UploadReference.parse(text).isPresent()) {
                requireContent(text, text(text));
            } else if (text != null) {
                sources.textFile(text);
            }
        }
        if (request.tasksPath() != null) {
            tasks(request.tasksPath());
        }
        requireHeldOut(request);
    }

    private static void requireContent(String what, String text) {
        if (text.isBlank()) {
            throw new CompressionException(
                    ErrorCode.TEXT_INVALID, what + " is empty; give a text with something in it, or none");
        }
    }

    /** By the files' bytes; what they say is compared when the job runs. */
    private void requireHeldOut(JobRequest request) {
        Digest calibration = calibrationDigest(request);
        if (calibration == null) {
            return;
        }
        Digest evaluation = request.evaluationPath() == null
                ? digest(BuiltInText.heldOut())
                : bytesDigest(request.evaluationPath());
        if (evaluation.equals(calibration)) {
            throw new CompressionException(
                    ErrorCode.TEXT_INVALID,
                    "the evaluation text is the calibration text; a curve needs text that was not calibrated with: give"
                            + " another evaluationPath, or none for the text that comes with the service");
        }
    }

    private @Nullable Digest calibrationDigest(JobRequest request) {
        if (request.calibrationPath() != null) {
            return bytesDigest(request.calibrationPath());
        }
        String text = calibration(request);
        return text == null ? null : digest(text);
    }

    private static Digest digest(String text) {
        return Digest.of(text.getBytes(StandardCharsets.UTF_8));
    }

    /** Of a file that is named by path or upload, as it is. */
    private Digest bytesDigest(String place) {
        Optional<UploadReference> upload = UploadReference.parse(place);
        return upload.isPresent()
                ? Digest.of(uploads.bytes(upload.get(), Sources.MAX_TEXT_BYTES))
                : sources.textDigest(place);
    }

    /** The digest of a job's tasks, for its lineage; null where it has none. */
    @Nullable
    Digest tasksDigest(JobRequest request) {
        return request.tasksPath() == null ? null : bytesDigest(request.tasksPath());
    }

    /** What to calibrate with; null where the model is to write it. */
    @Nullable
    String calibration(JobRequest request) {
        if (request.calibrationPath() != null) {
            return text(request.calibrationPath());
        }
        return BUILT_IN.equals(request.calibrationChoice()) ? BuiltInText.calibration() : request.calibrationText();
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
