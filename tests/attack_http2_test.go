package tests

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"net"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/net/http2"
	"golang.org/x/net/http2/hpack"
	spb "google.golang.org/genproto/googleapis/rpc/status"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"

	fileuploadv1 "github.com/sluice-ingest/sluice/gen/sluice/fileupload/v1"
	"github.com/sluice-ingest/sluice/libs/testkit"
)

const (
	// streamsAtOnce is how many streams a connection may have open by default.
	streamsAtOnce = 1000
	// neighbour is another address of the loopback network than the attackers'.
	neighbour = "127.0.0.2"
)

// attacker is a connection that speaks HTTP/2 frame by frame, as no client does.
// Safe for concurrent use.
type attacker struct {
	conn net.Conn
	// ends has how each stream ended, in any order.
	ends chan streamEnd
	// done is closed when the server has closed the connection.
	done chan struct{}

	mu      sync.Mutex // Guards what follows.
	framer  *http2.Framer
	block   bytes.Buffer
	encoder *hpack.Encoder
	next    uint32
}

// streamEnd is a status, or a resetError.
type streamEnd struct {
	stream uint32
	err    error
}

var errClosed = errors.New("the server has closed the connection")

type resetError http2.ErrCode

func (e resetError) Error() string { return "reset with " + http2.ErrCode(e).String() }

// attack connects. No more than ends streams end, or the connection stands still.
func attack(t *testing.T, addr string, ends int) *attacker {
	t.Helper()
	conn, err := net.Dial("tcp", addr)
	require.NoError(t, err)
	a := &attacker{
		conn: conn, ends: make(chan streamEnd, ends), done: make(chan struct{}),
		framer: http2.NewFramer(conn, conn), next: 1,
	}
	a.encoder = hpack.NewEncoder(&a.block)
	a.framer.ReadMetaHeaders = hpack.NewDecoder(4096, nil)
	require.NoError(t, a.greet())
	go a.read()
	t.Cleanup(func() {
		_ = conn.Close()
		<-a.done
	})
	return a
}

// greet exchanges settings.
func (a *attacker) greet() error {
	if _, err := a.conn.Write([]byte(http2.ClientPreface)); err != nil {
		return err
	}
	if err := a.framer.WriteSettings(); err != nil {
		return err
	}
	for {
		frame, err := a.framer.ReadFrame()
		if err != nil {
			return err
		}
		if settings, ok := frame.(*http2.SettingsFrame); ok && !settings.IsAck() {
			return a.framer.WriteSettingsAck()
		}
	}
}

func (a *attacker) read() {
	defer close(a.done)
	var pongs sync.WaitGroup
	defer pongs.Wait()
	ended := map[uint32]bool{}
	for {
		frame, err := a.framer.ReadFrame()
		if err != nil {
			return
		}
		if ping, ok := frame.(*http2.PingFrame); ok && !ping.IsAck() {
			data := ping.Data
			pongs.Go(func() { a.pong(data) }) // Not here: a write may wait for this reader.
		}
		if end := streamEndOf(frame); end != nil && !ended[end.stream] {
			ended[end.stream] = true
			a.ends <- *end
		}
	}
}

func (a *attacker) pong(data [8]byte) {
	a.mu.Lock()
	defer a.mu.Unlock()
	_ = a.framer.WritePing(true, data) // The reader sees a broken connection.
}

// streamEndOf returns how a stream ends with the frame, or nil.
func streamEndOf(frame http2.Frame) *streamEnd {
	switch frame := frame.(type) {
	case *http2.MetaHeadersFrame:
		if frame.StreamEnded() {
			return &streamEnd{frame.StreamID, statusOf(frame.Fields)}
		}
	case *http2.RSTStreamFrame:
		return &streamEnd{frame.StreamID, resetError(frame.ErrCode)}
	}
	return nil
}

// statusOf reads a status out of trailers.
func statusOf(fields []hpack.HeaderField) error {
	st := &spb.Status{Code: int32(codes.Unknown)}
	for _, field := range fields {
		switch field.Name {
		case "grpc-status":
			code, err := strconv.ParseInt(field.Value, 10, 32)
			if err != nil {
				return err
			}
			st.Code = int32(code)
		case "grpc-message":
			st.Message = field.Value
		case "grpc-status-details-bin":
			data, err := base64.RawStdEncoding.DecodeString(field.Value)
			if err == nil {
				err = proto.Unmarshal(data, st)
			}
			return errors.Join(err, status.ErrorProto(st))
		}
	}
	return status.ErrorProto(st)
}

