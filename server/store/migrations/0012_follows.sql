-- What people want to be told of: a consultation, one node of its draft, or one contribution with its answer.

create table follows (
    id bigint generated always as identity primary key,
    person bigint not null references persons (id) on delete cascade,
    consultation bigint not null references consultations (id),
    node text,
    contribution bigint references contributions (id),
    digest text not null default 'daily' check (digest in ('at_once', 'daily', 'weekly')),
    -- The number of the newest event that this person was told of.
    told bigint not null default 0,
    at timestamptz not null default now(),
    check (node is null or contribution is null),
    unique nulls not distinct (person, consultation, node, contribution)
);
create index follows_by_consultation on follows (consultation, digest, id);

grant select, insert, update, delete on follows to app;
