#!/bin/sh
# assemble.sh SERVICE OUT: lays out what the image of one service holds below the empty directory OUT, from its executable jar:
#   layers/    the jar's layers, those that change least first
#   settings/  jvm.flags and management.port, each read from the one place that says it
# Run in the repository's root, after the service was packaged; JAVA_HOME or the PATH names a JDK.
set -eu
service=$1
out=$2
java=${JAVA_HOME:+$JAVA_HOME/bin/}java
set -- "$service"/target/*-exec.jar
[ $# = 1 ] && [ -f "$1" ] || {
  echo "assemble.sh: $service/target holds no executable jar, or several; package the service first" >&2
  exit 1
}
mkdir -p "$out/layers" "$out/settings"
"$java" -Djarmode=tools -jar "$1" extract --layers --destination "$out/layers" --application-filename app.jar
# The flags that every JVM of the platform is started with are written down once, in the parent pom, and those of a service alone in its own.
sed -n 's:.*<jvm.flags>\(.*\)</jvm.flags>.*:\1:p' pom.xml > "$out/settings/jvm.flags"
sed -n 's:.*<service.jvm.flags>\(.*\)</service.jvm.flags>.*:\1:p' "$service/pom.xml" >> "$out/settings/jvm.flags"
# The port of health and metrics is in the service's configuration: management, server, port.
sed -n '/^management:/,/^[a-z]/ s/^    port: *\([0-9][0-9]*\)$/\1/p' "$service"/src/main/resources/*.yml > "$out/settings/management.port"
for file in jvm.flags management.port; do
  [ -s "$out/settings/$file" ] || {
    echo "assemble.sh: found no $file for $service" >&2
    exit 1
  }
done
