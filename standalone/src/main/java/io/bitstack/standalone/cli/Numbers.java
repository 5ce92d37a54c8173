package io.bitstack.standalone.cli;

import java.util.Locale;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/** Numbers as people read them. */
final class Numbers {
    private Numbers() {}

    /** Bytes in decimal units, three digits. */
    static String bytes(long bytes) {
        if (bytes < 1000) {
            return bytes + " B";
        }
        double value = bytes;
        String[] units = {"B", "kB", "MB", "GB", "TB"};
        int unit = 0;
        while (value >= 999.5 && unit < units.length - 1) {
            value /= 1000;
            unit++;
        }
        return String.format(
                Locale.ROOT, value < 10 ? "%.2f %s" : value < 100 ? "%.1f %s" : "%.0f %s", value, units[unit]);
    }

    static String decimal(@Nullable Double value, int digits) {
        return value == null ? "-" : String.format(Locale.ROOT, "%." + digits + "f", value);
    }

    /** A member's number, or a dash where there is none. */
    static String decimal(JsonNode number, int digits) {
        return decimal(number.isNumber() ? number.asDouble() : null, digits);
    }

    static String seconds(@Nullable Double seconds) {
        if (seconds == null) {
            return "-";
        }
        return seconds < 60
                ? String.format(Locale.ROOT, "%.0f s", seconds)
                : String.format(Locale.ROOT, "%d:%02d min", (long) (seconds / 60), (long) (seconds % 60));
    }
}
