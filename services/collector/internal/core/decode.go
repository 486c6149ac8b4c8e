package core

import (
	"errors"

	"github.com/sluice-ingest/sluice/libs/problem"
	"github.com/sluice-ingest/sluice/services/collector/internal/frame"
)

// Header reads who opens a stream from its encoded first message.
func (c *Collector) Header(first []byte) (producerID string, epoch int64, err error) {
	f := c.newFrame()
	err = decode(&f, first)
	return string(f.ProducerID), f.Epoch, err
}

func (c *Collector) newFrame() frame.Frame {
	return frame.Frame{MaxPoints: c.limits.FrameItems}
}

// decode decodes a message of a stream. The error is a problem.
func decode(f *frame.Frame, data []byte) error {
	err := f.DecodeRequest(data)
	switch {
	case errors.Is(err, frame.ErrTooManyPoints):
		return problem.InField(problem.FrameTooLarge, "points", "has more than %d points; send smaller frames", f.MaxPoints)
	case err != nil:
		return problem.Because(problem.MalformedMessage, err, err.Error())
	default:
		return nil
	}
}
