package pipeline

import "github.com/sluice-ingest/sluice/services/logagg/internal/entry"

// levelTextField is where the text of a level that is not known is kept.
const levelTextField = "level_text"

// normalise brings the entry's level to the one scale.
func (r *Runner) normalise(e *entry.Entry) {
	if e.Level != entry.Unspecified {
		return
	}
	levels := &r.pipeline.file.Levels
	if e.LevelText != "" {
		level, ok := levels.Parse(e.LevelText)
		e.Level = level
		if !ok {
			r.hit(unknownLevel)
			if indexOf(e.Fields, levelTextField) < 0 {
				e.Fields = append(e.Fields, entry.Field{Name: levelTextField, Value: e.LevelText})
			}
		}
	}
	if e.Level != entry.Unspecified {
		return
	}
	if e.Level = levels.InMessage(e.Message); e.Level != entry.Unspecified {
		r.hit(levelFromMessage)
	}
}
