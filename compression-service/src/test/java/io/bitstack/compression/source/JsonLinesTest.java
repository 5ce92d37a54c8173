package io.bitstack.compression.source;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.bitstack.compression.error.CompressionException;
import io.bitstack.compression.error.ErrorCode;
import org.junit.jupiter.api.Test;

class JsonLinesTest {
    @Test
    void joinsTheTextsOfAllLines() {
        assertThat(JsonLines.texts("{\"text\":\"a\\nb\",\"id\":1}\n\n{\"text\":\"ü\"}\r\n", "x.jsonl"))
                .isEqualTo("a\nb\n\nü");
    }

    @Test
    void namesTheLineThatIsWrong() {
        assertThat(refusal("{\"text\":\"a\"}\n{\"text\":")).contains("line 2 of x.jsonl", "not JSON");
        assertThat(refusal("{\"text\":5}")).contains("line 1", "member \"text\"");
        assertThat(refusal("[]")).contains("line 1");
        assertThat(refusal("\n\n")).contains("no text");
        assertThat(refusal("[".repeat(5000))).contains("line 1");
    }

    private static String refusal(String content) {
        CompressionException e =
                catchThrowableOfType(CompressionException.class, () -> JsonLines.texts(content, "x.jsonl"));
        assertThat(e.code()).isEqualTo(ErrorCode.TEXT_INVALID);
        return e.detail();
    }
}
