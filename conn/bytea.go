package conn

import "github.com/fraiseql/fraiseql-wire-go/internal/argument"

// Bytea is an argument of type bytea, for QueryArgs; a []Bytea is one of type bytea[], and nil is NULL. A plain []byte is no
// argument, because it may as well be text or json, and PostgreSQL would take the one for the other without an error.
type Bytea = argument.Bytea
