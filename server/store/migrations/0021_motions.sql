-- Motions (nội dung biểu quyết). The life of each is a log of its own, for it outlives the meeting in which it was opened; what is cast on
-- it are rows. Every change and every ballot locks the motion's row first, so they come one after another.
-- squawk-ignore-file constraint-missing-not-valid

create table motions (
    id bigint generated always as identity primary key,
    room bigint not null references rooms (id),
    -- The meeting in whose record it stands; null for a slip (phiếu lấy ý kiến), which is sent outside meetings.
    meeting bigint references meetings (id),
    -- Who may know of it, when the item under way was for some only; null: all.
    readers text[],
    -- The number of its newest event, and what that makes of it.
    seq int not null default 0,
    phase text not null default 'drafted' check (phase in ('drafted', 'open', 'closed', 'counted', 'announced', 'withdrawn')),
    secret boolean not null default false,
    closes_at timestamptz,
    created_at timestamptz not null default now()
);
create index motions_by_room on motions (room, id desc);
create index motions_to_end on motions (closes_at) where phase in ('open', 'closed');

-- Names are not here but in `room_names`, and the box of a count not but in the tables below.
create table motion_events (
    motion bigint not null references motions (id),
    seq int not null,
    at timestamptz not null,
    type text not null,
    body jsonb not null,
    primary key (motion, seq)
);

-- The ballot of each member that counts so far.
create table ballots (
    motion bigint not null references motions (id),
    member text not null,
    given_by text not null,
    choice smallint,
    origin text not null check (origin in ('hall', 'remote', 'slip')),
    at timestamptz not null,
    opinion text not null default '',
    primary key (motion, member)
);

-- --- secret ballots ---
--
-- While one is open, who has voted and what was voted go into two tables of that motion alone, which the application can neither read nor
-- write but by the functions below: a row of the one and a row of the other come from one transaction, whose hidden number would join them,
-- and so would their order. At the close both are copied, each sorted by its own key, in one transaction for all of them, into the two
-- tables below, and are dropped. Those two have no column in common but the motion.

create table secret_voters (
    motion bigint not null references motions (id),
    member text not null,
    given_by text not null,
    origin text not null,
    primary key (motion, member)
);

create table secret_papers (
    motion bigint not null references motions (id),
    tracker text not null,
    choice smallint,
    primary key (motion, tracker)
);

-- Sets up the box of a secret ballot that has just been opened.
create function set_up_box(in_motion bigint) returns void language plpgsql security definer set search_path = public as $$
begin
    if not exists (select from motions as m where m.id = in_motion and m.secret and m.phase = 'open') then
        raise exception 'no secret ballot is open on motion %', in_motion;
    end if;
    execute format('create table %I (member text primary key, given_by text not null, origin text not null)', 'box_voters_' || in_motion);
    execute format('create table %I (tracker text primary key, choice smallint)', 'box_papers_' || in_motion);
end $$;

-- Puts one paper into an open box: 'done'; 'repeated' for one that is in it; 'voted_already'; 'conflict' for a tracker that is taken;
-- 'vote_closed'. That no time, no number and no command is kept is what makes it secret.
create function cast_secretly(in_motion bigint, in_member text, in_by text, in_origin text, in_tracker text, in_choice smallint)
returns text language plpgsql security definer set search_path = public as $$
declare
    before text;
begin
    perform from motions as m where m.id = in_motion for update;
    if not exists (
        select from motions as m where m.id = in_motion and m.secret and m.phase = 'open' and clock_timestamp() < m.closes_at
    ) then
        return 'vote_closed';
    end if;
    before := paper_before(in_motion, in_member, in_tracker);
    if before <> 'none' then
        return before;
    end if;
    execute format('insert into %I values ($1, $2, $3)', 'box_voters_' || in_motion) using in_member, in_by, in_origin;
    execute format('insert into %I values ($1, $2)', 'box_papers_' || in_motion) using in_tracker, in_choice;
    return 'done';
end $$;

-- What an open box knows of a member's vote and a tracker: 'repeated' when both are in it, as after an answer that was lost;
-- 'voted_already', 'conflict' when one of them is; 'none'.
create function paper_before(in_motion bigint, in_member text, in_tracker text)
returns text language plpgsql security definer set search_path = public as $$
declare
    voted boolean;
    taken boolean;
begin
    if not exists (select from motions as m where m.id = in_motion and m.secret and m.phase = 'open') then
        return 'none';
    end if;
    execute format('select exists (select from %I where member = $1)', 'box_voters_' || in_motion) into voted using in_member;
    execute format('select exists (select from %I where tracker = $1)', 'box_papers_' || in_motion) into taken using in_tracker;
    return case when voted and taken then 'repeated' when voted then 'voted_already' when taken then 'conflict' else 'none' end;
end $$;

-- Whose vote has been given in secret, in the order of their names for it: of an open box nothing else can be known.
create function who_voted_secretly(in_motion bigint) returns setof text language plpgsql stable security definer set search_path = public as $$
begin
    if exists (select from motions as m where m.id = in_motion and m.secret and m.phase = 'open') then
        return query execute format('select member from %I order by member', 'box_voters_' || in_motion);
    else
        return query select v.member from secret_voters as v where v.motion = in_motion order by v.member;
    end if;
end $$;

-- Empties the box of a motion that is open no more: of a closed one into the tables that are counted, of a withdrawn one for good.
create function empty_box(in_motion bigint) returns void language plpgsql security definer set search_path = public as $$
declare
    now_in text;
begin
    select m.phase into now_in from motions as m where m.id = in_motion and m.secret for update;
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
        execute format(
            'insert into secret_papers select $1, tracker, choice from %I order by tracker', 'box_papers_' || in_motion
        ) using in_motion;
    end if;
    execute format('drop table %I', 'box_voters_' || in_motion);
    execute format('drop table %I', 'box_papers_' || in_motion);
end $$;

-- A code that confirms who votes in secret.
-- squawk-ignore ban-drop-constraint
alter table codes drop constraint codes_purpose_check;
alter table codes add constraint codes_purpose_check check (purpose in ('sign_in', 'ballot'));

grant select, insert, update on motions to app;
grant select, insert on motion_events to app;
grant select, insert, update on ballots to app;
grant select on secret_voters, secret_papers to app;
