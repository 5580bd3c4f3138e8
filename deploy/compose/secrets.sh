#!/bin/sh
# Makes the secret files of docker-compose.yml, each with a password of its own; leaves those that exist.
set -eu
umask 077
folder="$(dirname "$0")/secrets"
mkdir -p "$folder"
password() { od -An -N24 -tx1 /dev/urandom | tr -d ' \n'; }
[ -s "$folder/postgres_password" ] || password > "$folder/postgres_password"
for service in governance training process metrics; do
    file="$folder/${service}_database_url"
    [ -s "$file" ] || printf 'postgresql://%s:%s@postgres:5432/%s' "$service" "$(password)" "$service" > "$file"
done
# Compose mounts each file with the mode it has here, and the containers run as other users; the folder keeps people out.
chmod 0700 "$folder"
chmod 0444 "$folder"/*
echo "The secrets are in $folder."
