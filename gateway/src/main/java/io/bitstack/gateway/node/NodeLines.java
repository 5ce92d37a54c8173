package io.bitstack.gateway.node;

import io.bitstack.gateway.channel.ChannelCalls;
import io.bitstack.gateway.channel.Channels;
import io.bitstack.gateway.upstream.BegunAnswer;
import io.bitstack.gateway.upstream.Upstream;
import io.bitstack.gateway.upstream.Wait;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpMethod;
import org.springframework.stereotype.Component;

/** How a request gets to a node: to the node's address, or over a connection that the node has opened. Nothing else differs. */
@Component
class NodeLines {
    private final Upstream upstream;
    private final ChannelCalls calls;
    private final Channels channels;

    NodeLines(Upstream upstream, ChannelCalls calls, Channels channels) {
        this.upstream = upstream;
        this.calls = calls;
        this.channels = channels;
    }

    /** The same nodes, those last that would have to open a connection first: where others are left they are asked instead. */
    List<NodeView> openFirst(List<NodeView> nodes) {
        List<NodeView> open = new ArrayList<>(nodes.size());
        List<NodeView> down = new ArrayList<>();
        for (NodeView node : nodes) {
            (isDown(node) ? down : open).add(node);
        }
        open.addAll(down);
        return open;
    }

    private boolean isDown(NodeView node) {
        return node.url() == null && !channels.isOpen(node.name());
    }

    /** As {@link Upstream} begins a request, and ends it. */
    BegunAnswer begin(
            NodeView node,
            Wait wait,
            HttpMethod method,
            String path,
            HttpHeaders headers,
            byte[] body,
            Duration timeout) {
        URI url = node.url();
        return url == null
                ? calls.begin(wait, node.name(), method.name(), path, headers, body, timeout)
                : upstream.begin(wait, method, url, path, headers, body, timeout);
    }

    /** Nodes that the registry does not list any more, such as revoked ones, have nothing open here. */
    void keepOnly(List<NodeView> nodes) {
        channels.keepOnly(nodes.stream().map(NodeView::name).collect(Collectors.toSet()));
    }
}
