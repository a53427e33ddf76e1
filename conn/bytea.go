package conn

import "github.com/fraiseql/fraiseql-wire-go/internal/argument"

// Bytea is an argument of type bytea, for QueryArgs; a []Bytea is an argument of type bytea[], and nil is NULL. A
// plain []byte is not accepted, because it might also be text or json, and PostgreSQL would accept the one in place
// of the other without an error.
type Bytea = argument.Bytea
