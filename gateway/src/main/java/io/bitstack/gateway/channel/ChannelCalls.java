package io.bitstack.gateway.channel;

import io.bitstack.gateway.settings.GatewaySettings;
import io.bitstack.gateway.upstream.BegunAnswer;
import io.bitstack.gateway.upstream.Upstream;
import io.bitstack.gateway.upstream.Wait;
import io.bitstack.gateway.watch.Traces;
import io.bitstack.service.channel.WorkHead;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.springframework.http.HttpHeaders;
import org.springframework.stereotype.Component;

/** Asks nodes over the connections that they have opened, as {@link Upstream} does over those that it opens. */
@Component
public class ChannelCalls {
    private final Channels channels;
    private final Upstream upstream;
    private final Traces traces;
    private final Duration connectTimeout;

    ChannelCalls(Channels channels, Upstream upstream, Traces traces, GatewaySettings settings) {
        this.channels = channels;
        this.upstream = upstream;
        this.traces = traces;
        this.connectTimeout = settings.connectTimeout();
    }

    /**
     * Sends a request to a node, and returns when the first bytes of a streamed answer are there, or the whole of any other. Fails as
     * {@link Upstream#begin(Wait, org.springframework.http.HttpMethod, java.net.URI, String, HttpHeaders, byte[], Duration)} does; a node without a free connection counts as one that
     * cannot be reached.
     *
     * @param timeout how long the answer may take until it begins, or until it goes on
     */
    public BegunAnswer begin(
            Wait wait, String node, String method, String path, HttpHeaders headers, byte[] body, Duration timeout) {
        Map<String, List<String>> sent = new LinkedHashMap<>();
        headers.forEach(sent::put);
        ChannelCall call = new ChannelCall(
                channels, node, new WorkHead(method, path, sent, body.length), body, connectTimeout, timeout);
        return upstream.begin(wait, call::cancel, () -> call.ask(traces));
    }
}
