package io.bitstack.inference.engine;

import io.bitstack.core.model.KvCache;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A stretch of a prompt in the {@link PrefixCache}, after all that its parents hold. */
final class PrefixNode {
    private record Stretch(int[] tokens) {
        @Override
        public boolean equals(@Nullable Object other) {
            return other instanceof Stretch stretch && Arrays.equals(tokens, stretch.tokens);
        }

        @Override
        public int hashCode() {
            return Arrays.hashCode(tokens);
        }
    }

    private final @Nullable PrefixNode parent;
    private final Stretch stretch;
    private final List<KvCache.Page> pages;

    /** Tokens up to the end of this stretch. */
    private final int tokens;

    private final Map<Stretch, PrefixNode> children = new HashMap<>();
    private int users;

    private PrefixNode(@Nullable PrefixNode parent, Stretch stretch, List<KvCache.Page> pages) {
        this.parent = parent;
        this.stretch = stretch;
        this.pages = pages;
        this.tokens = (parent == null ? 0 : parent.tokens) + stretch.tokens().length;
    }

    /** The beginning of all prompts of an origin. */
    static PrefixNode root(PrefixCache.Origin origin) {
        return new PrefixNode(null, new Stretch(new int[0]), List.of());
    }

    boolean isRoot() {
        return parent == null;
    }

    /** The node before this one; a root has none. */
    @Nullable
    PrefixNode parent() {
        return parent;
    }

    PrefixNode root() {
        PrefixNode at = this;
        while (at.parent != null) {
            at = at.parent;
        }
        return at;
    }

    int tokens() {
        return tokens;
    }

    List<KvCache.Page> pages() {
        return pages;
    }

    long heldBytes() {
        return pages.stream().mapToLong(KvCache.Page::heldBytes).sum();
    }

    @Nullable
    PrefixNode child(int[] prompt, int from, int length) {
        return children.get(new Stretch(Arrays.copyOfRange(prompt, from, from + length)));
    }

    PrefixNode add(int[] prompt, int from, int length, List<KvCache.Page> its) {
        PrefixNode child =
                new PrefixNode(this, new Stretch(Arrays.copyOfRange(prompt, from, from + length)), List.copyOf(its));
        children.put(child.stretch, child);
        return child;
    }

    /** One more sequence holds these pages. @return whether it is the first */
    boolean use() {
        return ++users == 1;
    }

    /** One sequence less. @return whether it was the last */
    boolean leave() {
        return --users == 0;
    }

    boolean isUnusedLeaf() {
        return users == 0 && children.isEmpty();
    }

    void detach() {
        if (parent != null) {
            parent.children.remove(stretch);
        }
    }

    /** All nodes below this one, parents before their children. */
    List<PrefixNode> descendants() {
        List<PrefixNode> all = new ArrayList<>(children.values());
        for (int i = 0; i < all.size(); i++) {
            all.addAll(all.get(i).children.values());
        }
        return all;
    }
}
