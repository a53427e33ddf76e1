// Package stdlib is a database/sql driver that uses this library:
//
//	db, err := sql.Open("fraiseql-wire", os.Getenv("DATABASE_URL"))
//	if err != nil { ... }
//	rows, err := db.QueryContext(ctx, "SELECT data FROM v_user WHERE data->>'country' = $1", "FR")
//	if err != nil { ... }
//	defer rows.Close()
//	for rows.Next() {
//		var data sql.RawBytes // no copy; valid until the next call to Next
//		if err := rows.Scan(&data); err != nil { ... }
//	}
//	return rows.Err()
//
// Queries stream as they do with package conn: in bounded memory, and Rows.Close before the end cancels the query on
// the server. The one column data scans into sql.RawBytes, []byte, json.RawMessage, string, or anything that
// implements sql.Scanner.
//
// The driver only runs queries: Exec, Begin, and Prepare of anything but a query return an error that says so. A role,
// a setting or a limit for one query is passed in the context: see WithOptions.
//
// # Arguments
//
// Arguments may have the types that conn.Conn.QueryArgs accepts, and []byte. Programs often pass JSON as []byte, so it
// is sent as text if it is UTF-8 without NUL, and otherwise as bytea. A conn.Bytea is always sent as bytea, a
// json.RawMessage or string always as text.
package stdlib
