-- Erasing a whole account (Law 91/2025/QH15).
-- squawk-ignore-file require-concurrent-index-creation, ban-drop-constraint

-- The list of what was erased, which is done again when an older backup is restored. It names nobody: `since` is when the contribution was
-- given or the account made, for after a restore the same number may be another's.
create table erased (
    id bigint generated always as identity primary key,
    contribution bigint unique,
    person bigint unique,
    since timestamptz not null,
    at timestamptz not null,
    check ((contribution is null) <> (person is null))
);

insert into erased (contribution, since, at) select id, at, erased_at from contributions where erased_at is not null order by erased_at, id;

-- Votes stay counted when their voter is erased. So that nobody counts twice, the address (as an HMAC under the server's key) makes no new
-- account until the consultations have ended in which it had given an answer.
create table erased_contacts (
    mark bytea not null,
    consultation bigint not null references consultations (id),
    primary key (mark, consultation)
);

alter table codes drop constraint codes_purpose_check;
alter table codes add constraint codes_purpose_check check (purpose in ('sign_in', 'ballot', 'erasure')) not valid;

-- Everything that voters have given in these consultations goes under new keys that were made at random and are kept nowhere else: it is
-- counted as before, and nobody can find any more whose it was. What they wrote is destroyed. Nothing is held that `cast_votes` waits for
-- before the consultations themselves are held, in the order in which it holds them.
create function forget_voters(in_consultations bigint[], in_olds bytea[], in_news bytea[]) returns void language plpgsql security definer
set search_path = public as $$
begin
    perform pg_advisory_xact_lock(7, them.consultation::int)
    from (select distinct consultation from unnest(in_consultations) as consultation order by consultation) as them;

    update votes as v set voter = k.new
    from unnest(in_consultations, in_olds, in_news) as k (consultation, old, new) join questions as q on q.consultation = k.consultation
    where v.question = q.id and v.voter = k.old;
    update responses as r set voter = k.new, text = ''
    from unnest(in_consultations, in_olds, in_news) as k (consultation, old, new) join questions as q on q.consultation = k.consultation
    where r.question = q.id and r.voter = k.old;
    update supports as s set voter = k.new
    from unnest(in_consultations, in_olds, in_news) as k (consultation, old, new)
    where s.voter = k.old;
    update flags as f set voter = k.new, words = ''
    from unnest(in_consultations, in_olds, in_news) as k (consultation, old, new)
    where f.voter = k.old;
    delete from text_openings as t using unnest(in_consultations, in_olds) as k (consultation, old)
    where t.consultation = k.consultation and t.voter = k.old;
    delete from commands where actor = any(in_olds);
end $$;
revoke execute on function forget_voters(bigint[], bytea[], bytea[]) from public;
grant execute on function forget_voters(bigint[], bytea[], bytea[]) to app;

-- Supports and flags have no index by voter: a consultation may have a hundred thousand of them.
create index supports_by_voter on supports (voter);
create index flags_by_voter on flags (voter);

grant select, insert on erased to app;
grant select, insert, delete on erased_contacts to app;
grant delete on moderation_letters to app;
