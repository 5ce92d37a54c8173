#!/usr/bin/env bash
# Builds the page into target/web (web.sh build) or runs its tests (web.sh test); does nothing when what it would
# read is what it read the last time.
set -euo pipefail
cd "$(dirname "$0")"
goal=${1:?"usage: web.sh build|test"}

major=$(node --version 2>/dev/null | sed -E 's/^v([0-9]+).*/\1/' || true)
if [ "${major:-0}" -lt 20 ]; then
    echo "the web admin is built with Node 20 or newer, and node is ${major:-not there}: install it and put it on the PATH" >&2
    exit 1
fi

mkdir -p target
sources=$({ node --version; find src public index.html *.json .npmrc *.ts web.sh ../docs/openapi -type f -not -path 'src/api/generated/*' | LC_ALL=C sort | xargs sha256sum; } | sha256sum)
packages=$(sha256sum package.json package-lock.json)

if [ "$packages" != "$(cat node_modules/.installed 2>/dev/null)" ]; then
    npm ci --no-audit --no-fund
    echo "$packages" > node_modules/.installed
fi
if [ "$sources" != "$(cat "target/$goal.done" 2>/dev/null)" ] || { [ "$goal" = build ] && [ ! -f target/web/index.html ]; }; then
    npm run "$goal"
    echo "$sources" > "target/$goal.done"
fi
