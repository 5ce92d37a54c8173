package io.bitstack.service.channel;

import java.util.List;
import java.util.Map;

/**
 * A request for a node, without its body.
 *
 * @param path as it is sent
 * @param bodyBytes of the binary messages that follow, all together
 */
public record WorkHead(String method, String path, Map<String, List<String>> headers, int bodyBytes) {}
