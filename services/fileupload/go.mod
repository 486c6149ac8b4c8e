module github.com/sluice-ingest/sluice/services/fileupload

go 1.26.0

require (
	github.com/sluice-ingest/sluice/gen v0.0.0
	github.com/sluice-ingest/sluice/libs v0.0.0
)

replace (
	github.com/sluice-ingest/sluice/gen => ../../gen
	github.com/sluice-ingest/sluice/libs => ../../libs
)
