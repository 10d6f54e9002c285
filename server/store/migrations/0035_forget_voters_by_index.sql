-- The planner knows nothing of the arrays' length, and would read all votes to find one person's: index look-ups are always right, as in
-- `cast_votes`.
alter function forget_voters(bigint[], bytea[], bytea[]) set enable_hashjoin = off;
alter function forget_voters(bigint[], bytea[], bytea[]) set enable_mergejoin = off;
