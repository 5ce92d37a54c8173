package io.bitstack.standalone.deployment;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/** Prometheus and Grafana find what their files name; that the metrics exist is seen where the services run. */
class WatchTest {
    private static final String DASHBOARD = "docker/grafana/dashboards/bitstack.json";

    @Test
    void queriesAreReadForWhatTheyAsk() {
        Metrics.Query query = Metrics.Query.of(
                "histogram_quantile(0.5, sum by (node, le) (rate(a_seconds_bucket{job=\"x\", part=~\"p|q\"}[5m]))) /"
                        + " b_total",
                "{{node}} half");
        assertThat(query.selectors().stream().map(Metrics.Selector::metric))
                .containsExactly("a_seconds_bucket", "b_total");
        assertThat(query.grouping()).containsExactly("node", "le");
        assertThat(query.legend()).containsExactly("node");
        Metrics.Selector selector = query.selectors().getFirst();
        List<Metrics.Series> answered = Metrics.answered("""
            # HELP a_seconds b
            a_seconds_bucket{le="1",part="q"} 3.0
            a_seconds_bucket{part="r"} 1
            b_total 1.0
            """, Map.of("job", "x"));
        assertThat(answered).hasSize(3);
        assertThat(answered.stream().map(selector::matches)).containsExactly(true, false, false);
        assertThat(selector.matches(new Metrics.Series("a_seconds_bucket", Map.of("job", "y", "part", "q"))))
                .isFalse();
    }

    @Test
    void theDashboardShowsFleetNodeAndJobsFromTheProvisionedSource() throws Exception {
        JsonNode source = Source.tree(Source.yaml(Source.text("docker/grafana/provisioning/datasources/prometheus.yml"))
                        .getFirst())
                .path("datasources")
                .path(0);
        assertThat(source.path("url").asString()).isEqualTo("http://prometheus:9090");
        JsonNode panels = Source.JSON.readTree(Source.text(DASHBOARD)).path("panels");
        Set<Integer> ids = new HashSet<>();
        List<String> rows = new ArrayList<>();
        for (JsonNode panel : panels) {
            assertThat(ids.add(panel.path("id").asInt())).isTrue();
            if (panel.path("type").asString().equals("row")) {
                rows.add(panel.path("title").asString());
                continue;
            }
            assertThat(panel.path("title").asString()).isNotBlank();
            assertThat(panel.path("datasource").path("uid").asString())
                    .isEqualTo(source.path("uid").asString());
            assertThat(panel.path("description").asString()).isNotBlank();
            assertThat(panel.path("targets").size())
                    .as(panel.path("title").asString())
                    .isPositive();
            for (JsonNode target : panel.path("targets")) {
                assertThat(target.path("datasource").path("uid").asString())
                        .isEqualTo(source.path("uid").asString());
            }
        }
        assertThat(rows).containsExactly("Fleet", "Node", "Jobs");
    }

    @Test
    void whatIsProvisionedIsMountedWhereItIsLookedFor() throws Exception {
        ComposeFile compose = ComposeFile.read();
        List<String> volumes = Source.strings(compose.service("grafana").path("volumes"));
        assertThat(volumes).contains("./docker/grafana/dashboards:/etc/grafana/dashboards:ro");
        JsonNode provider = Source.tree(Source.yaml(Source.text("docker/grafana/provisioning/dashboards/bitstack.yml"))
                        .getFirst())
                .path("providers")
                .path(0);
        assertThat(provider.path("options").path("path").asString()).isEqualTo("/etc/grafana/dashboards");
        assertThat(compose.environment("grafana").get("GF_DASHBOARDS_DEFAULT_HOME_DASHBOARD_PATH"))
                .isEqualTo("/etc/grafana/dashboards/bitstack.json");
        String command =
                String.join(" ", Source.strings(compose.service("prometheus").path("command")));
        assertThat(command).contains("--config.file=/etc/prometheus/prometheus.yml");
        assertThat(Source.strings(compose.service("prometheus").path("volumes")))
                .contains("./docker/prometheus.yml:/etc/prometheus/prometheus.yml:ro");
    }
}
