package io.bitstack.gateway.node;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.springframework.stereotype.Component;

/** Remembers which node answered which conversation of late: it may still hold what it computed for the beginning. Forgetting costs time, and nothing else. */
@Component
class Conversations {
    private static final int MOST = 50_000;
    private static final Duration KEEP = Duration.ofMinutes(30);

    private final Cache<Key, String> nodes = Caffeine.newBuilder()
            .maximumSize(MOST)
            .expireAfterAccess(KEEP)
            // What is left to do after a write is less than to wake another thread for it, in the way of a first token.
            .executor(Runnable::run)
            .build();

    private record Key(String owner, String model, int beginning) {
        // A record's own are method handles, slow where they run ten times a second.
        @Override
        public boolean equals(Object other) {
            return other instanceof Key same
                    && beginning == same.beginning
                    && owner.equals(same.owner)
                    && model.equals(same.model);
        }

        @Override
        public int hashCode() {
            return 31 * (31 * owner.hashCode() + model.hashCode()) + beginning;
        }
    }

    /**
     * The node that answered the longest beginning of a conversation.
     *
     * @param owner whose requests these are
     */
    Optional<String> node(String owner, InferenceBody body) {
        List<Integer> beginnings = body.beginnings();
        for (int i = beginnings.size() - 1; i >= 0; i--) {
            String node = nodes.getIfPresent(new Key(owner, body.model(), beginnings.get(i)));
            if (node != null) {
                return Optional.of(node);
            }
        }
        return Optional.empty();
    }

    void answered(String owner, InferenceBody body, String node) {
        if (!body.beginnings().isEmpty()) {
            nodes.put(new Key(owner, body.model(), body.beginnings().getLast()), node);
        }
    }
}
