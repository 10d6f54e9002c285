-- As before, and: nobody votes whose account was erased while the vote was on its way. `forget_voters` holds the same lock until the list
-- says so.
-- squawk-ignore ban-drop-function
drop function cast_votes(bytea[], uuid[], bigint[], bigint[], smallint[]);
create function cast_votes(
    in_people bigint[], in_voters bytea[], in_ids uuid[], in_digests bigint[], in_questions bigint[], in_choices smallint[]
) returns text[] language plpgsql security definer
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
            when q.whole and not has_opened_text(q.consultation, in_voters[v.nth]) then 'unread'
            when exists (select from erased as e where e.person = in_people[v.nth]) then 'sign_in_needed'
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
revoke execute on function cast_votes(bigint[], bytea[], uuid[], bigint[], bigint[], smallint[]) from public;
grant execute on function cast_votes(bigint[], bytea[], uuid[], bigint[], bigint[], smallint[]) to app;
