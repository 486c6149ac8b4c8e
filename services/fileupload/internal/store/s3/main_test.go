package s3_test

import (
	"fmt"
	"os"
	"testing"

	"go.uber.org/goleak"

	"github.com/sluice-ingest/sluice/libs/testkit"
)

func TestMain(m *testing.M) {
	if os.Getenv(childEnv) != "" {
		os.Exit(runChild())
	}
	goleak.VerifyTestMain(m, goleak.Cleanup(func(code int) {
		if err := testkit.RemoveBuilds(); err != nil {
			_, _ = fmt.Fprintln(os.Stderr, "can't remove what the tests built:", err)
			code = 1
		}
		os.Exit(code)
	}))
}
