package io.bitstack.gateway.upstream;

/** Is told how an answer is handed on. */
public interface AnswerWatch {
    /** Takes no notice. */
    AnswerWatch NONE = new AnswerWatch() {
        @Override
        public void passed(byte[] bytes, int count) {}

        @Override
        public void ended() {}
    };

    /** A piece was handed on: the first {@code count} bytes. */
    void passed(byte[] bytes, int count);

    /** The last byte was handed on, or the client or the server behind went away; called once. */
    void ended();
}
