package httpstream

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"time"

	werr "github.com/fraiseql/fraiseql-wire-go/errors"
	"github.com/fraiseql/fraiseql-wire-go/stream"
)

// Serve answers r with the rows of s and closes s. It waits for the first row, or the end, before it sends the status.
// The response to a HEAD request has only the status and the headers. If the context of r ends first, the query is
// cancelled on the server. No other goroutine may close s meanwhile: that would look like the end of the result.
//
// The error is for the log: it is the stream's, or that of writing to the client. The client has already been informed:
// by the status if no row was sent, and otherwise as Options.OnFailure says. If the connection cannot be broken in any
// other way, Serve closes s and panics with http.ErrAbortHandler, as handlers of net/http do.
func Serve(w http.ResponseWriter, r *http.Request, s *stream.Stream, o Options) error {
	defer s.Close() //nolint:errcheck // Err has the stream's error
	stop := context.AfterFunc(r.Context(), func() { _ = s.Cancel(context.Background()) })
	defer stop()
	a := &answer{w: w, r: r, s: s, o: o, control: http.NewResponseController(w)}
	if a.o.Format == 0 {
		w.Header().Add("Vary", "Accept")
		var ok bool
		if a.o.Format, ok = Negotiate(r); !ok {
			Error(w, r, errNotAcceptable, o)
			return errNotAcceptable
		}
	}
	if _, ok := s.Peek(); !ok {
		if err := a.failure(); err != nil {
			Error(w, r, err, o)
			return err
		}
	}
	a.header()
	if r.Method == http.MethodHead {
		return nil
	}
	a.out = &writer{w: w, control: a.control, s: s}
	err := a.rows()
	a.trailer(err)
	return err
}

// ErrClient is wrapped by the error of Serve if writing to the client failed: the client has gone, or does not read.
var ErrClient = errors.New("writing to the client")

// answer is the state of one response.
type answer struct {
	w       http.ResponseWriter
	r       *http.Request
	s       *stream.Stream
	o       Options
	control *http.ResponseController
	out     *writer
	sent    uint64 // rows written
	more    bool   // MaxRows has cut the result off
	last    string // the cursor of row number MaxRows
}

// failure returns why the stream ended; nil after its last row. For a stream that was cancelled because the request
// ended, it is the error of the request's context.
func (a *answer) failure() error {
	err := a.s.Err()
	if ended := werr.FromContext(a.r.Context()); ended != nil && errors.Is(err, werr.ErrCancelled) {
		return fmt.Errorf("httpstream: the request ended: %w", ended)
	}
	return err
}

// header sends the status and the headers of a response with rows.
func (a *answer) header() {
	h := a.w.Header()
	h.Set("Content-Type", a.o.Format.String())
	h.Set("X-Content-Type-Options", "nosniff")
	if a.o.Format == SSE {
		h.Set("Cache-Control", "no-cache")
		h.Set("X-Accel-Buffering", "no") // nginx would buffer events
	}
	if a.r.ProtoAtLeast(1, 1) {
		h.Add("Trailer", "X-Rows")
		h.Add("Trailer", "X-Stream-Status")
		if a.o.MaxRows > 0 {
			h.Add("Trailer", "X-Has-More")
			if a.o.Cursor != nil {
				h.Add("Trailer", "X-Next-Cursor")
			}
		}
	}
	a.w.WriteHeader(http.StatusOK)
}

// rows writes the rows and the end of the response, or aborts it.
func (a *answer) rows() error {
	frame := a.newFrame()
	var err error
	if a.o.MaxRows == 0 && a.o.Format != SSE {
		a.all()
	} else {
		err = a.each(frame)
	}
	if a.out.err != nil {
		a.abort()
		return a.unwritten()
	}
	if err == nil && !a.more {
		err = a.failure()
	}
	if err != nil {
		return a.fail(frame, err)
	}
	frame.end(a.more)
	a.out.flush()
	return a.unwritten()
}

// unwritten returns the error of writing to the client, if there was one.
func (a *answer) unwritten() error {
	if a.out.err == nil {
		return nil
	}
	return fmt.Errorf("httpstream: %w: %w", ErrClient, a.out.err)
}

// all lets the stream write all of its rows, which costs half as much as taking them one by one.
func (a *answer) all() {
	if a.o.Format == Array {
		_, _ = a.s.WriteArray(a.out) // a.out and the stream keep their errors
	} else {
		_, _ = a.s.WriteTo(a.out)
	}
	a.sent = a.s.Stats().TotalRowsYielded
}

// each writes the rows to a frame, one by one, up to MaxRows. Its error is that of the frame.
func (a *answer) each(frame frame) error {
	frame.begin()
	for {
		if !a.s.Ready() {
			a.out.flush()
			frame.wait()
		}
		ok := a.s.Next()
		frame.proceed()
		if !ok || a.out.err != nil {
			return nil
		}
		if a.o.MaxRows > 0 && a.sent == a.o.MaxRows {
			a.more = true
			_ = a.s.Close() // the remaining rows are not needed
			return nil
		}
		if err := a.row(frame, a.s.Row()); err != nil {
			return err
		}
	}
}

// row writes a row. It keeps the cursor of row number MaxRows, where the next page begins.
func (a *answer) row(frame frame, row json.RawMessage) (err error) {
	if err := frame.row(row); err != nil {
		return err
	}
	a.sent++
	if a.sent == a.o.MaxRows && a.o.Cursor != nil {
		a.last, err = a.o.Cursor(row)
	}
	return err
}

// fail ends a response whose status has been sent.
func (a *answer) fail(frame frame, err error) error {
	told := a.o.OnFailure == Tell && frame.tell(problemOf(err, a.o))
	a.out.flush()
	if !told || a.out.err != nil {
		a.abort()
	}
	return err
}

// past is a deadline that has passed.
var past = time.Unix(1, 0)

// abort breaks the connection, or resets the HTTP/2 stream, so that the end of the response is not sent.
func (a *answer) abort() {
	if err := a.control.SetWriteDeadline(past); errors.Is(err, http.ErrNotSupported) {
		panic(http.ErrAbortHandler)
	}
}

// trailer sets the trailers: how many rows were sent, and how the stream ended. HTTP/1.0 has no trailers.
func (a *answer) trailer(err error) {
	if !a.r.ProtoAtLeast(1, 1) {
		return
	}
	h := a.w.Header()
	h.Set("X-Rows", strconv.FormatUint(a.sent, 10))
	switch {
	case err == nil:
		h.Set("X-Stream-Status", "success")
	case werr.CategoryOf(err) == werr.CategoryCancelled:
		h.Set("X-Stream-Status", "cancelled")
	default:
		h.Set("X-Stream-Status", "error")
	}
	if a.more {
		h.Set("X-Has-More", "true")
		if a.last != "" {
			h.Set("X-Next-Cursor", a.last)
		}
	}
}
