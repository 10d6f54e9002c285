-- A topic is a numbered stream of events. Its row is updated in the transaction that appends, so the numbers are gapless and
-- become visible in order.
create table topics (
    id text primary key,
    seq bigint not null default 0
);

create table events (
    topic text not null references topics (id),
    seq bigint not null,
    at timestamptz not null,
    actor bigint references persons (id),
    type text not null,
    body jsonb not null,
    primary key (topic, seq)
);

-- The first answer of every command, for repeats. The actor is a person's or a voter's key (16 bytes), never a name.
create table commands (
    actor bytea not null,
    id uuid not null,
    digest bigint not null,
    answer jsonb,
    at timestamptz not null default now(),
    primary key (actor, id)
);
create index commands_by_age on commands using brin (at);

create table consultations (
    id bigint generated always as identity primary key,
    agency bigint not null references agencies (id),
    slug text not null unique,
    title text not null,
    title_en text not null default '',
    summary text not null default '',
    summary_en text not null default '',
    search_key text not null,
    phase text not null default 'draft' check (phase in ('draft', 'announced', 'open', 'closed')),
    moderation text not null default 'after' check (moderation in ('before', 'after')),
    tallies text not null default 'hidden' check (tallies in ('live', 'hidden')),
    opens_at timestamptz,
    closes_at timestamptz,
    -- Voters are known in the votes only by an HMAC under this key, so that taking part in two consultations cannot be joined
    -- once the keys are gone.
    voter_secret bytea not null,
    created_at timestamptz not null default now(),
    check (opens_at < closes_at),
    check (phase = 'draft' or (opens_at is not null and closes_at is not null))
);
create index consultations_by_agency on consultations (agency);

-- One version of a draft's text. `draft` is the tree; `translation` the same tree in English where there is one.
create table versions (
    consultation bigint not null references consultations (id),
    number int not null,
    file_name text not null,
    draft jsonb not null,
    left_out jsonb not null,
    warnings jsonb not null,
    translation jsonb,
    at timestamptz not null default now(),
    primary key (consultation, number)
);

-- The nodes people may comment on, and the điều or annex under which their contributions are listed.
create table nodes (
    consultation bigint not null,
    version int not null,
    id text not null,
    place text not null,
    anchor text not null,
    position int not null,
    primary key (consultation, version, id),
    foreign key (consultation, version) references versions (consultation, number) on delete cascade
);

create table questions (
    id bigint generated always as identity primary key,
    consultation bigint not null references consultations (id),
    node text,
    statement text,
    position int not null,
    options smallint not null default 3 check (options between 2 and 20),
    check ((node is null) <> (statement is null))
);
create index questions_by_consultation on questions (consultation, position);

create table votes (
    question bigint not null,
    voter bytea not null,
    choice smallint not null,
    at timestamptz not null default now(),
    primary key (question, voter)
) with (fillfactor = 85);

create table tallies (
    question bigint not null references questions (id),
    choice smallint not null,
    people bigint not null default 0,
    primary key (question, choice)
) with (fillfactor = 50);

-- Totals are kept by the statement that changes the votes, in its own transaction. A check recounts them.
create function count_new_votes() returns trigger language plpgsql security definer set search_path = public as $$
begin
    insert into tallies as t (question, choice, people)
    select question, choice, count(*) from new_votes group by question, choice order by question, choice
    on conflict (question, choice) do update set people = t.people + excluded.people;
    return null;
end $$;

create function count_changed_votes() returns trigger language plpgsql security definer set search_path = public as $$
begin
    insert into tallies as t (question, choice, people)
    select question, choice, sum(change) from (
        select question, choice, 1 as change from new_votes
        union all
        select question, choice, -1 from old_votes
    ) as changes
    group by question, choice having sum(change) <> 0 order by question, choice
    on conflict (question, choice) do update set people = t.people + excluded.people;
    return null;
end $$;

create trigger votes_inserted after insert on votes
referencing new table as new_votes for each statement execute function count_new_votes();
create trigger votes_updated after update on votes
referencing new table as new_votes old table as old_votes for each statement execute function count_changed_votes();

