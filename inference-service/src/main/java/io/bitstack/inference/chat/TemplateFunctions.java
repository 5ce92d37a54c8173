package io.bitstack.inference.chat;

import com.hubspot.jinjava.objects.date.StrftimeFormatter;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;

/** The functions that chat templates call beside Jinja's own. */
public final class TemplateFunctions {
    /** A template refuses a conversation, in its own words. */
    static final class Raised extends RuntimeException {
        Raised(String message) {
            super(message);
        }
    }

    private TemplateFunctions() {}

    /** Lets a template refuse a conversation. Public for the template library, which calls it by reflection. */
    @SuppressWarnings("DoNotCallSuggester") // templates call it, Java does not
    public static String raise(String message) {
        throw new Raised(message);
    }

    /** The time now, in the form of {@code strftime}, in UTC. Public for the template library, as above. */
    public static String now(String format) {
        return StrftimeFormatter.format(ZonedDateTime.now(ZoneOffset.UTC), format);
    }
}
