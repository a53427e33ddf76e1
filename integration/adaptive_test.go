package integration_test

import (
	"log/slog"
	"testing"

	"github.com/fraiseql/fraiseql-wire-go/chunking"
	"github.com/fraiseql/fraiseql-wire-go/integration/testbed"
	"github.com/fraiseql/fraiseql-wire-go/stream"
)

const (
	increases = "fraiseql_chunk_size_adjusted direction increase"
	decreases = "fraiseql_chunk_size_adjusted direction decrease"
	chunkSize = "fraiseql_adaptive_chunk_size"
)

// A consumer that leaves the ring full makes the chunk grow, up to the bound but not beyond.
func TestChunkGrowsUnderASlowConsumer(t *testing.T) {
	t.Parallel()
	testbed.FlowModes.Run(t, func(t *testing.T, m testbed.Mode) {
		const capacity = 256
		var book testbed.Logbook
		c := testbed.Connect(t, testbed.DSN(t), book.Log)
		entity := testbed.UniqueEntity(t)
		s := testbed.Query(t, c, testbed.Numbered(testbed.Endless, 100), m.With(stream.WithEntity(entity),
			stream.WithCapacity(capacity),
			stream.WithAdaptiveChunking(chunking.Config{Initial: 16, Min: 16, Max: 80, Window: 4}))...)
		done := testbed.WaitForReader(t, s, 0)
		sizes := []int{16}
		for range 40 * capacity { // far more than needed
			testbed.WaitNearlyFull(t, s, capacity)
			testbed.Take(t, s, done, 1)
			done++
			if size := s.Stats().ChunkRows; size != sizes[len(sizes)-1] {
				sizes = append(sizes, size)
			}
		}
		checkSizes(t, sizes, 16, 24, 36, 54, 80)
		p := testbed.EntityPage(t, entity)
		p.Check(t, testbed.Wants{increases: 4, decreases: 0})
		if all := p.Get(chunkSize + "_count"); all == 0 || p.UpTo(chunkSize, 8) != 0 || p.UpTo(chunkSize, 128) != all ||
			p.UpTo(chunkSize, 64) == all {
			t.Errorf("recorded chunk sizes that were never in force: %v", p)
		}
		changes := book.Find("stream chunk size changed")
		if len(changes) != 4 || changes[0].Level != slog.LevelDebug ||
			changes[3].Attrs["from_rows"].Int64() != 54 || changes[3].Attrs["to_rows"].Int64() != 80 {
			t.Errorf("logged: %v", changes)
		}
	})
}

func checkSizes(t *testing.T, got []int, want ...int) {
	t.Helper()
	for i, size := range got {
		if len(got) != len(want) || size != want[i] {
			t.Errorf("sizes %v, want %v", got, want)
			return
		}
	}
}

// A consumer that empties the ring as it fills makes the chunk shrink, down to the bound but not beyond.
func TestChunkShrinksUnderAFastConsumer(t *testing.T) {
	t.Parallel()
	const few, size = 8, 1000
	p, entity := testbed.NewProxy(t), testbed.UniqueEntity(t)
	c := testbed.Connect(t, testbed.DSN(t), p.Through)
	p.NextRows(few, size, true)
	s := testbed.Query(t, c, testbed.Numbered(testbed.Endless, size), stream.WithReadAhead(stream.ReadAheadAlways),
		stream.WithEntity(entity), stream.WithAdaptiveChunking(chunking.Config{Initial: 100, Min: 30, Max: 200, Window: 4}))
	sizes := []int{100}
	for done := 0; done < 100*few; done += few { // far more than needed
		testbed.Take(t, s, done, few)
		p.NextRows(few, size, false)
		if size := s.Stats().ChunkRows; size != sizes[len(sizes)-1] {
			sizes = append(sizes, size)
		}
	}
	page := testbed.EntityPage(t, entity) // before rows arrive that are not taken
	p.Heal()
	checkSizes(t, sizes, 100, 66, 44, 30)
	page.Check(t, testbed.Wants{increases: 0, decreases: 3})
	if page.UpTo(chunkSize, 16) != 0 || page.Get(chunkSize+"_count") == 0 {
		t.Errorf("recorded chunk sizes that were never in force: %v", page)
	}
}

// For a fast consumer the default reads without a second goroutine: there is no hand-over, and nothing to adapt. The
// consumer is certain to be fast: the next rows pass only once it waits for them.
func TestChunkStaysUnderAFastConsumerOfTheDefault(t *testing.T) {
	t.Parallel()
	const few, size = 4, 1000
	p, entity := testbed.NewProxy(t), testbed.UniqueEntity(t)
	c := testbed.Connect(t, testbed.DSN(t), p.Through)
	p.NextRows(few, size, true)
	s := testbed.Query(t, c, testbed.Numbered(testbed.Endless, size), stream.WithEntity(entity),
		stream.WithAdaptiveChunking(chunking.Config{Window: 1}))
	reads := testbed.Consume(s)
	for done := few; done <= 200*few; done += few {
		reads.WaitTaken(t, done)
		reads.WaitReading(t)
		if st := s.Stats(); st.ReadAhead || st.ChunkRows != chunking.DefaultInitial {
			t.Fatalf("after %d rows: %v", done, st)
		}
		p.NextRows(few, size, false)
	}
	testbed.EntityPage(t, entity).Check(t, testbed.Wants{increases: 0, decreases: 0})
	p.Heal()
	if err := s.Close(); err != nil {
		t.Error(err)
	}
	reads.Wait(t)
}

