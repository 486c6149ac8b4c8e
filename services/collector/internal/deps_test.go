package internal

import (
	_ "github.com/duckdb/duckdb-go/v2"
	_ "github.com/google/uuid"
	_ "github.com/prometheus/client_golang/prometheus"
	_ "github.com/stretchr/testify/require"
	_ "go.uber.org/goleak"
	_ "go.uber.org/zap"
	_ "golang.org/x/sync/errgroup"
	_ "golang.org/x/sys/unix"
	_ "google.golang.org/genproto/googleapis/rpc/errdetails"
	_ "google.golang.org/grpc"
	_ "google.golang.org/protobuf/proto"
	_ "pgregory.net/rapid"
	_ "github.com/gofrs/flock"

	_ "github.com/sluice-ingest/sluice/gen/sluice/collector/v1"
	_ "github.com/sluice-ingest/sluice/libs/config/configtest"
	_ "github.com/sluice-ingest/sluice/libs/program"
	_ "github.com/sluice-ingest/sluice/libs/server"
	_ "github.com/sluice-ingest/sluice/libs/testkit"
)
