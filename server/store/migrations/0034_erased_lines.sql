-- A line of a chat may be erased at its author's demand: the row stays, by which its readers are known.
grant update (text) on chat to app;
