package io.bitstack.registry.node;

import jakarta.persistence.LockModeType;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.springframework.data.domain.Limit;
import org.springframework.data.jpa.repository.Lock;
import org.springframework.data.jpa.repository.Query;
import org.springframework.data.repository.Repository;

interface NodeRepository extends Repository<Node, String> {
    Node save(Node node);

    Node saveAndFlush(Node node);

    Optional<Node> findById(String name);

    /** The same, which nobody else changes until the end of the transaction. */
    @Lock(LockModeType.PESSIMISTIC_WRITE)
    @Query("select node from Node node where node.name = :name")
    Optional<Node> lockByName(String name);

    void delete(Node node);

    List<Node> findByNameGreaterThanOrderByName(String after, Limit limit);

    /** The database's clock, by which silence is measured. */
    @Query(nativeQuery = true, value = "select clock_timestamp()")
    Instant now();
}
