package io.bitstack.standalone.split;

import static org.assertj.core.api.Assertions.assertThat;

import io.bitstack.standalone.client.ApiClient;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Has every kind of secret used on a platform that runs, and looks for them wherever the platform writes. */
final class SecretSearch {
    private static final Duration PATIENCE = Duration.ofMinutes(2);

    private final Path directory;
    private final List<ServiceProcess> services;
    private final ServiceProcess gateway;
    private final ServiceProcess large;
    private final UsedSecrets secrets;

    /**
     * @param directory where the nodes keep what they know
     * @param services the registry, the compression service, the gateway, and two nodes, the second of which joined by itself
     * @param secrets those that the services were started with
     */
    SecretSearch(Path directory, List<ServiceProcess> services, UsedSecrets secrets) {
        this.directory = directory;
        this.services = services;
        this.gateway = services.get(2);
        this.large = services.get(4);
        this.secrets = secrets;
    }

    /** Starts a node that shows a join token. */
    interface Newcomer {
        ServiceProcess start(String joinToken) throws Exception;
    }

    void run(SecretPeers peers, Newcomer newcomer) throws Exception {
        large.awaitLog("joined as", PATIENCE);
        secrets.add(
                "key of the node that joined",
                JsonMapper.shared()
                        .readTree(Files.readString(directory.resolve("cache-large/identity.json")))
                        .path("key")
                        .asString());
        ApiClient api = new ApiClient(gateway.url(), SplitFormTest.ADMIN_KEY);
        try (SecretUse use = new SecretUse(gateway.url(), SplitFormTest.ADMIN_KEY, secrets)) {
            use.all();
            peers.use(api, secrets);
            peers.login(use, secrets);
            use.atTheServices(services.stream().map(ServiceProcess::url).toList(), SplitFormTest.TOKEN);
            use.misuse(SplitFormTest.ACCESS_TOKEN);
        }
        letInNoMore(api, newcomer);
        assertThat(secrets.count()).isGreaterThan(50);
        for (ServiceProcess service : services) {
            look(service, "GET /");
        }
        for (String rows : List.of("audit-events", "events", "keys", "join-tokens", "nodes", "jobs", "webhooks")) {
            secrets.look(rows, all(api, "/api/v1/" + rows));
        }
        for (JsonNode job : api.get("/api/v1/jobs").path("items")) {
            secrets.look(
                    "the log of a job",
                    all(api, "/api/v1/jobs/%s/log".formatted(job.path("id").asString())));
        }
        assertThat(secrets.found()).isEmpty();
    }

    /** A node that is let in no more, and one that never was. */
    private void letInNoMore(ApiClient api, Newcomer newcomer) throws Exception {
        api.post("/api/v1/nodes/large/revoke", Map.of());
        large.awaitLog("was revoked", PATIENCE);
        String wrong = secrets.add("wrong join token", SplitFormTest.JOIN_TOKEN + "x");
        try (ServiceProcess stranger = newcomer.start(wrong)) {
            stranger.awaitLog("does not let this node in", PATIENCE);
            look(stranger, "");
        }
    }

    /** @param asked what is in the log of its requests */
    private void look(ServiceProcess service, String asked) throws Exception {
        assertThat(service.log()).as("what %s says", service).contains("Started ");
        secrets.look("the log of " + service, service.log());
        assertThat(service.requestLog()).contains(asked);
        secrets.look("the log of requests of " + service, service.requestLog());
        secrets.look("the metrics of " + service, service.metrics());
    }

    /** All pages of a list. */
    private static String all(ApiClient api, String path) throws Exception {
        StringBuilder all = new StringBuilder();
        String after = "";
        do {
            JsonNode page = api.get(path + (after.isEmpty() ? "" : "?after=" + after));
            all.append(page);
            after = page.path("next").asString("");
        } while (!after.isEmpty());
        return all.toString();
    }
}
