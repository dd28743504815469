#!/bin/sh
# Installs what is missing from Debian's packages: `servers` (PostgreSQL, Redis and RabbitMQ) or `browser` (Chromium,
# which tests look at pages with). None of the packages' own services is started: the project starts its own instances.
# Usage: scripts/install-packages.sh servers|browser
set -eu

fail() {
  printf '\n%s\n  → %s\n' "$1" "$2" >&2
  exit 1
}

has() {
  command -v "$1" >/dev/null 2>&1 || [ -x "/usr/sbin/$1" ] || [ -x "/usr/bin/$1" ]
}

missing=
case "${1:-}" in
  servers)
    ls /usr/lib/postgresql/*/bin/postgres >/dev/null 2>&1 || has postgres || missing="$missing postgresql"
    has redis-server || missing="$missing redis-server"
    [ -x /usr/lib/rabbitmq/bin/rabbitmq-server ] || has rabbitmq-server || missing="$missing rabbitmq-server"
    ;;
  browser) has chromium || missing=" chromium" ;;
  *) fail "install-packages.sh does not know '${1:-}'" "scripts/install-packages.sh servers|browser" ;;
esac
[ -n "$missing" ] || exit 0

by_hand="apt-get install --no-install-recommends$missing"
has apt-get || fail "not installed:$missing; and this is no Debian on which they could be installed" "install them with the system's own packages"
[ "$(id -u)" = 0 ] || fail "not installed:$missing; and only root can install them" "as root: $by_hand"

policy=/usr/sbin/policy-rc.d
remove_policy=
finish() {
  [ -z "$remove_policy" ] || rm -f "$policy"
}
trap finish EXIT
trap 'exit 1' INT TERM
if [ ! -e "$policy" ]; then
  # Debian asks this file whether a package may start its service; 101 says no. There only while we install.
  printf '#!/bin/sh\nexit 101\n' >"$policy"
  chmod 755 "$policy"
  remove_policy=yes
fi

log=.run/apt-$1.log
apt() {
  # A second command that installs at the same time is waited for.
  DEBIAN_FRONTEND=noninteractive apt-get -y -q -o Dpkg::Use-Pty=0 -o DPkg::Lock::Timeout=180 -o Acquire::Retries=1 \
    -o Acquire::http::Timeout=20 "$@" >>"$log" 2>&1
}

echo "         apt-get install$missing (log: $log)"
: >"$log"
# shellcheck disable=SC2086 # the words of $missing are separate packages
if ! apt install --no-install-recommends $missing; then
  # Lists that are missing or old are the usual reason.
  if ! { apt -o APT::Update::Error-Mode=any update && apt install --no-install-recommends $missing; }; then
    tail -n 8 "$log" >&2
    fail "apt-get cannot install$missing" "see $log; apt-get needs a reachable Debian mirror, or install them by hand: $by_hand"
  fi
fi

# What came with the packages must not start by itself at the next boot either, on the ports that we use.
if [ "$1" = servers ] && has systemctl; then
  # shellcheck disable=SC2086
  systemctl --quiet disable $missing >>"$log" 2>&1 || echo "the packages' own services stay enabled" >>"$log"
fi
