// Package stdlib makes the library a driver of database/sql, for code that is written against it:
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
// Queries stream as they do with package conn: in bounded memory, and Rows.Close before the end cancels the query on the
// server. The one column data scans into sql.RawBytes, []byte, json.RawMessage, string, or anything that implements
// sql.Scanner.
//
// It reads, and nothing else: Exec, Begin, and Prepare of what is no query are errors that say so. A role, a setting or a
// limit for one query travels in the context: see WithOptions.
//
// # Arguments
//
// They are those of conn.Conn.QueryArgs, and []byte besides: database/sql programs hand over JSON in it, so it goes as
// text if it is UTF-8 without a NUL, and else as bytea. conn.Bytea says bytea for certain, json.RawMessage and string say text.
package stdlib
