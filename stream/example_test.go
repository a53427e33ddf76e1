package stream_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log"
	"net/http"
	"os"
	"time"

	"github.com/fraiseql/fraiseql-wire-go/chunking"
	"github.com/fraiseql/fraiseql-wire-go/conn"
	werr "github.com/fraiseql/fraiseql-wire-go/errors"
	"github.com/fraiseql/fraiseql-wire-go/stream"
)

// Variables used by the examples below, which are compiled but not run, because they need a server.
var (
	ctx = context.Background()
	c   *conn.Conn     // made by conn.Connect
	s   *stream.Stream // made by c.Query
)

// User is a document.
type User struct {
	ID   int    `json:"id"`
	Name string `json:"name"`
}

// work is what a consumer does with a row.
func work(json.RawMessage) {}

func ExampleStream_Next() {
	defer s.Close()
	for s.Next() {
		work(s.Row()) // valid until the next call to Next
	}
	if err := s.Err(); err != nil {
		log.Fatal(err) // the server's error, the network's or a limit's; nil after a complete result
	}
}

// A row that is needed after the next call to Next must be copied.
func ExampleStream_Row() {
	var kept [][]byte
	for s.Next() {
		if bytes.Contains(s.Row(), []byte(`"admin"`)) {
			kept = append(kept, bytes.Clone(s.Row()))
		}
	}
	fmt.Println(len(kept), "administrators")
}

// The iterator closes the stream when the loop ends, also on break, and yields the stream's error last.
func ExampleStream_All() {
	for row, err := range s.All() {
		if err != nil {
			log.Fatal(err)
		}
		work(row)
	}
}

func ExampleDecode() {
	for user, err := range stream.Decode[User](s) {
		var bad *werr.DecodeError
		switch {
		case errors.As(err, &bad):
			log.Print("skipped: ", bad) // names the row and the field; the next rows still come
		case err != nil:
			log.Fatal(err)
		default:
			fmt.Println(user.Name)
		}
	}
}

// For results that are known to be small: all rows are held at once.
func ExampleCollect() {
	users, err := stream.Collect[User](s)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(len(users), "users")
}

func ExampleStream_Decode() {
	for s.Next() {
		var user User
		if err := s.Decode(&user); err != nil {
			log.Print(err) // a *werr.DecodeError; the stream goes on
		}
	}
}

// WriteTo writes NDJSON, one document per line, and closes the stream.
func ExampleStream_WriteTo() {
	n, err := s.WriteTo(os.Stdout)
	if err != nil {
		log.Fatal(err)
	}
	log.Printf("%d bytes", n)
}

// Any goroutine may pause and resume. Rows already buffered may still be taken during a pause.
func ExampleStream_Pause() {
	if err := s.PauseWithReason("queue full"); errors.Is(err, werr.ErrStreamAlreadyClosed) {
		return // the stream has already ended
	}
	time.AfterFunc(time.Second, func() { _ = s.Resume() })
}

// A pause that is not ended by Resume ends by itself.
func ExampleWithPauseTimeout() {
	s, err := c.Query(ctx, "SELECT data FROM v_user", stream.WithPauseTimeout(30*time.Second))
	if err != nil {
		log.Fatal(err)
	}
	defer s.Close()
}

// Cancel returns when the server is done with the query: the connection is ready for the next one.
func ExampleStream_CancelTimeout() {
	var late *werr.CancellationTimeoutError
	if err := s.CancelTimeout(2 * time.Second); errors.As(err, &late) {
		log.Print(late) // the connection was closed; connect again
	}
}

func ExampleStream_Stats() {
	st := s.Stats() // from any goroutine, at any time
	fmt.Printf("%d rows, %d bytes; %d rows (%d bytes) waiting\n",
		st.TotalRowsYielded, st.TotalBytes, st.ItemsBuffered, st.EstimatedMemory)
}

// A predicate that cannot be expressed in SQL drops rows inside Next.
func ExampleWithFilter() {
	s, err := c.Query(ctx, "SELECT data FROM v_user WHERE data->>'country' = 'FR'",
		stream.WithFilter(func(row json.RawMessage) bool {
			return bytes.Contains(row, []byte("@example.com"))
		}))
	if err != nil {
		log.Fatal(err)
	}
	defer s.Close()
}

