-- Run once, by the image's entry point, as the database's owner: the historian gets a role of its own that can
-- neither make roles nor databases. It migrates its own schema, so it owns the database it writes.
\set ON_ERROR_STOP on
\set password `cat /run/secrets/history_password`
create role aios_history login password :'password' connection limit 16;
alter role aios_history set statement_timeout = '30s';
alter role aios_history set idle_in_transaction_session_timeout = '60s';
revoke all on database aios from public;
grant connect, temporary on database aios to aios_history;
grant usage, create on schema public to aios_history;
