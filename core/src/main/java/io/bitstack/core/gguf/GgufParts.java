package io.bitstack.core.gguf;

import static io.bitstack.core.gguf.GgufError.SPLIT_FILE;
import static io.bitstack.core.gguf.GgufError.TOO_LARGE;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;

/**
 * The files that hold a model together, checked against each other: numbered from 0 on, all with the same count, as many tensors as they say and
 * none of them twice. What describes the model is in the first; where another one repeats it, it has to say the same.
 */
record GgufParts(List<GgufPart> parts, Map<String, GgufTensor> tensors) {
    private static final int MAX_TENSORS = 100_000;

    static GgufParts of(GgufPart single) {
        return new GgufParts(List.of(single), single.tensors());
    }

    /** @throws GgufException {@code SPLIT_FILE} if they are not the parts of one model, in order */
    static GgufParts joined(List<GgufPart> parts) {
        Map<String, GgufTensor> tensors = new LinkedHashMap<>();
        GgufPart first = parts.getFirst();
        for (int number = 0; number < parts.size(); number++) {
            GgufPart part = parts.get(number);
            requireNumber(part, number, parts.size());
            requireSameModel(part, first);
            for (GgufTensor tensor : part.tensors().values()) {
                GgufTensor other = tensors.put(tensor.name(), tensor);
                if (other != null) {
                    throw wrong("tensor '%s' is both in %s and in %s"
                            .formatted(tensor.name(), other.source(), tensor.source()));
                }
            }
            if (tensors.size() > MAX_TENSORS) {
                throw new GgufException(
                        TOO_LARGE,
                        "%s and its other parts have more than %d tensors".formatted(first.source(), MAX_TENSORS));
            }
        }
        OptionalLong promised = first.metadata().whole(GgufPart.ALL_TENSORS, 0, Integer.MAX_VALUE);
        if (promised.isPresent() && promised.getAsLong() != tensors.size()) {
            throw wrong("%s says that the parts hold %d tensors, but they hold %d: a part was exchanged or is not whole"
                    .formatted(first.source(), promised.getAsLong(), tensors.size()));
        }
        return new GgufParts(List.copyOf(parts), Collections.unmodifiableMap(tensors));
    }

    private static void requireNumber(GgufPart part, int number, int count) {
        long itsNumber = part.metadata().whole(GgufPart.NUMBER, 0, 65_535).orElse(-1);
        if (part.parts() != count || itsNumber != number) {
            throw wrong("%s should be part %d of %d, but says that it is %s; was it renamed?"
                    .formatted(
                            part.source(),
                            number + 1,
                            count,
                            part.parts() == 1
                                    ? "a model by itself"
                                    : "part %d of %d".formatted(itsNumber + 1, part.parts())));
        }
    }

    private static void requireSameModel(GgufPart part, GgufPart first) {
        for (String key : part.metadata().keys()) {
            if (!key.equals(GgufPart.NUMBER) && !part.metadata().saysOf(key, first.metadata())) {
                throw wrong("%s is a part of another model than %s: they differ in %s"
                        .formatted(part.source(), first.source(), key));
            }
        }
    }

    private static GgufException wrong(String message) {
        return new GgufException(SPLIT_FILE, message);
    }
}
