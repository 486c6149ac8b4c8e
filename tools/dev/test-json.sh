#!/usr/bin/env bash
# Prints the events of go test -json for each module alone. The timeout is that of a
# package: all of tests/ is one, which takes long with the race detector.
# usage: tools/dev/test-json.sh "MODULE..." [FLAG...]
set -uo pipefail

failed=0
for module in $1; do
  GOWORK=off go -C "$module" test -json -count=1 -timeout=40m "${@:2}" ./... || failed=1
done
exit "$failed"
