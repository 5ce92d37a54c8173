package io.bitstack.registry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.bitstack.registry.RegistryFixture.Answer;
import io.bitstack.service.testing.OwnDatabase;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A join token that the operator chose is known from the start, as long as it is set, and never against an administrator's word. */
class PresetJoinTokenTest {
    private static final String FIRST = "bsj_first-preset-join-token-0123456789abcdef";
    private static final String SECOND = "bsj_second-preset-join-token-0123456789abcdef";

    @TempDir
    Path blobs;

    private RegistryFixture start(OwnDatabase database, String token) {
        return new RegistryFixture(
                database.url(),
                () -> {},
                "--bitstack.blobs.directory=" + blobs,
                "--bitstack.registry.bootstrap-join-token=" + token);
    }

    private static Answer verify(RegistryFixture registry, String token) throws Exception {
        return registry.post("/internal/join-tokens/verify", "{\"token\":\"%s\"}".formatted(token));
    }

    private static Answer join(RegistryFixture registry, String token, String node) throws Exception {
        String id = verify(registry, token).body().path("id").asString();
        return registry.sendAs(id + ";join", "POST", "/join", "{\"name\":\"%s\"}".formatted(node));
    }

    @Test
    void itLetsNodesInUntilItIsChangedOrRevoked() throws Exception {
        try (OwnDatabase database = OwnDatabase.create()) {
            String id;
            try (RegistryFixture registry = start(database, FIRST)) {
                assertThat(join(registry, FIRST, "one").status()).isEqualTo(201);
                assertThat(join(registry, FIRST, "two").status()).isEqualTo(201);
                id = verify(registry, FIRST).body().path("id").asString();
            }
            try (RegistryFixture registry = start(database, FIRST)) {
                assertThat(verify(registry, FIRST).body().path("id").asString()).isEqualTo(id);
                assertThat(registry.send("DELETE", "/join-tokens/" + id, "").status())
                        .isEqualTo(204);
            }
            try (RegistryFixture registry = start(database, FIRST)) {
                assertThat(verify(registry, FIRST).code())
                        .as("revoked, and so it stays")
                        .isEqualTo("JOIN_TOKEN_UNKNOWN");
            }
            try (RegistryFixture registry = start(database, SECOND)) {
                assertThat(join(registry, SECOND, "three").status()).isEqualTo(201);
            }
            try (RegistryFixture registry = start(database, "")) {
                assertThat(verify(registry, SECOND).code()).as("no longer set").isEqualTo("JOIN_TOKEN_UNKNOWN");
                assertThat(registry.get("/audit-events?limit=50").body().toString())
                        .contains("join-token.revoke");
            }
        }
    }

    @Test
    void aShortOrForeignTokenIsRefusedAtTheStart() throws Exception {
        try (OwnDatabase database = OwnDatabase.create()) {
            for (String bad :
                    new String[] {"bsj_short", "bsk_a-key-instead-of-a-token-0123456789", "bsj_" + "x".repeat(300)}) {
                assertThatThrownBy(() -> start(database, bad))
                        .hasStackTraceContaining(
                                "bootstrap-join-token must be 'bsj_' and at least 32 random characters");
            }
        }
    }
}
