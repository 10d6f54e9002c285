-- Slips: a secret box with too few papers is never emptied into what is counted; papers of a motion, and files to an opinion.
-- squawk-ignore-file constraint-missing-not-valid

-- How many papers must be in a secret box for it to be counted, as the rules say at its opening (rooms/tally.py).
alter table motions add column least_papers int not null default 0;
update motions as m set least_papers = least(5, jsonb_array_length(e.body -> 'roll'))
from motion_events as e where e.motion = m.id and e.type = 'motion_opened' and m.secret;

-- Empties the box of a motion that is open no more: of a closed one into the tables that are counted, of a withdrawn one for good. Papers
-- so few that they would tell who voted what beside the names of who voted are thrown away, and only who voted is kept.
create or replace function empty_box(in_motion bigint) returns void language plpgsql security definer set search_path = public as $$
declare
    now_in text;
    least_in int;
    voted int;
begin
    select m.phase, m.least_papers into now_in, least_in from motions as m where m.id = in_motion and m.secret for update;
    if now_in is null or now_in not in ('closed', 'withdrawn') then
        raise exception 'the box of motion % is not to be emptied', in_motion;
    end if;
    if to_regclass(format('public.%I', 'box_voters_' || in_motion)) is null then
        return;
    end if;
    if now_in = 'closed' then
        execute format(
            'insert into secret_voters select $1, member, given_by, origin from %I order by member', 'box_voters_' || in_motion
        ) using in_motion;
        get diagnostics voted = row_count;
        if voted >= least_in then
            execute format(
                'insert into secret_papers select $1, tracker, choice from %I order by tracker', 'box_papers_' || in_motion
            ) using in_motion;
        end if;
    end if;
    execute format('drop table %I', 'box_voters_' || in_motion);
    execute format('drop table %I', 'box_papers_' || in_motion);
end $$;

-- A paper of the room that belongs to a motion, in the version that stood when it was put to it.
create table motion_papers (
    motion bigint not null references motions (id),
    paper bigint not null,
    version int not null,
    primary key (motion, paper),
    foreign key (paper, version) references room_paper_versions (paper, version)
);

-- Files to the opinion of a member, as PDF. Of a secret ballot there are none.
create table ballot_files (
    id bigint generated always as identity primary key,
    motion bigint not null references motions (id),
    member text not null,
    given_by text not null,
    file_name text not null,
    pages int not null,
    size int not null,
    sha256 text not null,
    bytes bytea not null,
    at timestamptz not null default now()
);
create index ballot_files_by_member on ballot_files (motion, member);
alter table ballot_files alter column bytes set storage external;

grant select, insert, delete on motion_papers to app;
grant select, insert, delete on ballot_files to app;
grant usage on sequence ballot_files_id_seq to app;
