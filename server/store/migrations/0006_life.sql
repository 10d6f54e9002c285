-- The whole life of a consultation: its phases, the rule of the law that holds for it, its clocks, and the dossier beside its draft.

-- The phases are those of consultations/phases.py. One that ends before its opening keeps the opening that was announced. Both checks
-- are wider than those before them, so that the rows there need no second look.
-- squawk-ignore ban-drop-constraint
alter table consultations drop constraint consultations_phase_check;
alter table consultations add constraint consultations_phase_check check (
    phase in ('draft', 'announced', 'open', 'suspended', 'closed', 'answered', 'archived', 'cancelled')
) not valid;
-- squawk-ignore ban-drop-constraint
alter table consultations drop constraint consultations_check;
alter table consultations add constraint consultations_dates_check check (
    opens_at < closes_at or phase not in ('announced', 'open')
) not valid;

alter table consultations add column document text not null default 'other';
-- The key of a rule of consultations/statute.py.
alter table consultations add column rule text not null default 'other';
-- How many people the agency hopes to hear.
alter table consultations add column target bigint;
alter table consultations add column announced_at timestamptz;
alter table consultations add column suspended_at timestamptz;
alter table consultations add column answered_at timestamptz;
alter table consultations add column reminded text[] not null default '{}';

-- The phase by the database's clock, whether or not it has been recorded yet.
create function phase_by_clock(phase text, opens_at timestamptz, closes_at timestamptz) returns text language sql volatile
return case
    when phase not in ('announced', 'open') then phase
    when clock_timestamp() >= closes_at then 'closed'
    when clock_timestamp() >= opens_at then 'open'
    else 'announced'
end;

-- Files of the dossier. The bytes stand apart, so that lists never read them.
create table papers (
    id bigint generated always as identity primary key,
    consultation bigint not null references consultations (id),
    kind text not null check (kind in ('submission', 'comparison', 'assessment', 'other')),
    title text not null,
    file_name text not null,
    media_type text not null,
    size int not null,
    sha256 text not null,
    at timestamptz not null default now()
);
create index papers_by_consultation on papers (consultation, id);

create table paper_bytes (
    paper bigint primary key references papers (id) on delete cascade,
    bytes bytea not null
);
alter table paper_bytes alter column bytes set storage external;

grant select, insert, delete on papers to app;
grant select, insert on paper_bytes to app;
grant usage on sequence papers_id_seq to app;

-- A question is asked of the draft's text, in a questionnaire beside it, or in a poll that is opened and closed while people are
-- consulted. `labels` are its options in words; without them they are those of every vote on a text. A text question has no options.
-- `version` is the draft's version whose clause it asks about.
alter table questions add column part text not null default 'draft';
alter table questions add column kind text not null default 'single';
alter table questions add column state text not null default 'open';
alter table questions add column version int not null default 1;
alter table questions add column labels text[];
-- How many options may be chosen at most, where several may.
alter table questions add column most smallint;
-- squawk-ignore ban-drop-not-null
alter table questions alter column options drop not null;

-- As before, and: what is suspended, cancelled or put away takes no votes, and a question may wait or be closed by itself.
create or replace function cast_votes(in_voters bytea[], in_ids uuid[], in_digests bigint[], in_questions bigint[], in_choices smallint[])
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
            when q.kind not in ('single', 'scale') or v.choice < 0 or v.choice >= q.options then 'bad_choice'
            when c.phase = 'suspended' then 'not_open'
            when c.phase not in ('announced', 'open') or clock_timestamp() >= c.closes_at then 'closed'
            when clock_timestamp() < c.opens_at or q.state = 'waiting' then 'not_open'
            when q.state = 'closed' then 'closed'
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
