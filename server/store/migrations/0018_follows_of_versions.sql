-- A node is one of one version of a draft: whoever follows it follows what it has become in the later ones.
-- squawk-ignore-file constraint-missing-not-valid, disallowed-unique-constraint, ban-drop-constraint

-- The version of ``node``; 1 where the whole or a contribution is followed.
alter table follows add column version int not null default 1;
alter table follows drop constraint follows_person_consultation_node_contribution_key;
alter table follows add constraint follows_once unique nulls not distinct (person, consultation, version, node, contribution);
