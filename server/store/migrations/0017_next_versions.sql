-- The text that an agency prepares to be the next version of its draft. Nobody else knows of it until it is put in place.
-- squawk-ignore-file require-concurrent-index-creation

create table next_versions (
    consultation bigint primary key references consultations (id),
    number int not null,
    revision int not null,
    file_name text not null,
    draft jsonb not null,
    left_out jsonb not null,
    warnings jsonb not null,
    at timestamptz not null default now()
);

-- Other wordings, for the editor who takes them into the next version.
create index contributions_suggesting on contributions (consultation, id)
where suggestion is not null and state = 'visible' and parent is null;

grant select, insert, update, delete on next_versions to app;
