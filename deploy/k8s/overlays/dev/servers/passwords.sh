#!/bin/sh
# After init.sql has made the roles: their passwords, from the Secret postgres.
set -eu
for role in gateway reservations iot; do
    password=$(cat "/run/secrets/postgres/$role")
    psql -v ON_ERROR_STOP=1 -U "$POSTGRES_USER" -d "$POSTGRES_DB" -v role="$role" -v password="$password" <<'SQL'
alter role :"role" password :'password';
SQL
done
