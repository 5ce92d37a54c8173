package io.bitstack.gateway;

import static io.bitstack.gateway.GatewayFixture.INFER;
import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsServer;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Nodes that are asked by TLS: only those whose certificate is trusted by the configuration, and is for the host that was asked. */
class HttpsNodeTest {
    private static final String CHAT = "/v1/chat/completions";
    private static final String PASSWORD = "of-the-test";

    @TempDir
    Path directory;

    private final List<HttpsServer> nodes = new ArrayList<>();

    @AfterEach
    void stop() {
        nodes.forEach(node -> node.stop(0));
    }

    @Test
    void onlyNodesWhoseCertificateIsTrustedAndTheirOwnAreAsked() throws Exception {
        String trusted = certificate("trusted", "ip:127.0.0.1");
        String misplaced = certificate("misplaced", "dns:node.example");
        certificate("stranger", "ip:127.0.0.1");
        Path authorities = Files.writeString(directory.resolve("authorities.pem"), trusted + misplaced);
        try (GatewayFixture gateway = new GatewayFixture(
                "--spring.ssl.bundle.pem.nodes.truststore.certificate=" + authorities.toUri(),
                "--bitstack.gateway.ssl-bundle=nodes")) {
            for (String node : List.of("trusted", "misplaced", "stranger")) {
                gateway.node(node, serve(node), "ready", "demo", 1, 4);
            }
            // Twice: over a new connection, and over the one that was kept.
            for (int i = 0; i < 2; i++) {
                HttpResponse<String> answer = chat(gateway, "trusted");
                assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
                assertThat(answer.body()).isEqualTo("{\"by\":\"trusted\"}");
            }
            for (String node : List.of("misplaced", "stranger")) {
                HttpResponse<String> refused = chat(gateway, node);
                assertThat(refused.statusCode()).as(node).isEqualTo(503);
                assertThat(refused.body()).contains("node_unreachable");
            }
        }
    }

    private static HttpResponse<String> chat(GatewayFixture gateway, String node) throws Exception {
        return gateway.send(gateway.request(INFER, CHAT)
                .header("BitStack-Node", node)
                .POST(BodyPublishers.ofString("{\"model\":\"demo\"}")));
    }

    /** Makes a key with a certificate that it has signed itself, with the JDK's own tool. @return the certificate */
    private String certificate(String name, String subject) throws Exception {
        keytool("-genkeypair", "-alias", name, "-keyalg", "EC", "-dname", "CN=" + name, "-ext", "san=" + subject, name);
        keytool(
                "-exportcert",
                "-rfc",
                "-alias",
                name,
                "-file",
                directory.resolve(name + ".pem").toString(),
                name);
        return Files.readString(directory.resolve(name + ".pem"));
    }

    private void keytool(String... arguments) throws Exception {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "keytool").toString());
        command.addAll(List.of(arguments).subList(0, arguments.length - 1));
        command.addAll(List.of("-storetype", "PKCS12", "-storepass", PASSWORD));
        command.addAll(List.of(
                "-keystore",
                directory.resolve(arguments[arguments.length - 1] + ".p12").toString()));
        Path log = directory.resolve("keytool.log");
        Process process = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(log.toFile())
                .start();
        assertThat(process.waitFor(2, TimeUnit.MINUTES)).as("keytool ends").isTrue();
        assertThat(process.exitValue()).as(Files.readString(log)).isZero();
    }

    private URI serve(String name) throws Exception {
        KeyStore keys = KeyStore.getInstance("PKCS12");
        try (InputStream stored = Files.newInputStream(directory.resolve(name + ".p12"))) {
            keys.load(stored, PASSWORD.toCharArray());
        }
        KeyManagerFactory managers = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
        managers.init(keys, PASSWORD.toCharArray());
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(managers.getKeyManagers(), null, null);
        HttpsServer node = HttpsServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        node.setHttpsConfigurator(new HttpsConfigurator(context));
        node.createContext(CHAT, exchange -> {
            try (exchange) {
                exchange.getRequestBody().readAllBytes();
                StandIn.send(exchange, 200, "{\"by\":\"" + name + "\"}");
            }
        });
        node.start();
        nodes.add(node);
        return URI.create("https://127.0.0.1:" + node.getAddress().getPort());
    }
}
