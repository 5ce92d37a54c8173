package io.bitstack.registry;

import static io.bitstack.registry.Problem.assertProblem;
import static org.assertj.core.api.Assertions.assertThat;

import io.bitstack.registry.RegistryFixture.Answer;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/** States, tags, aliases, lineage, searches, differences and deletion of versions, through REST. */
class VersionLifeTest {
    private static SharedRegistry registry;
    private static RegistryFixture http;

    @BeforeAll
    static void start() throws Exception {
        registry = SharedRegistry.get();
        http = registry.http;
    }

    private static Answer patch(String path, String json) throws Exception {
        return http.send("PATCH", path, json);
    }

    private static String state(String path) throws Exception {
        return http.get(path).body().path("state").asString();
    }

    @Test
    void aVersionGoesThroughItsStates() throws Exception {
        registry.register("states");
        assertThat(registry.publish("states", registry.stacks.withTool("states-1"), "?draft=true")
                        .status())
                .isEqualTo(201);
        String one = "/models/states/versions/1";
        assertThat(state(one)).isEqualTo("draft");
        assertProblem(
                http.post("/deployments", "{\"model\":\"states\",\"version\":1,\"nodes\":[\"none\"]}"),
                409,
                "VERSION_NOT_READY");
        assertThat(patch(one, "{\"state\":\"ready\",\"description\":\"fine\"}").status())
                .isEqualTo(200);
        assertThat(http.get(one).body().path("description").asString()).isEqualTo("fine");
        assertProblem(patch(one, "{\"state\":\"draft\"}"), 409, "VERSION_STATE_INVALID");
        assertThat(patch(one, "{\"state\":\"archived\"}").body().path("state").asString())
                .isEqualTo("archived");
        assertProblem(patch(one, "{\"state\":\"excellent\"}"), 400, "REQUEST_INVALID");
        patch(one, "{\"state\":\"ready\"}");
        Answer deployed = http.post("/deployments", "{\"model\":\"states\",\"version\":1,\"nodes\":[\"none\"]}");
        assertThat(deployed.status()).isEqualTo(201);
        assertProblem(http.send("DELETE", one, ""), 409, "VERSION_IN_USE");
        assertProblem(http.send("DELETE", "/models/states", ""), 409, "MODEL_IN_USE");
        http.send("DELETE", "/deployments/" + deployed.body().path("id").asString(), "");
        assertThat(http.send("DELETE", one, "").body().path("state").asString()).isEqualTo("condemned");
        assertThat(http.get("/models/states/versions").body().path("items").size())
                .isZero();
        assertThat(http.get("/models/states/versions?condemned=true")
                        .body()
                        .path("items")
                        .size())
                .isEqualTo(1);
        assertProblem(
                http.post("/resolve", "{\"model\":\"states\",\"version\":1,\"budgetBytes\":1}"),
                404,
                "VERSION_NOT_FOUND");
        assertProblem(patch(one, "{\"state\":\"ready\"}"), 409, "VERSION_STATE_INVALID");
        assertThat(patch(one, "{\"state\":\"archived\"}").status()).isEqualTo(200);
        assertThat(http.query("select count(*) from registry.events where type = 'io.bitstack.version.ready'"
                        + " and subject = 'models/states/versions/1'"))
                .isEqualTo("2");
    }

    @Test
    void aliasesMoveOnlyForWhoeverSawThem() throws Exception {
        registry.register("aliased");
        registry.publish("aliased", registry.stacks.withTool("aliased-1"));
        registry.publish("aliased", registry.stacks.withTool("aliased-2"), "?draft=true");
        String alias = "/models/aliased/aliases/stable";
        Answer made = http.send("PUT", alias, "{\"version\":1}", "If-None-Match", "*");
        assertThat(made.status()).as(made.body().toString()).isEqualTo(200);
        String seen = made.response().headers().firstValue("ETag").orElseThrow();
        assertProblem(http.send("PUT", alias, "{\"version\":1}", "If-None-Match", "*"), 412, "PRECONDITION_FAILED");
        Answer moved = http.send("PUT", alias, "{\"version\":2}", "If-Match", seen);
        assertThat(moved.status()).isEqualTo(200);
        assertProblem(http.send("PUT", alias, "{\"version\":1}", "If-Match", seen), 412, "PRECONDITION_FAILED");
        assertProblem(http.send("DELETE", alias, "", "If-Match", seen), 412, "PRECONDITION_FAILED");
        assertThat(http.get(alias).body().path("version").asInt()).isEqualTo(2);
        http.send("PUT", alias, "{\"version\":1}");
        http.post("/deployments", "{\"model\":\"aliased\",\"alias\":\"stable\",\"nodes\":[\"nobody\"]}");
        assertProblem(http.send("PUT", alias, "{\"version\":2}"), 409, "VERSION_NOT_READY");
        assertProblem(http.send("DELETE", "/models/aliased/versions/1", ""), 409, "VERSION_IN_USE");
    }