// At most 1 MiB of rows is buffered, however slow the consumer is; above three quarters of that, a warning is logged.
func ExampleWithMaxMemory() {
	s, err := c.Query(ctx, "SELECT data FROM v_user",
		stream.WithMaxMemory(1<<20), stream.WithMemorySoftLimit(0.75))
	if err != nil {
		log.Fatal(err)
	}
	defer s.Close()
}

// With ReadAheadAlways, reaching the limit either fails the stream or makes the reader wait.
func ExampleWithMemoryPolicy() {
	s, err := c.Query(ctx, "SELECT data FROM v_user",
		stream.WithReadAhead(stream.ReadAheadAlways), stream.WithMaxMemory(1<<20), stream.WithMemoryPolicy(stream.MemoryWait))
	if err != nil {
		log.Fatal(err)
	}
	defer s.Close()
}

// All requests of a server share 64 MiB.
func ExampleNewBudget() {
	budget := stream.NewBudget(64<<20, stream.MemoryWait)

	http.HandleFunc("/users", func(w http.ResponseWriter, r *http.Request) {
		c, err := conn.Connect(r.Context(), os.Getenv("DATABASE_URL"))
		if err != nil {
			http.Error(w, "no database", http.StatusServiceUnavailable)
			return
		}
		defer c.Close(context.WithoutCancel(r.Context()))
		s, err := c.Query(r.Context(), "SELECT data FROM v_user", stream.WithBudget(budget))
		if err != nil {
			http.Error(w, "the query failed", http.StatusInternalServerError)
			return
		}
		_, _ = s.WriteTo(w)
	})
}

// Two timeouts in addition to the context's: one until the first row, one for the time in which no bytes arrive.
func ExampleWithStallTimeout() {
	ctx, stop := context.WithTimeout(ctx, 10*time.Minute) // the whole query
	defer stop()
	s, err := c.Query(ctx, "SELECT data FROM v_user",
		stream.WithFirstRowTimeout(30*time.Second), stream.WithStallTimeout(5*time.Second))
	if err != nil {
		log.Fatal(err)
	}
	defer s.Close()
}

// Chunks have between 64 and 512 rows; their size is reconsidered every 20 chunks.
func ExampleWithAdaptiveChunking() {
	s, err := c.Query(ctx, "SELECT data FROM v_user", stream.WithReadAhead(stream.ReadAheadAlways),
		stream.WithAdaptiveChunking(chunking.Config{Min: 64, Max: 512, Window: 20}))
	if err != nil {
		log.Fatal(err)
	}
	defer s.Close()
}

// Each row is handed over on its own, however full the buffer is: for rows that are large, or must not wait for each
// other.
func ExampleWithChunkRows() {
	s, err := c.Query(ctx, "SELECT data FROM v_document", stream.WithChunkRows(1))
	if err != nil {
		log.Fatal(err)
	}
	defer s.Close()
}

func ExampleStream_WriteArray() {
	if _, err := s.WriteArray(os.Stdout); err != nil {
		log.Fatal(err)
	}
}

// An error before the first row is detected before anything is written.
func ExampleStream_Peek() {
	if _, ok := s.Peek(); !ok && s.Err() != nil {
		log.Fatal(s.Err()) // before the first row
	}
	n, err := s.WriteTo(os.Stdout) // includes the row that Peek returned
	if err != nil {
		log.Fatal(err)
	}
	log.Printf("%d bytes", n)
}

func ExampleWithOnEnd() {
	s, err := c.Query(ctx, "SELECT data FROM v_user", stream.WithOnEnd(func(sum stream.Summary) {
		log.Printf("%s after %v, first row after %v, %d rows", sum.Status, sum.Elapsed, sum.FirstRow, sum.TotalRowsYielded)
	}))
	if err != nil {
		log.Fatal(err)
	}
	defer s.Close()
}

func ExampleRunning() {
	for info := range stream.Running() {
		log.Printf("%s, backend %d, since %v: %v", info.Entity, info.PID, time.Since(info.Started), info.Stats)
	}
}
