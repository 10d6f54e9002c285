-- Who ruled, and the one appeal of an author, which another account decides.
-- squawk-ignore-file require-concurrent-index-creation

alter table contributions add column ruled_by bigint;
alter table contributions add column ruled_at timestamptz;
alter table contributions add column appeal text;
alter table contributions add column appealed_at timestamptz;
alter table contributions add column appeal_reason text not null default '';

create index contributions_appealed on contributions (consultation, appealed_at) where appeal = 'open';
