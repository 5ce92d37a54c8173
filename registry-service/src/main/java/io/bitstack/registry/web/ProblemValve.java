package io.bitstack.registry.web;

import io.bitstack.service.CommonCode;
import java.io.IOException;
import java.io.PrintWriter;
import java.util.LinkedHashMap;
import java.util.Map;
import org.apache.catalina.connector.Request;
import org.apache.catalina.connector.Response;
import org.apache.catalina.valves.ErrorReportValve;
import org.jspecify.annotations.Nullable;
import org.springframework.http.MediaType;
import tools.jackson.databind.json.JsonMapper;

/** Answers what the web server refuses before it asks the application at all, a path with an escaped slash say, like everything else. */
public class ProblemValve extends ErrorReportValve {
    @Override
    protected void report(Request request, Response response, @Nullable Throwable thrown) {
        int status = response.getStatus();
        if (status < 400 || response.getContentWritten() > 0 || !response.setErrorReported()) {
            return;
        }
        try {
            response.setContentType(MediaType.APPLICATION_PROBLEM_JSON_VALUE);
            PrintWriter out = response.getReporter();
            if (out != null) {
                out.write(JsonMapper.shared().writeValueAsString(problem(status)));
                response.finishResponse();
            }
        } catch (IOException e) {
            // The client has gone; there is nobody to tell.
            container.getLogger().debug("an error could not be answered", e);
        }
    }

    /** In ASCII, whatever the encoding of the answer is. */
    private static Map<String, Object> problem(int status) {
        CommonCode code = status == 404
                ? CommonCode.ROUTE_NOT_FOUND
                : status >= 500 ? CommonCode.INTERNAL_ERROR : CommonCode.REQUEST_INVALID;
        Map<String, Object> problem = new LinkedHashMap<>();
        problem.put("title", code.meaning());
        problem.put("status", status);
        problem.put("code", code.name());
        problem.put(
                "detail",
                switch (code) {
                    case ROUTE_NOT_FOUND -> "there is no such route";
                    case INTERNAL_ERROR -> "the request failed; the service's log says why";
                    default ->
                        "the request could not be read: its path holds an escaped slash or a broken escape, or its head is malformed";
                });
        return problem;
    }
}
