package io.bitstack.gateway.node;

import io.bitstack.gateway.settings.GatewaySettings;
import io.bitstack.gateway.settings.GatewaySettings.Preference;
import io.bitstack.service.ApiException;
import io.bitstack.service.CommonCode;
import jakarta.servlet.http.HttpServletRequest;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * What a request says about the node that is to answer it.
 *
 * @param nodeName the only node that may; null for any
 * @param minBpw the least bits per weight that it has to hold; 0 for any
 */
record Wish(WantedModel model, @Nullable String nodeName, double minBpw, Preference prefer) {
    /** Picks a node in a request, and names the node that answered in a response. */
    static final String NODE_HEADER = "BitStack-Node";

    static final String MIN_BPW_HEADER = "BitStack-Min-Bpw";
    static final String PREFER_HEADER = "BitStack-Prefer";
    private static final double MOST_BPW = 1000;

    static Wish read(HttpServletRequest request, WantedModel model, GatewaySettings.Routing routing) {
        return new Wish(
                model,
                request.getHeader(NODE_HEADER),
                minBpw(request.getHeader(MIN_BPW_HEADER)),
                prefer(request.getHeader(PREFER_HEADER), routing.prefer()));
    }

    private static double minBpw(@Nullable String text) {
        if (text == null) {
            return 0;
        }
        try {
            double bpw = Double.parseDouble(text);
            if (bpw >= 0 && bpw <= MOST_BPW) {
                return bpw;
            }
        } catch (NumberFormatException e) {
            // Said below, like a number that is out of bounds.
        }
        throw new ApiException(
                CommonCode.REQUEST_INVALID, MIN_BPW_HEADER + " is a number of bits per weight, such as 4.5");
    }

    private static Preference prefer(@Nullable String text, Preference otherwise) {
        if (text == null) {
            return otherwise;
        }
        return switch (text.strip().toLowerCase(Locale.ROOT)) {
            case "quality" -> Preference.QUALITY;
            case "latency" -> Preference.LATENCY;
            default -> throw new ApiException(CommonCode.REQUEST_INVALID, PREFER_HEADER + " is 'quality' or 'latency'");
        };
    }
}
