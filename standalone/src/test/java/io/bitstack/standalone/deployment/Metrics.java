package io.bitstack.standalone.deployment;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import tools.jackson.databind.JsonNode;

/** What services answer to Prometheus, and what a dashboard asks of it. */
final class Metrics {
    private static final Pattern LINE = Pattern.compile("(?m)^([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\\{(.*)})? ");
    private static final Pattern LABEL = Pattern.compile("([a-zA-Z_][a-zA-Z0-9_]*)=\"((?:[^\"\\\\]|\\\\.)*)\"");
    private static final Pattern GROUPING = Pattern.compile("\\b(?:by|without|on|ignoring)\\s*\\(([^)]*)\\)");
    private static final Pattern RANGE = Pattern.compile("\\[[^]]*]");
    private static final Pattern SELECTOR =
            Pattern.compile("\\b([a-zA-Z_:][a-zA-Z0-9_:]*)\\b(?!\\s*\\()(?:\\s*\\{([^}]*)})?");
    private static final Pattern MATCHER = Pattern.compile("([a-zA-Z_][a-zA-Z0-9_]*)\\s*(=~|!~|!=|=)\\s*\"([^\"]*)\"");
    private static final Pattern LEGEND = Pattern.compile("\\{\\{\\s*([a-zA-Z0-9_]+)\\s*}}");

    private Metrics() {}

    /** One line of an answer, without its value. */
    record Series(String name, Map<String, String> labels) {}

    /** @param added labels that Prometheus adds to all of them */
    static List<Series> answered(String text, Map<String, String> added) {
        List<Series> series = new ArrayList<>();
        Matcher lines = LINE.matcher(text);
        while (lines.find()) {
            Map<String, String> labels = new LinkedHashMap<>(added);
            if (lines.group(2) != null) {
                LABEL.matcher(lines.group(2)).results().forEach(label -> labels.put(label.group(1), label.group(2)));
            }
            series.add(new Series(lines.group(1), labels));
        }
        return series;
    }

    /** A metric with what its labels must be. */
    record Selector(String metric, List<LabelMatcher> matchers) {
        boolean matches(Series series) {
            return series.name().equals(metric)
                    && matchers.stream().allMatch(matcher -> matcher.matches(series.labels()));
        }
    }

    record LabelMatcher(String label, String operator, String value) {
        boolean matches(Map<String, String> labels) {
            String found = labels.getOrDefault(label, "");
            boolean same = operator.endsWith("~") ? found.matches(value) : found.equals(value);
            return same != operator.startsWith("!");
        }
    }

    /** What one query reads, the labels that it groups by, and those that its legend shows. */
    record Query(String text, List<Selector> selectors, Set<String> grouping, Set<String> legend) {
        static Query of(String text, String legend) {
            Set<String> grouping = new LinkedHashSet<>();
            GROUPING.matcher(text)
                    .results()
                    .forEach(groups ->
                            grouping.addAll(List.of(groups.group(1).strip().split("\\s*,\\s*"))));
            String rest = RANGE.matcher(GROUPING.matcher(text).replaceAll("")).replaceAll("");
            List<Selector> selectors = SELECTOR.matcher(rest)
                    .results()
                    .map(found -> new Selector(found.group(1), matchers(found)))
                    .toList();
            Set<String> shown = new LinkedHashSet<>();
            LEGEND.matcher(legend).results().forEach(label -> shown.add(label.group(1)));
            return new Query(text, selectors, grouping, shown);
        }

        private static List<LabelMatcher> matchers(MatchResult selector) {
            String inner = selector.group(2);
            return inner == null
                    ? List.of()
                    : MATCHER.matcher(inner)
                            .results()
                            .map(one -> new LabelMatcher(one.group(1), one.group(2), one.group(3)))
                            .toList();
        }
    }

    /** Every query of a Grafana dashboard. */
    static List<Query> queries(JsonNode dashboard) {
        List<Query> queries = new ArrayList<>();
        for (JsonNode panel : dashboard.path("panels")) {
            for (JsonNode target : panel.path("targets")) {
                queries.add(Query.of(
                        target.path("expr").asString(),
                        target.path("legendFormat").asString("")));
            }
        }
        return queries;
    }
}
