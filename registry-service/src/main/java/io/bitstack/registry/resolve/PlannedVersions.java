package io.bitstack.registry.resolve;

import io.bitstack.core.stack.Digest;
import io.bitstack.core.stack.StackPlanner;
import io.bitstack.registry.stack.Planners;
import io.bitstack.registry.version.Version;
import io.bitstack.registry.version.Versions;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;

/**
 * Finds what a plan is asked of, and what it is made of, in one statement; why it is not found, when it is not, is asked the long way. The
 * sizes of a stack's blocks are fetched only where the stack is another one than the same question found last, whose planner is in memory.
 */
@Component
class PlannedVersions {
    private static final int MOST_QUESTIONS = 10_000;
    private static final String FOUND = "select v.number, s.digest, " + Planners.COLUMNS
            + ", case when s.digest = :known then null else z.block_sizes end as block_sizes from registry.models m"
            + " join registry.versions v on v.model_id = m.id join registry.stacks s on s.id = v.stack_id"
            + " left join registry.stack_sizes z on z.stack_id = s.id";
    private static final String THERE = " where m.name = :model and m.condemned_at is null and v.condemned_at is null";

    private final JdbcClient jdbc;
    private final Versions versions;
    private final Planners planners;
    /** What questions found last; nothing is answered from here. */
    private final Map<Question, String> found = new LinkedHashMap<>(16, 0.75f, true) {
        @Override
        protected boolean removeEldestEntry(Map.Entry<Question, String> eldest) {
            return size() > MOST_QUESTIONS;
        }
    };

    PlannedVersions(JdbcClient jdbc, Versions versions, Planners planners) {
        this.jdbc = jdbc;
        this.versions = versions;
        this.planners = planners;
    }

    record Planned(int number, Digest stack, StackPlanner planner) {}

    private record Row(int number, Digest stack, Optional<StackPlanner> planner) {}

    private record Question(
            String model, @Nullable String alias, @Nullable Integer number) {}

    Planned find(String model, @Nullable String alias, @Nullable Integer number) {
        if ((alias == null) != (number == null)) {
            Question question = new Question(model, alias, number);
            Row row = ask(question).orElse(null);
            if (row != null) {
                synchronized (found) {
                    found.put(question, row.stack().toString());
                }
                // Asked outside of the statement: it may take another one, of another connection.
                return new Planned(
                        row.number(), row.stack(), row.planner().orElseGet(() -> planners.planner(row.stack())));
            }
        }
        Version version = versions.resolve(model, alias, number);
        Digest stack = version.stack().digest();
        return new Planned(version.number(), stack, planners.planner(stack));
    }

    private Optional<Row> ask(Question question) {
        JdbcClient.StatementSpec query = question.alias() == null
                ? jdbc.sql(FOUND + THERE + " and v.number = :number").param("number", question.number())
                : jdbc.sql(FOUND + " join registry.aliases a on a.version_id = v.id" + THERE
                                + " and a.model_id = m.id and a.name = :alias")
                        .param("alias", question.alias());
        String known;
        synchronized (found) {
            known = found.getOrDefault(question, "");
        }
        return query.param("model", question.model())
                .param("known", known)
                .query(this::row)
                .optional();
    }

    private Row row(ResultSet row, int ignored) throws SQLException {
        Digest stack = Digest.parse(row.getString("digest"));
        return new Row(row.getInt("number"), stack, planners.planner(stack, row));
    }
}