// open begins a call. fields are pairs of a header's name and value.
func (a *attacker) open(method string, end bool, fields ...string) (uint32, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	fields = append([]string{
		":method", "POST", ":scheme", "http", ":authority", "localhost", ":path", method,
		"content-type", "application/grpc", "te", "trailers",
	}, fields...)
	a.block.Reset()
	for i := 0; i < len(fields); i += 2 {
		if err := a.encoder.WriteField(hpack.HeaderField{Name: fields[i], Value: fields[i+1]}); err != nil {
			return 0, err
		}
	}
	id := a.next
	a.next += 2
	return id, a.writeHeaders(id, end, a.block.Bytes())
}

// writeHeaders sends a block of any size in frames of 16 KiB.
func (a *attacker) writeHeaders(id uint32, end bool, block []byte) error {
	const most = 16 << 10
	first := block[:min(most, len(block))]
	rest := block[len(first):]
	err := a.framer.WriteHeaders(http2.HeadersFrameParam{
		StreamID: id, BlockFragment: first, EndStream: end, EndHeaders: len(rest) == 0,
	})
	for len(rest) > 0 && err == nil {
		part := rest[:min(most, len(rest))]
		rest = rest[len(part):]
		err = a.framer.WriteContinuation(id, len(rest) == 0, part)
	}
	return err
}

// data sends bytes of a stream, at most what its window takes.
func (a *attacker) data(id uint32, end bool, data []byte) error {
	const most = 16 << 10
	for {
		part := data[:min(most, len(data))]
		data = data[len(part):]
		a.mu.Lock()
		err := a.framer.WriteData(id, end && len(data) == 0, part)
		a.mu.Unlock()
		if err != nil || len(data) == 0 {
			return err
		}
	}
}

func (a *attacker) reset(id uint32) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.framer.WriteRSTStream(id, http2.ErrCodeCancel)
}

// end waits for the end of any stream.
func (a *attacker) end(ctx context.Context) (streamEnd, error) {
	select {
	case end := <-a.ends:
		return end, nil
	case <-a.done:
		return streamEnd{}, errClosed
	case <-ctx.Done():
		return streamEnd{}, context.Cause(ctx)
	}
}

// grpcMessage is a message as it is in a stream. It may announce more bytes than
// it has.
func grpcMessage(compressed bool, announced int, data []byte) []byte {
	message := make([]byte, 5, 5+len(data))
	if compressed {
		message[0] = 1
	}
	binary.BigEndian.PutUint32(message[1:], uint32(announced))
	return append(message, data...)
}

// endings counts how streams ended: by reason, or by code where there is none.
type endings map[string]int

func (t endings) add(err error) {
	r := refusalOf(err)
	if reset, ok := errors.AsType[resetError](err); ok {
		t[reset.Error()]++
	} else if r.reason == "" {
		t[r.code.String()]++
	} else {
		t[r.reason]++
	}
}

func (t endings) total() (n int) {
	for _, count := range t {
		n += count
	}
	return n
}

// from makes connections from a local address.
func from(addr string) grpc.DialOption {
	dialer := &net.Dialer{LocalAddr: &net.TCPAddr{IP: net.ParseIP(addr)}}
	return grpc.WithContextDialer(func(ctx context.Context, target string) (net.Conn, error) {
		return dialer.DialContext(ctx, "tcp", target)
	})
}

// requireRSS wants the server never to have had more resident memory.
func (s *server) requireRSS(t *testing.T, most int64) {
	t.Helper()
	requireRSS(t, s.Process, most)
}

func requireRSS(t *testing.T, p interface{ PeakRSS() (int64, error) }, most int64) {
	t.Helper()
	rss, err := p.PeakRSS()
	require.NoError(t, err)
	t.Logf("the server's peak of resident memory was %d MiB", rss>>20)
	if !testkit.RaceEnabled { // The race detector takes memory of its own.
		require.Less(t, rss, most)
	}
}

const uploadFile = fileuploadv1.FileUploadService_UploadFile_FullMethodName

// throughout calls work again and again until stop is called, which wants it to
// have worked each time, and at least once.
func throughout(ctx context.Context, t *testing.T, work func(context.Context) error) (stop func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(ctx)
	outcome := make(chan error, 1)
	times := 0
	go func() {
		for {
			begun := time.Now()
			if err := work(context.WithoutCancel(ctx)); err != nil {
				outcome <- fmt.Errorf("after %d times and %s: %w", times, time.Since(begun), err)
				return
			}
			times++
			if ctx.Err() != nil {
				outcome <- nil
				return
			}
		}
	}()
	return func() {
		t.Helper()
		cancel()
		require.NoError(t, <-outcome, "the well-behaved client")
		t.Logf("the well-behaved client was served %d times meanwhile", times)
	}
}
