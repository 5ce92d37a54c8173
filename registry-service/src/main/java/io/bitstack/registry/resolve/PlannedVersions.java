package io.bitstack.registry.resolve;

import io.bitstack.core.stack.Digest;
import io.bitstack.registry.version.Versions;
import org.jspecify.annotations.Nullable;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;

/** Finds what a plan is asked of in one statement; why it is not found, when it is not, is asked the long way. */
@Component
class PlannedVersions {
    private static final String FOUND = "select v.number, s.digest from registry.models m"
            + " join registry.versions v on v.model_id = m.id join registry.stacks s on s.id = v.stack_id";
    private static final String THERE = " where m.name = :model and m.condemned_at is null and v.condemned_at is null";

    private final JdbcClient jdbc;
    private final Versions versions;

    PlannedVersions(JdbcClient jdbc, Versions versions) {
        this.jdbc = jdbc;
        this.versions = versions;
    }

    record Planned(int number, Digest stack) {}

    Planned find(String model, @Nullable String alias, @Nullable Integer number) {
        if ((alias == null) != (number == null)) {
            JdbcClient.StatementSpec query = alias == null
                    ? jdbc.sql(FOUND + THERE + " and v.number = :number").param("number", number)
                    : jdbc.sql(FOUND + " join registry.aliases a on a.version_id = v.id" + THERE
                                    + " and a.model_id = m.id and a.name = :alias")
                            .param("alias", alias);
            var found = query.param("model", model)
                    .query((row, _) -> new Planned(row.getInt(1), Digest.parse(row.getString(2))))
                    .optional();
            if (found.isPresent()) {
                return found.get();
            }
        }
        var version = versions.resolve(model, alias, number);
        return new Planned(version.number(), version.stack().digest());
    }
}
