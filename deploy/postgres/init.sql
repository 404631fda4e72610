-- Run once per database by a superuser: roles, schemas and extensions. A service's own role may not create extensions
-- and owns nothing but its schema. Passwords come as psql variables or as text replacements, never from this file.
create extension if not exists btree_gist;
do $$
begin
    if not exists (select from pg_roles where rolname = 'gateway') then create role gateway login; end if;
    if not exists (select from pg_roles where rolname = 'reservations') then create role reservations login; end if;
    if not exists (select from pg_roles where rolname = 'iot') then create role iot login; end if;
exception when duplicate_object or unique_violation then null; -- another database of the same server was first
end $$;
revoke create on schema public from public;
create schema if not exists gateway authorization gateway;
create schema if not exists reservations authorization reservations;
create schema if not exists iot authorization iot;
