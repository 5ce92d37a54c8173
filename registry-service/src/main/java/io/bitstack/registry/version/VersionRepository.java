package io.bitstack.registry.version;

import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import org.springframework.data.domain.Limit;
import org.springframework.data.jpa.repository.Query;
import org.springframework.data.repository.Repository;

interface VersionRepository extends Repository<Version, Long> {
    @Query("select v from Version v join fetch v.model left join fetch v.stack"
            + " where v.model.id = :modelId and v.number = :number")
    Optional<Version> find(long modelId, int number);

    /** The version of a stack that was not deleted. */
    @Query("select v from Version v join fetch v.model join fetch v.stack"
            + " where v.model.id = :modelId and v.stack.id = :stackId and v.condemnedAt is null")
    Optional<Version> findByStack(long modelId, long stackId);

    /** The last number that was given; deleted versions count, since a number is never given twice. */
    @Query("select coalesce(max(v.number), 0) from Version v where v.model.id = :modelId")
    int highestNumber(long modelId);

    @Query("select v from Version v join fetch v.model join fetch v.stack"
            + " where v.model.id = :modelId and v.condemnedAt is null order by v.number desc")
    List<Version> newest(long modelId, Limit limit);

    /** Of each model the newest version that has a stack and was not deleted. */
    @Query(
            nativeQuery = true,
            value = "select newest.id from registry.models m cross join lateral (select v.id from registry.versions v"
                    + " where v.model_id = m.id and v.condemned_at is null and v.stack_id is not null"
                    + " order by v.number desc limit 1) newest where m.id in (:modelIds)")
    List<Long> newestIds(Collection<Long> modelIds);

    @Query("select v from Version v join fetch v.model left join fetch v.stack"
            + " where v.model.id = :modelId and v.number > :after and (v.condemnedAt is null or :condemned = true)"
            + " order by v.number")
    List<Version> list(long modelId, int after, boolean condemned, Limit limit);

    @Query("select v from Version v join fetch v.model left join fetch v.stack where v.id in :ids")
    List<Version> all(List<Long> ids);

    @Query("select a from Alias a join fetch a.model join fetch a.version v left join fetch v.stack"
            + " where a.model.id = :modelId and a.name = :name")
    Optional<Alias> findAlias(long modelId, String name);

    @Query("select a from Alias a join fetch a.model join fetch a.version"
            + " where a.model.id = :modelId order by a.name")
    List<Alias> aliases(long modelId);

    @Query("select a from Alias a join fetch a.model join fetch a.version"
            + " where a.model.id in :modelIds order by a.name")
    List<Alias> aliases(Collection<Long> modelIds);

    @Query("select a from Alias a join fetch a.model join fetch a.version where a.version.id = :versionId order by"
            + " a.name")
    List<Alias> aliasesOf(long versionId);

    @Query("select c from AliasChange c where c.modelId = :modelId and c.name = :name and c.id > :after order by c.id")
    List<AliasChange> history(long modelId, String name, long after, Limit limit);

    @Query(
            nativeQuery = true,
            value = "select exists (select 1 from registry.deployments where model_id = :modelId and alias = :alias)")
    boolean isAliasDeployed(long modelId, String alias);

    @Query(
            nativeQuery = true,
            value = "select exists (select 1 from registry.deployments where version_id = :versionId)")
    boolean isDeployed(long versionId);

    @Query(nativeQuery = true, value = "select purged_at is not null from registry.versions where id = :versionId")
    boolean isPurged(long versionId);

    /** The database's clock. */
    @Query(nativeQuery = true, value = "select clock_timestamp()")
    Instant now();
}
