package ferrettest

import (
	"encoding/binary"
	"errors"
	"io"
	"net"
	"net/url"
	"os"
	"sync"
	"sync/atomic"
	"testing"

	"go.mongodb.org/mongo-driver/v2/bson"

	"lectern/modulestore/storetest"
)

// BenchmarkOperations prints what operations cost: what is asked of the backend, and how many commands that sends to the server. The course is
// small, because FerretDB reads whole collections; LECTERN_TEST_MONGODB_URI names a better server.
func BenchmarkOperations(b *testing.B) {
	blocks := 5000
	if os.Getenv("LECTERN_TEST_MONGODB_URI") == "" {
		blocks = 500
	}
	counter := countCommands(b)
	storetest.PrintOperations(b, os.Stdout, "MongoDB", open(b, counter.address(newDatabase(b))), blocks, counter.sent)
}

// commandCounter stands between the driver and the server and counts the commands that pass.
type commandCounter struct {
	listener net.Listener
	commands atomic.Int64
	copying  sync.WaitGroup
}

func countCommands(b *testing.B) *commandCounter {
	b.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	c := &commandCounter{listener: listener}
	c.copying.Go(c.serve)
	b.Cleanup(func() {
		_ = listener.Close()
		c.copying.Wait()
	})
	return c
}

// address is that of a database, by way of the counter.
func (c *commandCounter) address(database string) string {
	u, err := url.Parse(database)
	if err != nil {
		return database
	}
	u.Host = c.listener.Addr().String()
	q := u.Query()
	q.Set("directConnection", "true")
	u.RawQuery = q.Encode()
	return u.String()
}

func (c *commandCounter) sent() int { return int(c.commands.Load()) }

func (c *commandCounter) serve() {
	for {
		client, err := c.listener.Accept()
		if err != nil {
			return
		}
		upstream, err := net.Dial("tcp", server.Host)
		if err != nil {
			_ = client.Close()
			continue
		}
		c.copying.Go(func() {
			_, _ = io.Copy(client, upstream)
			_ = client.Close()
		})
		c.copying.Go(func() {
			_ = c.forward(upstream, client)
			_ = upstream.Close()
		})
	}
}

// forward passes messages on, one by one.
func (c *commandCounter) forward(to io.Writer, from io.Reader) error {
	for {
		message := make([]byte, 4)
		if _, err := io.ReadFull(from, message); err != nil {
			return err
		}
		size := binary.LittleEndian.Uint32(message)
		if size < 26 || size > 64<<20 {
			return errors.New("no message of this protocol")
		}
		message = append(message, make([]byte, size-4)...)
		if _, err := io.ReadFull(from, message[4:]); err != nil {
			return err
		}
		if isOperation(message) {
			c.commands.Add(1)
		}
		if _, err := to.Write(message); err != nil {
			return err
		}
	}
}

// isOperation reports whether a message reads or writes data. Drivers also greet servers, ask how they are and end sessions.
func isOperation(message []byte) bool {
	const opMsg = 2013
	if binary.LittleEndian.Uint32(message[12:]) != opMsg || message[20] != 0 {
		return false
	}
	elements, err := bson.Raw(message[21:]).Elements()
	if err != nil || len(elements) == 0 {
		return false
	}
	switch elements[0].Key() {
	case "hello", "isMaster", "ismaster", "ping", "endSessions", "buildInfo":
		return false
	}
	return true
}