    @Test
    void tagsAreSetAndRemoved() throws Exception {
        registry.register("tagged");
        registry.publish("tagged", registry.stacks.withTool("tagged"));
        assertThat(patch("/models/tagged/tags", "{\"team\":\"nlp\",\"a b/c\":\"ü\"}")
                        .body()
                        .path("a b/c")
                        .asString())
                .isEqualTo("ü");
        assertThat(patch("/models/tagged/versions/1/tags", "{\"quality\":\"good\"}")
                        .status())
                .isEqualTo(200);
        assertThat(http.get("/models/tagged").body().path("tags").path("team").asString())
                .isEqualTo("nlp");
        assertThat(http.get("/models/tagged/versions")
                        .body()
                        .path("items")
                        .get(0)
                        .path("tags")
                        .path("quality")
                        .asString())
                .isEqualTo("good");
        http.send("DELETE", "/models/tagged/tags?key=a%20b%2Fc", "");
        assertThat(http.get("/models/tagged").body().path("tags").size()).isEqualTo(1);
    }

    private static List<String> search(String filter, int limit) throws Exception {
        return names(http.get("/search?limit=%d&filter=%s"
                        .formatted(limit, URLEncoder.encode(filter, StandardCharsets.UTF_8)))
                .body());
    }

    private static List<String> names(JsonNode page) {
        return StreamSupport.stream(page.path("items").spliterator(), false)
                .map(hit ->
                        hit.path("model").asString() + "/" + hit.path("version").asString())
                .toList();
    }

    @Test
    void sortsWhatItFindsPageByPage() throws Exception {
        for (String model : List.of("sorted-a", "sorted-b")) {
            registry.register(model);
            registry.publish(model, registry.stacks.withTool(model + "-1"));
            registry.publish(model, registry.stacks.withTool(model + "-2"));
        }
        String filter = URLEncoder.encode("name like 'sorted-%'", StandardCharsets.UTF_8);
        assertThat(names(http.get("/search?sort=-version&filter=" + filter).body()))
                .containsExactly("sorted-a/2", "sorted-b/2", "sorted-a/1", "sorted-b/1");
        assertThat(names(http.get("/search?sort=-name&filter=" + filter).body()))
                .containsExactly("sorted-b/1", "sorted-b/2", "sorted-a/1", "sorted-a/2");
        // Equal sizes: by name and version then, and no row is lost or twice there at the border of a page.
        for (String sort : List.of("sizeBytes", "-bpw", "perplexity", "createdAt", "-createdAt", "version")) {
            List<String> all = names(http.get("/search?sort=%s&filter=%s".formatted(sort, filter))
                    .body());
            List<String> paged = new ArrayList<>();
            String after = "";
            do {
                JsonNode page = http.get("/search?limit=1&sort=%s&filter=%s&after=%s".formatted(sort, filter, after))
                        .body();
                paged.addAll(names(page));
                after = page.path("next").asString("");
            } while (!after.isEmpty());
            assertThat(paged).as(sort).hasSize(4).isEqualTo(all);
        }
        assertProblem(http.get("/search?sort=evil"), 400, "FILTER_INVALID");
        assertProblem(http.get("/search?sort=--name"), 400, "FILTER_INVALID");
    }

    @Test
    void findsVersions() throws Exception {
        for (String model : List.of("found-a", "found-b")) {
            registry.register(model);
            registry.publish(model, registry.stacks.withTool(model + "-1"));
            registry.publish(model, registry.stacks.withTool(model + "-2"), "?draft=true");
        }
        patch("/models/found-b/versions/2/tags", "{\"team.lead\":\"it's me\"}");
        assertThat(search("name like 'found-%'", 50))
                .containsExactly("found-a/1", "found-a/2", "found-b/1", "found-b/2");
        assertThat(search("name = 'found-a' AND state = 'draft'", 50)).containsExactly("found-a/2");
        assertThat(search("tags.`team.lead` = 'it''s me'", 50)).containsExactly("found-b/2");
        assertThat(search("name like 'found-%' and not (version = 1 or tags.team.lead ilike 'IT%')", 50))
                .containsExactly("found-a/2");
        assertThat(search("name in ('found-a', 'found-b') and bpw > 1e2", 50)).isEmpty();
        assertThat(search("name like 'found-%' and architecture = 'LlamaForCausalLM' and sizeBytes >= 1", 50))
                .hasSize(4);
        String filter = URLEncoder.encode("name like 'found-%'", StandardCharsets.UTF_8);
        JsonNode first = http.get("/search?limit=3&filter=" + filter).body();
        JsonNode second = http.get("/search?limit=3&filter=%s&after=%s"
                        .formatted(filter, first.path("next").asString()))
                .body();
        assertThat(second.path("items").size()).isEqualTo(1);
        assertThat(second.has("next")).isFalse();
        for (String bad : List.of(
                "nonsense = 1",
                "name = 1",
                "bpw = 'x'",
                "name =",
                "name = 'a' or",
                "(name = 'a'",
                "name = 'a'; drop table x",
                "bpw < 1e999",
                "name like 'a' 'b'",
                "'",
                "tags.x < 'a'",
                "foo.x = 'a'",
                "(".repeat(100) + "name = 'a'",
                "name = 'a' and ".repeat(60) + "name = 'a'")) {
            assertProblem(
                    http.get("/search?filter=" + URLEncoder.encode(bad, StandardCharsets.UTF_8)),
                    400,
                    "FILTER_INVALID");
        }
        assertProblem(http.get("/search?after=garbage"), 400, "FILTER_INVALID");
    }

