-- A new signing key is vouched for by the one before it, so that a node that trusts that one can trust the new one.

alter table signing_keys add column endorsed_by varchar(16) references signing_keys;
alter table signing_keys add column endorsement varchar(200);
alter table signing_keys add constraint signing_keys_endorsed check ((endorsed_by is null) = (endorsement is null));
