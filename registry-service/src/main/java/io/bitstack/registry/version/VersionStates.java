package io.bitstack.registry.version;

import jakarta.persistence.AttributeConverter;
import jakarta.persistence.Converter;
import java.util.Locale;

/** Keeps states under their wire names. */
@Converter(autoApply = true)
class VersionStates implements AttributeConverter<VersionState, String> {
    @Override
    public String convertToDatabaseColumn(VersionState state) {
        return state.wireName();
    }

    @Override
    public VersionState convertToEntityAttribute(String wireName) {
        return VersionState.valueOf(wireName.toUpperCase(Locale.ROOT));
    }
}
