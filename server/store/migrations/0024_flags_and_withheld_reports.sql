-- What readers hold to break a rule: once for each person, who is known only by the key of the votes. Moderators look at it.
-- And reports that are not to be read any more.
-- squawk-ignore-file require-concurrent-index-creation

create table flags (
    contribution bigint not null references contributions (id),
    voter bytea not null,
    rule text not null,
    words text not null default '',
    at timestamptz not null default now(),
    -- When a moderator looked at it, whatever they then did.
    settled_at timestamptz,
    primary key (contribution, voter)
);
create index flags_by_contribution on flags (contribution, at) where settled_at is null;

-- Those that no moderator has looked at yet, counted.
alter table contributions add column flags int not null default 0;
create index contributions_flagged on contributions (state, flags desc, id) where flags > 0;

grant select, insert, update on flags to app;

-- A report that holds words which not everybody may read any more: nobody gets its files from then on, and another one is made.
alter table reports add column withheld_at timestamptz;
