#!/bin/bash
# health.sh PORT [GROUP]: succeeds if /actuator/health[/GROUP] on this container's management port says 200. Needs bash alone.
set -eu
exec 3<>"/dev/tcp/127.0.0.1/$1"
printf 'GET /actuator/health%s HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n' "${2:+/$2}" >&3
IFS= read -r -t 4 status <&3
[[ $status == HTTP/1.1\ 200* ]]
