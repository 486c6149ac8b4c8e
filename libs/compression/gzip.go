package compression

import (
	"bufio"
	"io"
	"sync"

	"github.com/klauspost/compress/gzip"
)

// gzipLevel gives points and logs most of what higher levels do, for a fraction
// of the CPU.
const gzipLevel = gzip.BestSpeed

// gzipBuffer is how many compressed bytes are read at once.
const gzipBuffer = 16 << 10

// gzipCompressor implements encoding.Compressor.
type gzipCompressor struct {
	writers  sync.Pool
	decoders turns[*gzipDecoder]
}

func newGzip(decompressors int) *gzipCompressor {
	return &gzipCompressor{decoders: newTurns[*gzipDecoder](decompressors)}
}

// Name implements encoding.Compressor.
func (*gzipCompressor) Name() string { return Gzip }

// Compress implements encoding.Compressor.
func (c *gzipCompressor) Compress(w io.Writer) (io.WriteCloser, error) {
	writer, ok := c.writers.Get().(*gzip.Writer)
	if !ok {
		var err error
		if writer, err = gzip.NewWriterLevel(w, gzipLevel); err != nil {
			return nil, err
		}
	} else {
		writer.Reset(w)
	}
	return &gzipWriter{Writer: writer, pool: &c.writers}, nil
}

// gzipWriter gives its memory back when it is closed.
type gzipWriter struct {
	*gzip.Writer

	pool *sync.Pool
}

// Close implements io.Closer.
func (w *gzipWriter) Close() error {
	err := w.Writer.Close()
	w.Reset(io.Discard)
	w.pool.Put(w.Writer)
	return err
}

// Decompress implements encoding.Compressor. The caller closes the reader if it
// gets one, as grpc-go does.
func (c *gzipCompressor) Decompress(r io.Reader) (io.Reader, error) {
	decoder := c.decoders.take()
	if decoder == nil {
		decoder = &gzipDecoder{buffer: bufio.NewReaderSize(nothing{}, gzipBuffer)}
	}
	decoder.buffer.Reset(r)
	if err := decoder.Reset(decoder.buffer); err != nil {
		c.giveBack(decoder)
		return nil, err
	}
	return &gzipReader{gzipDecoder: decoder, compressor: c}, nil
}

func (c *gzipCompressor) giveBack(decoder *gzipDecoder) {
	decoder.buffer.Reset(nothing{}) // It must not hold the message.
	c.decoders.giveBack(decoder)
}

// gzipDecoder reads through a buffer, since it is much faster than byte by byte
// from grpc-go's reader.
type gzipDecoder struct {
	gzip.Reader

	buffer *bufio.Reader
}

// gzipReader gives its turn back when it is closed.
type gzipReader struct {
	*gzipDecoder

	compressor *gzipCompressor
}

// Close implements io.Closer.
func (r *gzipReader) Close() error {
	decoder := r.gzipDecoder
	r.gzipDecoder = nil
	r.compressor.giveBack(decoder)
	return nil
}

// nothing is an empty message.
type nothing struct{}

// Read implements io.Reader.
func (nothing) Read([]byte) (int, error) { return 0, io.EOF }