-- The only place where the words of a contribution stand: events name it, so that hiding is done in one place.
create table contributions (
    id bigint generated always as identity primary key,
    consultation bigint not null references consultations (id),
    node text,
    place text,
    author bigint not null references persons (id),
    name text not null,
    kind text not null,
    verified boolean not null,
    text text not null,
    state text not null check (state in ('visible', 'waiting', 'hidden', 'withdrawn')),
    rule text,
    reason text not null default '',
    at timestamptz not null
);
create index contributions_by_place on contributions (consultation, place, id desc) where state = 'visible';
create index contributions_waiting on contributions (consultation, id) where state = 'waiting';
create index contributions_by_author on contributions (author, id desc);

grant select, insert, update on topics to app;
grant select, insert on events to app;
grant select, insert, delete on commands to app;
grant select, insert, update on consultations to app;
grant select, insert, update on versions to app;
grant select, insert, delete on nodes to app;
grant select, insert, update, delete on questions to app;
grant select on votes to app;
grant select on tallies to app;
grant select, insert, update on contributions to app;

-- Casts many votes in one transaction and says of each what became of it: 'done', 'repeated' (this very command was recorded
-- before), 'conflict' (its id was used for another vote), 'not_found', 'bad_choice', 'not_open', 'closed'. The caller sends each
-- (voter, id) once; where one voter answers one question twice, the later position counts.
--
-- It is the only door to the votes: the application may not write them in any other way, which is why they need no foreign key
-- (checking one costs as much as the vote itself). Writers of one consultation take turns, so that two of them never wait for each
-- other's rows; whether a consultation is open is decided here, by the database's clock, and its row is held so that it cannot be
-- closed in between. The planner knows nothing of the arrays' length and would join them badly: index look-ups are always right.
create function cast_votes(in_voters bytea[], in_ids uuid[], in_digests bigint[], in_questions bigint[], in_choices smallint[])
returns text[] language plpgsql security definer
set search_path = public set enable_hashjoin = off set enable_mergejoin = off as $$
declare
    verdicts text[];
begin
    perform pg_advisory_xact_lock(7, them.consultation::int)
    from (select distinct q.consultation from questions as q where q.id = any(in_questions) order by q.consultation) as them;
    perform 1 from consultations as c
    where c.id in (select q.consultation from questions as q where q.id = any(in_questions))
    order by c.id for share;

    select array_agg(
        case
            when q.id is null or c.phase = 'draft' then 'not_found'
            when v.choice < 0 or v.choice >= q.options then 'bad_choice'
            when c.phase = 'closed' or clock_timestamp() >= c.closes_at then 'closed'
            when clock_timestamp() < c.opens_at then 'not_open'
            else 'done'
        end order by v.nth
    ) into verdicts
    from unnest(in_questions, in_choices) with ordinality as v (question, choice, nth)
    left join questions as q on q.id = v.question
    left join consultations as c on c.id = q.consultation;

    begin
        insert into commands (actor, id, digest)
        select v.voter, v.id, v.digest from unnest(in_voters, in_ids, in_digests, verdicts) as v (voter, id, digest, verdict)
        where v.verdict = 'done' order by v.voter, v.id;
    exception when unique_violation then
        -- Some were recorded before. Nobody else can be recording the same now: these voters belong to consultations we hold.
        select array_agg(
            case when k.id is null then v.verdict when k.digest = v.digest then 'repeated' else 'conflict' end order by v.nth
        ) into verdicts
        from unnest(in_voters, in_ids, in_digests, verdicts) with ordinality as v (voter, id, digest, verdict, nth)
        left join commands as k on k.actor = v.voter and k.id = v.id;
        insert into commands (actor, id, digest)
        select v.voter, v.id, v.digest from unnest(in_voters, in_ids, in_digests, verdicts) as v (voter, id, digest, verdict)
        where v.verdict = 'done' order by v.voter, v.id;
    end;

    insert into votes as t (question, voter, choice)
    select distinct on (v.question, v.voter) v.question, v.voter, v.choice
    from unnest(in_voters, in_questions, in_choices, verdicts) with ordinality as v (voter, question, choice, verdict, nth)
    where v.verdict = 'done'
    order by v.question, v.voter, v.nth desc
    on conflict (question, voter) do update set choice = excluded.choice, at = now() where t.choice <> excluded.choice;

    return verdicts;
end $$;

grant usage on sequence contributions_id_seq to app;
