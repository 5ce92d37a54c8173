package io.bitstack.core.tokenizer;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;

/** Whatever a tokenizer.json holds, it is read or refused by name; what is read can be used. */
class TokenizerFuzzTest {
    @FuzzTest
    void anyFileIsReadOrRefused(byte[] json) {
        Tokenizer tokenizer;
        try {
            tokenizer = Tokenizer.parse(json);
        } catch (TokenizerException e) {
            assertThat(e.getMessage()).isNotBlank();
            return;
        }
        int[] ids;
        try {
            ids = tokenizer.encode(" Hello,  world 42!\n\uD83D\uDE00 \uD800 <s>", true);
        } catch (TokenizerException e) {
            // A pattern may need too much work.
            assertThat(e).hasMessageContaining("too much work");
            return;
        }
        for (int id : ids) {
            assertThat(id).isNotNegative();
            if (id < tokenizer.vocabularySize()) {
                assertThat(tokenizer.decode(new int[] {id}, false)).isNotNull();
            }
        }
    }
}
