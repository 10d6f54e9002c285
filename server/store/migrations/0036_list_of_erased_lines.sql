-- Lines of chats that were erased are on the list as well.
-- squawk-ignore-file constraint-missing-not-valid, ban-drop-constraint, adding-field-with-default

-- squawk-ignore disallowed-unique-constraint
alter table erased add column line bigint unique;
alter table erased drop constraint erased_check;
alter table erased add constraint erased_one check (num_nonnulls(contribution, person, line) = 1);
