-- One may follow without letters, and is written to in the language of the page on which one began.
-- squawk-ignore-file adding-required-field, constraint-missing-not-valid, require-concurrent-index-creation

-- The rule is put back, wider, in the same transaction.
-- squawk-ignore ban-drop-constraint
alter table follows drop constraint follows_digest_check;
update follows set digest = 'daily' where digest = 'at_once';
alter table follows add constraint follows_digest_check check (digest in ('none', 'daily', 'weekly'));
alter table follows add column lang text not null default 'vi';
create index follows_by_person_told on follows (digest, person);
