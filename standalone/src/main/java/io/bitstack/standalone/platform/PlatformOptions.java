package io.bitstack.standalone.platform;

import java.nio.file.Path;
import java.util.List;

/**
 * How the platform is started.
 *
 * @param dataDirectory everything that lasts is kept below it
 * @param port of the gateway; 0 for any free one
 * @param allowedDirectories models and texts may be read below these
 */
public record PlatformOptions(Path dataDirectory, int port, List<Path> allowedDirectories, List<NodeOptions> nodes) {

    public static final int DEFAULT_PORT = 8080;

    /** @param budgetBytes 0 for half of the memory */
    public record NodeOptions(String name, long budgetBytes) {}

    /** Where the platform of this user keeps its data, unless it is told another place. */
    public static Path defaultDataDirectory() {
        String set = System.getenv("BITSTACK_DATA");
        return set == null || set.isBlank() ? Path.of(System.getProperty("user.home"), ".bitstack") : Path.of(set);
    }
}
