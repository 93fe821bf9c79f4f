# Sourced by ./detoy and ./test: installs what is missing, fetches the grammars' sources, builds a preset.
#
# Messages go to standard error, since standard output belongs to detoy. Whatever cannot be prepared ends the script
# with status 2.

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd -P)

stop() {
  printf 'detoy: %s\n' "$*" >&2
  exit 2
}

say() { printf '== %s\n' "$*" >&2; }

# Debian package, and how to see that it (or its like from elsewhere) is there: a command, or a file below a prefix
# (a pattern).
build_needs=(
  cmake:cmake ninja-build:ninja g++:g++ pkg-config:pkg-config ca-certificates:share/ca-certificates nodejs:node npm:npm
  libfmt-dev:include/fmt/core.h libyaml-cpp-dev:include/yaml-cpp/yaml.h nlohmann-json3-dev:include/nlohmann/json.hpp
  libsqlite3-dev:include/sqlite3.h libpq-dev:include/postgresql/libpq-fe.h libcli11-dev:include/CLI/CLI.hpp
  libxxhash-dev:include/xxhash.h libtomlplusplus-dev:include/toml++/toml.h libboost-dev:include/boost/beast.hpp 'libboost-context-dev:*/libboost_context.so'
  libssl-dev:include/openssl/evp.h prometheus-cpp-dev:include/prometheus/registry.h
  libhowardhinnant-date-dev:include/date/tz.h
  libmimalloc-dev:include/mimalloc.h libvalijson-dev:include/valijson/validator.hpp libhiredis-dev:include/hiredis/hiredis.h libcurl4-openssl-dev:curl-config
)
test_needs=(
  libgtest-dev:include/gtest/gtest.h postgresql:lib/postgresql redis-server:redis-server openssl:openssl python3:python3 python3-jsonschema:python3/dist-packages/jsonschema/__init__.py
  python3-fastapi:python3/dist-packages/fastapi/__init__.py python3-uvicorn:python3/dist-packages/uvicorn/__init__.py
  python3-httpx:python3/dist-packages/httpx/__init__.py python3-yaml:python3/dist-packages/yaml/__init__.py
  clang-format-19:clang-format-19 clang-tidy-19:clang-tidy-19
  clang-19:clang-19 libclang-rt-19-dev:llvm-19/lib/clang/19/include/fuzzer/FuzzedDataProvider.h
)

present() {
  case $1 in
    */*)
      local prefix
      for prefix in /usr /usr/local /usr/lib; do
        compgen -G "$prefix/$1" >/dev/null && return
      done
      return 1
      ;;
    *) command -v "$1" >/dev/null ;;
  esac
}

# install_missing NEED...
install_missing() {
  local need missing=() as_root=()
  for need in "$@"; do
    present "${need#*:}" || missing+=("${need%%:*}")
  done
  ((${#missing[@]} == 0)) && return
  command -v apt-get >/dev/null || stop "these packages (Debian's names) are needed and not installed: ${missing[*]}"
  if ((EUID != 0)); then
    command -v sudo >/dev/null || stop "these packages are needed, and there is no sudo to install them: ${missing[*]}"
    as_root=(sudo)
  fi
  say "installing ${missing[*]}"
  as_root+=(env DEBIAN_FRONTEND=noninteractive)
  local log
  log=$(mktemp)
  if ! { "${as_root[@]}" apt-get update && "${as_root[@]}" apt-get install -y --no-install-recommends "${missing[@]}"; } \
      >"$log" 2>&1 </dev/null; then
    tail -n 30 "$log" >&2
    rm -f "$log"
    stop "apt-get could not install ${missing[*]}"
  fi
  rm -f "$log"
}

# What a folder's package-lock.json pins. Nothing of it is executed while it is installed.
fetch_packages() {
  local folder=$root/$1 lock installed
  lock=$folder/package-lock.json
  installed=$folder/node_modules/.package-lock.json
  [[ -e $installed && ! $lock -nt $installed ]] && return
  say "fetching $2"
  local log=$root/build/npm.log
  if ! (cd "$folder" && npm ci --ignore-scripts) >"$log" 2>&1 </dev/null; then
    tail -n 30 "$log" >&2
    stop "npm ci failed in $1/"
  fi
  touch "$installed"
}

# promtool checks alert rules. Debian has it in a package that also starts a server, so only the program is taken out;
# without it that check is left out.
fetch_promtool() {
  local tools=$root/build/tools folder
  command -v promtool >/dev/null && return
  [[ -x $tools/promtool ]] && return
  command -v apt-get >/dev/null && command -v dpkg-deb >/dev/null || return 0
  say "fetching promtool"
  folder=$(mktemp -d)
  if (cd "$folder" && apt-get download prometheus && dpkg-deb --fsys-tarfile prometheus_*.deb | tar -x ./usr/bin/promtool) \
      >"$root/build/promtool.log" 2>&1 </dev/null; then
    mkdir -p "$tools"
    mv "$folder/usr/bin/promtool" "$tools/promtool"
  else
    say "promtool could not be fetched: its checks are left out ($root/build/promtool.log)"
  fi
  rm -rf "$folder"
}

# One command at a time may change what a lock stands for: several may be started at once in a fresh clone.
lock() {
  exec 9>"$1"
  if command -v flock >/dev/null; then flock 9; fi
}
unlock() { exec 9>&-; }

# Everything but the build: packages, grammars' sources.
prepare() {
  mkdir -p "$root/build"
  lock "$root/build/.lock"
  install_missing "$@"
  fetch_packages grammars "the grammars' sources"
  unlock
}

# What only tests need beside it.
prepare_tests() {
  lock "$root/build/.lock"
  fetch_packages examples/express "Express, for the examples"
  fetch_promtool
  unlock
}

# Configures a preset, unless it was configured as its preset and these arguments say.
configure() {
  local preset=$1 folder=$root/build/$1 stamp
  shift
  stamp=$folder/.configured
  [[ -e $stamp && -e $folder/build.ninja && ! $root/CMakePresets.json -nt $stamp &&
     $(<"$stamp") == "$root $*" ]] && return
  local arguments=("$@")
  if command -v ccache >/dev/null; then
    arguments+=(-DCMAKE_C_COMPILER_LAUNCHER=ccache -DCMAKE_CXX_COMPILER_LAUNCHER=ccache)
  fi
  if ! (cd "$root" && cmake --fresh --preset "$preset" "${arguments[@]}") >"$folder/configure.log" 2>&1 </dev/null 9>&-; then
    cat "$folder/configure.log" >&2
    stop "cmake could not configure preset $preset"
  fi
  printf '%s\n' "$root $*" >"$stamp"
}

# build PRESET [-DNAME=VALUE...] [target...]; the log is shown only when something fails.
build() {
  local preset=$1 folder=$root/build/$1 status=0 settings=()
  shift
  while [[ ${1-} == -D* ]]; do
    settings+=("$1")
    shift
  done
  mkdir -p "$folder"
  lock "$folder/.lock"
  configure "$preset" "${settings[@]}"
  # A line that explains the wait, if there is one: the reader sees the end of its input, or 1.5 seconds.
  exec 8> >(exec 9>&-; read -r -t 1.5 _; (($? > 128)) && say "build ($preset)")
  ninja -C "$folder" "$@" >"$folder/build.log" 2>&1 </dev/null 8>&- 9>&- || status=$?
  exec 8>&-
  unlock
  if ((status != 0)); then
    grep -v '^\[[0-9]*/[0-9]*\] ' "$folder/build.log" | tail -n 200 >&2
    stop "building preset $preset failed; all of it is in $folder/build.log"
  fi
}
