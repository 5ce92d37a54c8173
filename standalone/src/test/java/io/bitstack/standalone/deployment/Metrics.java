package io.bitstack.standalone.deployment;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import tools.jackson.databind.JsonNode;

/** The names of metrics, in what services answer to Prometheus and in what a dashboard asks. */
final class Metrics {
    private static final Pattern LINE = Pattern.compile("(?m)^([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\\{(.*)})? ");
    private static final Pattern LABEL = Pattern.compile("([a-zA-Z_][a-zA-Z0-9_]*)=\"");
    private static final Pattern GROUPING = Pattern.compile("\\b(?:by|without)\\s*\\(([^)]*)\\)");
    private static final Pattern MATCHERS = Pattern.compile("\\{([^}]*)}");
    private static final Pattern METRIC = Pattern.compile("\\b([a-zA-Z_:][a-zA-Z0-9_:]*)\\b(?!\\s*\\()");

    private Metrics() {}

    /** The labels of each metric in an answer. */
    static Map<String, Set<String>> answered(String text) {
        Map<String, Set<String>> metrics = new TreeMap<>();
        Matcher lines = LINE.matcher(text);
        while (lines.find()) {
            Set<String> labels = metrics.computeIfAbsent(lines.group(1), name -> new TreeSet<>());
            if (lines.group(2) != null) {
                LABEL.matcher(lines.group(2)).results().forEach(label -> labels.add(label.group(1)));
            }
        }
        return metrics;
    }

    /** What one query reads. */
    record Query(String text, Set<String> metrics, Set<String> labels) {
        static Query of(String text) {
            Set<String> labels = new LinkedHashSet<>();
            Matcher groups = GROUPING.matcher(text);
            while (groups.find()) {
                labels.addAll(List.of(groups.group(1).split("\\s*,\\s*")));
            }
            Matcher matchers = MATCHERS.matcher(text);
            while (matchers.find()) {
                LABEL.matcher(matchers.group(1)).results().forEach(label -> labels.add(label.group(1)));
            }
            String rest = text.replaceAll(GROUPING.pattern(), "")
                    .replaceAll(MATCHERS.pattern(), "")
                    .replaceAll("\\[[^]]*]", "")
                    .replaceAll("\\b[0-9.]+\\b", "");
            Set<String> metrics = new LinkedHashSet<>();
            METRIC.matcher(rest).results().forEach(metric -> metrics.add(metric.group(1)));
            return new Query(text, metrics, labels);
        }
    }

    /** Every query of a Grafana dashboard. */
    static List<Query> queries(JsonNode dashboard) {
        List<Query> queries = new ArrayList<>();
        for (JsonNode panel : dashboard.path("panels")) {
            for (JsonNode target : panel.path("targets")) {
                queries.add(Query.of(target.path("expr").asString()));
            }
        }
        return queries;
    }
}
