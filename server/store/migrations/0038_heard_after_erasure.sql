-- How many people of erased accounts had contributed and answered: nothing tells any more which votes were theirs, and who was heard is one
-- person still.
alter table consultations add column both_erased int not null default 0;
