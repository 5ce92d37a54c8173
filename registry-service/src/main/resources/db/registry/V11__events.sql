-- What happened, in the order in which it was written down; webhooks are told from here.

create sequence event_ids;

create table events (
    id bigint primary key,
    type varchar(100) not null,
    subject varchar(300) not null,
    data text not null,
    at timestamptz not null default clock_timestamp()
);
