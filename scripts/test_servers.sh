# Sourced by ./test: real servers for the tests, in a temporary folder, without a port.

servers=
postgres_bin=

# Runs a command as a user that PostgreSQL accepts: it refuses root.
as_server_user() {
  if ((EUID == 0)); then runuser -u postgres -- "$@"; else "$@"; fi
}

stop_servers() {
  [[ -n $servers ]] || return 0
  as_server_user "$postgres_bin/pg_ctl" -D "$servers/postgres" -m immediate -w stop >/dev/null 2>&1 || true
  redis-cli -s "$servers/redis" shutdown nosave >/dev/null 2>&1 || true
  rm -rf "$servers"
  servers=
}

# Sets DETOY_TEST_POSTGRES and DETOY_TEST_REDIS. The servers listen on sockets in their folder only, and nothing of them
# stays.
start_servers() {
  postgres_bin=$(ls -d /usr/lib/postgresql/*/bin 2>/dev/null | sort -V | tail -n 1)
  [[ -n $postgres_bin ]] || postgres_bin=$(dirname "$(command -v initdb || echo /nowhere/initdb)")
  [[ -x $postgres_bin/initdb ]] || stop "PostgreSQL's server programs are needed and not installed"
  # Its path goes into the name of a socket, which may have 107 characters.
  servers=$(mktemp -d /tmp/detoy-servers.XXXXXX)
  trap stop_servers EXIT
  ((EUID != 0)) || chown postgres "$servers"
  # Durability is what our own engine is tested for; PostgreSQL need not sync in tests.
  if ! (cd "$servers" && as_server_user "$postgres_bin/initdb" -D "$servers/postgres" -U detoy -A trust -E UTF8 --locale=C.UTF-8 -N &&
        as_server_user "$postgres_bin/pg_ctl" -D "$servers/postgres" -w -l "$servers/postgres.log" \
          -o "-c listen_addresses='' -k $servers -c fsync=off -c max_connections=300" start) \
      >"/tmp/detoy-servers.$$.log" 2>&1 </dev/null; then
    cat "/tmp/detoy-servers.$$.log" >&2
    rm -f "/tmp/detoy-servers.$$.log"
    stop "PostgreSQL could not be started for the tests"
  fi
  rm -f "/tmp/detoy-servers.$$.log"
  # As an ordinary user: superusers are exempt from row-level security.
  if ! as_server_user "$postgres_bin/psql" -h "$servers" -U detoy -qc \
    "CREATE ROLE detoy_test LOGIN; GRANT CREATE ON DATABASE postgres TO detoy_test; GRANT ALL ON SCHEMA public TO detoy_test" postgres; then
    stop "PostgreSQL could not be prepared for the tests"
  fi
  export DETOY_TEST_POSTGRES="postgres://detoy_test@/postgres?host=$servers"
  as_server_user redis-server --port 0 --unixsocket "$servers/redis" --unixsocketperm 777 --save '' --appendonly no \
    --dir "$servers" --logfile "$servers/redis.log" --daemonize yes >/dev/null || stop "Redis could not be started for the tests"
  local tries=0
  until redis-cli -s "$servers/redis" ping >/dev/null 2>&1; do
    ((++tries < 100)) || stop "Redis does not answer"
    sleep 0.1
  done
  export DETOY_TEST_REDIS="unix:$servers/redis"
}
