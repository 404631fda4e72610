# Read by the image's entry point when the database is new, after init.sql: the passwords of the services' roles, from the environment.
# Afterwards: docker compose exec postgres psql -U postgres -c "alter role gateway password '…'"
for password in "$GATEWAY_DB_PASSWORD" "$RESERVATIONS_DB_PASSWORD" "$IOT_DB_PASSWORD" "$POSTGRES_PASSWORD"; do
    case ${COWORKING_ENVIRONMENT:-Production}:$password in
        *:) echo 'A database password is empty; set it in deploy/.env' >&2 && exit 1 ;;
        Production:*demo-secret*) echo 'A database password holds a demo secret, which is refused in Production' >&2 && exit 1 ;;
    esac
done
psql -v ON_ERROR_STOP=1 -U "$POSTGRES_USER" -d "$POSTGRES_DB" \
    -v gateway="$GATEWAY_DB_PASSWORD" -v reservations="$RESERVATIONS_DB_PASSWORD" -v iot="$IOT_DB_PASSWORD" <<'SQL'
alter role gateway password :'gateway';
alter role reservations password :'reservations';
alter role iot password :'iot';
-- Nobody but the three and the superuser has business here.
revoke connect on database :"DBNAME" from public;
grant connect on database :"DBNAME" to gateway, reservations, iot;
SQL
