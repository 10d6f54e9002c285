-- Rooms have a lasting link; a meeting is one sitting in a room. What happens in a room is told on its topic `room/{id}`, meeting
-- after meeting; a meeting's own log begins after `first_seq`.

create table rooms (
    id bigint generated always as identity primary key,
    agency bigint not null references agencies (id),
    slug text not null unique,
    title text not null,
    search_key text not null,
    starts_at timestamptz,
    ends_at timestamptz,
    lobby boolean not null default true,
    join_muted boolean not null default true,
    -- The secret of the guests' link is derived from it under the server's key. Null: there is no link.
    link bytea,
    -- Grows with every change.
    revision int not null default 1,
    created_at timestamptz not null default now(),
    deleted_at timestamptz,
    check ((starts_at is null) = (ends_at is null)),
    check (starts_at < ends_at)
);
create index rooms_by_agency on rooms (agency);

-- The invitation list. `guest` is who came by the link while signed in.
create table room_people (
    room bigint not null references rooms (id),
    person bigint not null references persons (id) on delete cascade,
    role text not null check (role in ('host', 'member', 'guest')),
    primary key (room, person)
);
create index room_people_by_person on room_people (person);

-- Who came by the link without an account: a secret in a cookie, good while the link stands by which it was given.
create table guests (
    id bigint generated always as identity primary key,
    room bigint not null references rooms (id),
    secret_hash bytea not null unique,
    link bytea not null,
    name text not null,
    created_at timestamptz not null default now()
);
create index guests_by_room on guests (room);

create table meetings (
    id bigint generated always as identity primary key,
    room bigint not null references rooms (id),
    first_seq bigint not null,
    started_at timestamptz not null,
    ended_at timestamptz
);
create unique index meetings_running on meetings (room) where ended_at is null;
create index meetings_by_room on meetings (room, id desc);

-- The only place where the names of those who take part stand: events name them by `who`.
create table room_names (
    room bigint not null references rooms (id),
    who text not null,
    name text not null,
    primary key (room, who)
);

-- The only place where the words of a chat stand.
create table chat (
    id bigint generated always as identity primary key,
    meeting bigint not null references meetings (id),
    who text not null,
    at timestamptz not null,
    text text not null
);
create index chat_by_meeting on chat (meeting, id desc);

-- Which process is the only writer of a room's meeting. Every append checks the epoch, so a holder that was thought dead can
-- write nothing after another took over.
create table room_leases (
    room bigint primary key references rooms (id),
    holder text not null,
    epoch bigint not null,
    expires_at timestamptz not null
);

-- A ticket of a guest. No foreign key: it lives a minute, and whether the guest still is one is asked when it is used.
alter table tickets add column guest bigint;

grant select, insert, update on rooms to app;
grant select, insert, update, delete on room_people to app;
grant select, insert, update, delete on guests to app;
grant select, insert, update on meetings to app;
grant select, insert, update on room_names to app;
grant select, insert on chat to app;
grant select, insert, update, delete on room_leases to app;
grant usage on sequence meetings_id_seq to app;
grant usage on sequence chat_id_seq to app;
