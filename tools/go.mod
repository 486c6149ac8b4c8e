module github.com/sluice-ingest/sluice/tools

go 1.26.0

require (
	github.com/dustin/go-humanize v1.1.0
	github.com/go-logfmt/logfmt v0.6.1
	github.com/google/uuid v1.6.0
	github.com/leodido/go-syslog/v4 v4.5.0
	github.com/mattn/go-runewidth v0.0.16
	github.com/sluice-ingest/sluice/gen v0.0.0
	github.com/sluice-ingest/sluice/libs v0.0.0
	github.com/sluice-ingest/sluice/libs/client v0.0.0
	github.com/spf13/cobra v1.10.2
	github.com/spf13/pflag v1.1.0
	github.com/stretchr/testify v1.12.1
	github.com/vbauerster/mpb/v8 v8.9.3
	go.uber.org/goleak v1.3.0
	golang.org/x/sync v0.24.0
	google.golang.org/genproto/googleapis/rpc v0.0.0-20261026165753-2ffab32bce7e
	google.golang.org/grpc v1.85.0
	google.golang.org/protobuf v1.36.12
)

require github.com/klauspost/compress v1.20.3 // indirect

require (
	github.com/VividCortex/ewma v1.2.0 // indirect
	github.com/acarl005/stripansi v0.0.0-20180116102854-5a71ef0e047d // indirect
	github.com/gofrs/flock v0.13.1 // indirect
	github.com/inconshreveable/mousetrap v1.1.0 // indirect
	github.com/rivo/uniseg v0.4.7 // indirect
	github.com/sluice-ingest/sluice/libs/compression v0.0.0 // indirect
	github.com/tink-crypto/tink-go/v2 v2.9.0 // indirect
	go.yaml.in/yaml/v3 v3.0.6 // indirect
	golang.org/x/crypto v0.57.0 // indirect
	golang.org/x/net v0.60.0 // indirect
	golang.org/x/sys v0.49.0 // indirect
	golang.org/x/text v0.43.0 // indirect
	golang.org/x/time v0.16.0 // indirect
)

replace (
	github.com/sluice-ingest/sluice/gen => ../gen
	github.com/sluice-ingest/sluice/libs => ../libs
	github.com/sluice-ingest/sluice/libs/client => ../libs/client
)

replace github.com/sluice-ingest/sluice/libs/compression => ../libs/compression
