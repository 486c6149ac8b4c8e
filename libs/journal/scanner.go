package journal

import (
	"errors"
	"hash/crc32"
	"io"
)

// scanChunk is how much is read at a time.
const scanChunk = 256 << 10

// scanner reads the frames of one segment. It holds a chunk, or the largest
// frame that it has read, in memory, and of a sealed segment what it has opened.
type scanner struct {
	codec  frameCodec
	sealer sealer
	// sealed and key are of the segment. Without a key a sealed record has no
	// data, and counts as whole if its checksum does.
	sealed bool
	key    DataKey

	source io.ReaderAt
	base   Position
	// next is where the next frame begins.
	next Position
	// limit is where the frames end, and there what stands in the file ends;
	// there is less only where bytes are missing.
	limit, there Position

	window []byte
	at     Position // of the window's first byte
}

func newScanner(id identity) scanner {
	return scanner{codec: newFrameCodec(id), sealer: sealer{id: id}}
}

// reset makes the scanner read another file. It keeps its memory.
func (s *scanner) reset(source io.ReaderAt, seg *segment, from, limit, there Position) {
	s.source, s.base, s.next = source, seg.base, from
	s.sealed, s.key = seg.sealed, seg.key
	s.limit, s.there = limit, min(limit, there)
	s.window, s.at = s.window[:0], from
}

// extend moves the limits of a file that has grown.
func (s *scanner) extend(limit, there Position) { s.limit, s.there = limit, min(limit, there) }

// done reports whether there is no further frame.
func (s *scanner) done() bool { return s.next >= s.limit }

// scan returns the next frame and moves behind it. It returns false, and does
// not move, where none stands. An error is of reading the file.
func (s *scanner) scan() (frame, bool, error) {
	f, ok, _, err := s.frameAt(s.next)
	if ok {
		s.next = f.end
	}
	return f, ok, err
}

// skipDamage moves to the next frame behind a place where none stands, or to
// the limit.
func (s *scanner) skipDamage() error {
	_, _, behind, err := s.frameAt(s.next)
	for at := behind; err == nil && at+frameHeader <= s.there; at++ {
		var ok bool
		if _, ok, _, err = s.frameAt(at); ok {
			s.next = at
			return nil
		}
	}
	if err == nil {
		s.next = s.limit
	}
	return err
}

// frameAt returns the frame at a position, if one stands there, and otherwise
// the first position behind it where another may begin: when its header is
// whole that is its end.
func (s *scanner) frameAt(at Position) (f frame, ok bool, behind Position, err error) {
	header, err := s.bytes(at, frameHeader)
	if err != nil || len(header) < frameHeader {
		return frame{}, false, at + 1, err
	}
	f, ok = s.codec.parseHeader(header, at)
	if !ok || f.end > s.there {
		return frame{}, false, at + 1, nil
	}
	if f.kind == kindFiller {
		ok, err := s.proven(f)
		return f, ok, f.end, err
	}
	data, err := s.bytes(at, int(f.end-at))
	if err != nil || len(data) < int(f.end-at) {
		return frame{}, false, at + 1, err
	}
	f.data = data[frameHeader:]
	ok = crc32.Checksum(f.data, castagnoli) == f.sum && (f.kind == kindSealed) == s.sealed
	if ok && s.sealed {
		f.data, ok = s.open(f, f.data)
	}
	return f, ok, f.end, nil
}

// proven reports whether a filler is one that the journal has written.
func (s *scanner) proven(f frame) (bool, error) {
	if !s.sealed || s.key == nil {
		return true, nil
	}
	size := int(min(f.end-f.start, frameHeader+sealOverhead))
	frame, err := s.bytes(f.start, size)
	if err != nil || len(frame) < size {
		return false, err
	}
	_, ok := s.open(f, frame[frameHeader:])
	return ok, nil
}

// open returns what the data of a frame has sealed.
func (s *scanner) open(f frame, data []byte) ([]byte, bool) {
	if s.key == nil {
		return nil, true
	}
	return s.sealer.open(s.key, s.base, f, data)
}

// bytes returns n bytes from a position on, or what there is. They are valid
// until the next call.
func (s *scanner) bytes(at Position, n int) ([]byte, error) {
	end := min(at+Position(n), s.there)
	if at < s.at || end > s.at+Position(len(s.window)) {
		if err := s.fill(at, end); err != nil {
			return nil, err
		}
	}
	from := min(int(at-s.at), len(s.window))
	to := max(from, min(int(end-s.at), len(s.window)))
	return s.window[from:to], nil
}

// fill makes the window begin at a position and reach at least to another, if
// the file does. What it has of that already stays.
func (s *scanner) fill(from, to Position) error {
	kept := 0
	if from >= s.at && from < s.at+Position(len(s.window)) {
		kept = copy(s.window, s.window[from-s.at:])
	}
	want := int(min(max(to, from+scanChunk), s.there) - from)
	if cap(s.window) < want {
		window := make([]byte, max(want, scanChunk))
		copy(window, s.window[:kept])
		s.window = window
	}
	s.at, s.window = from, s.window[:want]
	n, err := s.source.ReadAt(s.window[kept:], segmentHeader+int64(from-s.base)+int64(kept))
	s.window = s.window[:kept+n]
	if errors.Is(err, io.EOF) {
		err = nil
	}
	return err
}
