module github.com/sluice-ingest/sluice/tests

go 1.26.0

require (
	github.com/golang-jwt/jwt/v5 v5.3.1
	github.com/google/uuid v1.6.0
	github.com/sluice-ingest/sluice/gen v0.0.0
	github.com/sluice-ingest/sluice/libs v0.0.0
	github.com/sluice-ingest/sluice/libs/client v0.0.0
	github.com/stretchr/testify v1.12.1
	go.uber.org/goleak v1.3.0
	go.yaml.in/yaml/v3 v3.0.6
	golang.org/x/net v0.60.0
	google.golang.org/genproto/googleapis/rpc v0.0.0-20261026165753-2ffab32bce7e
	google.golang.org/grpc v1.85.0
	google.golang.org/protobuf v1.36.12
	pgregory.net/rapid v1.3.0
)

require github.com/klauspost/compress v1.20.3

require (
	github.com/gofrs/flock v0.13.1 // indirect
	github.com/sluice-ingest/sluice/libs/compression v0.0.0 // indirect
	go.uber.org/multierr v1.10.0 // indirect
	go.uber.org/zap v1.28.0 // indirect
	golang.org/x/sync v0.24.0 // indirect
	golang.org/x/sys v0.49.0 // indirect
	golang.org/x/text v0.43.0 // indirect
	golang.org/x/time v0.16.0 // indirect
)

replace (
	github.com/sluice-ingest/sluice/gen => ../gen
	github.com/sluice-ingest/sluice/libs => ../libs
	github.com/sluice-ingest/sluice/libs/client => ../libs/client
	github.com/sluice-ingest/sluice/services/fileupload => ../services/fileupload
)

replace github.com/sluice-ingest/sluice/libs/compression => ../libs/compression
