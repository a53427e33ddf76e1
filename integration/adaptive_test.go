package integration_test

import (
	"log/slog"
	"testing"

	"github.com/fraiseql/fraiseql-wire-go/chunking"
	"github.com/fraiseql/fraiseql-wire-go/stream"
)

const (
	increases = "fraiseql_chunk_size_adjusted direction increase"
	decreases = "fraiseql_chunk_size_adjusted direction decrease"
	chunkSize = "fraiseql_adaptive_chunk_size"
)

// A consumer that leaves the ring full makes the chunk grow, up to the bound and not beyond.
func TestChunkGrowsUnderASlowConsumer(t *testing.T) {
	t.Parallel()
	onFills(t, func(t *testing.T, f fill) {
		const capacity = 256
		c, book := connectLogged(t, mainDSN(t))
		entity := uniqueEntity(t)
		s := query(t, c, numbered(endless, 100), f.with(stream.WithEntity(entity), stream.WithCapacity(capacity),
			stream.WithAdaptiveChunking(chunking.Config{Initial: 16, Min: 16, Max: 80, Window: 4}))...)
		done := waitForReader(t, s, 0)
		sizes := []int{16}
		for range 40 * capacity { // far more than it takes
			waitNearlyFull(t, s, capacity)
			take(t, s, done, 1)
			done++
			if size := s.Stats().ChunkRows; size != sizes[len(sizes)-1] {
				sizes = append(sizes, size)
			}
		}
		checkSizes(t, sizes, 16, 24, 36, 54, 80)
		p := entityPage(t, entity)
		p.check(t, want{increases, 4}, want{decreases, 0})
		if all := p.get(chunkSize + "_count"); all == 0 || p.upTo(chunkSize, 8) != 0 || p.upTo(chunkSize, 128) != all ||
			p.upTo(chunkSize, 64) == all {
			t.Errorf("chunk sizes were recorded that were not in force: %v", p)
		}
		changes := book.find("stream chunk size changed")
		if len(changes) != 4 || changes[0].level != slog.LevelDebug ||
			changes[3].attrs["from_rows"].Int64() != 54 || changes[3].attrs["to_rows"].Int64() != 80 {
			t.Errorf("the log says %v", changes)
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

// A consumer that empties the ring as it fills makes the chunk shrink, down to the bound and not beyond.
func TestChunkShrinksUnderAFastConsumer(t *testing.T) {
	t.Parallel()
	undisturbed(t, "a fast consumer made the chunk grow", shrinks)
}

// undisturbed tries until the machine has let the consumer run: one that was kept from running is a slow one. try says
// whether it has.
func undisturbed(t *testing.T, otherwise string, try func(t *testing.T) bool) {
	t.Helper()
	for attempt := 1; !try(t); attempt++ {
		if attempt == 3 {
			t.Fatalf("%s, %d times", otherwise, attempt)
		}
	}
}

// shrinks takes a result from a server slower than the consumer. It says whether the chunk never grew.
func shrinks(t *testing.T) bool {
	t.Helper()
	const n = 3000
	c, entity := connect(t, mainDSN(t)), uniqueEntity(t)
	s := query(t, c, laborious(n, 1000), stream.WithReadAhead(stream.ReadAheadAlways), stream.WithEntity(entity),
		stream.WithAdaptiveChunking(chunking.Config{Initial: 100, Min: 30, Max: 200, Window: 4}))
	sizes := []int{100}
	for i := range n {
		take(t, s, i, 1)
		if size := s.Stats().ChunkRows; size > sizes[len(sizes)-1] {
			return false
		} else if size < sizes[len(sizes)-1] {
			sizes = append(sizes, size)
		}
	}
	checkSizes(t, sizes, 100, 66, 44, 30)
	p := entityPage(t, entity)
	p.check(t, want{increases, 0}, want{decreases, 3})
	if p.upTo(chunkSize, 16) != 0 || p.get(chunkSize+"_count") == 0 {
		t.Errorf("chunk sizes were recorded that were not in force: %v", p)
	}
	return true
}

// The default reads for a fast consumer without a second goroutine: no hand-over, nothing to adapt.
func TestChunkStaysUnderAFastConsumerOfTheDefault(t *testing.T) {
	t.Parallel()
	undisturbed(t, "the default started a reader for a fast consumer", takenInPull)
}

// takenInPull takes a result from a server slower than the consumer. It says whether the consumer was taken for fast.
func takenInPull(t *testing.T) bool {
	t.Helper()
	const n = 1000
	c, entity := connect(t, mainDSN(t)), uniqueEntity(t)
	s := query(t, c, laborious(n, 1000), stream.WithEntity(entity),
		stream.WithAdaptiveChunking(chunking.Config{Window: 1}))
	for i := range n {
		take(t, s, i, 1)
		switch st := s.Stats(); {
		case st.ReadAhead:
			return false
		case st.ChunkRows != chunking.DefaultInitial:
			t.Fatalf("stats %v", st)
		}
	}
	entityPage(t, entity).check(t, want{increases, 0}, want{decreases, 0})
	return true
}

// A ring that is half full after each hand-over is what the chunk size is meant to lead to: it stays.
func TestChunkStaysUnderStableLoad(t *testing.T) {
	t.Parallel()
	// The default is one of these at a time; which one is decided by the time that the consumer takes.
	for _, f := range []fill{{"always", stream.ReadAheadAlways}, {"never", stream.ReadAheadNever}} {
		t.Run(f.name, func(t *testing.T) { stableLoad(t, f) })
	}
}

func stableLoad(t *testing.T, f fill) {
	const capacity, size = 256, 100
	c, entity := connect(t, mainDSN(t)), uniqueEntity(t)
	s := query(t, c, numbered(endless, size), f.with(stream.WithEntity(entity), stream.WithCapacity(capacity),
		stream.WithMaxMemory(capacity/2*size), stream.WithMemoryPolicy(stream.MemoryWait),
		stream.WithAdaptiveChunking(chunking.Config{Initial: 64, Window: 4, Max: 128}))...)
	done := 0
	if f.always() {
		eventually(t, "a ring half full", func() bool { return s.Stats().ItemsBuffered == capacity/2 })
	}
	for range 40 * capacity {
		take(t, s, done, 1)
		done++
		if f.always() {
			// Give the reader its time: what was given back is filled again.
			eventually(t, "a ring filled again", func() bool { return s.Stats().ItemsBuffered >= capacity/2-64 })
		}
		if size := s.Stats().ChunkRows; size != 64 {
			t.Fatalf("%d rows a chunk after %d rows", size, done)
		}
	}
	p := entityPage(t, entity)
	p.check(t, want{increases, 0}, want{decreases, 0})
	if got := p.get(chunkSize + "_count"); got == 0 || got != p.upTo(chunkSize, 64) || p.upTo(chunkSize, 32) != 0 {
		t.Errorf("other chunk sizes than 64 were recorded: %v", p)
	}
}

// A ring that swings from empty to full and back within each window does not make the size hunt.
func TestChunkDoesNotHunt(t *testing.T) {
	t.Parallel()
	const capacity, swings = 256, 40
	c, entity := connect(t, mainDSN(t)), uniqueEntity(t)
	s := query(t, c, numbered(endless, 100), stream.WithReadAhead(stream.ReadAheadAlways), stream.WithEntity(entity),
		stream.WithCapacity(capacity), stream.WithAdaptiveChunking(chunking.Config{Initial: 8, Min: 2, Max: 64, Window: 60}))
	done := 0
	for range swings {
		waitNearlyFull(t, s, capacity)
		if err := s.Pause(); err != nil {
			t.Fatal(err)
		}
		for s.Stats().ItemsBuffered > 0 {
			take(t, s, done, 1)
			done++
		}
		if err := s.Resume(); err != nil {
			t.Fatal(err)
		}
	}
	if got := s.Stats().ChunkRows; got != 8 {
		t.Errorf("%d rows a chunk after %d swings", got, swings)
	}
	p := entityPage(t, entity)
	p.check(t, want{increases, 0}, want{decreases, 0})
	if decisions := p.get(chunkSize+"_count") / 60; decisions < 10 {
		t.Errorf("only %.0f windows were decided on", decisions)
	}
}

// A fixed size is fixed: nothing is observed, nothing adjusted, no chunk is larger.
func TestChunkOfFixedSize(t *testing.T) {
	t.Parallel()
	onFills(t, func(t *testing.T, f fill) {
		const n, capacity, size = 10_000, 256, 32
		c, entity := connect(t, mainDSN(t)), uniqueEntity(t)
		s := query(t, c, numbered(endless, 100), f.with(stream.WithEntity(entity), stream.WithCapacity(capacity),
			stream.WithChunkRows(size))...)
		done := waitForReader(t, s, 0)
		for range n {
			waitNearlyFull(t, s, capacity)
			take(t, s, done, 1)
			done++
			if got := s.Stats().ChunkRows; got != size {
				t.Fatalf("%d rows a chunk after %d rows", got, done)
			}
		}
		p := entityPage(t, entity)
		p.check(t, want{increases, 0}, want{decreases, 0}, want{chunkSize + "_count", 0})
		const rows = "fraiseql_chunk_size_rows"
		if got := p.get(rows + "_count"); got < float64(done/size) || got != p.upTo(rows, size) {
			t.Errorf("%v chunks, of them %v of at most %d rows", got, p.upTo(rows, size), size)
		}
	})
}
