package client

import (
	"context"
	"fmt"

	"google.golang.org/grpc/connectivity"
)

// ConnectionState is what the connection does at a moment.
type ConnectionState int

// The states of a connection.
const (
	// ConnectionIdle has no connection and makes none until a call needs one.
	ConnectionIdle ConnectionState = iota
	// ConnectionConnecting is being made.
	ConnectionConnecting
	// ConnectionReady carries calls.
	ConnectionReady
	// ConnectionFailed could not be made and is tried again after a pause.
	ConnectionFailed
	// ConnectionClosed was ended by Close.
	ConnectionClosed
)

// String returns the state in lower case, for people.
func (s ConnectionState) String() string {
	switch s {
	case ConnectionIdle:
		return "idle"
	case ConnectionConnecting:
		return "connecting"
	case ConnectionReady:
		return "ready"
	case ConnectionFailed:
		return "failed"
	case ConnectionClosed:
		return "closed"
	default:
		return fmt.Sprintf("ConnectionState(%d)", int(s))
	}
}

// MonitorConnection calls changed with the state of the connection, first at
// once and then with each change, until ctx ends or the client is closed. It
// keeps the connection up: an idle one is made. Changes that follow each other
// faster than changed returns are merged.
func (c *StreamingClient) MonitorConnection(ctx context.Context, changed func(ConnectionState)) {
	for {
		state := c.conn.GetState()
		changed(connectionState(state))
		if state == connectivity.Shutdown {
			return
		}
		if state == connectivity.Idle {
			c.conn.Connect()
		}
		if !c.conn.WaitForStateChange(ctx, state) {
			return
		}
	}
}

func connectionState(state connectivity.State) ConnectionState {
	switch state {
	case connectivity.Connecting:
		return ConnectionConnecting
	case connectivity.Ready:
		return ConnectionReady
	case connectivity.TransientFailure:
		return ConnectionFailed
	case connectivity.Shutdown:
		return ConnectionClosed
	default:
		return ConnectionIdle
	}
}
