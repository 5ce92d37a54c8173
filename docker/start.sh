#!/bin/sh
# Starts the service of this image. All but /tmp and /var/lib/bitstack may be read-only; libraries unpack native code into /tmp.
# JAVA_TOOL_OPTIONS adds options, arguments are passed on to the service.
set -eu
here=${0%/*}
tmp=${TMPDIR:-/tmp}
exec java "@$here/jvm.flags" -XX:+ExitOnOutOfMemoryError "-Djava.io.tmpdir=$tmp" \
  "-Dorg.bytedeco.javacpp.cachedir=$tmp/javacpp" -jar "$here/app.jar" "$@"
