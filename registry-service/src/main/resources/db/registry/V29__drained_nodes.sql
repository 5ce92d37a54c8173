-- What an operator does to a node beside giving it a budget: it is sent nothing new, or it does not belong here any more.

alter table nodes
    add column drained_at timestamptz,
    -- its key is good for nothing and its reports are refused, until it joins again
    add column revoked_at timestamptz;
