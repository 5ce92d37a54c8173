package io.bitstack.registry.blob;

import io.bitstack.registry.error.ErrorCode;
import io.bitstack.service.ApiException;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** One range of a blob, as RFC 9110 section 14 writes it; several at once are answered with the whole, as it allows. */
public record ByteRange(long fromByte, long lengthBytes, long sizeBytes) {
    private static final Pattern FORM = Pattern.compile("bytes=(\\d{0,18})-(\\d{0,18})");

    /** @throws ApiException {@code RANGE_INVALID} if it does not lie in a blob of {@code sizeBytes} bytes */
    public static ByteRange parse(@Nullable String header, long sizeBytes) {
        Matcher form = FORM.matcher(header == null ? "" : header);
        if (!form.matches() || (form.group(1).isEmpty() && form.group(2).isEmpty())) {
            return new ByteRange(0, sizeBytes, sizeBytes);
        }
        long from;
        long to = sizeBytes - 1;
        if (form.group(1).isEmpty()) {
            from = Math.max(0, sizeBytes - Long.parseLong(form.group(2)));
        } else {
            from = Long.parseLong(form.group(1));
            if (!form.group(2).isEmpty()) {
                to = Math.min(to, Long.parseLong(form.group(2)));
            }
        }
        if (from > to) {
            throw new ApiException(
                    ErrorCode.RANGE_INVALID, "%s does not lie in a blob of %d bytes".formatted(header, sizeBytes));
        }
        return new ByteRange(from, to - from + 1, sizeBytes);
    }

    public boolean isWhole() {
        return lengthBytes == sizeBytes;
    }

    public String contentRange() {
        return "bytes %d-%d/%d".formatted(fromByte, fromByte + lengthBytes - 1, sizeBytes);
    }
}
