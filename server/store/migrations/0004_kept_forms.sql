-- What somebody had written when their session turned out to be over. Kept for an hour, for the browser that holds the secret, and
-- not written to the log: in a crash it may be lost.
create unlogged table kept_forms (
    secret_hash bytea primary key,
    form jsonb not null,
    at timestamptz not null default now()
);
create index kept_forms_by_age on kept_forms (at);

grant select, insert, update, delete on kept_forms to app;