// The aim of adapting is a ring that is half full after each hand-over: then the size is kept.
func TestChunkStaysUnderStableLoad(t *testing.T) {
	t.Parallel()
	testbed.AllModes.Run(t, stableLoad)
}

func stableLoad(t *testing.T, m testbed.Mode) {
	const capacity, size = 256, 100
	c, entity := testbed.Connect(t, testbed.DSN(t)), testbed.UniqueEntity(t)
	s := testbed.Query(t, c, testbed.Numbered(testbed.Endless, size), m.With(stream.WithEntity(entity),
		stream.WithCapacity(capacity),
		stream.WithMaxMemory(capacity/2*size), stream.WithMemoryPolicy(stream.MemoryWait),
		stream.WithAdaptiveChunking(chunking.Config{Initial: 64, Window: 4, Max: 128}))...)
	done := 0
	if m == testbed.Auto {
		done = testbed.WaitForReader(t, s, done)
	}
	for range 40 * capacity {
		if s.Stats().ReadAhead {
			// Wait for the reader, which refills what was given back.
			testbed.Eventually(t, "a half full ring", func() bool { return s.Stats().ItemsBuffered >= capacity/2-64 })
		}
		testbed.Take(t, s, done, 1)
		done++
		if size := s.Stats().ChunkRows; size != 64 {
			t.Fatalf("%d rows per chunk after %d rows", size, done)
		}
	}
	p := testbed.EntityPage(t, entity)
	p.Check(t, testbed.Wants{increases: 0, decreases: 0})
	if got := p.Get(chunkSize + "_count"); got == 0 || got != p.UpTo(chunkSize, 64) || p.UpTo(chunkSize, 32) != 0 {
		t.Errorf("recorded chunk sizes other than 64: %v", p)
	}
}

// A ring that alternates between empty and full within each window does not make the size oscillate.
func TestChunkDoesNotHunt(t *testing.T) {
	t.Parallel()
	const capacity, swings = 256, 40
	c, entity := testbed.Connect(t, testbed.DSN(t)), testbed.UniqueEntity(t)
	s := testbed.Query(t, c, testbed.Numbered(testbed.Endless, 100), stream.WithReadAhead(stream.ReadAheadAlways),
		stream.WithEntity(entity),
		stream.WithCapacity(capacity), stream.WithAdaptiveChunking(chunking.Config{Initial: 8, Min: 2, Max: 64, Window: 60}))
	done := 0
	for range swings {
		testbed.WaitNearlyFull(t, s, capacity)
		if err := s.Pause(); err != nil {
			t.Fatal(err)
		}
		for s.Stats().ItemsBuffered > 0 {
			testbed.Take(t, s, done, 1)
			done++
		}
		if err := s.Resume(); err != nil {
			t.Fatal(err)
		}
	}
	if got := s.Stats().ChunkRows; got != 8 {
		t.Errorf("%d rows per chunk after %d swings", got, swings)
	}
	p := testbed.EntityPage(t, entity)
	p.Check(t, testbed.Wants{increases: 0, decreases: 0})
	if decisions := p.Get(chunkSize+"_count") / 60; decisions < 10 {
		t.Errorf("only %.0f windows led to a decision", decisions)
	}
}

// With a fixed size nothing is observed or adjusted, and no chunk is larger.
func TestChunkOfFixedSize(t *testing.T) {
	t.Parallel()
	testbed.FlowModes.Run(t, func(t *testing.T, m testbed.Mode) {
		const n, capacity, size = 10_000, 256, 32
		c, entity := testbed.Connect(t, testbed.DSN(t)), testbed.UniqueEntity(t)
		s := testbed.Query(t, c, testbed.Numbered(testbed.Endless, 100), m.With(stream.WithEntity(entity),
			stream.WithCapacity(capacity),
			stream.WithChunkRows(size))...)
		done := testbed.WaitForReader(t, s, 0)
		for range n {
			testbed.WaitNearlyFull(t, s, capacity)
			testbed.Take(t, s, done, 1)
			done++
			if got := s.Stats().ChunkRows; got != size {
				t.Fatalf("%d rows per chunk after %d rows", got, done)
			}
		}
		p := testbed.EntityPage(t, entity)
		p.Check(t, testbed.Wants{increases: 0, decreases: 0, chunkSize + "_count": 0})
		const rows = "fraiseql_chunk_size_rows"
		if got := p.Get(rows + "_count"); got < float64(done/size) || got != p.UpTo(rows, size) {
			t.Errorf("%v chunks, of them %v of at most %d rows", got, p.UpTo(rows, size), size)
		}
	})
}
