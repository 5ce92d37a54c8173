package io.bitstack.registry;

import static io.bitstack.registry.Problem.assertProblem;
import static org.assertj.core.api.Assertions.assertThat;

import io.bitstack.registry.RegistryFixture.Answer;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** A request that PostgreSQL gives up for another one's sake is done again, and its client does not notice. */
class ContentionTest {
    private static final String DEADLOCK = "40P01";

    private static SharedRegistry registry;
    private static RegistryFixture http;

    @BeforeAll
    static void start() throws Exception {
        registry = SharedRegistry.get();
        http = registry.http;
    }

    /** Models of this name fail to be written so many times as a deadlock's victim does; a sequence is not rolled back. */
    private static void failing(String model, int times) throws Exception {
        String name = model.replace('-', '_');
        http.execute("create sequence registry.tries_" + name);
        http.execute("create function registry.fail_" + name + "() returns trigger language plpgsql as $$ begin"
                + " if nextval('registry.tries_" + name + "') <= " + times
                + " then raise exception 'deadlock' using errcode = '" + DEADLOCK
                + "'; end if; return new; end $$");
        http.execute("create trigger fail_" + name + " before insert on registry.models for each row when (new.name = '"
                + model + "') execute function registry.fail_" + name + "()");
    }

    @Test
    void isDoneAgainAndIsDoneOnce() throws Exception {
        failing("twice-unlucky", 2);
        Answer made = http.post("/models", "{\"name\":\"twice-unlucky\"}");
        assertThat(made.status()).as(made.body().toString()).isEqualTo(201);
        assertThat(http.query("select last_value from registry.tries_twice_unlucky"))
                .isEqualTo("3");
        assertThat(http.query("select count(*) from registry.audit_events where action = 'model.register' and subject ="
                        + " 'twice-unlucky'"))
                .isEqualTo("1");
    }

    @Test
    void whoeverIsAlwaysUnluckyIsToldSo() throws Exception {
        failing("ever-unlucky", 1000);
        assertProblem(http.post("/models", "{\"name\":\"ever-unlucky\"}"), 503, "CONTENDED");
        assertThat(http.query("select last_value from registry.tries_ever_unlucky"))
                .isEqualTo("5");
        assertThat(http.query("select count(*) from registry.models where name = 'ever-unlucky'"))
                .isEqualTo("0");
    }

    @Test
    void survivesARealDeadlock() throws Exception {
        registry.register("deadlocked");
        registry.publish("deadlocked", registry.stacks.withTool("deadlocked-1"));
        registry.publish("deadlocked", registry.stacks.withTool("deadlocked-2"));
        int given = 0;
        boolean hasWon = false;
        while (!hasWon) {
            // Which of the two is given up is PostgreSQL's choice, mostly whoever waited first; until that is the
            // service.
            assertThat(given++).isLessThan(30);
            hasWon = deadlock();
        }
    }

    /** True when the service was given up, and did its work again. */
    private static boolean deadlock() throws Exception {
        try (Connection other = http.connection();
                Statement statement = other.createStatement()) {
            other.setAutoCommit(false);
            statement.execute("set local deadlock_timeout = '5s'");
            statement.execute("select v.id from registry.versions v join registry.models m on m.id = v.model_id where"
                    + " m.name = 'deadlocked' for update of v");
            // Holds the lock of all lineage, and then waits for the versions.
            CompletableFuture<Answer> answer = CompletableFuture.supplyAsync(() -> {
                try {
                    return http.send(
                            "PUT",
                            "/models/deadlocked/versions/2/lineage",
                            "{\"derivedFrom\":[{\"model\":\"deadlocked\",\"version\":1}]}");
                } catch (Exception e) {
                    throw new IllegalStateException(e);
                }
            });
            Waiting.await(statement);
            boolean hasWon;
            try {
                statement.execute("select pg_advisory_xact_lock(%d)".formatted(0x6c696e65616765L));
                hasWon = true;
            } catch (SQLException e) {
                assertThat(e.getSQLState()).isEqualTo(DEADLOCK);
                hasWon = false;
            }
            other.rollback();
            assertThat(answer.get().status()).as(answer.get().body().toString()).isEqualTo(200);
            return hasWon;
        }
    }
}
