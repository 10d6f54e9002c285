-- The papers of a room (tài liệu họp), with their versions, the words in them, each person's own notes, and who has opened what.

-- `audience` and `readers` are those of rooms/papers.py. `version` is the newest; `added_by` is as one takes part (`p12`).
create table room_papers (
    id bigint generated always as identity primary key,
    room bigint not null references rooms (id),
    title text not null,
    search_key text not null,
    audience text not null check (audience in ('all', 'members')),
    readers text[],
    version int not null,
    added_by text not null,
    at timestamptz not null default now(),
    -- A paper that was taken out stays with the record of the meetings that had it, and is shown to nobody.
    removed_at timestamptz
);
create index room_papers_by_room on room_papers (room, id);

create table room_paper_versions (
    paper bigint not null references room_papers (id) on delete cascade,
    version int not null,
    file_name text not null,
    -- Whether the PDF was made here from a file of another kind, which is not kept.
    converted boolean not null,
    size int not null,
    sha256 text not null,
    pages int not null,
    at timestamptz not null default now(),
    primary key (paper, version)
);

create table room_paper_bytes (
    paper bigint not null,
    version int not null,
    bytes bytea not null,
    primary key (paper, version),
    foreign key (paper, version) references room_paper_versions (paper, version) on delete cascade
);
-- Uncompressed, so that a part of it is read without the rest.
alter table room_paper_bytes alter column bytes set storage external;

create table room_paper_pages (
    paper bigint not null,
    version int not null,
    page int not null,
    text text not null,
    search_key text not null,
    primary key (paper, version, page),
    foreign key (paper, version) references room_paper_versions (paper, version) on delete cascade
);

-- A note is its writer's alone: no query reads it but by the writer's number.
create table room_paper_notes (
    person bigint not null references persons (id) on delete cascade,
    paper bigint not null references room_papers (id) on delete cascade,
    page int not null,
    text text not null,
    at timestamptz not null default now(),
    primary key (person, paper, page)
);

create table room_paper_openings (
    paper bigint not null,
    version int not null,
    who text not null,
    first_at timestamptz not null default now(),
    last_at timestamptz not null default now(),
    primary key (paper, version, who),
    foreign key (paper, version) references room_paper_versions (paper, version) on delete cascade
);

grant select, insert, update on room_papers to app;
grant select, insert on room_paper_versions to app;
grant select, insert on room_paper_bytes to app;
grant select, insert on room_paper_pages to app;
grant select, insert, update, delete on room_paper_notes to app;
grant select, insert, update on room_paper_openings to app;
grant usage on sequence room_papers_id_seq to app;
