package io.bitstack.gateway.access;

import io.bitstack.service.ApiException;
import io.bitstack.service.CommonCode;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;
import org.springframework.web.util.UriUtils;

/**
 * Lets only paths through that every server behind the gateway reads alike, so that what was checked is what is asked:
 * no dot segments, empty segments, parameters, or separators hidden in escapes; and no null bytes in queries.
 */
final class SafePath {
    private static final int MAX_CHARS = 2048;
    private static final int MAX_QUERY_CHARS = 8192;

    private SafePath() {}

    /** Throws when a raw request path could be read in two ways, or a query holds what nobody sends for good. */
    static void check(String rawPath, @Nullable String rawQuery) {
        if (rawQuery != null) {
            checkQuery(rawQuery);
        }
        if (rawPath.length() > MAX_CHARS || !rawPath.startsWith("/")) {
            throw invalid("the path is longer than " + MAX_CHARS + " characters or does not start with '/'");
        }
        if (rawPath.equals("/") || isPlain(rawPath)) {
            return;
        }
        for (String segment : rawPath.substring(1).split("/", -1)) {
            String plain = decode(segment);
            boolean special = plain.isEmpty() || plain.equals(".") || plain.equals("..");
            if (special || plain.chars().anyMatch(SafePath::isRefused)) {
                throw invalid("the path has an empty or dot segment, or a character that a path may not hold here;"
                        + " write it without '//', a '/' at the end, '.', '..', ';', '\\' and '%'");
            }
        }
    }

    /** Whether a path is of letters, digits and dashes alone, between single slashes: most are, and there is nothing to decode. */
    private static boolean isPlain(String path) {
        char before = '-';
        for (int i = 0; i < path.length(); i++) {
            char c = path.charAt(i);
            boolean isLetter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-';
            if (!isLetter && (c != '/' || before == '/')) {
                return false;
            }
            before = c;
        }
        return before != '/';
    }

    private static void checkQuery(String rawQuery) {
        if (rawQuery.length() > MAX_QUERY_CHARS) {
            throw invalid("the query is longer than " + MAX_QUERY_CHARS + " characters");
        }
        String plain = decode(rawQuery);
        if (plain.chars().anyMatch(c -> c < ' ' || c == 0x7F)) {
            throw invalid("the query holds a control character");
        }
    }

    private static boolean isRefused(int c) {
        return c < ' ' || c == 0x7F || c == '/' || c == '\\' || c == ';' || c == '%';
    }

    private static String decode(String text) {
        try {
            return UriUtils.decode(text, StandardCharsets.UTF_8);
        } catch (IllegalArgumentException e) {
            throw new ApiException(CommonCode.REQUEST_INVALID, "the address holds a broken %-escape", e);
        }
    }

    private static ApiException invalid(String detail) {
        return new ApiException(CommonCode.REQUEST_INVALID, detail);
    }
}
