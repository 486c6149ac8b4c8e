// Package apply brings what a service has journaled into its store: it reads the
// journal back, live as after a crash, gathers accepted frames in batches, has
// them stored together with their producers' states and the journal's position,
// and trims the journal.
//
// A service gives a [Target], which knows what its frames hold and how its store
// takes them:
//
//	producers := producer.New(j, store.Producer, applied)
//	if err := apply.Recover(ctx, j, applied, producers, target); err != nil {
//		return err
//	}
//	applier := apply.New(apply.Config{
//		BatchRows: 100_000, Interval: time.Second, RetryInterval: time.Second,
//		FinishTimeout: 10 * time.Second, Now: time.Now, Observe: observer,
//	}, j, target, producers, applied)
//	err := applier.Run(ctx) // until ctx is done and the rest is applied
//
// While it runs, [Applier.Delete] deletes through the journal,
// [Applier.WaitApplied] waits for a frame and [Applier.Flush] for everything;
// [Applier.Change] and [Applier.Between] do what is in no journal.
package apply
