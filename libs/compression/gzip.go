package compression

import (
	"io"
	"sync"

	"github.com/klauspost/compress/gzip"
)

// gzipLevel gives points and logs most of what higher levels do, for a fraction
// of the CPU.
const gzipLevel = gzip.BestSpeed

// gzipCompressor implements encoding.Compressor.
type gzipCompressor struct {
	writers sync.Pool
	readers turns[*gzip.Reader]
}

func newGzip(decompressors int) *gzipCompressor {
	return &gzipCompressor{readers: newTurns[*gzip.Reader](decompressors)}
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
	reader := c.readers.take()
	if reader == nil {
		reader = new(gzip.Reader)
	}
	if err := reader.Reset(r); err != nil {
		c.readers.giveBack(reader)
		return nil, err
	}
	return &gzipReader{Reader: reader, turns: c.readers}, nil
}

// gzipReader gives its turn back when it is closed.
type gzipReader struct {
	*gzip.Reader

	turns turns[*gzip.Reader]
}

// Close implements io.Closer.
func (r *gzipReader) Close() error {
	reader := r.Reader
	r.Reader = nil
	_ = reader.Reset(nothing{}) // It must not hold the message.
	r.turns.giveBack(reader)
	return nil
}

// nothing is an empty message.
type nothing struct{}

// Read implements io.Reader.
func (nothing) Read([]byte) (int, error) { return 0, io.EOF }

// ReadByte implements io.ByteReader.
func (nothing) ReadByte() (byte, error) { return 0, io.EOF }
