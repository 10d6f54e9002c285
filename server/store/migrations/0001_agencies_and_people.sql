-- Agencies are the only tenants; a person is an opaque number, and what identifies one stands in other tables.

create table agencies (
    id bigint generated always as identity primary key,
    slug text not null unique,
    name text not null,
    name_en text not null,
    created_at timestamptz not null default now()
);

create table persons (
    id bigint generated always as identity primary key,
    created_at timestamptz not null default now()
);

grant select, insert, update on agencies to app;
grant select, insert on persons to app;
