package io.bitstack.service.channel;

/**
 * The WebSocket by which a node that nobody can dial is sent requests, one at a time: the gateway sends a {@link WorkHead} as text and the body as binary messages; the node says
 * {@link AnswerWord}s as text and sends the answer's body as binary messages between the head and the end. Whoever gives a request up closes the connection.
 */
public final class ChannelProtocol {
    /** Named in the handshake; another version would have another name. */
    public static final String NAME = "bitstack-work.1";

    /** Longer words of a node are not sent, and not taken. */
    public static final int LONGEST_WORD_CHARS = 8 * 1024;

    /** Longer heads are not taken; the gateway takes shorter ones from its clients. */
    public static final int LONGEST_HEAD_CHARS = 64 * 1024;

    private ChannelProtocol() {}

    /** Where a node opens its connections, below the gateway's address. */
    public static String path(String node) {
        return "/api/v1/nodes/" + node + "/channel";
    }
}
