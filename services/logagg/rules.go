package logagg

import (
	"context"
	"time"

	"go.uber.org/zap"

	"github.com/sluice-ingest/sluice/libs/audit"
	"github.com/sluice-ingest/sluice/services/logagg/internal/pipeline"
)

// rulesInterval is how often the rules file is looked at.
const rulesInterval = time.Second

// watchRules takes changes of the rules file over until ctx is done or stop is
// called, and puts each into the audit log.
func watchRules(ctx context.Context, rules *pipeline.Live, audited *audit.Log, log *zap.Logger) (stop func()) {
	ctx, cancel := context.WithCancel(ctx)
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		rules.Watch(ctx, rulesInterval, func(source []byte, err error) {
			if err != nil {
				audited.Record(audit.ConfigurationRefused("rules"))
				log.Error("the rules file can't be used; the rules before it stay in force", zap.Error(err))
				return
			}
			audited.Record(audit.ConfigurationLoaded("rules", source))
			log.Info("took over the changed rules file", zap.Int("rules", len(rules.Current().Rules())))
		})
	}()
	return func() {
		cancel()
		<-ended
	}
}
