module github.com/sluice-ingest/sluice/libs/client

go 1.26.0

require github.com/sluice-ingest/sluice/gen v0.0.0

replace github.com/sluice-ingest/sluice/gen => ../../gen
