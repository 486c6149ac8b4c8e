package audit

import (
	"time"

	"go.uber.org/zap"
)

// run writes until the log is closed.
func (l *Log) run() {
	defer close(l.ended)
	ticker := time.NewTicker(interval)
	defer ticker.Stop()
	for {
		select {
		case <-l.queue.filled:
			if !l.isFailing() {
				l.attempt(l.append)
			}
		case <-ticker.C:
			l.attempt(l.tick)
		case <-l.closing:
			l.end()
			return
		}
	}
}

func (l *Log) isFailing() bool { return l.queue.err() != nil }

// attempt does a step and keeps the state and the metric of the log.
func (l *Log) attempt(step func() error) {
	err, failing := step(), l.isFailing()
	switch {
	case err != nil && !failing:
		l.log.Error("the audit log can't be written; it is tried again every second",
			zap.Bool("calls_are_refused", l.cfg.Required), zap.Error(err))
		l.metrics.failing.Set(1)
		l.queue.setFailing(err)
	case err == nil && failing:
		l.log.Info("the audit log can be written again")
		l.metrics.failing.Set(0)
		l.queue.setFailing(nil)
	}
}

// append writes what waits. It is not durable yet.
func (l *Log) append() error {
	return l.write(l.queue.take(time.Now(), false))
}

func (l *Log) write(events []Event) error {
	if l.writer.disturbed {
		l.writer.disturbed = false
		l.log.Error("the audit log was moved, cut or changed by another hand; it goes on behind what is there")
		e := disturbed()
		e.Time = time.Now()
		events = append(events, e)
	}
	for i := range events {
		events[i].Service = l.service // Those of the queue itself have none.
	}
	if err := l.writer.add(events); err != nil {
		// A bounded event can always be encoded.
		l.log.Error("an audit event can't be encoded", zap.Error(err))
	}
	return l.writer.write()
}

// tick makes what was written durable; first what failed before, so that events
// are taken from the queue only when the file takes them.
func (l *Log) tick() error {
	if err := l.writer.lookAtFile(); err != nil {
		return err
	}
	if err := l.writer.sync(); err != nil {
		return err
	}
	l.rotateIfFull()
	if err := l.append(); err != nil {
		return err
	}
	return l.writer.sync()
}

// rotateIfFull begins a new file once everything is synced. What goes wrong with
// it keeps no event from the old one.
func (l *Log) rotateIfFull() {
	if l.writer.synced < int64(l.cfg.MaxSize) {
		return
	}
	if err := l.writer.rotate(l.cfg.Keep); err != nil {
		l.log.Error("the audit log could not be put aside, or no old one removed; it is tried again", zap.Error(err))
		return
	}
	l.tellHead("audit log put aside for a new file", l.writer.head)
}

// end writes everything, even that of spans that have not ended.
func (l *Log) end() {
	l.err = l.writer.sync()
	if l.err == nil {
		l.err = l.write(l.queue.take(time.Now(), true))
	}
	if err := l.writer.close(); l.err == nil {
		l.err = err
	}
	if l.err != nil {
		l.log.Error("the audit log ends without events that could not be written",
			zap.Int64("events", l.queue.left()), zap.Int("bytes", len(l.writer.tail)), zap.Error(l.err))
		return
	}
	l.tellHead("audit log closed", l.writer.head)
}
