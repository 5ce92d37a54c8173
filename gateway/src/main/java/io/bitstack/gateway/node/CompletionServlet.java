package io.bitstack.gateway.node;

import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;

/**
 * Where completions are asked for: beside Spring's dispatcher, which for them would find out what the table of routes has said already, and be an eighth of all that happens before a first
 * token. The table lets nothing but {@code POST} through to it, and errors are answered by the filter that goes by the table, as everywhere.
 */
final class CompletionServlet extends HttpServlet {
    private static final long serialVersionUID = 1;

    private final transient Completions completions;

    CompletionServlet(Completions completions) {
        this.completions = completions;
    }

    @Override
    protected void doPost(HttpServletRequest request, HttpServletResponse response) throws IOException {
        completions.answer(request, response);
    }
}
