package io.bitstack.core.codec;

import java.util.List;

/** The codecs of this build, by the names that manifests use. */
public final class Codecs {
    private static final List<ResidualCodec> ALL = List.of(new NestedCodec(), new IabdCodec());

    private Codecs() {}

    /** @throws CodecException if there is no codec of that name */
    public static ResidualCodec byName(String name) {
        return ALL.stream()
                .filter(codec -> codec.name().equals(name))
                .findFirst()
                .orElseThrow(() -> new CodecException("no codec '%s'; there are %s"
                        .formatted(name, ALL.stream().map(ResidualCodec::name).toList())));
    }
}
