package io.bitstack.registry.search;

import java.math.BigDecimal;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * A filter as a condition of SQL. Values are parameters, never text of the statement.
 *
 * @param condition for a WHERE clause
 * @param parameters by name
 */
public record SqlFilter(String condition, Map<String, Object> parameters) {
    /** MLflow marks prompts by this tag and takes a model without it for one that says false. */
    private static final String PROMPT_TAG = "mlflow.prompt.is_prompt";

    /** @throws FilterException if the filter asks for what the vocabulary does not have */
    public static SqlFilter of(Filter filter, Vocabulary vocabulary) {
        Renderer renderer = new Renderer(vocabulary, new HashMap<>());
        return new SqlFilter(renderer.render(filter), renderer.parameters());
    }

    private record Renderer(Vocabulary vocabulary, Map<String, Object> parameters) {
        String render(Filter filter) {
            return switch (filter) {
                case Filter.And(List<Filter> parts) -> parts.isEmpty() ? "true" : joined(parts, " and ");
                case Filter.Or(List<Filter> parts) -> joined(parts, " or ");
                case Filter.Not(Filter part) -> "not coalesce((" + render(part) + "), false)";
                case Filter.Comparison comparison ->
                    comparison.field().isTag() ? tag(comparison) : attribute(comparison);
            };
        }

        private String joined(List<Filter> parts, String word) {
            return parts.stream().map(this::render).collect(Collectors.joining(word, "(", ")"));
        }

        private String attribute(Filter.Comparison comparison) {
            String name = comparison.field().name();
            Vocabulary.Term term = vocabulary.fields().get(name);
            if (term == null) {
                throw new FilterException("there is no field '%s'; there are %s, and tags.<key>"
                        .formatted(name, String.join(", ", vocabulary.fields().keySet())));
            }
            boolean fits = term.isNumber()
                    ? comparison.operator().isOfNumbers()
                    : comparison.operator().isOfText();
            if (!fits) {
                throw new FilterException("field '%s' is a %s, which '%s' does not compare"
                        .formatted(
                                name,
                                term.isNumber() ? "number" : "text",
                                comparison.operator().sql()));
            }
            comparison.values().forEach(value -> requireType(name, term.isNumber(), value));
            return term.sql() + " " + compared(comparison);
        }

        private String tag(Filter.Comparison comparison) {
            if (!comparison.operator().isOfText()) {
                throw new FilterException("tag '%s' is a text, which '%s' does not compare"
                        .formatted(
                                comparison.field().name(), comparison.operator().sql()));
            }
            comparison.values().forEach(value -> requireType(comparison.field().toString(), false, value));
            String key = parameter(comparison.field().name());
            String has = "exists (select 1 from %s t where %s and t.key = :%s and t.value %s)"
                    .formatted(vocabulary.tagTable(), vocabulary.tagOwner(), key, compared(comparison));
            boolean saysFalse = comparison.field().name().equals(PROMPT_TAG)
                    && ((comparison.operator() == Filter.Operator.NOT_EQUAL
                                    && comparison.values().equals(List.of("true")))
                            || (comparison.operator() == Filter.Operator.EQUAL
                                    && comparison.values().equals(List.of("false"))));
            return saysFalse
                    ? "(%s or not exists (select 1 from %s t where %s and t.key = :%s))"
                            .formatted(has, vocabulary.tagTable(), vocabulary.tagOwner(), key)
                    : has;
        }

        private String compared(Filter.Comparison comparison) {
            String operator = comparison.operator().sql();
            return comparison.operator().isOfLists()
                    ? operator + " (:" + parameter(comparison.values()) + ")"
                    : operator + " :" + parameter(comparison.values().getFirst());
        }

        private String parameter(Object value) {
            String name = "f" + parameters.size();
            parameters.put(name, value);
            return name;
        }

        private static void requireType(String field, boolean isNumber, Object value) {
            if (isNumber != value instanceof BigDecimal) {
                throw new FilterException(
                        isNumber
                                ? "field '%s' is compared with a number, not with '%s'".formatted(field, value)
                                : "%s is compared with a text in quotes, not with %s".formatted(field, value));
            }
        }
    }
}
