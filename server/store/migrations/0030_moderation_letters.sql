-- Up to which moment each moderator was told of what is overdue, and whether they want to be. No line: never told, and wanted.
create table moderation_letters (
    person bigint primary key references persons (id) on delete cascade,
    told timestamptz not null default '-infinity',
    wanted boolean not null default true
);

grant select, insert, update on moderation_letters to app;
