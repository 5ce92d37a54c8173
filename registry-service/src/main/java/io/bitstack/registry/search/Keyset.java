package io.bitstack.registry.search;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.type.TypeReference;
import tools.jackson.databind.json.JsonMapper;

/**
 * Pages in any order without OFFSET: a page's token holds the last row's values of the columns by which rows are ordered, and the
 * next page begins after them.
 *
 * @param columns whose values together name one row
 */
public record Keyset(List<Column> columns) {
    private static final int LONGEST_TOKEN = 2000;
    private static final JsonMapper JSON = JsonMapper.shared();

    /** @param type the SQL type to which a token's text is cast; the expression must never be null */
    public record Column(String sql, String type, boolean isAscending) {}

    /** For the ORDER BY clause. */
    public String order() {
        return columns.stream()
                .map(column -> column.sql() + (column.isAscending() ? " asc" : " desc"))
                .collect(Collectors.joining(", "));
    }

    /** For the SELECT clause: the columns as one array of texts. */
    public String values() {
        return columns.stream()
                .map(column -> "cast(%s as text)".formatted(column.sql()))
                .collect(Collectors.joining(", ", "array[", "]"));
    }

    /** The condition that a row comes after the one that the token names, with its parameters. @throws FilterException on a bad token */
    public SqlFilter after(@Nullable String token) {
        if (token == null || token.isEmpty()) {
            return new SqlFilter("true", Map.of());
        }
        List<String> values = read(token);
        Map<String, Object> parameters = new HashMap<>();
        List<String> ways = new ArrayList<>();
        StringBuilder equal = new StringBuilder();
        for (int i = 0; i < columns.size(); i++) {
            Column column = columns.get(i);
            parameters.put("k" + i, values.get(i));
            String value = "cast(:k%d as %s)".formatted(i, column.type());
            ways.add("(%s%s %s %s)".formatted(equal, column.sql(), column.isAscending() ? ">" : "<", value));
            equal.append(column.sql()).append(" = ").append(value).append(" and ");
        }
        return new SqlFilter("(" + String.join(" or ", ways) + ")", parameters);
    }

    /** The token of the page after a row with these values. */
    public static String token(List<String> values) {
        return Base64.getUrlEncoder()
                .withoutPadding()
                .encodeToString(JSON.writeValueAsString(values).getBytes(StandardCharsets.UTF_8));
    }

    private List<String> read(String token) {
        try {
            if (token.length() <= LONGEST_TOKEN) {
                List<String> values = JSON.readValue(Base64.getUrlDecoder().decode(token), new TypeReference<>() {});
                boolean numbersAreNumbers = values.size() == columns.size();
                for (int i = 0; numbersAreNumbers && i < values.size(); i++) {
                    numbersAreNumbers = values.get(i) != null
                            && (!columns.get(i).type().equals("bigint")
                                    || values.get(i).matches("-?\\d{1,18}"));
                }
                if (numbersAreNumbers) {
                    return values;
                }
            }
        } catch (JacksonException | IllegalArgumentException e) {
            throw new FilterException("the page token is not one that was given out for this order");
        }
        throw new FilterException("the page token is not one that was given out for this order");
    }
}
