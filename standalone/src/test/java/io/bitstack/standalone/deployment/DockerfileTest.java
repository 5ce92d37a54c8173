package io.bitstack.standalone.deployment;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.module.ModuleFinder;
import java.lang.module.ModuleReference;
import java.nio.file.Files;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** The Dockerfile copies and starts what is there, as a user without rights. */
class DockerfileTest {
    private static Dockerfile dockerfile;

    @BeforeAll
    static void read() throws Exception {
        dockerfile = Dockerfile.read();
    }

    @Test
    void itRunsAsANumberedUserWithoutRights() {
        assertThat(dockerfile.last("USER").getLast().arguments()).allMatch(user -> user.matches("[1-9]\\d*:[1-9]\\d*"));
    }

    @Test
    void itsCommandsAreFilesThatItBrings() {
        for (String instruction : List.of("ENTRYPOINT", "HEALTHCHECK")) {
            String program = dockerfile.command(instruction).getFirst();
            assertThat(dockerfile.brings(program)).as(program).isTrue();
            String name = program.substring(program.lastIndexOf('/') + 1);
            assertThat(Source.file("docker/" + name)).isExecutable();
        }
        assertThat(dockerfile.command("HEALTHCHECK").getLast()).isIn("liveness", "readiness");
    }

    @Test
    void whatItCopiesIsThere() {
        Set<String> stages = new HashSet<>();
        int fromContext = 0;
        for (Dockerfile.Instruction instruction : dockerfile.all()) {
            if (instruction.name().equals("FROM")) {
                stages.add(instruction.arguments().getLast());
            }
            if (instruction.name().equals("COPY")) {
                String from = instruction.options().get("from");
                if (from != null) {
                    assertThat(stages).contains(from);
                    continue;
                }
                for (String source : instruction
                        .arguments()
                        .subList(0, instruction.arguments().size() - 1)) {
                    fromContext++;
                    assertThat(Source.file(source)).exists();
                }
            }
        }
        assertThat(fromContext).isGreaterThanOrEqualTo(3);
    }

    @Test
    void theLayersAreCopiedFromWhatChangesLeastToWhatChangesMost() {
        assertThat(dockerfile.last("COPY").stream()
                        .map(copy -> copy.arguments().getFirst())
                        .filter(source -> source.startsWith("/out/")))
                .containsExactly(
                        "/out/${SERVICE}/layers/dependencies/",
                        "/out/${SERVICE}/layers/spring-boot-loader/",
                        "/out/${SERVICE}/layers/snapshot-dependencies/",
                        "/out/${SERVICE}/layers/application/",
                        "/out/${SERVICE}/settings/");
    }

    @Test
    void theRuntimesModulesAreThoseOfTheJdk() {
        Set<String> known = ModuleFinder.ofSystem().findAll().stream()
                .map(ModuleReference::descriptor)
                .map(java.lang.module.ModuleDescriptor::name)
                .collect(Collectors.toSet());
        Matcher modules = Pattern.compile("--add-modules (\\S+)")
                .matcher(dockerfile.all().stream()
                        .map(Dockerfile.Instruction::text)
                        .filter(text -> text.contains("jlink"))
                        .findFirst()
                        .orElseThrow());
        assertThat(modules.find()).isTrue();
        assertThat(known).contains(modules.group(1).split(","));
    }

    @Test
    void itNamesTheServicesThatThereAre() throws Exception {
        String text = Source.text("Dockerfile");
        for (String module : ServiceCode.modules()) {
            assertThat(text).contains(module);
            assertThat(Files.readString(Source.file(module + "/pom.xml"))).contains("spring-boot-maven-plugin");
        }
    }
}
