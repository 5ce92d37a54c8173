package io.bitstack.registry.stack;

import java.util.List;
import java.util.Optional;
import org.springframework.data.domain.Limit;
import org.springframework.data.jpa.repository.Query;
import org.springframework.data.repository.Repository;

interface StackRepository extends Repository<Stack, Long> {
    Optional<Stack> findByDigest(String digest);

    @Query("select b from ResidualBlock b where b.stackId = :stackId and b.position >= :from order by b.position")
    List<ResidualBlock> blocks(long stackId, int from, Limit limit);
}
