package io.bitstack.inference.engine;

import io.bitstack.core.model.KvCache;
import io.bitstack.core.stack.Digest;
import io.bitstack.core.stack.MemoryModel;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * KV pages of prompts that were run, for prompts that begin alike: a tree in which each child has the next {@link #STRETCH_TOKENS} tokens. Only
 * whole stretches are kept, each run as one chunk, so that an answer over kept pages is the same to the last bit as one without them. One
 * thread at a time.
 */
final class PrefixCache {
    /** A chunk of the forward pass, and whole pages. */
    static final int STRETCH_TOKENS = Math.max(MemoryModel.CHUNK_TOKENS, MemoryModel.PAGE_TOKENS);

    private static final int STRETCH_PAGES = STRETCH_TOKENS / MemoryModel.PAGE_TOKENS;

    static {
        if (STRETCH_TOKENS % MemoryModel.PAGE_TOKENS != 0 || STRETCH_TOKENS % MemoryModel.CHUNK_TOKENS != 0) {
            throw new AssertionError("chunks and pages do not end together");
        }
    }

    /**
     * What keys and values depend on besides the tokens.
     *
     * @param blocks k, the prefix of the stack that they were computed with
     * @param frequencyTokens the length that the rotation depends on
     */
    record Origin(Digest stack, int blocks, int frequencyTokens) {}

    private final Map<Origin, PrefixNode> roots = new HashMap<>();

    /** All nodes but roots, the one that was used longest ago first. */
    private final LinkedHashSet<PrefixNode> byUse = new LinkedHashSet<>();

    private int usedNodes;
    private long heldBytes;

    /** Pages that are kept, those included that running sequences hold too. */
    int heldPages() {
        return byUse.size() * STRETCH_PAGES;
    }

    /** Those of them that running sequences hold too; they can't be given up. */
    int usedPages() {
        return usedNodes * STRETCH_PAGES;
    }

    long heldBytes() {
        return heldBytes;
    }

    /** A sequence's way down the tree; it ends with {@link #close}. */
    final class Path implements AutoCloseable {
        private @Nullable PrefixNode end;

        /** Whether the sequence's pages are not those of the tree any more, as when the model has changed its size meanwhile. */
        private boolean left;

        /**
         * Appends to {@code cache} what is kept of the prompt's tokens from its length on; at least one token stays to be run.
         *
         * @return tokens appended
         */
        int follow(Origin origin, KvCache cache, int[] prompt) {
            int before = cache.length();
            while (on(origin, cache) && cache.length() + STRETCH_TOKENS < prompt.length) {
                PrefixNode next = node(origin).child(prompt, cache.length(), STRETCH_TOKENS);
                if (next == null) {
                    break;
                }
                next.pages().forEach(cache::adopt);
                enter(next);
            }
            return cache.length() - before;
        }

        /** Keeps the stretch of the prompt that was just run, if it is a whole one and all before it is kept. */
        void keep(Origin origin, KvCache cache, int[] prompt) {
            int from = cache.sharedPages() * MemoryModel.PAGE_TOKENS;
            if (cache.length() != from + STRETCH_TOKENS || !on(origin, from)) {
                return;
            }
            PrefixNode parent = node(origin);
            if (parent.child(prompt, from, STRETCH_TOKENS) != null) {
                // Another sequence was faster, and this one's pages stay its own.
                left = true;
                return;
            }
            List<KvCache.Page> pages = new ArrayList<>();
            for (int i = 0; i < STRETCH_PAGES; i++) {
                pages.add(cache.share());
            }
            PrefixNode added = parent.add(prompt, from, STRETCH_TOKENS, pages);
            heldBytes += added.heldBytes();
            enter(added);
        }

        private boolean on(Origin origin, KvCache cache) {
            return on(origin, cache.length()) && cache.ownBytes() == 0;
        }

        /** Whether the first so many tokens are those of this path, computed as {@code origin} would. */
        private boolean on(Origin origin, int tokens) {
            PrefixNode at = end;
            if (at == null ? tokens != 0 : at.tokens() != tokens || at.root() != roots.get(origin)) {
                left = true;
            }
            return !left;
        }

        private PrefixNode node(Origin origin) {
            return end == null ? roots.computeIfAbsent(origin, PrefixNode::root) : end;
        }

        private void enter(PrefixNode next) {
            byUse.remove(next);
            byUse.add(next);
            usedNodes += next.use() ? 1 : 0;
            end = next;
        }

        /** The sequence has ended or begins anew. */
        @Override
        public void close() {
            for (PrefixNode node = end; node != null && !node.isRoot(); node = node.parent()) {
                usedNodes -= node.leave() ? 1 : 0;
            }
            PrefixNode last = end;
            end = null;
            left = false;
            if (last != null && !roots.containsValue(last.root())) {
                giveUpUnused(last.root());
            }
        }
    }

    /** Gives up kept pages that no sequence holds, those first that were used longest ago. */
    void giveUp(int pages) {
        int goal = byUse.size() - (pages + STRETCH_PAGES - 1) / STRETCH_PAGES;
        boolean any = true;
        while (any && byUse.size() > goal) {
            any = false;
            for (Iterator<PrefixNode> all = byUse.iterator(); all.hasNext() && byUse.size() > goal; ) {
                PrefixNode node = all.next();
                if (node.isUnusedLeaf()) {
                    all.remove();
                    detach(node);
                    any = true;
                }
            }
        }
    }

    /** Gives up what was computed with the stack at other sizes: nothing will ask for it. */
    void forgetOtherSizes(Digest stack, int blocks) {
        forget(origin -> origin.stack().equals(stack) && origin.blocks() != blocks);
    }

    /** Gives up everything, as soon as no sequence holds it any more. */
    void forgetAll() {
        forget(origin -> true);
    }

    private void forget(Predicate<Origin> which) {
        List<Origin> forgotten = roots.keySet().stream().filter(which).toList();
        for (Origin origin : forgotten) {
            PrefixNode root = roots.remove(origin);
            if (root != null) {
                giveUpUnused(root);
            }
        }
    }

    private void giveUpUnused(PrefixNode root) {
        for (PrefixNode node : root.descendants().reversed()) {
            if (node.isUnusedLeaf()) {
                byUse.remove(node);
                detach(node);
            }
        }
    }

    private void detach(PrefixNode node) {
        node.detach();
        heldBytes -= node.heldBytes();
    }
}
