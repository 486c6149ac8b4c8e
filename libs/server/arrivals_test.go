package server

import (
	"context"
	"net"
	"net/netip"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc"
	"google.golang.org/grpc/peer"
	"google.golang.org/grpc/tap"
)

func testArrivals(timeout time.Duration) *arrivals {
	a := newArrivals(timeout)
	a.of(map[string]grpc.ServiceInfo{
		"s":                     {Methods: []grpc.MethodInfo{{Name: "Get"}, {Name: "Put", IsClientStream: true}, {Name: "Watch", IsServerStream: true}}},
		"grpc.health.v1.Health": {Methods: []grpc.MethodInfo{{Name: "Watch", IsServerStream: true}}},
	})
	return a
}

// begin begins a call from an address.
func (a *arrivals) begin(ctx context.Context, t *testing.T, ip, method string) context.Context {
	t.Helper()
	ctx = peer.NewContext(ctx, &peer.Peer{Addr: &net.TCPAddr{IP: net.ParseIP(ip), Port: 1}})
	ctx, err := a.tap(ctx, &tap.Info{FullMethodName: method})
	require.NoError(t, err)
	return ctx
}

func TestARequestThatDoesNotComeIsCut(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := testArrivals(10 * time.Second)
		for _, method := range []string{"/s/Get", "/grpc.health.v1.Health/Watch"} {
			begun := time.Now()
			ctx := a.begin(t.Context(), t, "192.0.2.1", method)
			<-ctx.Done()
			require.Equal(t, 10*time.Second, time.Since(begun))
			require.ErrorIs(t, ctx.Err(), context.DeadlineExceeded)
			synctest.Wait()
			require.Zero(t, a.late.count())
		}
	})
}

func TestARequestThatCameIsLeftAlone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := testArrivals(10 * time.Second)
		for _, after := range []time.Duration{0, 5 * time.Second} {
			ctx := a.begin(t.Context(), t, "192.0.2.1", "/s/Get")
			time.Sleep(after)
			arrived(ctx)
			time.Sleep(time.Hour)
			require.NoError(t, ctx.Err(), after)
		}
		require.Zero(t, a.late.count())
		arrived(t.Context())
	})
}

func TestStreamsAreNotWaitedFor(t *testing.T) {
	a := testArrivals(10 * time.Second)
	for _, method := range []string{"/s/Put", "/s/Watch", "/s/Other", "/t/Get"} {
		ctx := a.begin(t.Context(), t, "192.0.2.1", method)
		require.Nil(t, ctx.Value(arrivalKey{}), method)
	}
}

func TestLateRequestsHaveSoManyPlaces(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := testArrivals(10 * time.Second)
		ctx, hangUp := context.WithCancel(t.Context())
		var calls []context.Context
		for range maxArrivalsPerAddress + 5 {
			calls = append(calls, a.begin(ctx, t, "192.0.2.1", "/s/Get"))
		}
		other := a.begin(t.Context(), t, "192.0.2.2", "/s/Get")
		time.Sleep(arrivalGrace + time.Millisecond)
		synctest.Wait()
		cut := 0
		for _, call := range calls {
			if call.Err() != nil {
				cut++
			}
		}
		require.Equal(t, 5, cut)
		require.NoError(t, other.Err())
		require.Equal(t, maxArrivalsPerAddress+1, a.late.count())
		hangUp()
		synctest.Wait()
		require.Equal(t, 1, a.late.count(), "those that hang up give their places back")
		<-other.Done()
		synctest.Wait()
		require.Zero(t, a.late.count())
	})
}

func (p *places) count() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.taken
}

func TestPlacesAreBoundedInAllAndForEachAddress(t *testing.T) {
	one, two, three := netip.MustParsePrefix("192.0.2.1/32"), netip.MustParsePrefix("192.0.2.2/32"), netip.MustParsePrefix("192.0.2.3/32")
	p := newPlaces(3, 2)
	require.True(t, p.enter(one))
	require.True(t, p.enter(one))
	require.False(t, p.enter(one))
	require.True(t, p.enter(two))
	require.False(t, p.enter(three))
	p.leave(one)
	require.True(t, p.enter(three))
	for _, from := range []netip.Prefix{one, two, three} {
		p.leave(from)
	}
	require.Empty(t, p.of, "nothing is remembered of who has gone")
}
