-- What runs with its owner's rights finds tables where they are, and never a temporary one of the same name that its caller has made:
-- unless it is named last, the schema of temporary tables is looked through first.
do $$
declare
    one regprocedure;
begin
    for one in select oid from pg_proc where prosecdef and pronamespace = 'public'::regnamespace loop
        execute format('alter function %s set search_path = public, pg_temp', one);
    end loop;
end $$;
