package io.bitstack.registry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** What the service refuses the database refuses too, whoever writes: these statements come from an operator's connection. */
class SchemaTest {
    /** An id that no stack of the shared registry has or will get. */
    private static final long COPY = 7_000_000_000L;

    private static SharedRegistry registry;

    @BeforeAll
    static void start() throws Exception {
        registry = SharedRegistry.get();
        registry.register("schema");
        registry.publish("schema", registry.stacks.withTool("schema-1"));
        registry.publish("schema", registry.stacks.withTool("schema-2"));
        registry.register("schema-other");
        registry.publish("schema-other", registry.stacks.withTool("schema-3"));
        registry.http.send("PUT", "/models/schema/aliases/stable", "{\"version\":1}");
    }

    /** The statements in one transaction. */
    private static void write(String... statements) throws SQLException {
        try (Connection connection = registry.http.connection();
                Statement statement = connection.createStatement()) {
            connection.setAutoCommit(false);
            for (String sql : statements) {
                statement.execute(sql);
            }
            connection.commit();
        }
    }

    private static void assertRefused(String why, String... statements) {
        assertThatThrownBy(() -> write(statements))
                .as(String.join(";\n", statements))
                .isInstanceOf(SQLException.class)
                .hasMessageContaining(why);
    }

    private static String version(String model, int number) {
        return ("(select v.id from registry.versions v join registry.models m on m.id = v.model_id where m.name = '%s'"
                        + " and v.number = %d)")
                .formatted(model, number);
    }

    /** A copy of a stack under another digest, with other blocks and sizes. */
    private static String[] copy(String blocks, String totalBytes) {
        String digest = "'sha256:" + "a".repeat(64) + "'";
        String of = " from registry.stacks s where s.tool = 'schema-1'";
        return new String[] {
            "insert into registry.blobs (digest, size_bytes) values (" + digest + ", 1)",
            "insert into registry.stacks (id, digest, architecture, codec, weights, minimal_blocks, block_count, base_bytes,"
                    + " minimal_bytes, total_bytes, tool) select " + COPY + ", " + digest
                    + ", architecture, codec, weights, minimal_blocks, block_count, base_bytes, minimal_bytes, "
                    + totalBytes + ", 'copy'" + of,
            "insert into registry.weight_matrices select " + COPY + ", w.position, w.name, w.row_count, w.column_count,"
                    + " w.start_level, w.level_count, w.header_digest from registry.weight_matrices w where w.stack_id ="
                    + " (select s.id" + of + ")",
            "insert into registry.residual_blocks (stack_id, position, matrix, level, digest, size_bytes, gain) select "
                    + COPY + ", "
                    + blocks
                    + " from registry.residual_blocks b join registry.stacks s on s.id = b.stack_id where s.tool ="
                    + " 'schema-1'",
            "insert into registry.stack_sizes select " + COPY + ", array_agg(size_bytes order by position) from"
                    + " registry.residual_blocks where stack_id = " + COPY
        };
    }

    @Test
    void aStackIsWholeOrNotThere() throws Exception {
        String last = "(select max(position) from registry.residual_blocks x where x.stack_id = b.stack_id)";
        String asItIs = "b.position, b.matrix, b.level, b.digest, b.size_bytes, b.gain";
        assertRefused("has sizes that do not add up", copy(asItIs, "total_bytes + 1"));
        assertRefused(
                "has a level before its predecessor",
                copy(
                        asItIs.replace(
                                "b.position",
                                "case when b.position < s.minimal_blocks then b.position else s.block_count - 1 -"
                                        + " (b.position - s.minimal_blocks) end"),
                        "total_bytes"));
        assertRefused(
                "has not the blocks that it says", copy(asItIs.replace("b.position", "b.position + 1"), "total_bytes"));
        assertRefused(
                "gives a blob another size than it has",
                copy(
                        asItIs.replace(
                                "b.size_bytes",
                                "b.size_bytes + case b.position when 0 then 1 when " + last + " then -1 else 0 end"),
                        "total_bytes"));
        assertRefused("residual_blocks_size_bytes_check", copy(asItIs.replace("b.size_bytes", "0"), "total_bytes"));
        assertRefused(
                "foreign key", copy(asItIs.replace("b.digest", "'sha256:" + "b".repeat(64) + "'"), "total_bytes"));
        assertRefused("unique", copy(asItIs.replace("b.level", "1"), "total_bytes"));
        String[] whole = copy(asItIs, "total_bytes");
        assertRefused("has other sizes than its blocks", whole[0], whole[1], whole[2], whole[3]);
        assertThat(registry.http.query("select count(*) from registry.stacks where id = " + COPY))
                .isEqualTo("0");
        write(whole);
        assertThat(registry.http.query("select count(*) from registry.residual_blocks where stack_id = " + COPY))
                .isEqualTo(Integer.toString(registry.stacks.manifest().blocks().size()));
    }

    @Test
    void whatIsPublishedNeverChanges() {
        for (String change : List.of(
                "stacks set tool = 'x'",
                "residual_blocks set size_bytes = 1",
                "weight_matrices set name = 'x'",
                "base_blobs set position = position",
                "stack_sizes set block_sizes = '{}'",
                "alias_history set version_number = 9")) {
            assertRefused("never changed", "update registry." + change);
        }
        assertRefused("never changed", "delete from registry.alias_history");
        assertRefused("never changed", "truncate registry.alias_history");
    }

    @Test
    void aliasesAndLineageStayTrue() {
        assertRefused(
                "aliases_stay_within_their_model",
                "update registry.aliases set version_id = " + version("schema-other", 1) + " where name = 'stable' and"
                        + " model_id = (select id from registry.models where name = 'schema')");
        assertRefused("aliases_name", "update registry.aliases set name = 'a/b' where name = 'stable'");
        assertRefused(
                "would be made from itself",
                "insert into registry.version_parents values (" + version("schema", 1) + ", " + version("schema", 2)
                        + ")",
                "insert into registry.version_parents values (" + version("schema", 2) + ", "
                        + version("schema-other", 1) + ")",
                "insert into registry.version_parents values (" + version("schema-other", 1) + ", "
                        + version("schema", 1) + ")");
        assertRefused(
                "models_name_check",
                "insert into registry.models (id, name, description) values (7000000000, '../x', '')");
        assertRefused(
                "versions_ready_have_a_stack",
                "update registry.versions set stack_id = null where id = " + version("schema", 2));
    }

    @Test
    void tagsAreFewAndShort() {
        String tags = "insert into registry.version_tags select " + version("schema", 2) + ", ";
        assertRefused("more than 100 tags", tags + "'k' || i, 'v' from generate_series(1, 101) i");
        assertRefused("version_tags_key_text", tags + "E'a\\nb', 'v'");
        assertRefused("too long", tags + "'k', repeat('x', 5001)");
    }
}
