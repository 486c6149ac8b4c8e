package block

import (
	"fmt"

	"github.com/klauspost/compress/zstd"
)

// Codec compresses and decompresses what is left of texts. It is safe for
// concurrent use.
type Codec struct {
	encoder *zstd.Encoder
	decoder *zstd.Decoder
}

// NewCodec makes a codec that works on so many texts at once; others wait.
func NewCodec(concurrency int) (*Codec, error) {
	encoder, err := zstd.NewWriter(nil, zstd.WithEncoderConcurrency(concurrency),
		zstd.WithWindowSize(windowSize), zstd.WithEncoderCRC(false))
	if err != nil {
		return nil, fmt.Errorf("compress blocks: %w", err)
	}
	decoder, err := zstd.NewReader(nil, zstd.WithDecoderConcurrency(concurrency),
		zstd.WithDecoderMaxMemory(maxTexts))
	if err != nil {
		return nil, fmt.Errorf("decompress blocks: %w", err)
	}
	return &Codec{encoder: encoder, decoder: decoder}, nil
}

// Close gives back what the codec holds.
func (c *Codec) Close() {
	c.decoder.Close()
}

const (
	// windowSize bounds the memory of the encoders, in bytes.
	windowSize = 1 << 20
	// maxTexts bounds what is left of the texts of a block, in bytes.
	maxTexts = 32 << 20
)

func (c *Codec) appendCompressed(b, data []byte) []byte {
	return appendText(b, c.encoder.EncodeAll(data, nil))
}

func (c *Codec) decompress(r *reader) []byte {
	data, err := c.decoder.DecodeAll(r.text(), nil)
	if err != nil {
		r.fail()
	}
	return data
}
