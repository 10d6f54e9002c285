-- Consultations that were held elsewhere, taken over from their open data: kept as they were told, and never changed.
-- squawk-ignore-file require-concurrent-index-creation

create table taken_over (
    id bigint generated always as identity primary key,
    agency bigint not null references agencies (id),
    title text not null,
    about jsonb not null,
    totals jsonb not null,
    figures jsonb not null,
    -- Of the file as it came.
    sha256 text not null,
    size int not null,
    taken_by bigint not null references persons (id),
    at timestamptz not null default now(),
    unique (agency, sha256)
);

create table taken_over_contributions (
    dossier bigint not null references taken_over (id) on delete cascade,
    id bigint not null,
    line jsonb not null,
    primary key (dossier, id)
);

create table taken_over_texts (
    dossier bigint not null references taken_over (id) on delete cascade,
    version int not null,
    draft jsonb not null,
    primary key (dossier, version)
);

create table taken_over_bytes (
    dossier bigint primary key references taken_over (id) on delete cascade,
    bytes bytea not null
);
alter table taken_over_bytes alter column bytes set storage external;

grant select, insert, delete on taken_over to app;
grant select, insert on taken_over_contributions, taken_over_texts, taken_over_bytes to app;
grant usage on sequence taken_over_id_seq to app;
