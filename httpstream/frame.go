package httpstream

import "encoding/json"

// frame writes rows in one format. Only the handler's goroutine calls its methods. It calls wait and proceed before and
// after it waits for the server.
type frame interface {
	begin()
	wait()
	proceed()
	row(json.RawMessage) error
	end(more bool)
	tell(problem) bool // false: the format cannot express it
}

func (a *answer) newFrame() frame {
	oneLine := a.s.ColumnType() == "JSONB" // the text form of jsonb has no line breaks
	switch a.o.Format {
	case Array:
		return &arrayFrame{lineFrame: lineFrame{out: a.out, oneLine: true}}
	case SSE:
		return newEventFrame(a)
	}
	return &lineFrame{out: a.out, oneLine: oneLine}
}

var (
	null    = []byte("null")
	newline = []byte("\n")
)

// text returns a row as JSON: SQL NULL is null.
func text(row json.RawMessage) []byte {
	if row == nil {
		return null
	}
	return row
}

// lineFrame writes NDJSON.
type lineFrame struct {
	out     *writer
	oneLine bool // no row has a line break
}

func (*lineFrame) begin()   {}
func (*lineFrame) wait()    {}
func (*lineFrame) proceed() {}
func (*lineFrame) end(bool) {}

func (f *lineFrame) row(row json.RawMessage) error {
	if f.oneLine {
		f.out.add(text(row))
	} else {
		f.out.addLine(text(row))
	}
	f.out.add(newline)
	f.out.sendIfFull()
	return nil
}

func (f *lineFrame) tell(p problem) bool {
	f.out.add([]byte(`{"error":`))
	f.out.add(p.encode())
	f.out.add([]byte("}\n"))
	return true
}

// arrayFrame writes one JSON array, as stream.WriteArray does, and a line break. Line breaks inside documents are kept.
type arrayFrame struct {
	lineFrame
	open bool // begin has written the bracket
	some bool // a row was written
}

func (f *arrayFrame) begin() { f.out.add([]byte("[")); f.open = true }

func (f *arrayFrame) row(row json.RawMessage) error {
	if f.some {
		f.out.add([]byte(","))
	}
	f.some = true
	f.out.add(text(row))
	f.out.sendIfFull()
	return nil
}

func (f *arrayFrame) end(bool) {
	if f.open {
		f.out.add([]byte("]"))
	}
	f.out.add(newline)
}

// tell returns false: an array cannot contain an error, and must not be terminated after one.
func (f *arrayFrame) tell(problem) bool { return false }
