-- Several versions of one draft. A node lasts for one version; each version says from which nodes of the one before it its own came,
-- and where the words that people spoke of are now.

-- The newest version: the draft that people are consulted on.
alter table consultations add column version int not null default 1;

create table predecessors (
    consultation bigint not null,
    version int not null,
    node text not null,
    predecessor text not null,
    primary key (consultation, version, node, predecessor),
    foreign key (consultation, version) references versions (consultation, number)
);

-- Where a contribution is in each later version. `node` is null where its words are gone, or where several places are as good.
create table placements (
    contribution bigint not null references contributions (id),
    version int not null,
    state text not null check (state in ('kept', 'moved', 'changed', 'removed')),
    node text,
    place text,
    doubtful boolean not null default false,
    primary key (contribution, version)
);

-- The original anchor is never changed: where a contribution stands in the newest version is kept beside it, for the lists.
alter table contributions add column version int not null default 1;
alter table contributions add column quote text not null default '';
alter table contributions add column before text not null default '';
alter table contributions add column after text not null default '';
alter table contributions add column here_node text;
alter table contributions add column here_place text;
alter table contributions add column here_state text not null default 'original';
alter table contributions add column here_doubtful boolean not null default false;
update contributions set here_node = node, here_place = place where node is not null;

grant select, insert on predecessors to app;
grant select, insert on placements to app;
