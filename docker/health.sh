#!/bin/bash
# health.sh [GROUP]: succeeds if /actuator/health[/GROUP] on this container's management port says 200. Needs bash alone.
set -eu
if [ -z "${MANAGEMENT_SERVER_PORT:-}" ]; then
  MANAGEMENT_SERVER_PORT=$(<"${BASH_SOURCE[0]%/*}/management.port")
fi
exec 3<>"/dev/tcp/127.0.0.1/$MANAGEMENT_SERVER_PORT"
printf 'GET /actuator/health%s HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n' "${1:+/$1}" >&3
IFS= read -r -t 4 status <&3
[[ $status == HTTP/1.1\ 200* ]]
