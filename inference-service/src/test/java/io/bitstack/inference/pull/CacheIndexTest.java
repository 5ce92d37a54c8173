package io.bitstack.inference.pull;

import static org.assertj.core.api.Assertions.assertThat;

import io.bitstack.core.stack.Descriptor;
import io.bitstack.core.stack.Digest;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What a cache that is full gives up first. */
class CacheIndexTest {
    private static final Descriptor OLD = blob("of no use, and long unused");
    private static final Descriptor RECENT = blob("of no use, and used of late");
    private static final Descriptor BASE = blob("the base");
    private static final Descriptor FIRST = blob("the first block");
    private static final Descriptor SECOND = blob("the second block");
    private static final Descriptor LAST = blob("the last block");

    private static final long NOW = 350;

    private final CacheIndex index = new CacheIndex();

    private static Descriptor blob(String name) {
        return new Descriptor(Digest.of(name.getBytes(StandardCharsets.UTF_8)), 100);
    }

    /** The base and one block are needed. Useful blobs were used longer ago than others: that is of no account. */
    @BeforeEach
    void fill() {
        index.add(LAST, 1);
        index.add(BASE, 2);
        index.add(RECENT, 400);
        index.add(FIRST, 3);
        index.add(OLD, 300);
        index.add(SECOND, 4);
        index.use(List.of(BASE.digest(), FIRST.digest(), SECOND.digest(), LAST.digest()), 2, NOW);
    }

    @Test
    void whatIsOfNoUseGoesBeforeWhatIsTheLongestUnusedFirst() {
        assertThat(index.toGiveUp(1)).containsExactly(OLD);
        assertThat(index.toGiveUp(200)).containsExactly(OLD, RECENT);
    }

    @Test
    void thenTheLastOfTheStackOrder() {
        assertThat(index.toGiveUp(201)).containsExactly(OLD, RECENT, LAST);
        assertThat(index.toGiveUp(400)).containsExactly(OLD, RECENT, LAST, SECOND);
    }

    @Test
    void andNeverWhatIsNeeded() {
        assertThat(index.toGiveUp(Long.MAX_VALUE)).containsExactly(OLD, RECENT, LAST, SECOND);
        index.use(List.of(BASE.digest(), FIRST.digest(), SECOND.digest(), LAST.digest()), 4, NOW);
        assertThat(index.toGiveUp(Long.MAX_VALUE)).containsExactly(OLD, RECENT);
    }

    /** It came long before the others; they have been of no use for longer than it, or came after that. */
    @Test
    void whatWasOfUseUntilNowCountsAsUsedNow() {
        assertThat(index.use(List.of(BASE.digest(), FIRST.digest()), 2, NOW)).containsExactlyInAnyOrder(SECOND, LAST);
        assertThat(index.toGiveUp(1)).containsExactly(OLD);
        assertThat(index.toGiveUp(300)).containsExactlyInAnyOrder(OLD, SECOND, LAST);
        assertThat(index.toGiveUp(400)).endsWith(RECENT);
    }

    @Test
    void aBlobThatStacksHaveTwiceIsAsUsefulAsItsFirstPlace() {
        index.use(List.of(BASE.digest(), FIRST.digest(), SECOND.digest(), LAST.digest(), FIRST.digest()), 1, NOW);
        assertThat(index.toGiveUp(Long.MAX_VALUE)).containsExactly(OLD, RECENT, LAST, SECOND, FIRST);
    }

    @Test
    void whatIsGivenUpCountsNoMore() {
        assertThat(index.usedBytes()).isEqualTo(600);
        index.remove(OLD.digest());
        index.remove(OLD.digest());
        assertThat(index.usedBytes()).isEqualTo(500);
        assertThat(index.holds(OLD)).isFalse();
        assertThat(index.toGiveUp(100)).containsExactly(RECENT);
    }
}
