-- What people answer to questions of several options, of an order, and of words. Single choices and scales are votes.

create table responses (
    question bigint not null references questions (id),
    voter bytea not null,
    -- The options chosen, by number; of an order, the first place first. A text has none.
    choices smallint[] not null,
    text text not null default '',
    at timestamptz not null default now(),
    primary key (question, voter)
) with (fillfactor = 85);

-- Totals stand beside those of votes, and are people as well: of several options, who chose each; of an order, who put option `choice % 32`
-- at place `choice / 32`; and at choice -1 all who answered, since the others do not add up to them.
create function count_responses() returns trigger language plpgsql security definer set search_path = public as $$
begin
    insert into tallies as t (question, choice, people)
    select question, choice, sum(change) from (
        select r.question, o.choice, 1 as change from new_rows as r cross join lateral response_choices(r.question, r.choices) as o (choice)
        union all
        select r.question, o.choice, -1 from old_rows as r cross join lateral response_choices(r.question, r.choices) as o (choice)
    ) as changes
    group by question, choice having sum(change) <> 0 order by question, choice
    on conflict (question, choice) do update set people = t.people + excluded.people;
    return null;
end $$;

create function count_first_responses() returns trigger language plpgsql security definer set search_path = public as $$
begin
    insert into tallies as t (question, choice, people)
    select r.question, o.choice, count(*) from new_rows as r cross join lateral response_choices(r.question, r.choices) as o (choice)
    group by r.question, o.choice order by r.question, o.choice
    on conflict (question, choice) do update set people = t.people + excluded.people;
    return null;
end $$;

-- What a response is counted as.
create function response_choices(of_question bigint, choices smallint[]) returns table (choice smallint) language sql stable
set search_path = public as $$
    select -1::smallint
    union all
    select (case when q.kind = 'rank' then (o.place - 1) * 32 else 0 end + o.choice)::smallint
    from questions as q cross join lateral unnest(choices) with ordinality as o (choice, place) where q.id = of_question
$$;

create trigger responses_inserted after insert on responses
referencing new table as new_rows for each statement execute function count_first_responses();
create trigger responses_updated after update on responses
referencing new table as new_rows old table as old_rows for each statement execute function count_responses();

grant select, insert, update on responses to app;
grant usage on sequence questions_id_seq to app;
