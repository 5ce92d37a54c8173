-- Blocks are looked for by digest for equality alone. A hash index keeps four bytes of each digest where the old one kept seventy-one, so
-- that publishing touches, and logs, a fraction of the pages: with ten million blocks a quarter of a gigabyte instead of one.
drop index residual_blocks_digest;
create index residual_blocks_digest on residual_blocks using hash (digest);
