package postgres_test

import (
	"testing"

	"go.uber.org/goleak"

	testpostgres "github.com/sluice-ingest/sluice/libs/testkit/postgres"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(testpostgres.Tests{M: m}) }
