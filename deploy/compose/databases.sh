#!/bin/sh
# The postgres image runs this once, on an empty data folder: a database and an owner for each service.
# The passwords come out of the same secret files from which the services read their addresses.
set -eu
for service in governance training process metrics; do
    url=$(cat "/run/secrets/${service}_database_url")
    rest=${url#postgresql://"${service}":}
    password=${rest%%@*}
    psql -v ON_ERROR_STOP=1 -v owner="$service" -v password="$password" -U "$POSTGRES_USER" -d postgres <<'SQL'
CREATE ROLE :"owner" LOGIN PASSWORD :'password';
CREATE DATABASE :"owner" OWNER :"owner";
REVOKE CONNECT ON DATABASE :"owner" FROM PUBLIC;
SQL
done
