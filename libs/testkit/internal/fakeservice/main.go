// Command fakeservice is a service for the tests of package testkit: it says
// where it serves, answers every connection with its process id, and ends
// with status 3 on SIGTERM.
package main

import (
	"fmt"
	"log/slog"
	"net"
	"os"
	"os/signal"
	"strconv"
	"syscall"
)

func main() { os.Exit(run(os.Args[1:])) }

func run(args []string) int {
	listen := "127.0.0.1:0"
	for i, arg := range args {
		switch arg {
		case "--listen":
			listen = args[i+1]
		case "--fail":
			_, _ = fmt.Fprintln(os.Stderr, "failed as told")
			return 4
		}
	}
	listener, err := net.Listen("tcp", listen)
	if err != nil {
		_, _ = fmt.Fprintln(os.Stderr, err)
		return 1
	}
	terminated := make(chan os.Signal, 1)
	signal.Notify(terminated, syscall.SIGTERM)
	go answer(listener)
	log := slog.New(slog.NewJSONHandler(os.Stderr, nil))
	log.Info("starting", "args", args)
	log.Info("serving", "grpc", listener.Addr().String(), "admin", "")
	<-terminated
	return 3
}

func answer(listener net.Listener) {
	for {
		conn, err := listener.Accept()
		if err != nil {
			return
		}
		_, _ = conn.Write([]byte(strconv.Itoa(os.Getpid())))
		_ = conn.Close()
	}
}
