package duckdb_test

import (
	"os"
	"testing"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) {
	if dir := os.Getenv(crashEnv); dir != "" {
		os.Exit(changeUntilKilled(dir))
	}
	goleak.VerifyTestMain(m)
}
