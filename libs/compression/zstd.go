package compression

import (
	"encoding/binary"
	"io"
	"sync"

	"github.com/klauspost/compress/zstd"
)

const (
	// MaxWindow is the largest window of a zstd message, in bytes: what RFC 8878
	// wants every decompressor to take.
	MaxWindow = 8 << 20
	// window is that of our own messages. Longer ones gain next to nothing by
	// more.
	window = 1 << 20
	// keptBuffer is the largest buffer that is used again.
	keptBuffer = 2 << 20
)

// zstdCompressor implements encoding.Compressor.
type zstdCompressor struct {
	encoder *zstd.Encoder
	writers sync.Pool
	readers turns[*zstd.Decoder]
}

func newZstd(concurrency int) *zstdCompressor {
	encoder, err := zstd.NewWriter(nil, zstd.WithEncoderConcurrency(concurrency),
		zstd.WithEncoderLevel(zstd.SpeedFastest), zstd.WithWindowSize(window), zstd.WithLowerEncoderMem(true))
	if err != nil {
		panic("compression: " + err.Error()) // An option is wrong.
	}
	return &zstdCompressor{encoder: encoder, readers: newTurns[*zstd.Decoder](concurrency)}
}

// Name implements encoding.Compressor.
func (*zstdCompressor) Name() string { return Zstd }

// Compress implements encoding.Compressor.
func (c *zstdCompressor) Compress(w io.Writer) (io.WriteCloser, error) {
	writer, ok := c.writers.Get().(*zstdWriter)
	if !ok {
		writer = &zstdWriter{compressor: c}
	}
	writer.to = w
	return writer, nil
}

// zstdWriter gathers a message, so that it is compressed with its size known:
// its window is then no larger than the message, for compressor and
// decompressor.
type zstdWriter struct {
	compressor     *zstdCompressor
	to             io.Writer
	plain, encoded []byte
}

// Write implements io.Writer.
func (w *zstdWriter) Write(p []byte) (int, error) {
	w.plain = append(w.plain, p...)
	return len(p), nil
}

// Close implements io.Closer. It gives the memory back.
func (w *zstdWriter) Close() error {
	w.encoded = w.compressor.encoder.EncodeAll(w.plain, w.encoded[:0])
	err := writePadding(w.to, padding(len(w.encoded), len(w.plain)))
	if err == nil {
		_, err = w.to.Write(w.encoded)
	}
	w.giveBack()
	return err
}

func (w *zstdWriter) giveBack() {
	if cap(w.plain) > keptBuffer || cap(w.encoded) > keptBuffer {
		return
	}
	w.to, w.plain = nil, w.plain[:0]
	w.compressor.writers.Put(w)
}

// Skippable frames begin with one of 16 numbers, of which this is the first, and
// the size of what follows.
const (
	skippable       = 0x184D2A50
	skippableHeader = 8
)

// writePadding writes a skippable frame of at least so many bytes, if any.
func writePadding(to io.Writer, bytes int) error {
	if bytes == 0 {
		return nil
	}
	frame := make([]byte, max(bytes, skippableHeader))
	binary.LittleEndian.PutUint32(frame, skippable)
	binary.LittleEndian.PutUint32(frame[4:], uint32(len(frame)-skippableHeader))
	_, err := to.Write(frame)
	return err
}

// Decompress implements encoding.Compressor. The caller closes the reader if it
// gets one, as grpc-go does.
func (c *zstdCompressor) Decompress(r io.Reader) (io.Reader, error) {
	size, r, err := sizeOf(r)
	if err != nil {
		return nil, err
	}
	decoder := c.readers.take()
	if decoder == nil {
		decoder, err = newDecoder()
	}
	if err == nil {
		err = decoder.Reset(r)
	}
	if err != nil {
		c.readers.giveBack(decoder)
		return nil, err
	}
	return &zstdReader{bounded: bounded{from: decoder, left: allowance(size)}, decoder: decoder, turns: c.readers}, nil
}

// newDecoder returns one that works in its caller's goroutine.
func newDecoder() (*zstd.Decoder, error) {
	return zstd.NewReader(nil, zstd.WithDecoderConcurrency(1), zstd.WithDecoderLowmem(true),
		zstd.WithDecoderMaxWindow(MaxWindow), zstd.WithDecoderMaxMemory(MaxWindow), zstd.WithDecodeBuffersBelow(0))
}

// zstdReader gives its turn back when it is closed.
type zstdReader struct {
	bounded

	decoder *zstd.Decoder
	turns   turns[*zstd.Decoder]
}

// Close implements io.Closer.
func (r *zstdReader) Close() error {
	err := r.decoder.Reset(nil)
	r.from = nil
	r.turns.giveBack(r.decoder)
	return err
}
