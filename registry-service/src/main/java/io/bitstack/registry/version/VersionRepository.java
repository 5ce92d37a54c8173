package io.bitstack.registry.version;

import java.util.List;
import java.util.Optional;
import org.springframework.data.domain.Limit;
import org.springframework.data.jpa.repository.Query;
import org.springframework.data.repository.Repository;

interface VersionRepository extends Repository<Version, Long> {
    @Query("select v from Version v join fetch v.model join fetch v.stack"
            + " where v.model.id = :modelId and v.number = :number")
    Optional<Version> find(long modelId, int number);

    @Query("select v from Version v join fetch v.model join fetch v.stack"
            + " where v.model.id = :modelId and v.stack.id = :stackId")
    Optional<Version> findByStack(long modelId, long stackId);

    @Query("select coalesce(max(v.number), 0) from Version v where v.model.id = :modelId")
    int highestNumber(long modelId);

    @Query("select v from Version v join fetch v.model join fetch v.stack"
            + " where v.model.id = :modelId and v.number > :after order by v.number")
    List<Version> list(long modelId, int after, Limit limit);

    @Query("select a from Alias a join fetch a.model join fetch a.version v join fetch v.stack"
            + " where a.model.id = :modelId and a.name = :name")
    Optional<Alias> findAlias(long modelId, String name);

    @Query("select a from Alias a join fetch a.model join fetch a.version"
            + " where a.model.id = :modelId order by a.name")
    List<Alias> aliases(long modelId);

    @Query("select c from AliasChange c where c.modelId = :modelId and c.name = :name and c.id > :after order by c.id")
    List<AliasChange> history(long modelId, String name, long after, Limit limit);
}
