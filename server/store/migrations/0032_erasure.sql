-- Erasing on a person's demand (Law 91/2025/QH15): what somebody wrote, and their name, in every table in which it stands.
-- squawk-ignore-file require-concurrent-index-creation

alter table contributions add column erased_at timestamptz;

-- Names stand beside the words they belong to, and nowhere else: events told them a second time.
update events set body = body #- '{contribution,name}' where type = 'contributed';

-- Reasons that moderators gave may quote what they hid. The application may not change events in any other way.
create function erase_reasons(in_contribution bigint) returns void language sql security definer set search_path = public as $$
    update events as e
    set body = e.body || case when e.body ? 'was_reason' then '{"reason": "", "was_reason": ""}' else '{"reason": ""}' end::jsonb
    from contributions as k
    where k.id = in_contribution and k.erased_at is not null and e.topic = 'consultation/' || k.consultation
        and e.type in ('ruled', 'appeal_decided') and e.body -> 'contribution' = to_jsonb(in_contribution)
$$;
revoke execute on function erase_reasons(bigint) from public;
grant execute on function erase_reasons(bigint) to app;

grant delete on former_words to app;
grant delete on report_files to app;
