#!/usr/bin/env bash
# Runs all tests, those that need a GPU too, on this machine's GPUs in a container.
# Fails if a test fails, and also if not one GPU test ran. The reports go to target/gpu-reports; where all tests pass,
# the speeds too, and the README's table of differences and the rows of that of speeds are printed at the end.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

reports=target/gpu-reports
rm -rf "$reports"
mkdir -p "$reports"

docker build --file docker/Dockerfile --target test --tag lstm4j-test .
container=$(docker create --gpus all lstm4j-test)
trap 'docker rm --force "$container" >/dev/null' EXIT
status=0
docker start --attach "$container" || status=$?
docker cp "$container:/home/lstm4j/src/target/surefire-reports/." "$reports" || true
for file in gpu-bench.json both-ways.md; do
  docker cp "$container:/home/lstm4j/src/target/$file" "$reports" || true
done

# ran = tests - skipped, summed over the reports of the classes that carry @Tag("gpu")
ran=0
while read -r source; do
  class=${source#src/test/java/}
  class=${class%.java}
  for report in "$reports/TEST-${class//\//.}"{,'$'*}.xml; do
    [[ -f $report ]] || continue
    if [[ $(head -c 2000 "$report") =~ \ tests=\"([0-9]+)\".*\ skipped=\"([0-9]+)\" ]]; then
      ran=$((ran + BASH_REMATCH[1] - BASH_REMATCH[2]))
    fi
  done
done < <(grep -rl '^@Tag("gpu")' src/test/java)

echo "GPU tests run: $ran; mvn -Pgpu verify ended with $status; reports in $reports"
if ((ran == 0)); then
  echo "error: not one GPU test ran; is there a GPU, and NVIDIA's container toolkit?" >&2
  exit 1
fi
[[ ! -f $reports/both-ways.md ]] || cat "$reports/both-ways.md"
if [[ -f $reports/gpu-bench.json ]]; then
  grep '"device"' "$reports/gpu-bench.json"
  echo '| batch, timesteps, features, units | lstm4j forward, ms | PyTorch forward, ms | lstm4j training step, ms | PyTorch training step, ms |'
  echo '|---|---|---|---|---|'
  sed -n 's/^ *"row [0-9]*" : "\(|.*|\)",\{0,1\}$/\1/p' "$reports/gpu-bench.json"
fi
exit "$status"
