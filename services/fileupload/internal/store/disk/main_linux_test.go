package disk_test

import (
	"os"
	"testing"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) {
	if dir := os.Getenv(crashEnv); dir != "" {
		os.Exit(putUntilKilled(dir))
	}
	goleak.VerifyTestMain(m)
}
