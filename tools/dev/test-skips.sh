#!/usr/bin/env bash
# Says how many tests were skipped, and fails for them where CI=true. The
# reasons stand above, in gotestsum's own list.
set -euo pipefail

passed=$((TESTS_TOTAL - TESTS_FAILED - TESTS_SKIPPED))
echo "$passed passed, $TESTS_FAILED failed, $TESTS_SKIPPED skipped"
if [[ "${CI:-}" == true && "$TESTS_SKIPPED" -gt 0 ]]; then
  echo "CI skips nothing: make the machine fit for the tests listed as skipped" >&2
  exit 1
fi
