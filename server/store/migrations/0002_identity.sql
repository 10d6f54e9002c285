-- Who is who. What identifies a person stands in `contacts` and nowhere else; secrets are kept only as hashes; every moment is
-- the database's own.

create table contacts (
    person bigint primary key references persons (id) on delete cascade,
    email text not null unique,
    display_name text not null default ''
);

-- One live sign-in code per contact. The code itself is in no column: it is derived from the nonce under the server's key.
-- `browser` is the hash of the secret in the cookie of the browser that asked.
create table codes (
    id bigint generated always as identity primary key,
    contact text not null,
    purpose text not null check (purpose in ('sign_in')),
    nonce bytea not null,
    browser bytea not null,
    lang text not null,
    tries smallint not null default 0,
    expires_at timestamptz not null,
    unique (contact, purpose)
);
create index codes_by_browser on codes (browser);

create table sessions (
    id bigint generated always as identity primary key,
    secret_hash bytea not null unique,
    person bigint not null references persons (id) on delete cascade,
    device text not null,
    created_at timestamptz not null default now(),
    last_seen_at timestamptz not null default now()
);
create index sessions_by_person on sessions (person);

-- One-use tickets for the live socket. They live a minute, so they may be lost in a crash.
create unlogged table tickets (
    secret_hash bytea primary key,
    session bigint references sessions (id) on delete cascade,
    lang text not null,
    created_at timestamptz not null default now()
);
create index tickets_by_session on tickets (session);

-- A role in one agency, or in the whole site when the agency is null.
create table grants (
    id bigint generated always as identity primary key,
    person bigint not null references persons (id) on delete cascade,
    role text not null check (role in ('moderator', 'editor', 'administrator')),
    agency bigint references agencies (id),
    granted_at timestamptz not null default now(),
    check (agency is not null or role = 'administrator'),
    unique nulls not distinct (person, role, agency)
);
create index grants_by_agency on grants (agency);

create table invitations (
    id bigint generated always as identity primary key,
    email text not null,
    role text not null check (role in ('moderator', 'editor', 'administrator')),
    agency bigint references agencies (id),
    state text not null default 'open' check (state in ('open', 'accepted', 'withdrawn')),
    created_at timestamptz not null default now(),
    expires_at timestamptz not null,
    check (agency is not null or role = 'administrator')
);
create index invitations_by_agency on invitations (agency);

-- Every administrative act. The server may add to it and read it, and nothing else. It names persons only by their numbers.
create table acts (
    id bigint generated always as identity primary key,
    at timestamptz not null default now(),
    actor bigint,
    act text not null,
    agency bigint references agencies (id),
    subject bigint,
    detail jsonb not null default '{}'
);
create index acts_by_agency on acts (agency, id);

-- What was asked for, within the windows of the limits. The subject is a keyed hash of a contact or an address.
create table requests (
    kind text not null,
    subject bytea not null,
    at timestamptz not null default clock_timestamp()
);
create index requests_by_subject on requests (kind, subject, at);
create index requests_by_age on requests using brin (at);

-- Work to be done once, at or after `due_at`: outgoing mail, deadlines, tidying. A claim moves `due_at` to when the next try would
-- be, so that a process which dies leaves its work to the others. The payload is emptied when the work is done or given up.
create table jobs (
    id bigint generated always as identity primary key,
    kind text not null,
    payload jsonb not null default '{}',
    idempotency_key text unique,
    state text not null default 'waiting' check (state in ('waiting', 'done', 'failed')),
    tries smallint not null default 0,
    due_at timestamptz not null default now(),
    ended_at timestamptz
);
create index jobs_waiting on jobs (due_at) where state = 'waiting';

grant select, insert, update, delete on contacts to app;
grant select, insert, update, delete on codes to app;
grant select, insert, update, delete on sessions to app;
grant select, insert, delete on tickets to app;
grant select, insert, delete on grants to app;
grant select, insert, update on invitations to app;
grant select, insert on acts to app;
grant select, insert, delete on requests to app;
grant select, insert, update, delete on jobs to app;
