module github.com/sluice-ingest/sluice/libs/client

go 1.26.0

require (
	github.com/google/go-cmp v0.7.0
	github.com/google/uuid v1.6.0
	github.com/sluice-ingest/sluice/gen v0.0.0
	go.uber.org/goleak v1.3.0
	golang.org/x/sync v0.24.0
	golang.org/x/text v0.43.0
	golang.org/x/time v0.16.0
	google.golang.org/genproto/googleapis/rpc v0.0.0-20261026165753-2ffab32bce7e
	google.golang.org/grpc v1.85.0
	google.golang.org/protobuf v1.36.12
	pgregory.net/rapid v1.3.0
)

require github.com/klauspost/compress v1.20.3 // indirect

require (
	github.com/sluice-ingest/sluice/libs/compression v0.0.0
	golang.org/x/net v0.60.0 // indirect
	golang.org/x/sys v0.48.0 // indirect
)

replace github.com/sluice-ingest/sluice/gen => ../../gen

replace github.com/sluice-ingest/sluice/libs/compression => ../compression
