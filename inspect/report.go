package inspect

import (
	"time"

	"github.com/fraiseql/fraiseql-wire-go/pool"
	"github.com/fraiseql/fraiseql-wire-go/stream"
)

// report is the content of the page.
type report struct {
	Now         time.Time      `json:"now"`
	AllowCancel bool           `json:"allow_cancel"`
	Streams     []streamReport `json:"streams"`
	Pools       []poolReport   `json:"pools"`
}

// streamReport is one running stream.
type streamReport struct {
	ID            uint64    `json:"id"`
	Entity        string    `json:"entity"`
	SQL           string    `json:"sql"`
	PID           uint32    `json:"pid"`
	State         string    `json:"state"`
	WaitsFor      string    `json:"waits_for"` // server, consumer, pause or memory
	PauseReason   string    `json:"pause_reason,omitempty"`
	PausedSeconds float64   `json:"paused_seconds,omitempty"`
	Started       time.Time `json:"started"`
	AgeSeconds    float64   `json:"age_seconds"`
	Rows          uint64    `json:"rows"`
	RowsPerSecond uint64    `json:"rows_per_second"` // since the start
	Filtered      uint64    `json:"filtered"`
	Bytes         uint64    `json:"bytes"`
	Buffered      int       `json:"buffered"`
	BufferedBytes int       `json:"buffered_bytes"`
	ChunkRows     int       `json:"chunk_rows"`
	ReadAhead     bool      `json:"read_ahead"`
}

// poolReport is one pool.
type poolReport struct {
	Name            string        `json:"name"`
	MaxConns        int           `json:"max_conns"`
	TotalConns      int           `json:"total_conns"`
	IdleConns       int           `json:"idle_conns"`
	AcquiredConns   int           `json:"acquired_conns"`
	ConnectingConns int           `json:"connecting_conns"`
	Waiting         int           `json:"waiting"`
	Streams         int           `json:"streams"`
	Acquires        uint64        `json:"acquires"`
	WaitedAcquires  uint64        `json:"waited_acquires"`
	MeanWait        time.Duration `json:"mean_wait_ns"` // per acquire
	Created         uint64        `json:"created"`
	DestroyedBroken uint64        `json:"destroyed_broken"`
	Retries         uint64        `json:"retries"`
	Healed          uint64        `json:"healed"`
	Breaker         string        `json:"breaker"`
}

// maxStatement bounds the text of a statement, in bytes.
const maxStatement = 500

// report collects the current state.
func (h *handler) report() report {
	now := time.Now()
	r := report{Now: now, AllowCancel: h.allowCancel, Streams: []streamReport{}, Pools: []poolReport{}}
	for info := range stream.Running() {
		r.Streams = append(r.Streams, reportOf(info, now))
	}
	for _, p := range h.pools {
		r.Pools = append(r.Pools, poolReportOf(p))
	}
	return r
}

func reportOf(info stream.Info, now time.Time) streamReport {
	age := now.Sub(info.Started).Seconds()
	s := streamReport{
		ID: info.ID, Entity: info.Entity, SQL: cut(info.SQL), PID: info.PID,
		State: info.State.String(), WaitsFor: info.WaitsFor.String(),
		PauseReason: info.PauseReason, PausedSeconds: info.PausedFor.Seconds(),
		Started: info.Started, AgeSeconds: age,
		Rows: info.TotalRowsYielded, Filtered: info.TotalRowsFiltered, Bytes: info.TotalBytes,
		Buffered: info.ItemsBuffered, BufferedBytes: info.EstimatedMemory,
		ChunkRows: info.ChunkRows, ReadAhead: info.ReadAhead,
	}
	if age > 0 {
		s.RowsPerSecond = uint64(float64(s.Rows) / age)
	}
	return s
}

func poolReportOf(p *pool.Pool) poolReport {
	st := p.Stats()
	r := poolReport{
		Name: p.Name(), MaxConns: st.MaxConns, TotalConns: st.TotalConns, IdleConns: st.IdleConns,
		AcquiredConns: st.AcquiredConns, ConnectingConns: st.ConnectingConns, Waiting: st.Waiting, Streams: st.Streams,
		Acquires: st.Acquires, WaitedAcquires: st.WaitedAcquires, Created: st.Created,
		DestroyedBroken: st.DestroyedBroken, Retries: st.Retries, Healed: st.Healed, Breaker: st.Breaker.String(),
	}
	if st.Acquires > 0 {
		r.MeanWait = (st.AcquireWait / time.Duration(st.Acquires)).Round(time.Microsecond)
	}
	return r
}

// cut truncates a statement that is too long for a table.
func cut(sql string) string {
	if len(sql) <= maxStatement {
		return sql
	}
	return sql[:maxStatement] + "..."
}
