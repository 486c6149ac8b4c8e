package cli_test

import (
	"testing"
	"time"

	"go.uber.org/goleak"
)

// TestMain shows times in UTC, whatever the zone of the machine.
func TestMain(m *testing.M) {
	time.Local = time.UTC
	goleak.VerifyTestMain(m)
}
