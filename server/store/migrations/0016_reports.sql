-- Consolidated reports (form 10): what was asked for, how far the writing is, and the files that came of it. `read_at` is when the data
-- were read, null until then. Bytes stand apart from what lists read.
create table reports (
    id bigint generated always as identity primary key,
    consultation bigint not null references consultations (id),
    cover jsonb not null,
    state text not null default 'waiting' check (state in ('waiting', 'making', 'made', 'cancelled', 'failed')),
    share real not null default 0,
    why text not null default '',
    at timestamptz not null default now(),
    read_at timestamptz
);
create index reports_by_consultation on reports (consultation, id);

create table report_files (
    report bigint not null references reports (id),
    format text not null check (format in ('docx', 'pdf')),
    sha256 text not null,
    size int not null,
    bytes bytea not null,
    primary key (report, format)
);
alter table report_files alter column bytes set storage external;
create index report_files_by_sha256 on report_files (sha256);

grant select, insert, update on reports to app;
grant select, insert on report_files to app;
grant usage on sequence reports_id_seq to app;
