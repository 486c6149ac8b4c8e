package journaled

import (
	"go.uber.org/zap"

	"github.com/sluice-ingest/sluice/libs/journal"
)

// tellRecovery tells the log in which state the journal was found.
func tellRecovery(r journal.Recovery, applied journal.Position, log *zap.Logger) {
	// The last segment always stays, however much was trimmed.
	if applied > 0 && r.Segments == 0 {
		log.Error("the folder journal is missing or empty: what it held and the store lacks is lost",
			zap.Int64("applied", int64(applied)))
	}
	if r.TornBytes > 0 {
		log.Info("cut what a crash left unfinished at the journal's end", zap.Int64("bytes", r.TornBytes))
	}
	for _, damage := range r.Damages {
		if damage.From == damage.To {
			log.Warn("the header of a segment of the journal is damaged; nothing is lost by that",
				zap.Int64("at", int64(damage.From)))
			continue
		}
		log.Error("a piece of the journal is damaged; what it held and the store lacks is lost",
			zap.Int64("from", int64(damage.From)), zap.Int64("to", int64(damage.To)))
	}
}
