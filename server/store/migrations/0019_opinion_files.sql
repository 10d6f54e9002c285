-- Files of opinions that officers upload: where what was entered comes from, and, until they are entered, the lines that would be.
-- squawk-ignore-file require-concurrent-index-creation

create table opinion_files (
    id bigint generated always as identity primary key,
    consultation bigint not null references consultations (id),
    sha256 text not null,
    file_name text not null,
    version int not null,
    unknown jsonb not null,
    uploaded_by bigint not null,
    at timestamptz not null default now(),
    state text not null default 'read' check (state in ('read', 'asked', 'entered', 'failed')),
    revision int not null default 1,
    why text not null default '',
    done int not null default 0,
    entered int not null default 0,
    unique (consultation, sha256)
);

-- Gone once the file is entered: the words stand in the contributions then.
create table opinion_lines (
    file bigint not null references opinion_files (id) on delete cascade,
    line int not null,
    opinion jsonb not null,
    state text not null check (state in ('ready', 'alike', 'repeated', 'known', 'faulty')),
    alike bigint,
    taken boolean not null,
    primary key (file, line)
);

grant select, insert, update, delete on opinion_files, opinion_lines to app;
grant usage on sequence opinion_files_id_seq to app;
