-- One column says under what a contribution is listed, so that every order has one index for all lists: a điều or annex of the newest
-- version, '' for the whole draft, '-' for words that are gone.
-- squawk-ignore-file require-concurrent-index-creation, require-concurrent-index-deletion, adding-field-with-default

alter table contributions add column listed_under text not null
generated always as (case when here_state = 'removed' then '-' else coalesce(here_place, '') end) stored;

drop index contributions_newest;
drop index contributions_supported;
drop index contributions_contested;
drop index contributions_unanswered;
create index contributions_newest on contributions (consultation, listed_under, id) where state = 'visible' and parent is null;
create index contributions_supported on contributions (consultation, listed_under, supports, id) where state = 'visible' and parent is null;
create index contributions_contested on contributions (consultation, listed_under, contested, id) where state = 'visible' and parent is null;
create index contributions_unanswered on contributions (consultation, listed_under, id)
where state = 'visible' and parent is null and disposition is null;
create index contributions_answered on contributions (consultation, disposition) where state = 'visible' and parent is null;
create index contributions_people on contributions (consultation, kind, channel, verified, author) where state = 'visible';
