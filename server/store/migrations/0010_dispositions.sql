-- The agency's answers. One disposition answers one contribution or a group of them; each contribution has one at most, so that the four
-- outcomes always add up to the whole.
-- squawk-ignore-file require-concurrent-index-creation

create table dispositions (
    id bigint generated always as identity primary key,
    consultation bigint not null references consultations (id),
    outcome text not null check (outcome in ('accepted', 'partly_accepted', 'not_accepted', 'noted')),
    explanation text not null,
    -- Where a version has what was accepted.
    version int,
    node text,
    at timestamptz not null
);
create index dispositions_by_consultation on dispositions (consultation, id);

alter table contributions add column disposition bigint;
-- squawk-ignore adding-foreign-key-constraint
alter table contributions add constraint contributions_disposition_fkey foreign key (disposition) references dispositions (id) not valid;

create index contributions_of_disposition on contributions (disposition) where disposition is not null;
create index contributions_unanswered on contributions (consultation, here_place, id desc)
where state = 'visible' and parent is null and disposition is null;

grant select, insert on dispositions to app;
grant usage on sequence dispositions_id_seq to app;
