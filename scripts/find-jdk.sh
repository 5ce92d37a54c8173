# Sourced by mvnw and bitstack: sets JAVA_HOME to a JDK of at least version 25, or ends with a message.
# Looks at JAVA_HOME first, then at the java on the PATH, then where JDKs usually are.

jdk_major() {
  [ -x "$1/bin/javac" ] && [ -r "$1/release" ] || return 1
  sed -n 's/^JAVA_VERSION="\([0-9]*\).*/\1/p' "$1/release"
}

jdk_find() {
  local wanted=25 candidate major on_path=""
  if command -v java >/dev/null 2>&1; then
    on_path=$(dirname "$(dirname "$(readlink -f "$(command -v java)")")")
  fi
  for candidate in "${JAVA_HOME:-}" "$on_path" /usr/lib/jvm/* /usr/java/* /opt/java/* /opt/jdk* "$HOME"/.jdks/* \
    "$HOME"/.sdkman/candidates/java/* /Library/Java/JavaVirtualMachines/*/Contents/Home; do
    [ -n "$candidate" ] || continue
    major=$(jdk_major "$candidate") || continue
    if [ -n "$major" ] && [ "$major" -ge "$wanted" ]; then
      JAVA_HOME=$candidate
      export JAVA_HOME
      return 0
    fi
  done
  echo "bitstack: no JDK $wanted or later found. Install one, or set JAVA_HOME to it." >&2
  return 1
}

jdk_find || exit 1
