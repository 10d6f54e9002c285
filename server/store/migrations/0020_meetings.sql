-- What is kept with a room for its meetings: the roll and the prepared agenda.

create table room_seats (
    room bigint not null references rooms (id),
    person bigint not null references persons (id) on delete cascade,
    place int not null,
    duty text not null check (duty in ('chair', 'deputy', 'secretary', 'member', 'guest', 'observer', 'technician')),
    -- How who has this duty comes in, by the rules of the meeting.
    role text not null check (role in ('host', 'member', 'guest')),
    agency text not null,
    weight int not null check (weight >= 0),
    principal bigint,
    hall bigint references persons (id) on delete set null,
    -- What one has answered to the invitation.
    answer text check (answer in ('coming', 'absent', 'substitute')),
    answered_at timestamptz,
    primary key (room, person),
    -- A substitute whose principal is gone is nobody, and must never become a member with a vote.
    foreign key (room, principal) references room_seats (room, person) on delete cascade deferrable initially deferred,
    check ((answer is null) = (answered_at is null))
);
create index room_seats_by_person on room_seats (person);
create index room_seats_by_principal on room_seats (room, principal);
create index room_seats_by_hall on room_seats (hall);

-- The items of the agenda, `id` by room. `plan` names people as the meeting does (`p12`).
create table room_items (
    room bigint not null references rooms (id),
    id bigint not null,
    place int not null,
    plan jsonb not null,
    primary key (room, id)
);

-- Whether meetings begin with free discussion, in which everybody is heard.
alter table rooms add column free boolean not null default true;

-- Everybody to whom a room is open by name: the invitation list and the roll. One may stand on both.
create view room_lists as
select room, person, role from room_people
union all
select room, person, role from room_seats;

grant select, insert, update, delete on room_seats, room_items to app;
grant select on room_lists to app;
