package io.bitstack.standalone.scenario;

import io.bitstack.standalone.client.ApiClient;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import tools.jackson.databind.JsonNode;

/** What was done to a fleet beside what the registry's list of events says: each has to explain the other. Safe for many threads. */
final class Happenings {
    private static final String TYPES = "io.bitstack.";

    private final ApiClient api;
    private final String begin;
    private final Map<String, Integer> done = new TreeMap<>();
    private final Set<String> possible = new TreeSet<>();

    /** Events from now on count. */
    Happenings(ApiClient api) throws IOException {
        this.api = api;
        this.begin = last(api);
    }

    private static String last(ApiClient api) throws IOException {
        String last = "0";
        for (JsonNode event : since(api, last)) {
            last = event.path("id").asString();
        }
        return last;
    }

    private static List<JsonNode> since(ApiClient api, String begin) throws IOException {
        List<JsonNode> events = new ArrayList<>();
        String after = begin;
        while (!after.isEmpty()) {
            JsonNode page = api.get("/api/v1/events?limit=200&after=" + after);
            page.path("items").forEach(events::add);
            after = page.path("next").asString("");
        }
        return events;
    }

    /** Notes something that was done, of which the list has to tell. */
    synchronized void did(String type, String subject) {
        done.merge(name(type, subject), 1, Integer::sum);
    }

    /** Notes what may come of something that was done, any number of times: on a busy machine a start takes so long that a node counts as lost. */
    synchronized void mayCause(String type, String subject) {
        possible.add(name(type, subject));
    }

    private static String name(String type, String subject) {
        return TYPES + type + " " + subject;
    }

    boolean isTold(String type, String subject) throws IOException {
        return told().containsKey(name(type, subject));
    }

    /** How often the list tells what of whom. */
    private Map<String, Integer> told() throws IOException {
        Map<String, Integer> told = new TreeMap<>();
        for (JsonNode event : since(api, begin)) {
            told.merge(
                    event.path("type").asString() + " " + event.path("subject").asString(), 1, Integer::sum);
        }
        return told;
    }

    /**
     * The list beside what was done.
     *
     * @param counts of events by type
     * @param untold what was done, and the list does not tell as often
     * @param unexplained what the list tells, or tells more often, though nothing was done that it could come from
     */
    record Account(Map<String, Integer> counts, List<String> untold, List<String> unexplained) {}

    synchronized Account account() throws IOException {
        Map<String, Integer> told = told();
        Map<String, Integer> counts = new TreeMap<>();
        told.forEach((name, count) -> counts.merge(name.substring(0, name.indexOf(' ')), count, Integer::sum));
        List<String> untold = new ArrayList<>();
        done.forEach((name, count) -> {
            if (told.getOrDefault(name, 0) < count) {
                untold.add("%s: done %d times, told %d times".formatted(name, count, told.getOrDefault(name, 0)));
            }
        });
        List<String> unexplained = new ArrayList<>();
        told.forEach((name, count) -> {
            if (count > done.getOrDefault(name, 0) && !possible.contains(name)) {
                unexplained.add("%s: told %d times, done %d times".formatted(name, count, done.getOrDefault(name, 0)));
            }
        });
        return new Account(counts, untold, unexplained);
    }
}
