#!/bin/sh
# Puts in place what the command needs (node packages and, side by side, servers' packages for those that start
# servers; a browser for the tests), then runs it with the Node that the project pins. Usage: scripts/run.sh up|down|test|...
set -eu
cd "$(dirname "$0")/.."
mkdir -p .run
SAGACITY_STARTED_AT=$(date +%s.%N)
export SAGACITY_STARTED_AT

fail() {
  printf '\n%s\n  → %s\n' "$1" "$2" >&2
  exit 1
}

command -v node >/dev/null 2>&1 && command -v npm >/dev/null 2>&1 ||
  fail "node and npm are not installed" "install Node 20 or newer with npm (as root: apt-get install nodejs npm, or from nodejs.org)"

servers=
MODE=$(node scripts/choose-mode.mjs "$@")
export MODE
case "${1:-} $MODE" in
  'test '* | 'bench '* | 'chaos native' | 'up native' | 'migrate native')
    sh scripts/install-packages.sh servers &
    servers=$!
    trap 'kill "$servers" 2>/dev/null || true' INT TERM
    ;;
esac

if ! node scripts/dependencies-current.mjs || [ ! -x node_modules/.bin/node ]; then
  echo "         npm ci (log: .run/npm.log)"
  if ! npm ci --no-audit --no-fund >.run/npm.log 2>&1; then
    [ -z "$servers" ] || wait "$servers" || true
    tail -n 8 .run/npm.log >&2
    fail "npm ci failed" "see .run/npm.log; it needs the npm registry (or a mirror: npm config set registry URL)"
  fi
fi

[ -z "$servers" ] || wait "$servers"
# Without servers nothing goes; without a browser the tests that need one fail and say so, the others run.
[ "${1:-}" != test ] || sh scripts/install-packages.sh browser || true
PATH="$PWD/node_modules/.bin:$PATH"
# Compiled code is kept between starts: processes and test files start in about half the time.
NODE_COMPILE_CACHE="$PWD/.run/.compile-cache"
export PATH NODE_COMPILE_CACHE
exec node scripts/src/main.ts "$@"
