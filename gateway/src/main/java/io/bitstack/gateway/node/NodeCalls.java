package io.bitstack.gateway.node;

import io.bitstack.gateway.error.GatewayCode;
import io.bitstack.gateway.identity.Principal;
import io.bitstack.gateway.settings.GatewaySettings;
import io.bitstack.gateway.upstream.AnswerWatch;
import io.bitstack.gateway.upstream.BegunAnswer;
import io.bitstack.gateway.upstream.ConnectFailedException;
import io.bitstack.gateway.upstream.NotBegunException;
import io.bitstack.gateway.upstream.StreamedAnswer;
import io.bitstack.gateway.upstream.Wait;
import io.bitstack.service.ApiException;
import io.bitstack.service.ClientConnection;
import io.bitstack.service.RequestIds;
import jakarta.servlet.http.HttpServletRequest;
import java.util.Iterator;
import java.util.List;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpMethod;
import org.springframework.http.MediaType;
import org.springframework.stereotype.Component;
import tools.jackson.databind.json.JsonMapper;

/** Asks nodes, one after the other until one has begun to answer: from its first token on an answer is that node's, and asked of no other. */
@Component
class NodeCalls {
    private static final String BPW_HEADER = "BitStack-Bpw";
    private static final int SERVICE_UNAVAILABLE = 503;

    private final NodeLines lines;
    private final NodeTraffic traffic;
    private final GatewayMeters meters;
    private final JsonMapper json;
    private final GatewaySettings settings;
    private final NodeTokens tokens = new NodeTokens();

    NodeCalls(NodeLines lines, NodeTraffic traffic, GatewayMeters meters, JsonMapper json, GatewaySettings settings) {
        this.lines = lines;
        this.traffic = traffic;
        this.meters = meters;
        this.json = json;
        this.settings = settings;
    }

    /** Is told how a call goes. */
    interface Told {
        void begun(NodeView node);

        /**
         * The answer was handed on, or broke off.
         *
         * @param tokens that it took
         */
        void ended(long tokens);
    }

    /** @param nodes the nodes that may answer, the one to be asked first at the head */
    StreamedAnswer ask(List<NodeView> nodes, HttpServletRequest request, byte[] body, Told told) {
        long beginNanos = System.nanoTime();
        Iterator<NodeView> left = lines.openFirst(nodes).iterator();
        while (true) {
            NodeView node = left.next();
            Wait wait = new Wait(ClientConnection.current());
            traffic.begin(node.name(), wait);
            boolean isAnswered = false;
            try {
                BegunAnswer answer = lines.begin(
                        node,
                        wait,
                        HttpMethod.valueOf(request.getMethod()),
                        request.getRequestURI(),
                        headers(node, request),
                        body,
                        settings.nodeTimeout());
                if (answer.answer().status() == SERVICE_UNAVAILABLE && left.hasNext()) {
                    // The node says that it did not take the request, so another one may.
                    meters.retried();
                    continue;
                }
                isAnswered = true;
                return answered(node, answer, new Passing(node, request, wait, answer, body.length, told, beginNanos));
            } catch (ConnectFailedException | NotBegunException e) {
                if (!left.hasNext()) {
                    throw lastFailed(node, e);
                }
                meters.retried();
            } finally {
                if (!isAnswered) {
                    traffic.end(node.name(), wait);
                }
            }
        }
    }

    private static ApiException lastFailed(NodeView node, ApiException e) {
        return e instanceof ConnectFailedException
                ? new ApiException(
                        GatewayCode.NODE_UNREACHABLE,
                        "no connection to node '" + node.name() + "' or any other that is ready; try again",
                        e)
                : e;
    }

    private StreamedAnswer answered(NodeView node, BegunAnswer answer, Passing passing) {
        StreamedAnswer response = StreamedAnswer.of(answer, passing);
        response.headers().set(Wish.NODE_HEADER, node.name());
        response.headers().set(BPW_HEADER, Double.toString(node.bpw()));
        passing.begun();
        return response;
    }

    private HttpHeaders headers(NodeView node, HttpServletRequest request) {
        HttpHeaders headers = new HttpHeaders();
        headers.set(
                HttpHeaders.AUTHORIZATION,
                tokens.header(
                        node.accessToken(),
                        Principal.of(request).identity(),
                        request.getMethod(),
                        request.getRequestURI()));
        headers.setContentType(MediaType.APPLICATION_JSON);
        headers.set(RequestIds.HEADER, RequestIds.of(request));
        String accept = request.getHeader(HttpHeaders.ACCEPT);
        if (accept != null) {
            headers.set(HttpHeaders.ACCEPT, accept);
        }
        return headers;
    }

    /** An answer on its way to the client. */
    private final class Passing implements AnswerWatch {
        private final NodeView node;
        private final HttpServletRequest request;
        private final Wait wait;
        private final BegunAnswer answer;
        private final Told told;
        private final TokenMeter meter;
        private final long beginNanos;
        private long lastNanos;
        private boolean isFirst = true;

        Passing(
                NodeView node,
                HttpServletRequest request,
                Wait wait,
                BegunAnswer answer,
                int questionBytes,
                Told told,
                long beginNanos) {
            this.node = node;
            this.request = request;
            this.wait = wait;
            this.answer = answer;
            this.told = told;
            this.meter = new TokenMeter(json, questionBytes);
            this.beginNanos = beginNanos;
        }

        /** The first token, or the whole answer, is here. */
        void begun() {
            lastNanos = System.nanoTime();
            if (isGood() && !answer.isStreamed()) {
                told.begun(node);
                meter.whole(answer);
            }
        }

        private boolean isGood() {
            return answer.answer().status() == 200;
        }

        @Override
        public void passed(byte[] bytes, int count) {
            if (!answer.isStreamed()) {
                return;
            }
            if (isFirst) {
                // It came when the answer had begun, and is noted when the client has it.
                isFirst = false;
                noteFirst();
            } else {
                long now = System.nanoTime();
                meters.betweenPieces(now - lastNanos);
                lastNanos = now;
            }
            meter.streamed(bytes, count);
        }

        private void noteFirst() {
            if (isGood()) {
                told.begun(node);
                traffic.sawFirstToken(node.name(), lastNanos - beginNanos);
                meters.firstToken(lastNanos - beginNanos);
            }
        }

        @Override
        public void ended() {
            traffic.end(node.name(), wait);
            int status = answer.answer().status();
            long used = status == 200 ? meter.tokens() : 0;
            meters.answered(node.name(), status, used);
            told.ended(used);
            tokens.renew(
                    node.accessToken(), Principal.of(request).identity(), request.getMethod(), request.getRequestURI());
        }
    }
}
