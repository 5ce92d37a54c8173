package io.bitstack.standalone.deployment;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.HashSet;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Passwords and keys are made by one script: nobody else gets at them, none is guessable, what is there stays. */
class MakeSecretsTest {
    @TempDir
    Path directory;

    @Test
    void theirDirectoryIsTheOwnersAlone() throws Exception {
        Path secrets = directory.resolve("secrets");
        Files.createDirectory(
                secrets, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwxr-xr-x")));
        SecretFiles.make(secrets);
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(secrets)))
                .isEqualTo("rwx------");
    }

    @Test
    void everySecretIsLongAndItsOwn() throws Exception {
        Map<String, String> one = SecretFiles.make(directory.resolve("one"));
        Map<String, String> other = SecretFiles.make(directory.resolve("other"));
        assertThat(one.values()).allSatisfy(secret -> assertThat(secret).matches("(bsk_|bsj_)?[0-9a-f]{48}"));
        assertThat(new HashSet<>(one.values())).hasSameSizeAs(one.keySet()).doesNotContainAnyElementsOf(other.values());
        assertThat(one.get("BITSTACK_REGISTRY_BOOTSTRAP_ADMIN_KEY")).startsWith("bsk_");
        assertThat(one.get("BITSTACK_NODE_JOIN_TOKEN")).startsWith("bsj_");
    }

    @Test
    void whatIsThereStays() throws Exception {
        Path secrets = Files.createDirectory(directory.resolve("secrets"));
        Files.writeString(secrets.resolve("BITSTACK_DATABASE_PASSWORD"), "my own");
        Map<String, String> made = SecretFiles.make(secrets);
        assertThat(made).containsEntry("BITSTACK_DATABASE_PASSWORD", "my own");
        assertThat(SecretFiles.make(secrets)).isEqualTo(made);
    }

    @Test
    void anEmptySecretIsRefused() throws Exception {
        Path secrets = Files.createDirectory(directory.resolve("secrets"));
        Files.createFile(secrets.resolve("BITSTACK_INTERNAL_TOKEN"));
        SecretFiles.Result result = SecretFiles.run(secrets.toString());
        assertThat(result.exitCode()).isNotZero();
        assertThat(result.output()).contains("BITSTACK_INTERNAL_TOKEN is empty");
    }

    @Test
    void aLinkInPlaceOfTheDirectoryIsRefused() throws Exception {
        Path elsewhere = Files.createDirectory(directory.resolve("elsewhere"));
        Path link = Files.createSymbolicLink(directory.resolve("link"), elsewhere);
        assertThat(SecretFiles.run(link.toString()).exitCode()).isNotZero();
        assertThat(elsewhere).isEmptyDirectory();
    }

    @Test
    void whatIsNoNamespaceIsRefused() throws Exception {
        String path = directory.resolve("none").toString();
        for (String namespace : new String[] {"", "Upper", "a b", "x\ny: z", "-x"}) {
            assertThat(SecretFiles.run("--kubernetes", namespace, path).exitCode())
                    .as(namespace)
                    .isEqualTo(2);
        }
        assertThat(Path.of(path)).doesNotExist();
    }
}
