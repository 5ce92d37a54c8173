#!/usr/bin/env bash
# Decodes and prefills a stack and llama.cpp's files in turn, and prints tokens a second and their ratios at equal bytes:
#   bench/against-llama.cpp BINARIES GGUF STACK [ROUNDS]
# BINARIES: the folder that llama-bench is in. GGUF: a folder with files *.gguf of the same model. STACK: a folder with blobs and manifest.json, as
# `bitstack eval --keep` makes it. ROUNDS: how often each runs (3); the best of all rounds is taken, since whatever else a machine does only slows down.
# The stack is measured at the size of each file, and at 75 and 60 MB. docs/PERFORMANCE.md says how to make the files.
set -euo pipefail
here=$(cd "$(dirname "$0")/.." && pwd)
if [ $# -lt 3 ]; then
  sed -n '2,6s/^# \{0,1\}//p' "$0" >&2
  exit 2
fi
llama_bench=$1/llama-bench
ggufs=$2
stack=$(cd "$3" && pwd)
rounds=${4:-3}
threads=${THREADS:-1,2}
[ -x "$llama_bench" ] || { echo "there is no program llama-bench in $1: build llama.cpp's target llama-bench" >&2; exit 2; }
[ -f "$stack/manifest.json" ] || { echo "there is no manifest.json in $3: it takes the folder that holds a stack's blobs and manifest" >&2; exit 2; }
files=("$ggufs"/*.gguf)
[ -f "${files[0]}" ] || { echo "there is no file *.gguf in $ggufs" >&2; exit 2; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

models=()
budgets=""
for file in "${files[@]}"; do
  models+=(-m "$file")
  bytes=$(wc -c < "$file" | tr -d ' ')
  budgets=$budgets$bytes,
  # name, bytes
  printf '%s\t%s\n' "$file" "$bytes" >> "$work/files"
done
for ((round = 1; round <= rounds; round++)); do
  echo "round $round of $rounds" >&2
  "$here/scripts/bench.sh" DecodeBenchmark --stack "$stack" "${budgets}75000000,60000000" "$threads" 2 > "$work/ours"
  grep '^kernels:' "$work/ours" > "$work/kernels" || true
  # "104.9 MB, 6.24 bpw  1  46.4  201.8  2376", in the order of the budgets
  awk -v budgets="${budgets}75000000,60000000" -v threads="$threads" '
    BEGIN { n = split(budgets, size, ","); m = split(threads, many, ",") }
    $2 == "MB," { print "ours", size[int(row / m) + 1], $5, $6, $7, $1, $3; row++ }' "$work/ours" >> "$work/results"
  "$llama_bench" "${models[@]}" -t "$threads" -p 512 -n 128 -r 3 -o csv 2> "$work/errors" > "$work/theirs" || {
    cat "$work/errors" >&2
    exit 1
  }
  awk -F '","' '
    NR == FNR { split($0, part, "\t"); bytes[part[1]] = part[2]; next }
    { gsub(/^"|"$/, "") }
    !header { n = split($0, name, ","); for (i = 1; i <= n; i++) at[name[i]] = i; header = 1; next }
    $at["n_gen"] > 0 { print "theirs", bytes[$at["model_filename"]], $at["n_threads"], $at["avg_ts"], 0, $at["model_type"] }
    $at["n_gen"] == 0 { print "theirs", bytes[$at["model_filename"]], $at["n_threads"], 0, $at["avg_ts"], $at["model_type"] }
  ' "$work/files" "$work/theirs" >> "$work/results"
done

cat "$work/kernels"
awk -v budgets="${budgets}75000000,60000000" -v threads="$threads" '
  {
    key = $1 " " $2 " " $3
    if ($4 > decode[key]) decode[key] = $4
    if ($5 > prefill[key]) prefill[key] = $5
    if ($1 == "theirs") { sub(/^[^ ]+ [^ ]+ [^ ]+ [^ ]+ [^ ]+ /, ""); type[key] = $0 }
    if ($1 == "ours") { megabytes[key] = $6; bpw[key] = $7 }
  }
  END {
    n = split(budgets, size, ",")
    m = split(threads, many, ",")
    format = "%-40s %8s %8s %10s %10s %10s %10s\n"
    printf format, "", "MB", "threads", "decode", "prefill", "decode x", "prefill x"
    for (j = 1; j <= m; j++) {
      for (i = 1; i <= n; i++) {
        theirs = "theirs " size[i] " " many[j]
        ours = "ours " size[i] " " many[j]
        if (theirs in decode) {
          printf format, type[theirs], sprintf("%.1f", size[i] / 1e6), many[j], sprintf("%.1f", decode[theirs]), \
              sprintf("%.1f", prefill[theirs]), "", ""
        }
        printf format, "stack, " bpw[ours] " bpw", megabytes[ours], many[j], sprintf("%.1f", decode[ours]), sprintf("%.1f", prefill[ours]), \
            theirs in decode ? sprintf("%.2f", decode[ours] / decode[theirs]) : "", \
            theirs in decode ? sprintf("%.2f", prefill[ours] / prefill[theirs]) : ""
      }
    }
  }' "$work/results"
