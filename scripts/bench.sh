#!/usr/bin/env bash
# Runs a program of the module bench: scripts/bench.sh DecodeBenchmark [ARGUMENT…]; builds what is missing first.
set -euo pipefail
here=$(cd "$(dirname "$0")/.." && pwd)
# shellcheck source=scripts/find-jdk.sh
. "$here/scripts/find-jdk.sh"
if [ $# -lt 1 ]; then
  echo "usage: scripts/bench.sh PROGRAM [ARGUMENT…], with one of:" >&2
  grep -l 'public static void main' "$here"/bench/src/main/java/io/bitstack/bench/*.java | sed 's:.*/\(.*\)\.java:  \1:' >&2
  exit 2
fi
program=$1
shift
all=$here/standalone/target/bitstack-standalone-0.1.0-SNAPSHOT-exec.jar
bench=$here/bench/target/bitstack-bench-0.1.0-SNAPSHOT.jar
if [ ! -f "$all" ] || [ ! -f "$bench" ]; then
  echo "building (once)" >&2
  (cd "$here" && ./mvnw -q -B --no-transfer-progress package -DskipTests -pl bench -am) >&2
fi
cd "$here"
# The library jars are inside the executable jar; the launcher adds the programs to them.
exec "$JAVA_HOME/bin/java" --add-modules=jdk.incubator.vector --enable-native-access=ALL-UNNAMED \
  --sun-misc-unsafe-memory-access=allow "-Dbitstack.repository=$here" -cp "$all" "-Dloader.main=io.bitstack.bench.$program" "-Dloader.path=$bench" \
  org.springframework.boot.loader.launch.PropertiesLauncher "$@"
