// Package journaled is the shell of a service that journals what it takes in and
// applies it to a store: the folder that both are in, opened in order and closed
// in reverse, recovery, the applier and the janitor beside the server, and their
// metrics.
//
// A service opens its folder, builds its [Target] on the store, and serves:
//
//	data, err := journaled.Open(ctx, journaled.Folder{
//		Dir: cfg.DataDir, StoreFile: "points.duckdb", Items: "points", Journal: cfg.Journal, Quota: daily, Log: log,
//	}, func(ctx context.Context, path string, key journaled.StoreKey) (*duckdb.Store, error) {
//		return duckdb.Open(ctx, path, cfg.storeOptions(key))
//	})
//	if err != nil {
//		return err
//	}
//	defer func() { err = errors.Join(err, data.Close()) }()
//	target := core.NewWriter(data.Store)
//	service, err := data.Prepare(ctx, target, journaled.Work{
//		Service: "collector", Rows: "samples", Batch: cfg.batch(), Upkeep: cfg.upkeep(), Metrics: registry,
//	})
//	if err != nil {
//		return err
//	}
//	intake := frames.NewIntake(data.Journal, data.Producers, time.Now)
//	... // a server on intake, data.Store and service.Applier
//	return service.Serve(ctx, srv)
//
// [JournalConfig], [Batch] and [Upkeep] check the settings that all such services
// have.
package journaled
