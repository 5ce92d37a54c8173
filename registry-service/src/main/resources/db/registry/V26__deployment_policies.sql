-- Deployments choose nodes by their labels too, and say how much memory and which quality they are about.

alter table deployments
    -- a JSON object: a node must have all of these labels; empty where nodes are named or all are meant
    add column selector text not null default '{}',
    add column budget_bytes bigint check (budget_bytes > 0),
    add column budget_share double precision check (budget_share > 0 and budget_share <= 1),
    add column floor_bpw double precision check (floor_bpw > 0),
    add column ceiling_bpw double precision check (ceiling_bpw > 0),
    add constraint deployments_one_budget check (budget_bytes is null or budget_share is null),
    add constraint deployments_floor_below_ceiling check (floor_bpw is null or ceiling_bpw is null or floor_bpw <= ceiling_bpw);
