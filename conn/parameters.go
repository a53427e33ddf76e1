package conn

import (
	"fmt"
	"sync"

	"github.com/jackc/pgx/v5/pgproto3"

	werr "github.com/fraiseql/fraiseql-wire-go/errors"
)

// maxReported is the limit on the bytes of all parameters that a server reports. PostgreSQL 18 reports about fifteen,
// with a few hundred bytes in total.
const maxReported = 1 << 20

// parameters holds the settings that the server reports by ParameterStatus. Any goroutine may use it.
type parameters struct {
	mu     sync.Mutex
	values map[string]string
	bytes  int
}

func (p *parameters) get(name string) string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.values[name]
}

// set stores a reported value. A client encoding other than UTF8 is an error: documents would no longer be JSON (RFC
// 8259, section 8.1).
func (p *parameters) set(m *pgproto3.ParameterStatus) error {
	if m.Name == "client_encoding" && !isUTF8(m.Value) {
		return &werr.ProtocolError{Message: 'S', Detail: "the server has changed client_encoding; JSON needs UTF8: " +
			"set nothing, or client_encoding=UTF8"}
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	old, known := p.values[m.Name]
	grown := p.bytes + len(m.Value) - len(old)
	if !known {
		grown += len(m.Name)
	}
	if grown > maxReported {
		return &werr.ProtocolError{Message: 'S', Detail: fmt.Sprintf(
			"the server has reported parameters of more than %d bytes", maxReported)}
	}
	if p.values == nil {
		p.values = make(map[string]string)
	}
	p.values[m.Name], p.bytes = m.Value, grown
	return nil
}
