-- Phones in halls (điểm cầu). Whoever scans the code that a hall shows is a guest who may nothing; once it is known which delegate of the
-- hall that is, the guest stands for this person in this room, for as long as the roll gives them a place in that hall.

create table hall_phones (
    guest bigint primary key references guests (id) on delete cascade,
    room bigint not null references rooms (id),
    hall bigint not null references persons (id) on delete cascade,
    -- What the phone shows while it waits, for who runs the hall to know it by.
    number int not null,
    person bigint references persons (id) on delete cascade,
    -- Who said that it is this person; null where a code of their own has shown it.
    vouched bigint references persons (id) on delete set null,
    scanned_at timestamptz not null default now()
);
create unique index hall_phones_by_person on hall_phones (room, person);
create unique index hall_phones_waiting on hall_phones (room, hall, number) where person is null;
create index hall_phones_by_hall on hall_phones (hall);
create index hall_phones_by_vouched on hall_phones (vouched);

-- Who came by scanning has come by no link.
-- squawk-ignore ban-drop-not-null -- only the code of this version reads it
alter table guests alter column link drop not null;

grant select, insert, update, delete on hall_phones to app;
