-- Contributions in full: answers to them, sides, suggested wording, support, changes of their words, and what was entered for others.
-- Whoever brings the site up to date takes no contributions meanwhile, so that indexes need not be built beside them.
-- squawk-ignore-file require-concurrent-index-creation

alter table contributions add column parent bigint;
-- squawk-ignore adding-foreign-key-constraint
alter table contributions add constraint contributions_parent_fkey foreign key (parent) references contributions (id) not valid;
alter table contributions add column depth smallint not null default 0;
alter table contributions add column side text;
alter table contributions add column suggestion text;
alter table contributions add column base text;
alter table contributions add column channel text not null default 'online';
-- Who entered it, from where, for whom has no account; then there is no author.
alter table contributions add column entered_by bigint;
alter table contributions add column source text not null default '';
alter table contributions add column source_key text;
-- squawk-ignore ban-drop-not-null
alter table contributions alter column author drop not null;
alter table contributions add column edited_at timestamptz;
alter table contributions add column revision int not null default 0;

-- Kept by triggers: how many support it, and how many visible answers it has, by their side.
alter table contributions add column supports int not null default 0;
alter table contributions add column replies int not null default 0;
alter table contributions add column replies_for int not null default 0;
alter table contributions add column replies_against int not null default 0;
alter table contributions add column contested int not null default 0;

-- Words that were replaced. They are hidden and erased together with those that stand.
create table former_words (
    contribution bigint not null references contributions (id),
    revision int not null,
    text text not null,
    suggestion text,
    at timestamptz not null,
    primary key (contribution, revision)
);

-- One row for each person who supports a contribution; the person is known only by the key of the votes.
create table supports (
    contribution bigint not null references contributions (id),
    voter bytea not null,
    at timestamptz not null default now(),
    primary key (contribution, voter)
);

-- What everybody can see, counted: contributions that answer no other, by the place and node where they stand in the newest version
-- ('' is the whole draft, '-' words that are gone), and by kind, channel and verification. The units are never added up across these.
create table counts (
    consultation bigint not null references consultations (id),
    place text not null,
    node text not null,
    kind text not null,
    channel text not null,
    verified boolean not null,
    contributions bigint not null default 0,
    primary key (consultation, place, node, kind, channel, verified)
) with (fillfactor = 70);

create function count_contributions() returns trigger language plpgsql security definer set search_path = public as $$
begin
    with changes as (
        select *, 1 as change from new_rows where state = 'visible' and parent is null
        union all
        select *, -1 from old_rows where state = 'visible' and parent is null
    ), net as (
        select consultation, case when here_state = 'removed' then '-' else coalesce(here_place, '') end as place,
            case when here_state = 'removed' then '-' else coalesce(here_node, '') end as node, kind, channel, verified, sum(change) as change
        from changes group by 1, 2, 3, 4, 5, 6 having sum(change) <> 0
    )
    insert into counts as t (consultation, place, node, kind, channel, verified, contributions)
    select consultation, place, node, kind, channel, verified, change from net order by 1, 2, 3, 4, 5, 6
    on conflict (consultation, place, node, kind, channel, verified)
    do update set contributions = t.contributions + excluded.contributions;

    -- Only where something changes: this update calls this function again.
    if exists (select from new_rows where parent is not null) then
        with changes as (
            select parent, side, 1 as change from new_rows where state = 'visible' and parent is not null
            union all
            select parent, side, -1 from old_rows where state = 'visible' and parent is not null
        ), net as (
            select parent, sum(change) as replies, coalesce(sum(change) filter (where side = 'for'), 0) as replies_for,
                coalesce(sum(change) filter (where side = 'against'), 0) as replies_against
            from changes group by parent having sum(change) <> 0
        )
        update contributions as k
        set replies = k.replies + n.replies, replies_for = k.replies_for + n.replies_for,
            replies_against = k.replies_against + n.replies_against,
            contested = least(k.replies_for + n.replies_for, k.replies_against + n.replies_against)
        from net as n where k.id = n.parent;
    end if;
    return null;
end $$;

create function count_first_contributions() returns trigger language plpgsql security definer set search_path = public as $$
begin
    insert into counts as t (consultation, place, node, kind, channel, verified, contributions)
    select consultation, coalesce(here_place, ''), coalesce(here_node, ''), kind, channel, verified, count(*)
    from new_rows where state = 'visible' and parent is null group by 1, 2, 3, 4, 5, 6 order by 1, 2, 3, 4, 5, 6
    on conflict (consultation, place, node, kind, channel, verified)
    do update set contributions = t.contributions + excluded.contributions;

    update contributions as k
    set replies = k.replies + n.replies, replies_for = k.replies_for + n.replies_for,
        replies_against = k.replies_against + n.replies_against,
        contested = least(k.replies_for + n.replies_for, k.replies_against + n.replies_against)
    from (
        select parent, count(*) as replies, count(*) filter (where side = 'for') as replies_for,
            count(*) filter (where side = 'against') as replies_against
        from new_rows where state = 'visible' and parent is not null group by parent
    ) as n where k.id = n.parent;
    return null;
end $$;

create function count_supports() returns trigger language plpgsql security definer set search_path = public as $$
begin
    if tg_op = 'INSERT' then
        update contributions as k set supports = k.supports + n.number
        from (select contribution, count(*) as number from changed group by contribution order by contribution) as n
        where k.id = n.contribution;
    else
        update contributions as k set supports = k.supports - n.number
        from (select contribution, count(*) as number from changed group by contribution order by contribution) as n
        where k.id = n.contribution;
    end if;
    return null;
end $$;

insert into counts (consultation, place, node, kind, channel, verified, contributions)
select consultation, coalesce(here_place, ''), coalesce(here_node, ''), kind, channel, verified, count(*)
from contributions where state = 'visible' group by 1, 2, 3, 4, 5, 6;

create trigger contributions_inserted after insert on contributions
referencing new table as new_rows for each statement execute function count_first_contributions();
create trigger contributions_updated after update on contributions
referencing new table as new_rows old table as old_rows for each statement execute function count_contributions();
create trigger supports_inserted after insert on supports
referencing new table as changed for each statement execute function count_supports();
create trigger supports_deleted after delete on supports
referencing old table as changed for each statement execute function count_supports();

-- One index for each order in which a place is read, so that a page is as quick in a list of twenty thousand.
-- squawk-ignore require-concurrent-index-deletion
drop index contributions_by_place;
create index contributions_newest on contributions (consultation, here_place, id desc) where state = 'visible' and parent is null;
create index contributions_supported on contributions (consultation, here_place, supports desc, id desc)
where state = 'visible' and parent is null;
create index contributions_contested on contributions (consultation, here_place, contested desc, id desc)
where state = 'visible' and parent is null;
create index contributions_of_node on contributions (consultation, here_node, id desc) where state = 'visible' and parent is null;
create index contributions_by_parent on contributions (parent, id) where parent is not null;
create unique index contributions_by_source on contributions (consultation, source_key) where source_key is not null;
create index contributions_by_state on contributions (consultation, state, id desc);

grant select, insert on former_words to app;
grant select, insert, delete on supports to app;
grant select on counts to app;
