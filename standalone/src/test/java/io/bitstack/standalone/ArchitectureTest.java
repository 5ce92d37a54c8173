package io.bitstack.standalone;

import static com.tngtech.archunit.base.DescribedPredicate.not;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.lang.conditions.ArchConditions;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Who may use whom: modules, the packages of core, and what is confined to one of them. */
class ArchitectureTest {
    private static final JavaClasses ALL = new ClassFileImporter()
            .withImportOption(new ImportOption.DoNotIncludeTests())
            // Once it is packaged, core's test code comes as a jar, which the option before does not know for tests.
            .withImportOption(location -> !location.contains("-tests.jar"))
            .importPackages("io.bitstack");

    private static final List<String> SERVICES = List.of("registry", "compression", "inference", "gateway");

    /** The packages of core, each of which may use only those before it. */
    private static final List<String> CORE_ORDER =
            List.of("tensor", "source", "safetensors", "gguf", "kernel", "codec", "stack", "tokenizer", "model");

    @Test
    void servicesNeverUseEachOther() {
        for (String service : SERVICES) {
            for (String other : SERVICES) {
                if (!service.equals(other)) {
                    noClasses()
                            .that(resideInAPackage("io.bitstack." + service + ".."))
                            .should()
                            .dependOnClassesThat(resideInAPackage("io.bitstack." + other + ".."))
                            .check(ALL);
                }
            }
        }
    }

    @Test
    void coreKnowsNoServiceAndNoFramework() {
        noClasses()
                .that(resideInAPackage("io.bitstack.core.."))
                .should()
                .dependOnClassesThat(resideInAPackage("io.bitstack..").and(not(resideInAPackage("io.bitstack.core.."))))
                .orShould()
                .dependOnClassesThat(resideInAnyPackage("org.springframework..", "jakarta.."))
                .check(ALL);
    }

    @Test
    void packagesOfCoreUseOnlyThoseBeforeThem() {
        for (int i = 0; i < CORE_ORDER.size(); i++) {
            for (int later = i + 1; later < CORE_ORDER.size(); later++) {
                noClasses()
                        .that(resideInAPackage("io.bitstack.core." + CORE_ORDER.get(i) + ".."))
                        .should()
                        .dependOnClassesThat(resideInAPackage("io.bitstack.core." + CORE_ORDER.get(later) + ".."))
                        .check(ALL);
            }
        }
        classes()
                .that(resideInAPackage("io.bitstack.core.."))
                .should(ArchConditions.resideInAnyPackage(CORE_ORDER.stream()
                        .map(name -> "io.bitstack.core." + name)
                        .toArray(String[]::new)))
                .check(ALL);
    }

    @Test
    void theRegistryIsNotNumeric() {
        noClasses()
                .that(resideInAPackage("io.bitstack.registry.."))
                .should()
                .dependOnClassesThat(
                        resideInAPackage("io.bitstack.core..").and(not(resideInAPackage("io.bitstack.core.stack.."))))
                .check(ALL);
    }

    @Test
    void whatIsSpecialStaysInItsPlace() {
        noClasses()
                .that(not(resideInAPackage("io.bitstack.core.kernel..")))
                .should()
                .dependOnClassesThat(resideInAPackage("jdk.incubator.."))
                .check(ALL);
        noClasses()
                .that(not(resideInAPackage("io.bitstack.compression.linalg..")))
                .should()
                .dependOnClassesThat(resideInAnyPackage("org.nd4j..", "org.bytedeco.."))
                .check(ALL);
        noClasses()
                .that(not(resideInAPackage("io.bitstack.core.stack..")))
                .should()
                .dependOnClassesThat(resideInAnyPackage("io.minio..", "okhttp3.."))
                .check(ALL);
        noClasses()
                .that(not(resideInAPackage("io.bitstack.standalone..")))
                .should()
                .dependOnClassesThat(resideInAnyPackage("io.bitstack.standalone..", "io.zonky..", "picocli.."))
                .check(ALL);
    }

    @Test
    void theDemoKnowsNothingButTheGateway() {
        noClasses()
                .that(resideInAnyPackage("io.bitstack.standalone.demo..", "io.bitstack.standalone.client.."))
                .should()
                .dependOnClassesThat(resideInAnyPackage(
                        "io.bitstack.registry..",
                        "io.bitstack.compression..",
                        "io.bitstack.inference..",
                        "io.bitstack.gateway..",
                        "io.bitstack.standalone.platform.."))
                .check(ALL);
    }

    @Test
    void featuresOfAServiceDoNotUseEachOtherInACircle() {
        for (String service : SERVICES) {
            slices().matching("io.bitstack." + service + ".(*)..")
                    .should()
                    .beFreeOfCycles()
                    .check(ALL);
        }
    }
}
