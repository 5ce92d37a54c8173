-- How a deployment's version or size changes, some nodes at a time. Rollouts are kept when their deployment is gone.

create table rollouts (
    id bigint primary key,
    deployment_id bigint not null,
    model_name varchar(63) not null,
    kind varchar(10) not null check (kind in ('version', 'size')),
    -- JSON objects: what nodes had and what they get
    from_target text not null,
    to_target text not null,
    -- a JSON array: which nodes each step adds
    steps text not null,
    gate text not null,
    state varchar(20) not null check (state in ('running', 'paused', 'completed', 'rolled-back', 'aborted')),
    -- the step whose nodes are being changed; -1 until the first has begun
    step integer not null default -1 check (step >= -1),
    step_started_at timestamptz not null default clock_timestamp(),
    healthy_since timestamptz,
    -- perplexity of the probe text before the change
    reference_perplexity double precision,
    reason varchar(1000),
    created_by varchar(200) not null,
    created_at timestamptz not null default clock_timestamp(),
    finished_at timestamptz
);
create unique index rollouts_one_at_a_time on rollouts (deployment_id) where state in ('running', 'paused');

create table rollout_nodes (
    rollout_id bigint not null references rollouts,
    node_name varchar(63) not null,
    step integer not null check (step >= 0),
    -- what the node had counted when it was changed
    ended_before bigint not null,
    failed_before bigint not null,
    primary key (rollout_id, node_name)
);

-- Append-only: what happened to each rollout, and who did it.
create table rollout_history (
    id bigint primary key,
    rollout_id bigint not null references rollouts,
    at timestamptz not null default clock_timestamp(),
    what varchar(30) not null,
    detail varchar(1000) not null,
    changed_by varchar(200) not null
);
create index rollout_history_rollout on rollout_history (rollout_id, id);
create rule rollout_history_is_append_only as on update to rollout_history do instead nothing;
create rule rollout_history_is_kept as on delete to rollout_history do instead nothing;
