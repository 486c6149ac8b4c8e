package server

// MessageLimit is the largest encoded message in bytes: the payload and what
// may surround it.
func (c Config) MessageLimit() int { return int(c.MaxMessageBytes + overhead) }
