-- What is written in the chat to some only: whoever is not a reader of a line never gets it. What is not kept goes at the end of the meeting.
-- squawk-ignore-file constraint-missing-not-valid

alter table chat add column address jsonb;
alter table chat add column readers text[];
alter table chat add column kept boolean not null default true;
alter table chat add constraint chat_kept_unless_private check (kept or readers is not null);
grant delete on chat to app;

-- Who may write privately to whom in meetings of this room, and whether it is kept in their record.
alter table rooms add column private_among text not null default 'all' check (private_among in ('all', 'desk', 'nobody'));
alter table rooms add column private_kept boolean not null default false;
