-- What was taken over at the server's console was taken over by nobody with an account.
-- squawk-ignore ban-drop-not-null
alter table taken_over alter column taken_by drop not null;
