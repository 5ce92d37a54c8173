package io.bitstack.inference.openai;

import io.bitstack.inference.engine.RequestCode;
import io.bitstack.inference.engine.RequestException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/**
 * The body of {@code POST /v1/chat/completions}.
 *
 * @param variables further variables for the chat template
 * @param maxTokens null = what there is room for
 * @param alternatives how many of the most likely tokens to name; only with {@code scores}
 */
record ChatRequest(
        Options options,
        List<Map<String, @Nullable Object>> messages,
        Map<String, Object> variables,
        @Nullable Long maxTokens,
        boolean scores,
        int alternatives) {
    private static final Set<String> ROLES = Set.of("system", "developer", "user", "assistant", "tool", "function");
    private static final int MOST_MESSAGES = 2048;
    private static final int LONGEST_TEXT = 4 << 20;

    static ChatRequest read(JsonNode body) {
        Fields fields = new Fields(body, "");
        Options options = Options.read(fields);
        List<Map<String, @Nullable Object>> messages = messages(fields);
        Map<String, Object> variables = variables(fields);
        Long maxTokens = fields.integer("max_completion_tokens", 1, Integer.MAX_VALUE)
                .or(() -> fields.integer("max_tokens", 1, Integer.MAX_VALUE))
                .orElse(null);
        boolean scores = fields.flag("logprobs");
        int alternatives = fields.integer("top_logprobs", 0, 20).orElse(0L).intValue();
        if (alternatives > 0 && !scores) {
            throw fields.invalid("top_logprobs", "is only of use with logprobs");
        }
        fields.only("response_format", "{\"type\":\"text\"}");
        fields.only("modalities", "[\"text\"]");
        for (String never : List.of("functions", "function_call", "audio", "prediction", "web_search_options")) {
            fields.never(never);
        }
        return new ChatRequest(options, messages, variables, maxTokens, scores, alternatives);
    }

    private static Map<String, Object> variables(Fields fields) {
        Map<String, Object> variables = new LinkedHashMap<>();
        JsonNode further = fields.get("chat_template_kwargs");
        if (further != null) {
            new Fields(further, "chat_template_kwargs.");
            further.properties().forEach(entry -> variables.put(entry.getKey(), plain(entry.getValue())));
        }
        JsonNode tools = fields.get("tools");
        if (tools != null) {
            if (!tools.isArray()) {
                throw fields.invalid("tools", "must be an array");
            }
            variables.put("tools", plain(tools));
        }
        JsonNode choice = fields.get("tool_choice");
        if (choice != null && choice.asString("").equals("none")) {
            variables.remove("tools");
        } else {
            fields.only("tool_choice", "\"auto\"");
        }
        if (fields.get("add_generation_prompt") != null) {
            variables.put("add_generation_prompt", fields.flag("add_generation_prompt"));
        }
        return variables;
    }

    private static List<Map<String, @Nullable Object>> messages(Fields fields) {
        JsonNode value = fields.get("messages");
        if (value == null) {
            throw new RequestException(RequestCode.MISSING_PARAMETER, "messages", "'messages' is missing");
        }
        if (!value.isArray() || value.isEmpty() || value.size() > MOST_MESSAGES) {
            throw fields.invalid("messages", "must be an array of 1 to %d messages".formatted(MOST_MESSAGES));
        }
        List<Map<String, @Nullable Object>> messages = new ArrayList<>();
        for (int i = 0; i < value.size(); i++) {
            messages.add(message(value.get(i), "messages[%d].".formatted(i)));
        }
        return messages;
    }

    private static Map<String, @Nullable Object> message(JsonNode value, String path) {
        Fields fields = new Fields(value, path);
        Map<String, @Nullable Object> message = new LinkedHashMap<>();
        String role = fields.text("role", 32);
        if (!ROLES.contains(role)) {
            throw fields.invalid(
                    "role", "must be one of " + ROLES.stream().sorted().collect(Collectors.joining(", ")));
        }
        message.put("role", role);
        message.put("content", content(fields));
        for (String optional : List.of("name", "tool_call_id", "reasoning_content")) {
            if (fields.get(optional) != null) {
                message.put(optional, fields.text(optional, LONGEST_TEXT));
            }
        }
        JsonNode calls = fields.get("tool_calls");
        if (calls != null) {
            message.put("tool_calls", plain(withArguments(fields, calls)));
        }
        return message;
    }

    /** Clients send a call's arguments as a string of JSON; templates write them with {@code tojson} and want the object. */
    private static JsonNode withArguments(Fields fields, JsonNode calls) {
        if (!calls.isArray()) {
            throw fields.invalid("tool_calls", "must be an array");
        }
        for (JsonNode call : calls) {
            if (call.path("function") instanceof ObjectNode function
                    && function.path("arguments").isString()) {
                object(function.path("arguments").asString()).ifPresent(parsed -> function.set("arguments", parsed));
            }
        }
        return calls;
    }

    /** The object that a text is the JSON of; a model may have written no object, which templates then see as it is. */
    private static Optional<JsonNode> object(String text) {
        try {
            return Optional.of(JsonMapper.shared().readTree(text)).filter(JsonNode::isObject);
        } catch (JacksonException e) {
            return Optional.empty();
        }
    }

    /** Text parts are joined: templates of text models expect one string. */
    private static String content(Fields fields) {
        JsonNode value = fields.get("content");
        if (value == null) {
            if (fields.get("tool_calls") != null) {
                return "";
            }
            return fields.text("content", LONGEST_TEXT);
        }
        if (!value.isArray()) {
            return fields.text("content", LONGEST_TEXT);
        }
        StringBuilder text = new StringBuilder();
        for (JsonNode part : value) {
            if (!part.path("type").asString("").equals("text")
                    || !part.path("text").isString()) {
                throw fields.invalid("content", "must be a string or text parts; other parts are not supported");
            }
            text.append(part.path("text").asString());
        }
        return text.toString();
    }

    private static Object plain(JsonNode value) {
        return JsonMapper.shared().convertValue(value, Object.class);
    }
}
