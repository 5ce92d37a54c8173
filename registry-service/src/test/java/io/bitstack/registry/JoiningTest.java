package io.bitstack.registry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;

import io.bitstack.registry.RegistryFixture.Answer;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/** Nodes join with tokens, get keys of their own, and can touch themselves alone. */
class JoiningTest {
    private static RegistryFixture http;

    @BeforeAll
    static void start() throws Exception {
        http = SharedRegistry.get().http;
    }

    private static JsonNode token(String json) throws Exception {
        Answer made = http.post("/join-tokens", json);
        assertThat(made.status()).as(made.body().toString()).isEqualTo(201);
        assertThat(made.body().path("token").asString()).startsWith("bsj_");
        return made.body();
    }

    private static Answer join(JsonNode token, String node) throws Exception {
        return http.sendAs(token.path("id").asString() + ";join", "POST", "/join", "{\"name\":\"%s\"}".formatted(node));
    }

    static String report(String state) {
        return """
                {"url":"http://127.0.0.1:1234","accessToken":"0123456789abcdef0123","budgetBytes":1000,
                 "labels":{"zone":"reported","kind":"edge"},"state":"%s","blocks":5,"heldBytes":10,"activeRequests":0,
                 "queuedRequests":0,"corruptBlobs":0,"memory":{"limitBytes":5000,"processBytes":1}}""".formatted(state);
    }

    private static void assertProblem(Answer answer, int status, String code) {
        assertThat(answer.status()).as(answer.body().toString()).isEqualTo(status);
        assertThat(answer.code()).isEqualTo(code);
    }

    private static String keyId(String key) throws Exception {
        return http.post("/internal/keys/verify", "{\"key\":\"%s\"}".formatted(key))
                .body()
                .path("id")
                .asString();
    }

    @Test
    void aOneTimeTokenLetsOneNodeIn() throws Exception {
        JsonNode token = token("{\"name\":\"once\",\"labels\":{\"zone\":\"given\"}}");
        Answer joined = join(token, "join-a");
        assertThat(joined.status()).as(joined.body().toString()).isEqualTo(201);
        assertThat(joined.body().path("key").asString()).startsWith("bsk_");
        assertThat(joined.body().path("labels").path("zone").asString()).isEqualTo("given");
        assertProblem(join(token, "join-b"), 401, "JOIN_TOKEN_UNKNOWN");
        String principal = keyId(joined.body().path("key").asString()) + ";node";
        assertThat(http.sendAs(principal, "PUT", "/nodes/join-a", report("ready"))
                        .status())
                .isEqualTo(200);
        JsonNode labels = http.get("/nodes/join-a").body().path("labels");
        assertThat(labels.path("zone").asString()).as("what was given counts").isEqualTo("given");
        assertThat(labels.path("kind").asString()).isEqualTo("edge");
    }

