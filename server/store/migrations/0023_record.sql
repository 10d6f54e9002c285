-- The record of a meeting: every event of it is a link of one chain (`rooms/record.py` says how). Links are never changed.

alter table meetings
    -- The number and the digest of the newest link. Whoever appends one holds this row until the transaction ends.
    add column record_number int not null default 0,
    add column record_digest text;

create table record_links (
    meeting bigint not null references meetings (id),
    number int not null,
    at timestamptz not null,
    -- The event in canonical JSON, byte for byte, with commitments in the place of what is personal.
    body bytea not null,
    before text not null,
    digest text not null,
    primary key (meeting, number)
);

-- What is personal, with its salt: beside the chain, which stays whole when a row here is erased.
create table record_openings (
    meeting bigint not null,
    number int not null,
    path text not null,
    salt text not null,
    -- In JSON.
    value text not null,
    primary key (meeting, number, path),
    foreign key (meeting, number) references record_links (meeting, number)
);

-- What the record does not say of minutes and notices: agency, number, place, signer (`rooms.minutes.Cover`).
create table minutes_covers (
    meeting bigint not null references meetings (id),
    kind text not null check (kind in ('minutes', 'notice')),
    cover jsonb not null,
    primary key (meeting, kind)
);

-- What the secretary wrote in the place of a drafted sentence, in order. One that was undone stays, and does not count.
create table minutes_edits (
    meeting bigint not null references meetings (id),
    kind text not null check (kind in ('minutes', 'notice')),
    number int not null,
    key text not null,
    text text not null,
    -- The sentence behind which a new one stands; empty for one that takes the place of another.
    after text not null,
    person bigint,
    at timestamptz not null default now(),
    undone boolean not null default false,
    primary key (meeting, kind, number)
);

grant select, insert on record_links to app;
grant select, insert, delete on record_openings to app;
grant select, insert, update on minutes_covers to app;
grant select, insert, update on minutes_edits to app;
