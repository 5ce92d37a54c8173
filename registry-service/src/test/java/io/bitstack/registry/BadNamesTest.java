package io.bitstack.registry;

import static io.bitstack.registry.Problem.assertProblem;
import static org.assertj.core.api.Assertions.assertThat;

import io.bitstack.registry.RegistryFixture.Answer;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Names with slashes, dots and control characters wherever a name can stand: in paths, and of everything that has one. */
class BadNamesTest {
    /** As a path has them. */
    private static final List<String> IN_PATHS = List.of(
            "a%2Fb",
            "..%2Fa",
            "%2e%2e%2fa",
            "a%5Cb",
            "a%00",
            "a%0Ab",
            "a%01",
            "a%7F",
            "%20",
            "A",
            "%C3%A9",
            "-a",
            ".a",
            "a%25",
            "%F0%9F%98%80",
            "x".repeat(64));

    /** As JSON has them. */
    private static final List<String> IN_BODIES =
            List.of("a/b", "..", ".", ".a", "-a", "a b", "A", "é", "a\\n", "a\\u0001", "a\\u007f", "", "x".repeat(64));

    private static SharedRegistry registry;
    private static RegistryFixture http;

    @BeforeAll
    static void start() throws Exception {
        registry = SharedRegistry.get();
        http = registry.http;
        registry.register("named");
        registry.publish("named", registry.stacks.withTool("named"));
    }

    /** A problem with a code, whoever refused it. */
    private static void assertRefused(String name, Answer answer) {
        assertThat(answer.status()).as("%s: %s", name, answer.body()).isIn(400, 404);
        assertProblem(answer, answer.status(), answer.code());
        assertThat(answer.code()).as(name).isNotEqualTo("none");
    }

    @Test
    void inPaths() throws Exception {
        int before = names();
        for (String name : IN_PATHS) {
            assertRefused(name, http.get("/models/" + name));
            assertRefused(name, http.get("/models/%s/versions".formatted(name)));
            assertRefused(name, http.send("PUT", "/models/named/aliases/" + name, "{\"version\":1}"));
            assertRefused(
                    name,
                    http.send(
                            "PUT",
                            "/nodes/" + name,
                            "{\"url\":\"http://127.0.0.1:1\",\"budgetBytes\":1,\"state\":\"empty\",\"blocks\":0,"
                                    + "\"heldBytes\":0,\"activeRequests\":0,\"queuedRequests\":0,\"corruptBlobs\":0}"));
            assertRefused(name, http.send("PATCH", "/models/%s/tags".formatted(name), "{\"a\":\"b\"}"));
            assertRefused(name, http.get("/blobs/" + name));
            assertRefused(name, http.get("/models/named/versions/" + name));
        }
        assertThat(names()).isEqualTo(before);
    }

    @Test
    void inBodies() throws Exception {
        int before = names();
        for (String name : IN_BODIES) {
            String member = "\"name\":\"%s\"".formatted(name);
            assertProblem(http.post("/models", "{%s}".formatted(member)), 400, "NAME_INVALID");
            assertProblem(http.send("PATCH", "/models/named", "{%s}".formatted(member)), 400, "NAME_INVALID");
            assertProblem(http.post("/keys", "{%s,\"scope\":\"viewer\"}".formatted(member)), 400, "NAME_INVALID");
            assertProblem(http.post("/join-tokens", "{%s}".formatted(member)), 400, "NAME_INVALID");
            assertProblem(
                    http.post("/deployments", "{\"model\":\"named\",\"version\":1,\"nodes\":[\"%s\"]}".formatted(name)),
                    400,
                    "NAME_INVALID");
            Answer model = http.post("/deployments", "{\"model\":\"%s\",\"version\":1}".formatted(name));
            assertThat(model.code()).as(name).isIn("NAME_INVALID", "MODEL_NOT_FOUND");
        }
        assertThat(names()).isEqualTo(before);
    }

    @Test
    void numbersOfVersions() throws Exception {
        for (String number : List.of("0", "-1", "1.0", "1e1", "99999999999", "x", "+", "%2B1x")) {
            assertRefused(number, http.get("/models/named/versions/" + number));
        }
    }

    private static int names() throws Exception {
        return Integer.parseInt(http.query("select (select count(*) from registry.models) + (select count(*) from"
                + " registry.aliases) + (select count(*) from registry.nodes) + (select count(*) from registry.api_keys)"
                + " + (select count(*) from registry.join_tokens) + (select count(*) from registry.deployments) + (select"
                + " count(*) from registry.model_tags)"));
    }
}