    @Test
    void ofManyWhoUseAOneTimeTokenAtOnceOneJoins() throws Exception {
        JsonNode token = token("{\"name\":\"raced\"}");
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<Answer>> answers = IntStream.range(0, 8)
                    .mapToObj(i -> threads.submit((Callable<Answer>) () -> join(token, "racer-" + i)))
                    .toList();
            int joined = 0;
            for (Future<Answer> answer : answers) {
                joined += answer.get().status() == 201 ? 1 : 0;
            }
            assertThat(joined).isEqualTo(1);
        }
    }

    @Test
    void aReusableTokenLetsManyInUntilItIsRevoked() throws Exception {
        JsonNode token = token("{\"name\":\"many\",\"reusable\":true,\"expiresInSeconds\":600}");
        assertThat(join(token, "many-a").status()).isEqualTo(201);
        assertThat(join(token, "many-b").status()).isEqualTo(201);
        assertProblem(join(token, "many-a"), 409, "NODE_EXISTS");
        String id = token.path("id").asString();
        JsonNode listed = http.get("/join-tokens?limit=200").body().path("items");
        assertThat(listed.toString())
                .contains(id)
                .doesNotContain(token.path("token").asString());
        assertThat(http.query("select count(*) from registry.join_tokens where hash like '%"
                        + token.path("token").asString() + "%'"))
                .isEqualTo("0");
        assertThat(http.send("DELETE", "/join-tokens/" + id, "").status()).isEqualTo(204);
        assertProblem(join(token, "many-c"), 401, "JOIN_TOKEN_UNKNOWN");
        assertProblem(http.send("DELETE", "/join-tokens/none", ""), 404, "JOIN_TOKEN_NOT_FOUND");
    }

    @Test
    void aLostNodeComesBackWithItsReusableTokenAndItsOldKeyIsRevoked() throws Exception {
        JsonNode token = token("{\"name\":\"pool\",\"reusable\":true,\"labels\":{\"pool\":\"edge\"}}");
        String old = join(token, "machine").body().path("key").asString();
        String principal = keyId(old) + ";node";
        http.send("PATCH", "/nodes/machine", "{\"budgetBytes\":400}");
        http.sendAs(principal, "PUT", "/nodes/machine", report("ready"));
        assertProblem(join(token, "machine"), 409, "NODE_EXISTS");
        silence("machine");
        assertProblem(join(token("{\"name\":\"other\",\"reusable\":true}"), "machine"), 409, "NODE_EXISTS");
        assertProblem(join(token("{\"name\":\"one-time\"}"), "machine"), 409, "NODE_EXISTS");
        Answer again = join(token, "machine");
        assertThat(again.status()).as(again.body().toString()).isEqualTo(201);
        assertProblem(join(token, "machine"), 409, "NODE_EXISTS");
        assertProblem(http.sendAs(principal, "PUT", "/nodes/machine", report("ready")), 403, "NODE_FOREIGN");
        assertProblem(http.post("/internal/keys/verify", "{\"key\":\"%s\"}".formatted(old)), 401, "KEY_UNKNOWN");
        JsonNode node = http.get("/nodes/machine").body();
        assertThat(node.path("state").asString()).as("what it reported is past").isEqualTo("empty");
        assertThat(node.path("desiredBudgetBytes").asLong()).isEqualTo(400);
        assertThat(node.path("labels").path("pool").asString()).isEqualTo("edge");
        String renewed = keyId(again.body().path("key").asString()) + ";node";
        assertThat(http.sendAs(renewed, "PUT", "/nodes/machine", report("ready"))
                        .status())
                .isEqualTo(200);
    }

    @Test
    void ofManyWhoComeBackAsOneLostNodeAtOnceOneDoes() throws Exception {
        JsonNode token = token("{\"name\":\"pool-raced\",\"reusable\":true}");
        assertThat(join(token, "machine-raced").status()).isEqualTo(201);
        silence("machine-raced");
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<Answer>> answers = IntStream.range(0, 8)
                    .mapToObj(_ -> threads.submit((Callable<Answer>) () -> join(token, "machine-raced")))
                    .toList();
            int joined = 0;
            for (Future<Answer> answer : answers) {
                joined += answer.get().status() == 201 ? 1 : 0;
            }
            assertThat(joined).isEqualTo(1);
        }
        assertThat(http.query(
                        "select count(*) from registry.api_keys where name = 'machine-raced' and revoked_at is null"))
                .isEqualTo("1");
    }

    /** Makes a node one that has not been heard of for long. */
    private static void silence(String node) throws Exception {
        http.execute("update registry.nodes set last_seen_at = clock_timestamp() - interval '1 minute' where name = '"
                + node + "'");
    }

    @Test
    void anExpiredTokenLetsNobodyIn() throws Exception {
        JsonNode token = token("{\"name\":\"late\"}");
        String shown = "{\"token\":\"%s\"}".formatted(token.path("token").asString());
        Answer good = http.post("/internal/join-tokens/verify", shown);
        assertThat(good.body().path("scope").asString()).isEqualTo("join");
        http.execute("update registry.join_tokens set expires_at = clock_timestamp() - interval '1 second' where id = '"
                + token.path("id").asString() + "'");
        assertProblem(http.post("/internal/join-tokens/verify", shown), 401, "JOIN_TOKEN_UNKNOWN");
        assertProblem(join(token, "too-late"), 401, "JOIN_TOKEN_UNKNOWN");
    }

    @Test
    void aNodeTouchesItselfAloneUntilItIsRemoved() throws Exception {
        JsonNode token = token("{\"name\":\"two\",\"reusable\":true}");
        String key = join(token, "self").body().path("key").asString();
        join(token, "neighbour");
        String principal = keyId(key) + ";node";
        assertThat(http.sendAs(principal, "PUT", "/nodes/self", report("ready")).status())
                .isEqualTo(200);
        assertProblem(http.sendAs(principal, "PUT", "/nodes/neighbour", report("ready")), 403, "NODE_FOREIGN");
        assertProblem(http.sendAs(principal, "POST", "/join", "{\"name\":\"third\"}"), 403, "FORBIDDEN");
        assertThat(http.send("DELETE", "/nodes/self", "").status()).isEqualTo(204);
        assertProblem(http.sendAs(principal, "PUT", "/nodes/self", report("ready")), 403, "NODE_FOREIGN");
        assertProblem(http.post("/internal/keys/verify", "{\"key\":\"%s\"}".formatted(key)), 401, "KEY_UNKNOWN");
        assertThat(join(token, "self").status()).as("the name is free again").isEqualTo(201);
    }

    @Test
    void aNodeWhoseKeyHasExpiredIsAStranger() throws Exception {
        String key =
                join(token("{\"name\":\"aging\"}"), "aged").body().path("key").asString();
        String principal = keyId(key) + ";node";
        assertThat(http.sendAs(principal, "PUT", "/nodes/aged", report("ready")).status())
                .isEqualTo(200);
        http.execute("update registry.api_keys set expires_at = clock_timestamp() - interval '1 second' where id = '"
                + keyId(key) + "'");
        assertProblem(http.sendAs(principal, "PUT", "/nodes/aged", report("ready")), 403, "NODE_FOREIGN");
    }

    @Test
    void aDrainedNodeIsSentNothingAndStaysWhatItIs() throws Exception {
        Reported.node(http, "drained", report("ready"));
        for (int i = 0; i < 2; i++) {
            Answer drained = http.send("POST", "/nodes/drained/drain", "");
            assertThat(drained.status()).as(drained.body().toString()).isEqualTo(200);
            assertThat(drained.body().path("state").asString()).isIn("draining", "stale");
            assertThat(drained.body().path("drainedAt").asString()).isNotEmpty();
        }
        JsonNode reporting = Reported.node(http, "drained", report("ready"));
        assertThat(reporting.path("state").asString())
                .as("it goes on reporting")
                .isEqualTo("draining");
        assertThat(forGateway("drained").path("state").asString()).isIn("draining", "stale");
        assertThat(Reported.node(http, "drained", report("loading"))
                        .path("state")
                        .asString())
                .isEqualTo("loading");
        Answer undrained = http.send("POST", "/nodes/drained/undrain", "");
        assertThat(undrained.body().has("drainedAt")).isFalse();
        assertThat(Reported.node(http, "drained", report("ready")).path("state").asString())
                .isEqualTo("ready");
        // Of a machine that stopped in between it may also be said that the node was lost and came back.
        assertThat(eventsOf("drained"))
                .filteredOn(type -> !type.matches(".*(lost|returned)"))
                .containsExactly("io.bitstack.node.joined", "io.bitstack.node.drained", "io.bitstack.node.undrained");
        assertProblem(http.send("POST", "/nodes/nobody/drain", ""), 404, "NODE_NOT_FOUND");
        assertProblem(http.send("POST", "/nodes/nobody/undrain", ""), 404, "NODE_NOT_FOUND");
        assertProblem(http.send("POST", "/nodes/nobody/revoke", ""), 404, "NODE_NOT_FOUND");
    }

    @Test
    void aRevokedNodeIsAStrangerUntilItJoinsAgain() throws Exception {
        JsonNode token = token("{\"name\":\"twice\",\"reusable\":true,\"labels\":{\"pool\":\"r\"}}");
        String key = join(token, "revoked").body().path("key").asString();
        String principal = keyId(key) + ";node";
        http.sendAs(principal, "PUT", "/nodes/revoked", report("ready"));
        http.send("PATCH", "/nodes/revoked", "{\"budgetBytes\":77}");
        for (int i = 0; i < 2; i++) {
            Answer revoked = http.send("POST", "/nodes/revoked/revoke", "");
            assertThat(revoked.status()).as(revoked.body().toString()).isEqualTo(200);
            assertThat(revoked.body().path("state").asString()).isEqualTo("revoked");
            assertThat(revoked.body().path("revokedAt").asString()).isNotEmpty();
        }
        assertProblem(http.post("/internal/keys/verify", "{\"key\":\"%s\"}".formatted(key)), 401, "KEY_UNKNOWN");
        assertProblem(http.sendAs(principal, "PUT", "/nodes/revoked", report("ready")), 403, "NODE_FOREIGN");
        assertProblem(http.send("PUT", "/nodes/revoked", report("ready")), 403, "NODE_FOREIGN");
        assertThat(forGateway("revoked").has("accessToken")
                        && !forGateway("revoked").path("accessToken").asString().isEmpty())
                .as("the gateway has nothing to show to it")
                .isFalse();
        Answer again = join(token, "revoked");
        assertThat(again.status()).as(again.body().toString()).isEqualTo(201);
        String anew = keyId(again.body().path("key").asString()) + ";node";
        JsonNode desired =
                http.sendAs(anew, "PUT", "/nodes/revoked", report("ready")).body();
        assertThat(desired.path("budgetBytes").asLong())
                .as("what was said of it still counts")
                .isEqualTo(77);
        assertThat(http.get("/nodes/revoked").body().path("state").asString()).isIn("ready", "stale");
        assertProblem(http.sendAs(principal, "PUT", "/nodes/revoked", report("ready")), 403, "NODE_FOREIGN");
        assertThat(eventsOf("revoked"))
                .containsSubsequence("io.bitstack.node.joined", "io.bitstack.node.revoked", "io.bitstack.node.joined");
    }

    private static JsonNode forGateway(String node) throws Exception {
        for (JsonNode one : http.get("/internal/nodes").body()) {
            if (one.path("name").asString().equals(node)) {
                return one;
            }
        }
        return fail("the gateway is not told of node " + node);
    }

    private static List<String> eventsOf(String node) throws Exception {
        return http.query("select string_agg(type, ',' order by id) from registry.events where subject = 'nodes/" + node
                        + "'")
                .lines()
                .flatMap(line -> Stream.of(line.split(",")))
                .toList();
    }

    @Test
    void badTokensAndLabelsAreRefused() throws Exception {
        assertProblem(http.post("/join-tokens", "{\"name\":\"x\",\"expiresInSeconds\":0}"), 400, "REQUEST_INVALID");
        assertProblem(http.post("/join-tokens", "{\"name\":\"../x\"}"), 400, "NAME_INVALID");
        assertProblem(http.post("/join-tokens", "{\"name\":\"x\",\"labels\":{\"a b\":\"c\"}}"), 400, "LABEL_INVALID");
        JsonNode token = token("{\"name\":\"bad-names\",\"reusable\":true}");
        assertProblem(join(token, "../etc"), 400, "NAME_INVALID");
        assertThat(join(token, "labelled").status()).isEqualTo(201);
        Answer labelled = http.send("PUT", "/nodes/labelled/labels", "{\"labels\":{\"pool\":\"b\"}}");
        assertThat(labelled.body().path("labels").path("pool").asString()).isEqualTo("b");
        assertProblem(http.send("PUT", "/nodes/labelled/labels", "{\"labels\":{\"\":\"b\"}}"), 400, "LABEL_INVALID");
    }

    @Test
    void aBudgetAboveTheMachineIsRefused() throws Exception {
        http.send("PUT", "/nodes/bounded", report("ready"));
        assertProblem(http.send("PATCH", "/nodes/bounded", "{\"budgetBytes\":5001}"), 422, "BUDGET_TOO_LARGE");
        assertProblem(http.send("PATCH", "/nodes/bounded", "{\"budgetBytes\":0}"), 400, "REQUEST_INVALID");
        assertProblem(http.send("PATCH", "/nodes/bounded", "{\"budgetBytes\":-1}"), 400, "REQUEST_INVALID");
        assertProblem(http.send("PATCH", "/nodes/bounded", "{\"budgetShare\":1.5}"), 400, "REQUEST_INVALID");
        assertProblem(
                http.send("PATCH", "/nodes/bounded", "{\"budgetBytes\":5,\"budgetShare\":0.5}"),
                400,
                "REQUEST_INVALID");
        http.send("PATCH", "/nodes/bounded", "{\"budgetShare\":0.5}");
        JsonNode desired = http.send("PUT", "/nodes/bounded", report("ready")).body();
        assertThat(desired.path("budgetShare").asDouble()).isEqualTo(0.5);
        assertThat(desired.path("budgetBytes").isNull()).isTrue();
        assertThat(eventsOf("bounded")).contains("io.bitstack.node.budget-set");
    }
}