    @Test
    void comparesTwoVersions() throws Exception {
        registry.register("compared");
        registry.publish("compared", registry.stacks.withTool("before"));
        registry.publish("compared", registry.stacks.withTool("after"));
        JsonNode diff = http.get("/models/compared/versions/1/diff?to=2").body();
        assertThat(diff.path("pullBytes").asLong(-1)).as(diff.toString()).isZero();
        assertThat(diff.path("sharedBlobs").asInt()).isGreaterThan(3);
        assertThat(diff.path("parameters").path("tool").path("to").asString()).isEqualTo("after");
        assertProblem(http.get("/models/compared/versions/1/diff?to=9"), 404, "VERSION_NOT_FOUND");
    }

    @Test
    void showsWhatBudgetsBuy() throws Exception {
        registry.register("budgets");
        registry.publish("budgets", registry.stacks.withTool("budgets"));
        JsonNode table = http.post(
                        "/resolve/what-if",
                        "{\"model\":\"budgets\",\"version\":1,\"budgetsBytes\":[1,1000000000],\"contextTokens\":64}")
                .body();
        assertThat(table.path("rows").get(0).path("missingBytes").asLong())
                .as(table.toString())
                .isPositive();
        assertThat(table.path("rows").get(1).path("blocks").asInt())
                .isEqualTo(registry.stacks.manifest().blocks().size());
        assertProblem(
                http.post("/resolve/what-if", "{\"model\":\"budgets\",\"version\":1,\"budgetsBytes\":[]}"),
                400,
                "REQUEST_INVALID");
    }

    @Test
    void lineageHasNoCircles() throws Exception {
        registry.register("lineage");
        for (int i = 1; i <= 3; i++) {
            registry.publish("lineage", registry.stacks.withTool("lineage-" + i));
        }
        String made = "{\"derivedFrom\":[{\"model\":\"lineage\",\"version\":%d}],\"job\":\"job-7\"}";
        assertThat(http.send("PUT", "/models/lineage/versions/2/lineage", made.formatted(1))
                        .status())
                .isEqualTo(200);
        JsonNode three = http.send("PUT", "/models/lineage/versions/3/lineage", made.formatted(2))
                .body();
        assertThat(three.path("derivedFrom").size()).as(three.toString()).isEqualTo(2);
        assertThat(three.path("tool").asString()).isEqualTo("lineage-3");
        assertThat(three.path("job").asString()).isEqualTo("job-7");
        for (int version : List.of(1, 3)) {
            assertProblem(
                    http.send("PUT", "/models/lineage/versions/1/lineage", made.formatted(version)),
                    409,
                    "LINEAGE_CYCLE");
        }
        assertThat(http.get("/models/lineage/versions/1/lineage")
                        .body()
                        .path("derivedFrom")
                        .size())
                .isZero();
        assertProblem(
                http.send("PUT", "/models/lineage/versions/1/lineage", made.formatted(9)), 404, "VERSION_NOT_FOUND");
    }

    @Test
    void modelsAreDeletedInTwoPhases() throws Exception {
        registry.register("phased");
        registry.publish("phased", registry.stacks.withTool("phased"));
        assertThat(http.send("DELETE", "/models/phased", "").status()).isEqualTo(204);
        assertProblem(http.get("/models/phased"), 404, "MODEL_NOT_FOUND");
        registry.register("phased");
        assertProblem(http.post("/models/phased/restore", ""), 409, "MODEL_EXISTS");
        assertThat(patch("/models/phased", "{\"name\":\"phased-anew\"}").status())
                .isEqualTo(200);
        assertThat(http.post("/models/phased/restore", "").status()).isEqualTo(200);
        assertThat(http.get("/models/phased")
                        .body()
                        .path("newest")
                        .path("version")
                        .asInt())
                .isEqualTo(1);
        assertProblem(http.post("/models/phased/restore", ""), 404, "MODEL_NOT_FOUND");
    }
}
